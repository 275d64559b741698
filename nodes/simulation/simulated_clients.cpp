#include "nodes/simulation/simulated_clients.hpp"

#include "nodes/simulation/simulated_recipes.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace maestro::simulation {

using namespace std::chrono_literals;

namespace {

constexpr auto ping_interval = 5s;
constexpr std::size_t wishes_kept = 12;
constexpr auto outdated_after = 2s;
constexpr auto old_news_count_for = 60s; ///< no allocation is held for longer

} // namespace

// -- requests that may come again --------------------------------------------------------------------------------

request_key simulated_clients::draw_key() {
  return draw(2) == 0 ? request_key() : request_key(fmt::format("wish-{}", ++last_key_));
}

void simulated_clients::send(const request_key& key, std::function<void()> how) {
  how();
  if (key.empty())
    return;
  if (wishes_.size() >= wishes_kept)
    wishes_.erase(wishes_.begin());
  wishes_.push_back(std::move(how));
}

void simulated_clients::repeat() {
  if (wishes_.empty())
    return;
  auto again = wishes_[draw(wishes_.size())];
  around_.trace("once more");
  again();
}

void simulated_clients::note_operation(const scheduler_name& name, const request_key& key,
                                       const operation_id& id) {
  around_.checks.told_enqueued(id);
  around_.checks.told_answer(name, key, id.str());
}

// -- operators ---------------------------------------------------------------------------------------------------

void simulated_clients::create() {
  auto recipe = draw_recipe(any_name(), around_.random);
  auto key = draw_key();
  send(key, [this, recipe, key] {
    around_.trace("create " + recipe.name.str());
    ask<scheduler>(
        create_scheduler{recipe, first_epoch, key},
        [this, key](const scheduler& made) {
          around_.trace("created " + made.name.str());
          if (is_first_answer(key))
            around_.checks.told_created(made.name);
        },
        [this, name = recipe.name](const failure& why) {
          around_.trace("not created " + name.str() + ": " + why.text);
        });
  });
}

void simulated_clients::edit() {
  auto name = any_name();
  ask<scheduler>(get_scheduler{name, {}}, [this, name](const scheduler& active) {
    for (auto edits = 1 + draw(2); edits > 0; --edits) {
      new_scheduler_version wish{active, active.spec.version, draw(4) != 0, draw_key()};
      change_recipe(wish.recipe, around_.random);
      send(wish.request, [this, name, wish] {
        around_.trace("edit " + name.str());
        ask<operation_id>(
            wish, [this, name, wish](const operation_id& id) { note_operation(name, wish.request, id); },
            [this, name](const failure& why) { around_.trace("not edited " + name.str() + ": " + why.text); });
      });
    }
  });
}

void simulated_clients::switch_version() {
  auto name = any_name();
  ask<version_list>(list_versions{name}, [this, name](const version_list& all) {
    if (all.items.empty())
      return;
    switch_active_version wish{name, all.items[draw(all.items.size())].version, {}, draw_key()};
    send(wish.request, [this, name, wish] {
      around_.trace("switch " + name.str() + " to " + wish.version);
      ask<operation_id>(wish,
                        [this, name, wish](const operation_id& id) { note_operation(name, wish.request, id); });
    });
  });
}

void simulated_clients::remove() {
  delete_scheduler wish{any_name(), draw_key()};
  send(wish.request, [this, wish] {
    around_.trace("delete " + wish.name.str());
    ask<operation_id>(
        wish, [this](const operation_id& id) { around_.checks.told_enqueued(id); }, // perhaps another one's
        [this, wish](const failure& why) { around_.trace("not deleted " + wish.name.str() + ": " + why.text); });
  });
}

