#include "actors/rules/room_creation.hpp"

#include "actors/rules/room_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::rules {

namespace {

constexpr int port_draws_max = 64;
constexpr auto* ended_meanwhile = "the room ended while it was created";

// The rooms of one batch, which do not stand in the table yet.
struct intents {
  const pool_view& pool;
  const scheduler& version;
  small_random& random;
  bool is_validation = false;
  std::map<std::string, port_set> ports; ///< by node
  rooms_by_node placed;
  std::unordered_set<room_id> names;

  room_id draw_name() {
    room_id id;
    do
      id = draw_room_name(pool.name, random);
    while (pool.rooms.find(id) != nullptr || pool.creating.contains(id) || names.contains(id));
    return id;
  }

  result<room_created> draw(const operation_id& operation) {
    auto chosen = choose_host(version, pool.hosts, pool.rooms.by_node(), placed, pool.node);
    if (!chosen)
      return chosen.error();
    room_record room;
    room.placed_on = chosen->node_id;
    auto& planned_ports = ports[room.placed_on];
    auto drawn = draw_ports(version, pool.leases, room.placed_on, planned_ports, random);
    if (!drawn)
      return drawn.error();
    room.id = draw_name();
    room.version = version.spec.version;
    room.validation = is_validation;
    room.created_at = room.status_since = pool.clock.now;
    room.ports = std::move(*drawn);
    room.created_by = operation;
    names.insert(room.id);
    ++placed[room.placed_on];
    for (auto& port : room.ports)
      planned_ports.insert(port.port);
    return room_created{std::move(room), chosen->reason};
  }
};

void intend(pool_decision<rooms_intended>& decided, const room_created& created, batch_number batch) {
  auto& room = created.room;
  decided.at_once.emplace_back(take_ports{room.placed_on, room.ports});
  decided.at_once.emplace_back(begin_creation{room.id});
  decided.events.emplace_back(created);
  decided.effects.emplace_back(ask_for_instance{room.id, batch, {}});
  decided.if_refused.emplace_back(release_ports{room.placed_on, room.ports});
  decided.if_refused.emplace_back(conclude_creation{room.id, 0, "the journal refused it"});
}

} // namespace

room_id validation_room_of(const room_table& rooms, const operation_id& operation) {
  for (auto& id : rooms.validation_rooms()) {
    auto* room = rooms.find(id);
    if (room != nullptr && room->created_by == operation && room->removal == removal_cause::none)
      return id;
  }
  return {};
}

namespace {

// Intended before a crash: only now its version, which is not stored yet, is known again.
bool is_not_begun(const pool_view& pool, const room_id& id) {
  auto* room = pool.rooms.find(id);
  return room != nullptr && room->instance == instance_status::unknown && !pool.creating.contains(id);
}

// One validation room at a time, none for who only tells the version of the one that there is; of others, what is not asked for yet.
std::int64_t still_wanted(const pool_view& pool, const create_rooms& command) {
  if (command.is_validation)
    return validation_room_of(pool.rooms, command.operation).empty() ? std::min<std::int64_t>(command.amount, 1)
                                                                     : 0;
  return std::max<std::int64_t>(command.amount - pool.rooms.intended_by(command.operation), 0);
}

} // namespace

