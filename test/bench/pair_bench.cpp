// Two builds of the node beside each other, for who changes a hot path: a ping that changes nothing, one that changes the
// room's status, and an allocation, in short bursts that the two take in turn, so that what the machine does meanwhile
// meets both. Prints for each the medians of rate, processor time and p99, and the ratio of the second to the first;
// the same build twice shows how much of that is noise.
//
//   pair_bench BEFORE AFTER [--rounds N] [--milliseconds M] [--rooms R]
#include "test/bench/fleet.hpp"
#include "test/bench/references.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

double median(std::vector<double> seen) {
  std::sort(seen.begin(), seen.end());
  return seen[seen.size() / 2];
}

/// What one build did in all its bursts of one kind.
struct bursts {
  std::vector<double> rates;
  std::vector<double> processor; ///< µs a request
  std::vector<double> p99;       ///< µs

  void keep(const measurement& seen) {
    rates.push_back(seen.load.requests_per_second);
    processor.push_back(seen.cpu_us);
    p99.push_back(static_cast<double>(seen.load.p99.count()));
  }
};

struct plan {
  int rounds = 20;
  int milliseconds = 500;
  int rooms = 60000; ///< to allocate, in all rounds of a build
};

class side {
public:
  side(const std::string& binary, const plan& wanted)
      : node_(binary, fast_rooms()), wanted_(wanted), pinged_(make_fleet(node_, "pinged", 1000, 120s)),
        pool_(make_fleet(node_, "pool", wanted.rooms, 240s)) {}

  void ping(bool changing, bursts& kept) {
    auto plan = ping_plan(node_, pinged_, changing);
    plan.warm_up = 100ms;
    plan.time = std::chrono::milliseconds(wanted_.milliseconds);
    kept.keep(measure(node_.pid(), plan));
  }
  void allocate(bursts& kept) {
    auto share = wanted_.rooms / wanted_.rounds - bench_clients;
    auto plan = allocate_plan(node_, pool_.scheduler, static_cast<std::uint64_t>(share));
    plan.warm_up = 10ms;
    kept.keep(measure(node_.pid(), plan));
  }

private:
  node_process node_;
  const plan& wanted_;
  fleet pinged_, pool_;
};

void print_pair(const char* name, const bursts& before, const bursts& after) {
  auto show = [](const bursts& seen) {
    return fmt::format("{:7.0f}/s {:5.1f} us p99 {:5.2f} ms", median(seen.rates), median(seen.processor),
                       median(seen.p99) / 1000);
  };
  fmt::print("{:15} {}   {}   rate {:.2f}  processor {:.2f}\n", name, show(before), show(after),
             median(after.rates) / median(before.rates), median(after.processor) / median(before.processor));
}

void run(const std::array<std::string, 2>& binaries, const plan& wanted) {
  std::array<std::unique_ptr<side>, 2> sides;
  for (std::size_t i = 0; i < 2; ++i)
    sides[i] = std::make_unique<side>(binaries[i], wanted);
  std::array<bursts, 2> unchanged, changing, allocate;
  for (int round = 0; round < wanted.rounds; ++round)
    for (std::size_t turn = 0; turn < 2; ++turn) {
      auto which = (static_cast<std::size_t>(round) + turn) % 2;
      sides[which]->ping(false, unchanged[which]);
      sides[which]->ping(true, changing[which]);
      sides[which]->allocate(allocate[which]);
    }
  print_pair("ping unchanged", unchanged[0], unchanged[1]);
  print_pair("ping changing", changing[0], changing[1]);
  print_pair("allocate", allocate[0], allocate[1]);
}

} // namespace

int main(int argc, char** argv) {
  std::array<std::string, 2> binaries;
  plan wanted;
  CLI::App app("Two builds of the node beside each other");
  app.add_option("before", binaries[0], "the node's binary before a change")->required()->check(CLI::ExistingFile);
  app.add_option("after", binaries[1], "and after it")->required()->check(CLI::ExistingFile);
  app.add_option("--rounds", wanted.rounds, "bursts of each kind and build")->check(CLI::Range(1, 1000));
  app.add_option("--milliseconds", wanted.milliseconds, "of a burst of pings")->check(CLI::Range(50, 60000));
  app.add_option("--rooms", wanted.rooms, "to allocate, of each build in all rounds")
      ->check(CLI::Range(1000, 1'000'000));
  CLI11_PARSE(app, argc, argv);
  try {
    run(binaries, wanted);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "pair_bench: %s\n", failed.what());
    return 1;
  }
}