void simulated_clients::cancel() {
  auto name = any_name();
  auto stage = draw(2) == 0 ? operation_stage::pending : operation_stage::active;
  ask<operation_page>(list_operations{name, stage}, [this](const operation_page& page) {
    if (page.items.empty())
      return;
    auto& one = page.items[draw(page.items.size())];
    cancel_operation wish{one.scheduler, one.id, draw_key()};
    around_.trace(fmt::format("cancel {} {}", definition_name(one.definition), one.id.str()));
    send(wish.request, [this, wish] {
      ask<done>(wish, [this, id = wish.id](const done&) { around_.checks.told_canceled(id); });
    });
  });
}

// -- matchmakers -------------------------------------------------------------------------------------------------

void simulated_clients::allocate() {
  auto name = any_name();
  if (takes_walk_ins(name))
    return;
  auto slots = draw(2) == 0 ? 0 : 1 + static_cast<std::int32_t>(draw(3));
  auto key = draw_key();
  send(key, [this, name, slots, key, asked_at = around_.now()] {
    if (!key.empty())
      around_.trace(fmt::format("allocate {} of {} for {} slots", key.str(), name.str(), slots));
    ask<allocated_room>(allocate_room{name, {}, slots, key},
                        [this, name, slots, key, asked_at](const allocated_room& room) {
                          if (!key.empty())
                            around_.trace(fmt::format("{} is given {}", key.str(), room.id.str()));
                          around_.checks.told_answer(name, key, room.id.str());
                          if (is_first_answer(key))
                            hold(name, room.id, slots, asked_at);
                        });
  });
}

/// A game that was started again since `asked_at` knows nobody who was on the way.
void simulated_clients::hold(const scheduler_name& name, const room_id& id, std::int32_t slots,
                             timestamp asked_at) {
  ++around_.report.allocations;
  around_.trace(fmt::format("allocated {} for {} slots", id.str(), slots));
  around_.checks.told_allocated(id);
  if (is_asked(name))
    return; // the world decides by itself when players come and go
  auto& server = server_of(id);
  auto& matches = server.matches;
  if (restarted_at(id) >= asked_at)
    return;
  bool is_known = !may_hear_old_news(server);
  if (slots == 0 && !matches.empty() && is_known)
    around_.checks.told_twice(id);
  for (int i = 0; i < std::max(slots, 1); ++i)
    matches.push_back(1 + static_cast<int>(draw(3)));
  if (is_known)
    around_.checks.told_matches(name, id, static_cast<std::int64_t>(matches.size()));
}

// -- game servers ------------------------------------------------------------------------------------------------

std::vector<instance> simulated_clients::instances() const {
  std::vector<instance> all;
  for (auto& world : around_.worlds)
    for (auto& one : world->instances())
      all.push_back(std::move(one));
  return all;
}

timestamp simulated_clients::restarted_at(const room_id& id) const {
  for (auto& world : around_.worlds)
    if (auto at = world->restarted_at(id); at != never)
      return at;
  return never;
}

void simulated_clients::report_event() {
  auto all = instances();
  auto* one = any_instance(all);
  if (one == nullptr)
    return;
  report_room_event said{one->scheduler, one->id, report_kind::room_event,
                         std::to_string(++servers_[one->id].events_reported), "{}"};
  ask<done>(said, [this, said](const done&) {
    around_.trace(fmt::format("{} reported {}", said.room.str(), said.word));
    around_.checks.told_reported(said.scheduler, said.room, said.word);
  });
}

void simulated_clients::kill_instance() {
  auto all = instances();
  auto* victim = any_instance(all);
  if (victim == nullptr)
    return;
  around_.trace("kill instance " + victim->id.str());
  for (auto& world : around_.worlds)
    if (world->kill(victim->id))
      return;
}

void simulated_clients::sleep(duration time) {
  for (auto& [id, server] : servers_)
    server.next_ping += time;
}

void simulated_clients::forget(const simulated_node& node) {
  for (auto& [id, server] : servers_)
    if (server.through == &node) {
      server.unanswered.clear();
      server.game = nullptr;
      server.through = nullptr;
    }
}

