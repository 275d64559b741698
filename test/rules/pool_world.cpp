#include "test/rules/pool_world.hpp"

#include "actors/rules/room_creation.hpp"
#include "actors/rules/room_observation.hpp"
#include "actors/rules/room_removal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace maestro::rules {

namespace {

template <class... Fs>
struct overloads : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloads(Fs...) -> overloads<Fs...>;

std::string ports_of(const std::vector<host_port>& ports) {
  std::vector<std::int32_t> numbers;
  for (auto& port : ports)
    numbers.push_back(port.port);
  return fmt::format("{}", fmt::join(numbers, ","));
}

std::string ports_on(const std::string& node, const std::vector<host_port>& ports) {
  return ports.empty() ? "-" : ports_of(ports) + " of " + (node.empty() ? "nowhere" : node);
}

std::string or_none(const std::string& text) {
  return text.empty() ? "-" : text;
}

} // namespace

pool_world::pool_world() : now(std::chrono::seconds{1'750'000'000}) {
  scheduler.name = scheduler_name{"arena"};
  scheduler.spec.version = "v1.0.0";
  scheduler.port_range = port_range{7000, 7003};
  container server;
  server.ports = {{"game", "udp", 7777, 0, {}}};
  scheduler.spec.containers = {server};
}

pool_view pool_world::view() {
  if (has_scheduler)
    versions.learn({scheduler, {}}, [this](auto& version) { return table.is_in_use(version); });
  return {scheduler.name, table, leases, creating, versions, node, settings, {now, never, now.time_since_epoch()}};
}

void pool_world::place(const room_record& room) {
  table.apply(room_created{room});
  if (!room.instance_exited)
    leases.take(room.placed_on, room.ports);
  free.update(room.id, table.find(room.id), false);
}

// As the real pool does, a room that changes is not free until it has changed.
void pool_world::apply(const pool_event& event) {
  auto& id = std::visit(
      [](auto& what) -> const room_id& {
        if constexpr (requires { what.room; })
          return what.room.id;
        else
          return what.id;
      },
      event);
  free.update(id, table.find(id), true);
  table.apply(event);
  journaled.push_back(event);
  free.update(id, table.find(id), false);
}

void pool_world::hold(const std::vector<pool_effect>& effects) {
  for (auto& effect : effects) {
    sent.push_back(effect);
    std::visit(
        overloads{
            [this](const take_ports& ports) { leases.take(ports.node, ports.ports); },
            [this](const release_ports& ports) { leases.release(ports.node, ports.ports); },
            [this](const begin_creation& room) { creating.insert(room.id); },
            [this](const conclude_creation& room) { creating.erase(room.id); },
            [this](const end_room& intent) { carry_out(decide_end(view(), intent)); },
            [this](const look_at_instance& intent) { carry_out(decide_instance(view(), intent.seen)); },
            [this](const lose_sight& intent) { carry_out(decide_host_loss(view(), intent.id, intent.of)); },
            [this](const draw_ports_again& intent) { carry_out(decide_port_redraw(view(), intent, random)); },
            [](const auto&) {},
        },
        effect);
  }
}

std::string to_line(const pool_event& event) {
  return std::visit(
      overloads{
          [](const room_created& e) {
            return fmt::format("created {} of {}, ports {}", e.room.id.str(), e.room.version,
                               or_none(ports_of(e.room.ports)));
          },
          [](const room_ports_changed& e) {
            return fmt::format("ports of {}: {}", e.id.str(), ports_of(e.ports));
          },
          [](const room_instance_changed& e) {
            return fmt::format("instance of {} is {}{} ({}): {}", e.id.str(), to_string(e.instance),
                               e.exited ? ", exited" : "", or_none(e.description), to_string(e.status));
          },
          [](const room_pinged& e) {
            return fmt::format("{} says {}, {} matches: {}{}", e.id.str(), to_string(e.ping), e.running_matches,
                               to_string(e.status),
                               e.held_slots == 0 ? "" : fmt::format(", {} slots held", e.held_slots));
          },
          [](const room_silenced& e) {
            return fmt::format("{} does not answer: {}: {}", e.id.str(), e.reason, to_string(e.status));
          },
          [](const room_allocated& e) {
            return fmt::format("{} is allocated{}", e.id.str(),
                               e.slots == 0 ? "" : fmt::format(", {} slots", e.slots));
          },
          [](const room_removal_started& e) {
            return fmt::format("{} is to end: {}", e.id.str(), to_string(e.cause));
          },
          [](const room_draining& e) {
            return e.cause == removal_cause::none ? fmt::format("{} may stay", e.id.str())
                                                  : fmt::format("{} drains: {}", e.id.str(), to_string(e.cause));
          },
          [](const room_removed& e) {
            return fmt::format("{} is gone: {} ({})", e.id.str(), to_string(e.cause), or_none(e.detail));
          },
          [](const room_event_reported& e) {
            return fmt::format("{} is told: {} ({})", e.id.str(), to_string(e.kind), or_none(e.word));
          },
      },
      event);
}

std::string to_line(const pool_effect& effect) {
  return std::visit(
      overloads{
          [](const take_ports& e) { return "lease ports " + ports_on(e.node, e.ports); },
          [](const release_ports& e) { return "release ports " + ports_on(e.node, e.ports); },
          [](const begin_creation& e) { return "in creation: " + e.id.str(); },
          [](const conclude_creation& e) {
            return fmt::format("creation of {} concluded: {}", e.id.str(),
                               e.problem.empty() ? "created" : e.problem);
          },
          [](const conclude_removal& e) {
            return fmt::format("removal of {} concluded: {}", e.id.str(),
                               e.problem.empty() ? "the runtime ends it" : e.problem);
          },
          [](const tell_room_wanted&) { return std::string("a room is wanted"); },
          [](const end_game_room& e) { return "end game room " + e.id.str(); },
          [](const ask_for_instance& e) { return "ask the host to create " + e.id.str(); },
          [](const ask_for_end& e) {
            return fmt::format("ask the host to end {}: {}", e.id.str(), to_string(e.cause));
          },
          [](const end_orphan& e) { return "ask the host to end the orphan " + e.id.str(); },
          [](const report_loss& e) {
            return fmt::format("report the loss of {}{}", e.what.id.str(),
                               e.what.ever_ready ? "" : ", which never came up");
          },
          [](const start_timer& e) { return fmt::format("timer of {} s", e.wait / std::chrono::seconds(1)); },
          [](const count_metric& e) {
            return std::string(e.what == pool_metric::room_silent ? "count room_silent"
                                                                  : "count ping_update_failed");
          },
          [](const note& e) {
            return fmt::format("log \"{}\" {} {} {}", to_string(e.what), e.id.str(), or_none(e.subject),
                               or_none(e.detail));
          },
          [](const end_room& e) {
            return fmt::format("next: end {} ({}: {})", e.id.str(), to_string(e.cause), or_none(e.detail));
          },
          [](const look_at_instance& e) { return "next: look at the instance of " + e.seen.id.str(); },
          [](const lose_sight& e) { return fmt::format("next: {} is out of sight: {}", e.id.str(), e.of.reason); },
          [](const draw_ports_again& e) { return "next: draw the ports of " + e.id.str() + " again"; },
      },
      effect);
}

} // namespace maestro::rules
