// Appends through a cluster's SHARED JOURNAL, one etcd and three nodes in this process, beside the same load on the JOURNAL
// KEEPER of a node that stands alone, in one run on one disk: with one writer, and with many.
//
//   shared_journal_bench <etcd binary> [seconds=3] [record_bytes=200] [folder=.]
#include "actors/cluster/shared_journal.hpp"
#include "messages/cluster_codec.hpp"
#include "messages/type_ids.hpp"
#include "nodes/cluster/etcd_store.hpp"
#include "nodes/journal/journal_keeper.hpp"
#include "test/support/etcd_process.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <thread>

namespace maestro {
namespace {

using steady = std::chrono::steady_clock;

struct plan {
  std::string etcd;
  std::chrono::seconds length{3};
  std::size_t record_bytes = 200;
  std::filesystem::path folder = ".";
};

double seconds_since(steady::time_point begin) {
  return std::chrono::duration<double>(steady::now() - begin).count();
}

struct writers_state {
  static inline const char* name = "writers";
  std::vector<std::uint64_t> next;
  std::vector<owner_epoch> epochs;
  std::vector<double> latencies;
  std::size_t in_flight = 0;
  std::size_t refused = 0;
  steady::time_point end;
  writers_state() {}
};

std::string stream_of(std::size_t number) {
  return fmt::format("scheduler/s{}", number);
}

void append_one(caf::stateful_actor<writers_state>* self, const journal_actor& journal, std::size_t stream,
                const std::string& record, std::promise<void>* finished) {
  auto& state = self->state;
  append_events batch;
  batch.stream = stream_of(stream);
  batch.first_sequence = ++state.next[stream];
  batch.records = {record};
  batch.epoch = state.epochs[stream];
  ++state.in_flight;
  auto answered = [=, begin = steady::now()](bool is_durable) {
    auto& s = self->state;
    s.latencies.push_back(seconds_since(begin) * 1e3);
    s.refused += is_durable ? 0 : 1;
    --s.in_flight;
    if (is_durable && steady::now() < s.end)
      append_one(self, journal, stream, record, finished);
    else if (s.in_flight == 0)
      finished->set_value();
  };
  self->request(journal, caf::infinite, std::move(batch))
      .then([answered](const events_appended&) { answered(true); },
            [answered](const caf::error& why) {
              fmt::print(stderr, "{}\n", from_caf(why).text);
              answered(false);
            });
}

template <class Handle>
void end(caf::actor_system& system, const Handle& handle) {
  caf::scoped_actor self{system};
  self->monitor(handle);
  self->send_exit(handle, caf::exit_reason::user_shutdown);
  self->receive([](const caf::down_msg&) {});
}

/// Appends a second.
double measure(caf::actor_system& system, const plan& plan, const std::string& what, const journal_actor& journal,
               const std::vector<owner_epoch>& epochs) {
  std::promise<void> finished;
  std::string record(plan.record_bytes, 'v');
  std::vector<double> latencies;
  auto begin = steady::now();
  auto load = system.spawn([&](caf::stateful_actor<writers_state>* self) -> caf::behavior {
    self->state.next.resize(epochs.size());
    self->state.epochs = epochs;
    self->state.end = begin + plan.length;
    for (std::size_t stream = 0; stream < epochs.size(); ++stream)
      append_one(self, journal, stream, record, &finished);
    return {[self, into = &latencies](int) { *into = std::move(self->state.latencies); }};
  });
  finished.get_future().wait();
  auto took = seconds_since(begin);
  caf::scoped_actor self{system};
  self->send(load, 0);
  end(system, load);
  std::sort(latencies.begin(), latencies.end());
  auto n = latencies.size();
  auto per_second = static_cast<double>(n) / took;
  fmt::print("{:<26} {:>4} writers {:>9.0f} appends/s   p50 {:>7.2f} ms   p99 {:>7.2f} ms\n", what, epochs.size(),
             per_second, latencies[n / 2], latencies[n * 99 / 100]);
  return per_second;
}

journal_actor open(caf::actor_system& system, const std::filesystem::path& folder) {
  journal_config config;
  config.path = folder;
  auto opened = spawn_journal_keeper(system, config, [] { return never; });
  if (!opened)
    throw std::runtime_error(opened.error().text);
  return *opened;
}

double alone(caf::actor_system& system, const plan& plan, std::size_t writers) {
  auto keeper = open(system, plan.folder / fmt::format("alone{}", writers));
  auto per_second = measure(system, plan, "alone", keeper, std::vector<owner_epoch>(writers, first_epoch));
  end(system, keeper);
  return per_second;
}

struct cluster_of_three {
  explicit cluster_of_three(caf::actor_system& sys, const plan& plan, const std::string& name)
      : system(sys), etcd(plan.etcd) {
    config.endpoints = {etcd.endpoint()};
    for (auto* node : {"n1", "n2", "n3"}) {
      copies.push_back(open(system, plan.folder / (name + node)));
      stores.push_back(spawn_etcd_store(system, config, name));
      stores.push_back(spawn_etcd_store(system, config, name));
      cluster_member me;
      me.name = node_name(node);
      me.node_id = node;
      caf::scoped_actor self{system};
      change_store named{{}, {{store_write_kind::put, member_key(me.name), member_value(me)}}}; // by its directory
      self->request(stores.back(), std::chrono::seconds{5}, named)
          .receive([](const store_outcome&) {},
                   [](const caf::error& why) { throw std::runtime_error(from_caf(why).text); });
      node_clock clock = [] { return clock_reading{never, never, steady::now().time_since_epoch()}; };
      auto at = stores.size();
      journals.push_back(
          spawn_shared_journal(system, {stores[at - 2], stores[at - 1], copies.back(), clock, me, {}}));
    }
  }
  ~cluster_of_three() {
    for (auto& one : journals)
      end(system, one);
    for (auto& one : stores)
      end(system, one);
    for (auto& one : copies)
      end(system, one);
  }
  std::vector<owner_epoch> own(std::size_t writers) {
    std::vector<owner_epoch> epochs;
    caf::scoped_actor self{system};
    for (std::size_t i = 0; i < writers; ++i) {
      auto scheduler = scheduler_name(fmt::format("s{}", i));
      change_store wanted{{}, {{store_write_kind::put, owner_key(scheduler), owner_value(node_name("n1"))}}};
      self->request(stores.front(), std::chrono::seconds{5}, wanted)
          .receive(
              [&](const store_outcome& outcome) {
                epochs.push_back({static_cast<std::uint64_t>(outcome.revision)});
              },
              [](const caf::error& why) { throw std::runtime_error(from_caf(why).text); });
      self->request(journals.front(), std::chrono::seconds{20}, load_stream{stream_of(i), epochs.back()})
          .receive([](const loaded_stream&) {},
                   [](const caf::error& why) { throw std::runtime_error(from_caf(why).text); });
    }
    return epochs;
  }

