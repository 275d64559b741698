// A process that appends to a journal as fast as it can and says on its standard output what was acknowledged, for
// tests that kill it or starve it of disk.
//
//   journal_writer append DIR        appends to three streams for ever; a line `stream sequence` per answer
//   journal_writer starve DIR BYTES  no file may grow beyond BYTES; appends until refused, then reads everything back
//   journal_writer fill DIR          appends until the disk refuses, then reads everything back
//   journal_writer hold DIR          opens, says `open`, and waits for the end of its input
#include "test/journal/journal_load.hpp"

#include <sys/resource.h>

#include <csignal>
#include <iostream>

namespace maestro {
namespace {

int append_for_ever(rocksdb_journal& journal) {
  std::map<std::string, std::uint64_t> next;
  for (auto& stream : load_streams())
    next[stream] = journal.load(stream)->last_sequence + 1;
  for (std::uint64_t round = 0;; ++round) {
    std::string answers;
    for (auto& [stream, sequence] : next) {
      auto batch = load_batch(stream, sequence, 1 + round % 4);
      auto added = journal.add(batch);
      if (!added)
        return std::cerr << added.error().text << "\n", 1;
      sequence = added->last_sequence + 1;
      answers += stream + " " + std::to_string(added->last_sequence) + "\n";
    }
    if (auto written = journal.commit(); !written)
      return std::cerr << written.error().text << "\n", 1;
    std::cout << answers << std::flush;
  }
}

/// Prints what was acknowledged and how the refusal reads, then checks that reading goes on.
int append_until_refused(rocksdb_journal& journal) {
  auto stream = load_streams().front();
  std::uint64_t acknowledged = journal.load(stream)->last_sequence;
  for (int i = 0; i < 100'000; ++i) {
    auto added = journal.add(load_batch(stream, acknowledged + 1, 50));
    auto written = added ? journal.commit() : result<done>(added.error());
    if (written) {
      acknowledged = added->last_sequence;
      continue;
    }
    std::cout << "acknowledged " << acknowledged << "\nrefused " << written.error().text << "\n";
    auto again = journal.add(load_batch(stream, acknowledged + 1, 1));
    std::cout << "again " << (again ? "taken" : to_string(again.error().code)) << "\n";
    std::cout << "status " << (journal.status().read_only ? "read-only" : "writable") << "\n";
    auto loaded = journal.load(stream);
    std::cout << "readable " << (loaded ? loaded->last_sequence : 0) << "\n" << std::flush;
    return 0;
  }
  return std::cerr << "never refused\n", 1;
}

int run(const std::vector<std::string>& args) {
  auto config = load_config_of(args.at(1));
  if (args[0] == "starve") {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{std::stoul(args.at(2)), std::stoul(args.at(2))};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  auto journal = rocksdb_journal::open(config);
  if (!journal)
    return std::cerr << journal.error().text << "\n", 2;
  if (args[0] == "append")
    return append_for_ever(**journal);
  if (args[0] == "starve" || args[0] == "fill")
    return append_until_refused(**journal);
  std::cout << "open\n" << std::flush;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  return 0;
}

} // namespace
} // namespace maestro

int main(int argc, char** argv) {
  return maestro::run({argv + 1, argv + argc});
}
