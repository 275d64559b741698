// Appends through the JOURNAL KEEPER, with so many outstanding, beside RocksDB alone writing the same records in
// batches of the same size with the same syncs, in one run on one disk. Prints the ratio; test/README.md wants at
// least 0.5.
//
//   journal_bench [outstanding=512] [seconds=4] [record_bytes=200] [folder=.]
#include "messages/type_ids.hpp"
#include "nodes/journal/journal_keeper.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>

namespace maestro {
namespace {

using clock = std::chrono::steady_clock;

struct plan {
  std::size_t outstanding = 512;
  std::chrono::seconds length{4};
  std::size_t record_bytes = 200;
  std::filesystem::path folder = ".";
};

struct outcome {
  double per_second = 0;
  double batch = 0;
  double p50_us = 0;
  double p99_us = 0;
};

double seconds_since(clock::time_point begin) {
  return std::chrono::duration<double>(clock::now() - begin).count();
}

/// Keeps appends outstanding until time is up; each stream has one append under way, as event-sourced actors do.
struct load_state {
  static inline const char* name = "load";
  std::vector<std::uint64_t> next;
  std::vector<double> latencies;
  std::size_t in_flight = 0;
  clock::time_point end;
  load_state() {}
};

void append_one(caf::stateful_actor<load_state>* self, const journal_actor& keeper, std::size_t stream,
                const std::string& record, std::promise<void>* finished) {
  auto& state = self->state;
  append_events batch;
  batch.stream = fmt::format("pool/{}", stream);
  batch.first_sequence = ++state.next[stream];
  batch.records = {record};
  ++state.in_flight;
  self->request(keeper, caf::infinite, std::move(batch)).then([=, begin = clock::now()](const events_appended&) {
    auto& s = self->state;
    s.latencies.push_back(seconds_since(begin) * 1e6);
    --s.in_flight;
    if (clock::now() < s.end)
      append_one(self, keeper, stream, record, finished);
    else if (s.in_flight == 0)
      finished->set_value();
  });
}

outcome through_the_keeper(const plan& plan) {
  struct config : caf::actor_system_config {
    config() {
      register_messages(*this);
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", 1u);
    }
  } system_config;
  caf::actor_system system{system_config};
  journal_config config;
  config.path = plan.folder / "keeper";
  auto journal = rocksdb_journal::open(config);
  if (!journal)
    return fmt::print(stderr, "{}\n", journal.error().text), outcome{};
  auto keeper = spawn_journal_keeper(system, *journal, config, [] { return never; });
  std::promise<void> finished;
  std::string record(plan.record_bytes, 'v');
  auto begin = clock::now();
  std::vector<double> latencies;
  auto load = system.spawn([&](caf::stateful_actor<load_state>* self) -> caf::behavior {
    self->state.next.resize(plan.outstanding);
    self->state.end = begin + plan.length;
    for (std::size_t stream = 0; stream < plan.outstanding; ++stream)
      append_one(self, keeper, stream, record, &finished);
    return {[self, into = &latencies](int) { *into = std::move(self->state.latencies); }};
  });
  finished.get_future().wait();
  auto took = seconds_since(begin);
  caf::scoped_actor self{system};
  self->send(load, 0);
  self->monitor(load);
  self->send_exit(load, caf::exit_reason::user_shutdown);
  self->receive([](const caf::down_msg&) {});
  self->monitor(keeper);
  self->send_exit(keeper, caf::exit_reason::user_shutdown);
  self->receive([](const caf::down_msg&) {});
  std::sort(latencies.begin(), latencies.end());
  auto& did = (*journal)->statistics();
  auto n = latencies.size();
  return {static_cast<double>(n) / took, static_cast<double>(did.records) / static_cast<double>(did.commits),
          latencies[n / 2], latencies[n * 99 / 100]};
}

outcome rocksdb_alone(const plan& plan, double batch) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.max_total_wal_size = journal_config{}.wal_bytes;
  options.write_buffer_size = journal_config{}.write_buffer_bytes;
  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(options, (plan.folder / "alone").string(), &db);
  if (!status.ok())
    return fmt::print(stderr, "{}\n", status.ToString()), outcome{};
  rocksdb::WriteOptions durable;
  durable.sync = true;
  auto per_batch = std::max<std::size_t>(1, static_cast<std::size_t>(batch));
  std::string record(plan.record_bytes, 'v');
  std::uint64_t records = 0;
  auto begin = clock::now();
  while (clock::now() < begin + plan.length) {
    rocksdb::WriteBatch rows;
    for (std::size_t i = 0; i < per_batch; ++i, ++records)
      rows.Put(fmt::format("pool/{}{:016x}", records % plan.outstanding, records / plan.outstanding), record);
    if (!db->Write(durable, &rows).ok())
      break;
  }
  auto took = seconds_since(begin);
  delete db;
  return {static_cast<double>(records) / took, static_cast<double>(per_batch), 0, 0};
}

int run(const std::vector<std::string>& args) {
  plan plan;
  if (args.size() > 1)
    plan.outstanding = std::stoul(args[1]);
  if (args.size() > 2)
    plan.length = std::chrono::seconds{std::stoul(args[2])};
  if (args.size() > 3)
    plan.record_bytes = std::stoul(args[3]);
  plan.folder = std::filesystem::path(args.size() > 4 ? args[4] : ".") / "journal_bench_data";
  std::filesystem::remove_all(plan.folder);
  std::filesystem::create_directories(plan.folder);
  auto kept = through_the_keeper(plan);
  auto alone = rocksdb_alone(plan, kept.batch);
  std::filesystem::remove_all(plan.folder);
  fmt::print(
      "journal keeper  {:>9.0f} appends/s  batch {:>6.1f}  p50 {:>6.0f} us  p99 {:>6.0f} us  ({} outstanding)\n",
      kept.per_second, kept.batch, kept.p50_us, kept.p99_us, plan.outstanding);
  fmt::print("rocksdb alone   {:>9.0f} appends/s  batch {:>6.1f}\n", alone.per_second, alone.batch);
  auto ratio = alone.per_second > 0 ? kept.per_second / alone.per_second : 0;
  fmt::print("ratio           {:>9.2f}            budget   0.50  {}\n", ratio, ratio >= 0.5 ? "ok" : "MISSED");
  return ratio >= 0.5 ? 0 : 1;
}

} // namespace
} // namespace maestro

int main(int argc, char** argv) {
  return maestro::run({argv, argv + argc});
}