  caf::actor_system& system;
  etcd_process etcd;
  etcd_config config;
  std::vector<journal_actor> copies;
  std::vector<cluster_store_actor> stores;
  std::vector<shared_journal_actor> journals;
};

int run(const std::vector<std::string>& args) {
  if (args.size() < 2)
    return fmt::print(stderr, "shared_journal_bench <etcd binary> [seconds] [record_bytes] [folder]\n"), 2;
  plan plan;
  plan.etcd = args[1];
  if (args.size() > 2)
    plan.length = std::chrono::seconds{std::stoul(args[2])};
  if (args.size() > 3)
    plan.record_bytes = std::stoul(args[3]);
  plan.folder = std::filesystem::path(args.size() > 4 ? args[4] : ".") / "shared_journal_bench_data";
  std::filesystem::remove_all(plan.folder);
  std::filesystem::create_directories(plan.folder);
  struct config : caf::actor_system_config {
    config() {
      register_messages(*this);
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", 2u);
    }
  } system_config;
  caf::actor_system system{system_config};
  for (auto writers : {std::size_t{1}, std::size_t{64}, std::size_t{512}}) {
    auto by_itself = alone(system, plan, writers);
    cluster_of_three cluster(system, plan, fmt::format("c{}", writers));
    auto shared = measure(system, plan, "three nodes, one etcd", cluster.journals.front(), cluster.own(writers));
    fmt::print("{:<26} {:>17.2f}\n", "ratio", shared / by_itself);
  }
  std::filesystem::remove_all(plan.folder);
  return 0;
}

} // namespace
} // namespace maestro

int main(int argc, char** argv) {
  return maestro::run({argv, argv + argc});
}