pool_decision<rooms_intended> decide_creation(const pool_view& pool, const create_rooms& command,
                                              batch_number batch, small_random& random) {
  auto* version = command.is_validation     ? &command.candidate
                  : command.version.empty() ? pool.versions.active()
                                            : pool.versions.find(command.version);
  if (version == nullptr) {
    auto why = pool.versions.active() == nullptr ? "has not heard of its scheduler yet"
                                                 : "does not know version " + command.version;
    return {.reply =
                failure{ec::not_found, fmt::format("the room pool of scheduler {} {}", pool.name.str(), why)}};
  }
  pool_decision<rooms_intended> decided;
  rooms_intended intended{command.operation, 0, {}};
  auto space = pool.settings.rooms_limit - static_cast<std::int64_t>(pool.rooms.size());
  auto wanted = still_wanted(pool, command);
  intents drawing{pool, *version, random, command.is_validation, {}, {}, {}};
  for (std::int64_t i = 0; i < std::min(wanted, space); ++i) {
    auto room = drawing.draw(command.operation);
    if (!room) {
      intended.last_error = room.error().text;
      break;
    }
    intend(decided, *room, batch);
    ++intended.open;
  }
  if (auto known = command.is_validation ? validation_room_of(pool.rooms, command.operation) : room_id{};
      is_not_begun(pool, known)) {
    decided.at_once.emplace_back(begin_creation{known});
    decided.effects.emplace_back(ask_for_instance{known, batch, {}});
    ++intended.open;
  }
  if (wanted > space)
    intended.last_error = fmt::format("a scheduler may have {} rooms at most", pool.settings.rooms_limit);
  // Once the intents are durable: whoever is answered before, and asks for the rest, would not find them in the table.
  if (intended.open > 0)
    decided.effects.emplace_back(start_timer{batch, pool.settings.add_operation_timeout});
  decided.reply = intended;
  return decided;
}

result<create_instance> instance_for(const pool_view& pool, const room_id& id) {
  auto* room = pool.rooms.find(id);
  if (room == nullptr || room->removal != removal_cause::none)
    return failure{ec::not_found, ended_meanwhile};
  auto* version = pool.versions.find(room->version);
  if (version == nullptr)
    return failure{ec::not_found,
                   fmt::format("version {} of scheduler {} is not known", room->version, pool.name.str())};
  create_instance wanted;
  wanted.id = room->id;
  wanted.scheduler = pool.name;
  wanted.version = room->version;
  wanted.containers = version->spec.containers;
  wanted.ports = room->ports;
  wanted.placed_on = room->placed_on;
  wanted.termination_grace_period = version->spec.termination_grace_period;
  wanted.restart_policy = version->spec.restart_policy;
  wanted.artifacts = version->spec.artifacts;
  wanted.players = player_lines_of(*version);
  return wanted;
}

std::vector<pool_effect> give_up(const room_id& id, batch_number batch, const std::string& why, bool may_live) {
  return {note{pool_note::room_not_created, id, {}, why},
          end_room{id, removal_cause::creation_failed, why, batch, may_live}};
}

pool_decision<done> decide_creation_answer(const ask_for_instance& asked, const std::optional<failure>& refusal) {
  if (!refusal)
    return {.effects = {conclude_creation{asked.id, asked.batch, {}}}};
  // Nobody knows what became of it: the room stays, and the next look at the runtime's list decides.
  if (refusal->code == ec::deadline_exceeded)
    return {.effects = {note{pool_note::room_not_created, asked.id, {}, refusal->text},
                        conclude_creation{asked.id, asked.batch, refusal->text}}};
  if (refusal->code != ec::port_in_use || asked.avoid.size() >= port_draws_max)
    return {.effects = give_up(asked.id, asked.batch, refusal->text, true)};
  return {.effects = {draw_ports_again{asked.id, asked.batch, asked.avoid}}};
}

pool_decision<done> decide_port_redraw(const pool_view& pool, const draw_ports_again& draw, small_random& random) {
  auto* room = pool.rooms.find(draw.id);
  auto* version = room != nullptr ? pool.versions.find(room->version) : nullptr;
  if (room == nullptr || room->instance_exited || version == nullptr)
    return {.effects = give_up(draw.id, draw.batch, ended_meanwhile)};
  auto avoid = draw.avoid;
  for (auto& port : room->ports)
    avoid.insert(port.port);
  auto drawn = draw_ports(*version, pool.leases, room->placed_on, avoid, random);
  if (!drawn)
    return {.effects = give_up(draw.id, draw.batch, drawn.error().text)};
  return {.events = {room_ports_changed{draw.id, *drawn}},
          .effects = {release_ports{room->placed_on, room->ports}, ask_for_instance{draw.id, draw.batch, avoid}},
          .if_refused = {release_ports{room->placed_on, *drawn}},
          .at_once = {take_ports{room->placed_on, *drawn}}};
}

} // namespace maestro::rules
