// How long a node takes to be ready again when it has many schedulers and rooms: its own actors, threads and journal
// on disk, and the simulated runtime, whose instances outlive the node here as processes do. The fixture is made by
// the same actors, through the commands that an operator gives.
//
//   recovery_bench [--schedulers N] [--rooms N] [--folder PATH] [--times N]
#include "actors/context.hpp"
#include "actors/metrics.hpp"
#include "actors/scheduler_directory.hpp"
#include "messages/type_ids.hpp"
#include "nodes/journal/journal_keeper.hpp"
#include "runtime/runtime_events.hpp"
#include "runtime/simulated/simulated_host.hpp"

#include <CLI/CLI.hpp>
#include <caf/all.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double cpu_seconds() {
  timespec spent{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}
timestamp wall_now() {
  return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
}

struct system_config : caf::actor_system_config {
  system_config() {
    register_messages(*this);
    std::size_t threads = std::max(2u, std::thread::hardware_concurrency()) - 1;
    set("scheduler.policy", threads == 1 ? caf::atom("stealing") : caf::atom("sharing"));
    set("scheduler.max-threads", threads);
    set("scheduler.max-throughput", std::size_t{300});
    set("work-stealing.moderate-poll-attempts", std::size_t{40}); // as a node does
    set("work-stealing.relaxed-sleep-duration", caf::timespan{1s});
  }
};

/// One life of the node.
class life {
public:
  life(const std::string& folder, const std::shared_ptr<simulated_world>& world) {
    journal_config config;
    config.path = folder;
    auto opened = spawn_journal_keeper(system_, config, wall_now);
    if (!opened)
      throw std::runtime_error(opened.error().text);
    journal_ = *opened;
    events_ = spawn_runtime_events(system_);
    host_ = spawn_simulated_host(system_, world, events_, wall_now);
    auto context = std::make_shared<actor_context>();
    context->journal = journal_;
    context->host = host_;
    context->events = events_;
    context->clock = [] { return clock_reading{wall_now(), never, wall_now().time_since_epoch()}; };
    auto& settings = context->settings;
    settings.add_limit = settings.rooms_limit;
    settings.add_batch_size = 1000;
    settings.add_operation_timeout = 1h;
    settings.room_ping_timeout = settings.room_initialization_timeout = 24h;
    context->meter = std::make_shared<metrics>();
    context->meter->bound_schedulers(settings.metrics_schedulers);
    context->seed = 1;
    context->node_id = "bench";
    directory_ = spawn_scheduler_directory(system_, context);
  }
  ~life() {
    end(directory_);
    end(host_);
    end(events_);
    end(journal_);
  }

  void create(const std::string& name, std::int32_t rooms) {
    scheduler recipe;
    recipe.name = scheduler_name{name};
    recipe.game = "game";
    recipe.max_surge = "1";
    recipe.rooms_replicas = rooms;
    recipe.spec.version = "v1.0.0";
    recipe.spec.containers.emplace_back();
    recipe.spec.containers[0].name = "server";
    self_->request(directory_, 5min, create_scheduler{recipe})
        .receive([](const scheduler&) {},
                 [](const caf::error& why) { throw std::runtime_error(from_caf(why).text); });
  }

  /// Rooms that the pools have read back so far.
  std::int64_t rooms() {
    std::int64_t all = 0;
    self_->request(directory_, 10min, list_scheduler_infos{})
        .receive(
            [&](const scheduler_info_list& found) {
              for (auto& info : found.items)
                for (auto count : info.counts.rooms)
                  all += count;
            },
            [](const caf::error& why) { throw std::runtime_error(from_caf(why).text); });
    return all;
  }

  bool is_recovering() {
    bool answer = true;
    self_->request(directory_, 10min, get_directory_status{})
        .receive([&](const directory_status& status) { answer = status.recovering; },
                 [](const caf::error& why) { throw std::runtime_error(from_caf(why).text); });
    return answer;
  }

private:
  template <class Handle>
  void end(Handle& handle) {
    self_->monitor(handle);
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
    self_->receive([](const caf::down_msg&) {});
  }

  system_config config_;
  caf::actor_system system_{config_};
  caf::scoped_actor self_{system_, true};
  journal_actor journal_;
  runtime_events_actor events_;
  room_host_actor host_;
  scheduler_directory_actor directory_;
};

void run(int schedulers, int rooms, int times, const std::string& folder) {
  simulated_host_config config;
  auto all = static_cast<std::uint64_t>(schedulers) * static_cast<std::uint64_t>(rooms);
  config.max_instances = all + 1000;
  config.pending_delay = config.ready_delay = {};
  auto world = std::make_shared<simulated_world>(config, 1);
  {
    life first(folder, world);
    while (first.is_recovering())
      std::this_thread::sleep_for(1ms);
    auto begin = wall_seconds();
    for (int i = 0; i < schedulers; ++i)
      first.create("scheduler-" + std::to_string(i), rooms);
    while (world->size() < all)
      std::this_thread::sleep_for(100ms);
    std::this_thread::sleep_for(3s);
    fmt::print("made {} schedulers of {} rooms in {:.1f} s\n", schedulers, rooms, wall_seconds() - begin);
  }
  for (int i = 0; i < times; ++i) {
    auto cpu = cpu_seconds();
    auto begin = wall_seconds();
    life next(folder, world);
    auto opened = wall_seconds() - begin;
    while (next.is_recovering())
      std::this_thread::sleep_for(1ms);
    auto ready = wall_seconds() - begin;
    while (next.rooms() < static_cast<std::int64_t>(all))
      std::this_thread::sleep_for(50ms);
    fmt::print(
        "opened after {:.2f} s, ready after {:.2f} s, all rooms there after {:.2f} s, {:.2f} s of processor\n",
        opened, ready, wall_seconds() - begin, cpu_seconds() - cpu);
    std::fflush(stdout);
  }
}

} // namespace

int main(int argc, char** argv) {
  int schedulers = 10'000;
  int rooms = 100;
  int times = 3;
  std::string folder;
  CLI::App app("How long a node takes to be ready again");
  app.add_option("--schedulers", schedulers, "how many");
  app.add_option("--rooms", rooms, "of each");
  app.add_option("--times", times, "starts that are measured");
  app.add_option("--folder", folder, "an empty one for the journal; removed at the end")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    run(schedulers, rooms, times, folder);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "recovery_bench: %s\n", failed.what());
    return 1;
  }
  std::filesystem::remove_all(folder);
}