/// Matches end when the game does.
simulated_clients::game_server& simulated_clients::server_of(const room_id& id) {
  auto& server = servers_[id];
  auto began = restarted_at(id);
  if (std::exchange(server.began, began) != began)
    server.matches.clear();
  return server;
}

void simulated_clients::ping_due_rooms() {
  for (auto& world : around_.worlds)
    for (auto& one : world->instances()) {
      if (one.exited || one.status != instance_status::ready || is_asked(one.scheduler))
        continue;
      auto& server = server_of(one.id);
      if (around_.now() < server.next_ping)
        continue;
      server.next_ping = around_.now() + ping_interval;
      if (auto* door = around_.door_of(*world))
        ping(one, *door, server);
    }
}

void simulated_clients::ping(const instance& one, simulated_node& door, game_server& server) {
  std::erase_if(server.matches, [](int& pings_left) { return pings_left-- <= 0; });
  ping_room said{server.matches.empty() ? ping_status::ready : ping_status::occupied,
                 static_cast<std::int64_t>(server.matches.size())};
  if (!is_settling_ && server.game && takes_walk_ins(one.scheduler) && chance(0.5)) {
    walk_in(one, server);
    return;
  }
  door.ask<room_handle>(door.directory(), find_room{one.scheduler, one.id},
                        [this, said, id = one.id, scheduler = one.scheduler, asked_at = around_.now(),
                         &door](const room_handle& found) {
                          if (around_.now() - asked_at > outdated_after)
                            return; // it has said something else meanwhile, elsewhere
                          auto& pinging = servers_[id];
                          pinging.game = found.room;
                          pinging.through = &door;
                          send_ping(scheduler, id, pinging, said);
                        });
}

/// The server says what it is as soon as it knows, whatever is still on its way.
void simulated_clients::walk_in(const instance& one, game_server& server) {
  ping_room empty{ping_status::ready, 0};
  ping_room full{ping_status::occupied, 1};
  bool they_leave = draw(2) == 0;
  send_ping(one.scheduler, one.id, server, they_leave ? full : empty);
  send_ping(one.scheduler, one.id, server, they_leave ? empty : full);
}

void simulated_clients::send_ping(const scheduler_name& scheduler, const room_id& id, game_server& server,
                                  const ping_room& said) {
  auto number = ++server.pings_sent;
  server.unanswered[number] = around_.now();
  auto answered = [this, id, number] { note_answered(servers_[id], number); };
  server.through->ask<ping_result>(
      server.game, said,
      [this, said, id, scheduler, number, answered, sent = around_.now()](const ping_result& told) {
        answered();
        if (!told.success)
          return;
        around_.checks.told_pinged(id, said.status, said.running_matches, sent);
        if (looks_at_pings_ && servers_[id].pings_sent == number)
          look_at_last_ping(scheduler, id, said, number);
      },
      [answered](const failure&) { answered(); });
}

void simulated_clients::note_answered(game_server& server, std::uint64_t number) {
  auto ping = server.unanswered.extract(number);
  if (!ping.empty() && around_.now() - ping.mapped() > outdated_after)
    server.old_news_at = around_.now();
}

bool simulated_clients::may_hear_old_news(const game_server& server) const {
  auto now = around_.now();
  bool waits_long = !server.unanswered.empty() && now - server.unanswered.begin()->second > outdated_after;
  return waits_long || (server.old_news_at != never && now - server.old_news_at < old_news_count_for);
}

void simulated_clients::look_at_last_ping(const scheduler_name& scheduler, const room_id& id,
                                          const ping_room& said, std::uint64_t number) {
  ask<room_view>(get_room{scheduler, id}, [this, said, id, number](const room_view& view) {
    if (looks_at_pings_ && servers_[id].pings_sent == number)
      around_.checks.told_last_ping(view, said.status, said.running_matches);
  });
}

} // namespace maestro::simulation
