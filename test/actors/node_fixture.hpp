// A node's actors on a simulated runtime and a simulated journal, under virtual time: what actor tests start from.
#pragma once

#include "actors/context.hpp"
#include "actors/host_board.hpp"
#include "actors/metrics.hpp"
#include "actors/scheduler_directory.hpp"
#include "nodes/journal/simulated_journal.hpp"
#include "nodes/simulation/simulated_matchmakers.hpp"
#include "runtime/runtime_events.hpp"
#include "runtime/simulated/simulated_host.hpp"
#include "runtime/simulated/simulated_prober.hpp"
#include "test/support/actor_fixture.hpp"

#include <memory>
#include <string>

namespace maestro {

class NodeTest : public ActorTest {
public:
  NodeTest() { start(); }

  void start() {
    events = keep(spawn_runtime_events(sys));
    host = keep(spawn_simulated_host(sys, world, events, now()));
    journal = keep(simulation::spawn_simulated_journal(sys, disk, random, now()));
    auto made = std::make_shared<actor_context>();
    made->journal = journal;
    made->host = host;
    made->events = events;
    made->clock = [clock = now()] { return clock_reading{clock(), never, clock().time_since_epoch()}; };
    made->settings = settings;
    made->meter = std::make_shared<metrics>();
    made->seed = 1;
    made->recipes = recipes;
    made->hosts = hosts;
    forwarder_client = made->matchmakers =
        keep(simulation::spawn_simulated_forwarder_client(sys, matchmakers, random));
    made->prober = prober = keep(spawn_simulated_prober(sys, world, now()));
    context = made;
    directory = keep(spawn_scheduler_directory(sys, context));
    pass(std::chrono::milliseconds(100));
  }

  /// The node ends without a word and another takes its place.
  void restart() {
    kill(directory);
    kill(host);
    kill(journal);
    kill(events);
    kill(forwarder_client);
    kill(prober);
    start();
  }

  void pass(caf::timespan time) { advance(time, std::chrono::milliseconds(20)); }

  /// Asks the directory and lets so much time pass that the journal answered.
  template <class Answer, class Request>
  caf::expected<Answer> order(Request request) {
    auto pending = send_question(self, directory, std::move(request));
    for (int i = 0; i < 50 && self->mailbox().empty(); ++i)
      pass(std::chrono::milliseconds(20));
    if (self->mailbox().empty())
      return caf::make_error(caf::sec::request_timeout);
    return hear_answer<Answer>(self, pending);
  }

  static scheduler recipe(const std::string& name, std::int32_t replicas) {
    scheduler recipe;
    recipe.name = scheduler_name{name};
    recipe.game = "game";
    recipe.max_surge = "1";
    recipe.rooms_replicas = replicas;
    recipe.port_range = port_range{20000, 20999};
    recipe.spec.termination_grace_period = std::chrono::seconds(1);
    container one;
    one.name = "server";
    one.ports = {{"game", "udp", 7777, 0, {}}};
    recipe.spec.containers = {one};
    return recipe;
  }

  void create(const std::string& name, std::int32_t replicas) {
    ASSERT_TRUE(order<scheduler>(create_scheduler{recipe(name, replicas)}));
    pass(std::chrono::seconds(1));
  }

  std::vector<room_record> rooms(const std::string& name) {
    std::vector<room_record> all;
    auto list = order<room_list>(list_rooms{scheduler_name{name}});
    if (list)
      for (auto& view : list->items)
        all.push_back(view.room);
    return all;
  }

  std::size_t count(const std::string& name, room_status status) {
    auto all = rooms(name);
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](auto& room) { return room.status == status; }));
  }

  bool ping(const room_id& id, ping_status status, std::int64_t running = 0) {
    auto scheduler = scheduler_name{id.str().substr(0, id.str().rfind('-'))};
    auto found = order<room_handle>(find_room{scheduler, id});
    if (!found)
      return false;
    bool success = false;
    auto pending = self->request(found->room, caf::infinite, ping_room{status, running});
    for (int i = 0; i < 50 && self->mailbox().empty(); ++i)
      pass(std::chrono::milliseconds(20));
    pending.receive([&](const ping_result& told) { success = told.success; }, [](const caf::error&) {});
    return success;
  }

  void ping_all(const std::string& name) {
    for (auto& room : rooms(name))
      if (!room.instance_exited)
        ping(room.id, ping_status::ready);
  }

  template <class Answer>
  static failure refusal(const caf::expected<Answer>& answer) {
    return answer ? failure{} : from_caf(answer.error());
  }

  actor_settings settings;
  std::shared_ptr<recipe_budget> recipes; ///< none, unless a test gives one
  std::shared_ptr<host_board> hosts;      ///< as recipes
  std::mt19937_64 random{1};
  std::shared_ptr<simulation::simulated_disk> disk = std::make_shared<simulation::simulated_disk>();
  std::shared_ptr<simulated_world> world = std::make_shared<simulated_world>(simulated_host_config{}, 1);
  std::shared_ptr<simulation::simulated_matchmakers> matchmakers =
      std::make_shared<simulation::simulated_matchmakers>();
  forwarder_client_actor forwarder_client;
  prober_actor prober;
  runtime_events_actor events;
  room_host_actor host;
  journal_actor journal;
  actor_context_ptr context;
  scheduler_directory_actor directory;
};

} // namespace maestro
