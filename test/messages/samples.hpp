// One value of every coded kind with every member set to something that is not its default: what the corpus of
// journal records holds, written out by hand. Members that come later stay unset here, as in old records.
#pragma once

#include "messages/commands.hpp"
#include "messages/events.hpp"

namespace maestro::samples {

inline timestamp at(std::int64_t seconds, std::int64_t nanos = 0) {
  return timestamp{std::chrono::seconds{seconds} + duration{nanos}};
}

inline scheduler recipe() {
  scheduler s;
  s.name = scheduler_name{"arena"};
  s.game = "capture-the-flag";
  s.state = scheduler_phase::on_error;
  s.rollback_version = "v1.1.0";
  s.spec.version = "v2.0.0";
  s.spec.termination_grace_period = std::chrono::seconds{100};
  container c;
  c.name = "server";
  c.image = "arena:7";
  c.image_pull_policy = "Always";
  c.command = {"./arena", "", "--tick=60"};
  c.environment = {{"PLAIN", "value", {}, {}},
                   {"EMPTY", "", {}, {}},
                   {"FIELD", {}, "metadata.name", {}},
                   {"SECRET", {}, {}, secret_key_ref{"vault", "token"}}};
  c.requests = {"100Mi", "100m"};
  c.limits = {"200Mi", "1"};
  c.ports = {{"game", "udp", 7777, 40001, {}}, {"query", "tcp", 7778, 0, port_range{40000, 40100}}};
  s.spec.containers = {c, {}};
  s.spec.toleration = "maestro-dedicated";
  s.spec.affinity = "maestro-dedicated-pool";
  s.spec.restart_policy = "OnFailure";
  s.autoscaling =
      autoscaling{true, 1, -1, 60, {"roomOccupancy", room_occupancy_policy{0.5, 0.75}, fixed_buffer_policy{3}}};
  s.port_range = port_range{40000, 40999};
  s.rooms_replicas = 12;
  s.created_at = at(1'700'000'000, 123'456'789);
  s.last_downscale_at = at(1'700'000'100);
  s.max_surge = "25%";
  s.forwarders = {{"matchmaker", true, "gRPC", "mm:8080", forwarder_options{250, R"({"k":1})"}},
                  {"none", false, "gRPC", "", {}}};
  s.annotations = std::map<std::string, std::string>{{"b", "2"}, {"a", "1"}};
  s.labels = std::map<std::string, std::string>{};
  s.max_matches = 4;
  return s;
}

inline operation one_operation(operation_definition definition = add_rooms_operation{7}) {
  return {.id = operation_id{"7d1b1f0c-1f6e-4c51-9c9a-4a3a5a7f9d01"},
          .scheduler = scheduler_name{"arena"},
          .status = operation_status::error,
          .definition = std::move(definition),
          .created_at = at(1'700'000'001),
          .started_at = at(1'700'000'002),
          .ended_at = at(1'700'000'003),
          .lease_until = at(1'700'000'004),
          .history = {{at(1'700'000'001), "Created"}, {at(1'700'000'002), "Starting operation"}}};
}

inline std::vector<operation_definition> definitions() {
  return {create_scheduler_operation{recipe()},
          add_rooms_operation{7},
          remove_rooms_operation{{room_id{"arena-aaaaa"}, room_id{"arena-bbbbb"}}, 3, removal_cause::expired_room},
          health_controller_operation{true},
          delete_scheduler_operation{},
          storage_clean_up_operation{}};
}

inline room_record room() {
  return {.id = room_id{"arena-x7x2q"},
          .version = "v2.0.0",
          .status = room_status::occupied,
          .ping = ping_status::occupied,
          .instance = instance_status::ready,
          .status_reason = "exit code 3",
          .running_matches = 2,
          .created_at = at(1'700'000'010),
          .status_since = at(1'700'000'011),
          .allocated_at = at(1'700'000'012),
          .host = "127.0.0.1",
          .ports = {{"game", "udp", 40001}, {"query", "tcp", 40002}},
          .created_by = operation_id{"7d1b1f0c-1f6e-4c51-9c9a-4a3a5a7f9d01"},
          .removal = removal_cause::instance_gone,
          .instance_exited = true,
          .validation = true,
          .placed_on = {}};
}

inline std::vector<scheduler_event> scheduler_events() {
  operation_id id{"7d1b1f0c-1f6e-4c51-9c9a-4a3a5a7f9d01"};
  std::vector<scheduler_event> events{scheduler_created{recipe()},
                                      scheduler_state_changed{scheduler_phase::terminating},
                                      scheduler_downscaled{at(1'700'000'020)},
                                      operation_started{id, at(1'700'000'021)},
                                      operation_progressed{id, {at(1'700'000'022), "added 3 of 7 rooms"}},
                                      operation_ended{id, operation_status::canceled, at(1'700'000'023)},
                                      scheduler_deleted{at(1'700'000'024)}};
  for (auto& definition : definitions())
    events.push_back(operation_enqueued{one_operation(definition), true});
  return events;
}

/// Since operations have steps and their end the whole record.
inline std::vector<scheduler_event> stepped_events() {
  operation_id id{"7d1b1f0c-1f6e-4c51-9c9a-4a3a5a7f9d01"};
  auto running = one_operation();
  running.step = rooms_answered{80};
  return {operation_stepped{id, rooms_answered{40}, at(1'700'000'025)},
          operation_stepped{id, rooms_ending{}, at(1'700'000'026)},
          operation_stepped{id, place_ending{}, at(1'700'000'027)}, operation_enqueued{running, false},
          operation_ended{id, operation_status::finished, at(1'700'000'028),
                          finished_operation{one_operation(), false, at(1'700'090'000)}}};
}

/// Since an operation that failed says why.
inline std::vector<scheduler_event> failed_events() {
  auto failed = one_operation();
  failed.error = operation_error{"unavailable", "no host port is free"};
  return {operation_ended{failed.id, operation_status::error, at(1'700'000'029),
                          finished_operation{failed, true, at(1'700'090'000)}}};
}

/// Since schedulers have several versions.
inline std::vector<scheduler_event> version_events() {
  operation_id id{"7d1b1f0c-1f6e-4c51-9c9a-4a3a5a7f9d01"};
  return {scheduler_version_added{recipe(), at(1'700'000'050)},
          active_version_switched{"v2.0.0", at(1'700'000'051)},
          scheduler_version_dropped{"v1.0.0"},
          operation_stepped{id, validation_waiting{2, room_id{"arena-vvvvv"}}, at(1'700'000'052)},
          operation_stepped{id, validation_over{2}, at(1'700'000'053)},
          operation_enqueued{one_operation(create_new_scheduler_version_operation{recipe()}), false},
          operation_enqueued{one_operation(switch_active_version_operation{"v2.0.0"}), true}};
}

inline std::vector<pool_event> pool_events() {
  room_id id{"arena-x7x2q"};
  operation_id op{"7d1b1f0c-1f6e-4c51-9c9a-4a3a5a7f9d01"};
  return {room_created{room()},
          room_ports_changed{id, {{"game", "udp", 40003}}},
          room_instance_changed{id, instance_status::error, "exit code 3", "127.0.0.1", true, room_status::error,
                                at(1'700'000'030)},
          room_pinged{id, ping_status::occupied, 2, room_status::occupied, at(1'700'000'031)},
          room_allocated{id, at(1'700'000'032)},
          room_removal_started{id, removal_cause::scale_down, op, at(1'700'000'033)},
          room_removed{id, removal_cause::instance_gone, "exit code 3", at(1'700'000'034)}};
}

/// As of the version that places rooms on nodes and counts what the runtime refused.
inline pool_event placed_room() {
  auto placed = room();
  placed.placed_on = "0123456789ab";
  return room_created{placed};
}

/// Since it is said why a room runs where it does.
inline pool_event placed_room_event() {
  auto placed = std::get<room_created>(placed_room());
  placed.placed_by = placement_reason::packed;
  return placed;
}

/// As of the version in which rooms drain.
inline std::vector<pool_event> slot_events() {
  auto shared = room();
  shared.held_slots = 3;
  return {room_created{shared}, room_allocated{shared.id, at(1'700'000'070), 2},
          room_pinged{shared.id, ping_status::ready, 1, room_status::active, at(1'700'000'071), 4}};
}

/// Since rooms are asked how they are.
inline scheduler asked_recipe() {
  auto s = recipe();
  s.spec.health = health_recipe{.probe = "quake3",
                                .port = "game",
                                .container = "server",
                                .path = "/healthz",
                                .command = {"./ask", ""},
                                .pattern = "ready*",
                                .interval = std::chrono::seconds{2},
                                .failures = 3,
                                .initial_delay = std::chrono::seconds{30},
                                .players = "occupied",
                                .timeouts = {std::chrono::seconds{1}, std::chrono::seconds{2},
                                             std::chrono::seconds{3}, std::chrono::seconds{4}},
                                .send = {},
                                .expect = {},
                                .joined = {},
                                .left = {}};
  return s;
}

/// Since rooms leave files, are written to, take blocks of ports, and are asked byte by byte.
inline scheduler leaving_recipe() {
  auto s = asked_recipe();
  s.spec.artifacts = {"replays/**", "*.sav"};
  s.spec.health->send = "00*508";
  s.spec.health->expect = "ff ??";
  s.spec.health->players_at = 2;
  s.spec.containers[0].takes_input = true;
  s.spec.containers[0].ports[0].protocol = "tcpudp";
  s.spec.containers[0].ports[0].count = 2;
  return s;
}

/// Since recipes say which machines run their rooms.
inline scheduler placed_recipe() {
  auto s = leaving_recipe();
  s.spec.placement = placement_recipe{"packed", {{"disk", "fast"}, {"zone", ""}}};
  return s;
}

/// Since lines of a server's output tell how many players it has.
inline scheduler counting_recipe() {
  auto s = placed_recipe();
  s.spec.health->joined = {"^player + joined"};
  s.spec.health->left = {"^player + left", "^player + timed out"};
  return s;
}

inline std::vector<pool_event> silence_events() {
  auto silent = room();
  silent.silence = "quake3 on port game: no answer";
  return {room_created{silent},
          room_silenced{silent.id, silent.silence, room_status::unready, at(1'700'000'080), 2}};
}

inline std::vector<pool_event> drain_events() {
  auto draining = room();
  draining.drain = removal_cause::rolling_update_replace;
  draining.drain_since = at(1'700'000'060);
  operation_id op{"7d1b1f0c-1f6e-4c51-9c9a-4a3a5a7f9d01"};
  return {room_created{draining}, room_draining{draining.id, removal_cause::scale_down, op, at(1'700'000'061)},
          room_removal_started{draining.id, removal_cause::requested, op, at(1'700'000'062)}};
}

/// Since matchmakers are told of rooms.
inline std::vector<pool_event> reported_events() {
  room_id id{"arena-x7x2q"};
  room_address address{"127.0.0.1", {{"game", "udp", 40003}}};
  auto ended = room();
  ended.end_reported = true;
  return {room_event_reported{id, report_kind::room_event, "goal", R"({"score":3})", address, at(1'700'000'050)},
          room_event_reported{id, report_kind::player_event, "playerJoin", R"({"playerId":"p1"})", address,
                              at(1'700'000'051)},
          room_event_reported{id, report_kind::status, "occupied", "{}", {}, at(1'700'000'052)},
          room_event_reported{id, report_kind::ended, {}, {}, address, at(1'700'000'053)}, room_created{ended}};
}

inline std::vector<forwarding_event> forwarding_events() {
  return {cursors_moved{{{"mm", "mm:9090", 0, 17}, {"mm", "mm:9090", 1, 12}}}, cursors_moved{}};
}

inline forwarding_snapshot forwarding_state_snapshot() {
  return {{{"mm", "mm:9090", 0, 17}}};
}

inline scheduler_snapshot scheduler_state_snapshot() {
  return {.exists = true,
          .recipe = recipe(),
          .versions = {{scheduler{}, at(1'700'000'040)}, {recipe(), at(1'700'000'041)}},
          .pending = {one_operation(), one_operation(delete_scheduler_operation{})},
          .active = {one_operation(health_controller_operation{false})}};
}

inline pool_snapshot pool_state_snapshot() {
  return {.rooms = {room(), room_record{}},
          .last_add = {operation_id{"op-1"}, 40},
          .last_remove = {operation_id{"op-2"}, 2}};
}

inline pool_snapshot pool_snapshot_with_failures() {
  auto snapshot = pool_state_snapshot();
  snapshot.last_add.failed = 3;
  snapshot.rooms[0].placed_on = "0123456789ab";
  return snapshot;
}

inline finished_operation finished() {
  return {one_operation(), true, at(1'700'086'400)};
}

} // namespace maestro::samples
