// How long the longest turn of each actor is when one scheduler has many rooms: the real actors on the simulated
// runtime and journal, in one thread, each turn timed by the processor time of that thread, so that neither other
// processes nor a disk are in the figures. A turn is one message; whatever else an actor is asked waits for its end.
//
//   turn_bench [--rooms N]
#include "nodes/simulation/simulated_node.hpp"

#include <CLI/CLI.hpp>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <string>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

double thread_milliseconds() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) * 1e3 + static_cast<double>(spent.tv_nsec) / 1e6;
}

struct turns {
  double longest = 0;
  double sum = 0;
  std::size_t count = 0;
};

class watched_node {
public:
  explicit watched_node(std::int64_t rooms) : rooms_(rooms) {
    settings_.add_limit = settings_.rooms_limit = std::max<std::int64_t>(rooms, 1000);
    settings_.add_batch_size = 1000;
    settings_.room_ping_timeout = settings_.room_initialization_timeout = 24h;
    simulated_host_config quick;
    quick.max_instances = static_cast<std::uint64_t>(rooms) + 1000;
    world_->reconfigure(quick);
    start();
  }

  void create() {
    scheduler recipe;
    recipe.name = name_;
    recipe.game = "game";
    recipe.max_surge = "1";
    recipe.rooms_replicas = static_cast<std::int32_t>(rooms_);
    recipe.spec.version = "v1.0.0";
    recipe.spec.containers.emplace_back();
    recipe.spec.containers[0].name = "server";
    node_->ask<scheduler>(node_->directory(), create_scheduler{recipe}, [](const scheduler&) {});
    while (world_->size() < static_cast<std::uint64_t>(rooms_))
      pass(100ms);
    pass(5s);
  }

  /// Every room says that it is ready.
  void ping() {
    std::size_t open = 0;
    for (auto& one : world_->instances()) {
      ++open;
      auto answered = [&open](auto&) { --open; };
      node_->ask<room_handle>(node_->directory(), find_room{name_, one.id},
                              [this, &open, answered](const room_handle& found) {
                                node_->ask<ping_result>(found.room, ping_room{ping_status::ready, 0},
                                                        std::function<void(const ping_result&)>(answered));
                              });
      if (open >= 256)
        while (open > 0)
          pass(20ms);
    }
    while (open > 0)
      pass(20ms);
  }

  void list() {
    bool is_there = false;
    node_->ask<room_list>(node_->directory(), list_rooms{name_}, [&](const room_list&) { is_there = true; });
    while (!is_there)
      pass(20ms);
  }

  void rest() { pass(2min); }

  /// The node is killed; its runtime keeps the instances.
  void restart() {
    node_.reset();
    seen_.clear();
    start();
    bool is_recovering = true;
    while (is_recovering) {
      pass(20ms);
      node_->ask<directory_status>(node_->directory(), get_directory_status{},
                                   [&](const directory_status& status) { is_recovering = status.recovering; });
    }
    pass(1min);
  }

  void show(const char* phase) {
    fmt::print("{}\n", phase);
    for (auto& [name, one] : seen_)
      if (one.longest > 0.5)
        fmt::print("  {:<20} longest {:9.2f} ms   {:10} turns   {:9.2f} s in all\n", name, one.longest, one.count,
                   one.sum / 1e3);
    std::fflush(stdout);
    seen_.clear();
  }

private:
  void start() {
    node_ = std::make_unique<simulation::simulated_node>(time_, no_step_, 1, settings_, disk_, world_,
                                                         std::make_shared<simulation::simulated_matchmakers>(),
                                                         random_);
    jobs_ = &dynamic_cast<caf::scheduler::test_coordinator&>(node_->system().actors().scheduler());
    run();
  }

  void pass(duration time) {
    for (; time > duration{0}; time -= 20ms) {
      node_->system().advance(20ms);
      node_->clock().keep();
      time_ = node_->system().now();
      run();
    }
  }

  void run() {
    while (!jobs_->jobs.empty()) {
      auto* actor = dynamic_cast<caf::local_actor*>(jobs_->jobs.front());
      std::string name = actor == nullptr ? "?" : actor->name();
      auto begin = thread_milliseconds();
      jobs_->try_run_once();
      auto took = thread_milliseconds() - begin;
      auto& one = seen_[name];
      one.longest = std::max(one.longest, took);
      one.sum += took;
      ++one.count;
    }
  }

  std::int64_t rooms_;
  scheduler_name name_{"fleet-of-game-server-rooms"};
  actor_settings settings_;
  timestamp time_{std::chrono::seconds{1'750'000'000}};
  std::mt19937_64 random_{1};
  std::shared_ptr<simulation::simulated_disk> disk_ = std::make_shared<simulation::simulated_disk>();
  std::shared_ptr<simulated_world> world_ = std::make_shared<simulated_world>(simulated_host_config{}, 1);
  duration no_step_{}; ///< of the wall clock
  std::unique_ptr<simulation::simulated_node> node_;
  caf::scheduler::test_coordinator* jobs_ = nullptr;
  std::map<std::string, turns> seen_;
};

} // namespace

int main(int argc, char** argv) {
  std::int64_t rooms = 100'000;
  CLI::App app("How long the longest turn of each actor is");
  app.add_option("--rooms", rooms, "rooms of the one scheduler");
  CLI11_PARSE(app, argc, argv);
  watched_node node(rooms);
  node.create();
  node.show("created");
  node.ping();
  node.show("pinged for the first time");
  node.list();
  node.show("listed");
  node.rest();
  node.show("two minutes of rest: looks at health, reviews of the runtime's list");
  node.restart();
  node.show("killed and started again, a minute");
}
