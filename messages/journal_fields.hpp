// The fields of every coded struct with their numbers in proto/journal/v1/journal.proto: one list serves writing,
// reading and the tests (which also count that no member is missing). For messages/journal_codec only.
#pragma once

#include "messages/commands.hpp"
#include "messages/events.hpp"
#include "messages/forwarding_fields.hpp"
#include "messages/health_fields.hpp"
#include "messages/order_fields.hpp"
#include "messages/placement_fields.hpp"
#include "messages/wire.hpp"

namespace maestro {

namespace wire {
template <>
inline constexpr std::uint64_t last_of<scheduler_phase> = 3;
template <>
inline constexpr std::uint64_t last_of<operation_status> = 5;
template <>
inline constexpr std::uint64_t last_of<room_status> = room_status_count - 1;
template <>
inline constexpr std::uint64_t last_of<ping_status> = 4;
template <>
inline constexpr std::uint64_t last_of<instance_status> = 4;
template <>
inline constexpr std::uint64_t last_of<removal_cause> = 10;
template <>
inline constexpr std::uint64_t last_of<rollback_result> = 2;
} // namespace wire

using wire::is;

// -- the scheduler ---------------------------------------------------------------------------------------------

void fields(auto& f, is<port_range> auto& x) {
  f(1, x.start);
  f(2, x.end);
}
void fields(auto& f, is<secret_key_ref> auto& x) {
  f(1, x.name);
  f(2, x.key);
}
void fields(auto& f, is<environment_variable> auto& x) {
  f(1, x.name);
  f(2, x.value);
  f(3, x.field_path);
  f(4, x.secret);
}
void fields(auto& f, is<container_resources> auto& x) {
  f(1, x.memory);
  f(2, x.cpu);
}
void fields(auto& f, is<container_port> auto& x) {
  f(1, x.name);
  f(2, x.protocol);
  f(3, x.port);
  f(4, x.host_port);
  f(5, x.host_port_range);
  f(6, x.count);
}
void fields(auto& f, is<container> auto& x) {
  f(1, x.name);
  f(2, x.image);
  f(3, x.image_pull_policy);
  f(4, x.command);
  f(5, x.environment);
  f(6, x.requests);
  f(7, x.limits);
  f(8, x.ports);
  f(9, x.takes_input);
}
void fields(auto& f, is<scheduler_spec> auto& x) {
  f(1, x.version);
  f(2, x.termination_grace_period);
  f(3, x.containers);
  f(4, x.toleration);
  f(5, x.affinity);
  f(6, x.restart_policy);
  f(7, x.health);
  f(8, x.artifacts);
  f(9, x.placement);
}
void fields(auto& f, is<room_occupancy_policy> auto& x) {
  f(1, x.ready_target);
  f(2, x.down_threshold);
}
void fields(auto& f, is<fixed_buffer_policy> auto& x) {
  f(1, x.amount);
}
void fields(auto& f, is<autoscaling_policy> auto& x) {
  f(1, x.type);
  f(2, x.room_occupancy);
  f(3, x.fixed_buffer);
}
void fields(auto& f, is<autoscaling> auto& x) {
  f(1, x.enabled);
  f(2, x.min);
  f(3, x.max);
  f(4, x.cooldown);
  f(5, x.policy);
}
void fields(auto& f, is<forwarder_options> auto& x) {
  f(1, x.timeout_ms);
  f(2, x.metadata_json);
}
void fields(auto& f, is<forwarder> auto& x) {
  f(1, x.name);
  f(2, x.enabled);
  f(3, x.type);
  f(4, x.address);
  f(5, x.options);
}
void fields(auto& f, is<scheduler> auto& x) {
  f(1, x.name);
  f(2, x.game);
  f(3, x.state);
  f(4, x.rollback_version);
  f(5, x.spec);
  f(6, x.autoscaling);
  f(7, x.port_range);
  f(8, x.rooms_replicas);
  f(9, x.created_at);
  f(10, x.last_downscale_at);
  f(11, x.max_surge);
  f(12, x.forwarders);
  f(13, x.annotations);
  f(14, x.labels);
  f(15, x.max_matches);
}

// -- operations ------------------------------------------------------------------------------------------------

void fields(auto& f, is<create_scheduler_operation> auto& x) {
  f(1, x.recipe);
}
void fields(auto& f, is<create_new_scheduler_version_operation> auto& x) {
  f(1, x.recipe);
}
void fields(auto& f, is<switch_active_version_operation> auto& x) {
  f(1, x.new_active_version);
}
void fields(auto& f, is<add_rooms_operation> auto& x) {
  f(1, x.amount);
}
void fields(auto& f, is<remove_rooms_operation> auto& x) {
  f(1, x.rooms_ids);
  f(2, x.amount);
  f(3, x.reason);
}
void fields(auto& f, is<health_controller_operation> auto& x) {
  f(1, x.took_action);
}
void fields(auto&, is<delete_scheduler_operation> auto&) {}
void fields(auto&, is<storage_clean_up_operation> auto&) {}
void fields(auto& f, is<operation_definition> auto& x) {
  f.template kind<create_scheduler_operation>(1, x);
  f.template kind<add_rooms_operation>(2, x);
  f.template kind<remove_rooms_operation>(3, x);
  f.template kind<health_controller_operation>(4, x);
  f.template kind<delete_scheduler_operation>(5, x);
  f.template kind<storage_clean_up_operation>(6, x);
  f.template kind<create_new_scheduler_version_operation>(7, x);
  f.template kind<switch_active_version_operation>(8, x);
}
void fields(auto& f, is<operation_event> auto& x) {
  f(1, x.at);
  f(2, x.event);
}
void fields(auto& f, is<rooms_answered> auto& x) {
  f(1, x.total);
}
void fields(auto&, is<rooms_ending> auto&) {}
void fields(auto&, is<place_ending> auto&) {}
void fields(auto& f, is<validation_waiting> auto& x) {
  f(1, x.number);
  f(2, x.room);
}
void fields(auto& f, is<validation_over> auto& x) {
  f(1, x.number);
}
void fields(auto& f, is<operation_step> auto& x) {
  f.template kind<rooms_answered>(1, x);
  f.template kind<rooms_ending>(2, x);
  f.template kind<place_ending>(3, x);
  f.template kind<validation_waiting>(4, x);
  f.template kind<validation_over>(5, x);
}
void fields(auto& f, is<operation_error> auto& x) {
  f(1, x.code);
  f(2, x.message);
}
void fields(auto& f, is<operation> auto& x) {
  f(1, x.id);
  f(2, x.scheduler);
  f(3, x.status);
  f.required(4, x.definition);
  f(5, x.created_at);
  f(6, x.started_at);
  f(7, x.ended_at);
  f(8, x.lease_until);
  f(9, x.history);
  f(10, x.step);
  f(11, x.error);
}
void fields(auto& f, is<finished_operation> auto& x) {
  f.required(1, x.what);
  f(2, x.listed);
  f(3, x.expires_at);
}

// -- rooms -----------------------------------------------------------------------------------------------------

void fields(auto& f, is<host_port> auto& x) {
  f(1, x.name);
  f(2, x.protocol);
  f(3, x.port);
}
void fields(auto& f, is<room_record> auto& x) {
  f(1, x.id);
  f(2, x.version);
  f(3, x.status);
  f(4, x.ping);
  f(5, x.instance);
  f(6, x.status_reason);
  f(7, x.running_matches);
  f(8, x.created_at);
  f(9, x.status_since);
  f(10, x.allocated_at);
  f(11, x.host);
  f(12, x.ports);
  f(13, x.created_by);
  f(14, x.removal);
  f(15, x.instance_exited);
  f(16, x.validation);
  f(17, x.placed_on);
  f(18, x.drain);
  f(19, x.drain_since);
  f(20, x.end_reported);
  f(21, x.held_slots);
  f(22, x.silence);
}

// -- a scheduler's stream --------------------------------------------------------------------------------------

void fields(auto& f, is<scheduler_created> auto& x) {
  f(1, x.recipe);
}
void fields(auto& f, is<scheduler_state_changed> auto& x) {
  f(1, x.state);
}
void fields(auto& f, is<scheduler_downscaled> auto& x) {
  f(1, x.at);
}
void fields(auto& f, is<scheduler_version_added> auto& x) {
  f(1, x.recipe);
  f(2, x.at);
}
void fields(auto& f, is<active_version_switched> auto& x) {
  f(1, x.version);
  f(2, x.at);
}
void fields(auto& f, is<scheduler_version_dropped> auto& x) {
  f(1, x.version);
}
void fields(auto& f, is<remembered_request> auto& x) {
  f(1, x.key);
  f(2, x.at);
  f(3, x.what);
  f(4, x.answer);
}
void fields(auto& f, is<operation_enqueued> auto& x) {
  f.required(1, x.what);
  f(2, x.priority);
  f(3, x.request);
}
void fields(auto& f, is<operation_started> auto& x) {
  f(1, x.id);
  f(2, x.at);
}
void fields(auto& f, is<operation_progressed> auto& x) {
  f(1, x.id);
  f(2, x.line);
}
void fields(auto& f, is<operation_ended> auto& x) {
  f(1, x.id);
  f(2, x.status);
  f(3, x.at);
  f(4, x.record);
}
void fields(auto& f, is<operation_stepped> auto& x) {
  f(1, x.id);
  f.required(2, x.step);
  f(3, x.at);
}
void fields(auto& f, is<scheduler_deleted> auto& x) {
  f(1, x.at);
}
void fields(auto& f, is<scheduler_event> auto& x) {
  f.template kind<scheduler_created>(1, x);
  f.template kind<scheduler_state_changed>(2, x);
  f.template kind<scheduler_downscaled>(3, x);
  f.template kind<operation_enqueued>(4, x);
  f.template kind<operation_started>(5, x);
  f.template kind<operation_progressed>(6, x);
  f.template kind<operation_ended>(7, x);
  f.template kind<scheduler_deleted>(8, x);
  f.template kind<operation_stepped>(9, x);
  f.template kind<scheduler_version_added>(10, x);
  f.template kind<active_version_switched>(11, x);
  f.template kind<scheduler_version_dropped>(12, x);
}
void fields(auto& f, is<stored_version> auto& x) {
  f(1, x.recipe);
  f(2, x.created_at);
}
void fields(auto& f, is<scheduler_snapshot> auto& x) {
  f(1, x.exists);
  f(2, x.recipe);
  f(3, x.versions);
  f(4, x.pending);
  f(5, x.active);
  f(6, x.requests);
}

// -- a room pool's stream --------------------------------------------------------------------------------------

void fields(auto& f, is<room_created> auto& x) {
  f(1, x.room);
  f(2, x.placed_by);
}
void fields(auto& f, is<room_ports_changed> auto& x) {
  f(1, x.id);
  f(2, x.ports);
}
void fields(auto& f, is<room_instance_changed> auto& x) {
  f(1, x.id);
  f(2, x.instance);
  f(3, x.description);
  f(4, x.host);
  f(5, x.exited);
  f(6, x.status);
  f(7, x.at);
}
void fields(auto& f, is<room_pinged> auto& x) {
  f(1, x.id);
  f(2, x.ping);
  f(3, x.running_matches);
  f(4, x.status);
  f(5, x.at);
  f(6, x.held_slots);
}
void fields(auto& f, is<room_silenced> auto& x) {
  f(1, x.id);
  f(2, x.reason);
  f(3, x.status);
  f(4, x.at);
  f(5, x.held_slots);
}
void fields(auto& f, is<room_allocated> auto& x) {
  f(1, x.id);
  f(2, x.at);
  f(3, x.slots);
  f(4, x.request);
}
void fields(auto& f, is<room_removal_started> auto& x) {
  f(1, x.id);
  f(2, x.cause);
  f(3, x.operation);
  f(4, x.at);
}
void fields(auto& f, is<room_removed> auto& x) {
  f(1, x.id);
  f(2, x.cause);
  f(3, x.detail);
  f(4, x.at);
}
void fields(auto& f, is<room_draining> auto& x) {
  f(1, x.id);
  f(2, x.cause);
  f(3, x.operation);
  f(4, x.at);
}
void fields(auto& f, is<pool_event> auto& x) {
  f.template kind<room_created>(1, x);
  f.template kind<room_ports_changed>(2, x);
  f.template kind<room_instance_changed>(3, x);
  f.template kind<room_pinged>(4, x);
  f.template kind<room_allocated>(5, x);
  f.template kind<room_removal_started>(6, x);
  f.template kind<room_removed>(7, x);
  f.template kind<room_draining>(8, x);
  f.template kind<room_event_reported>(9, x);
  f.template kind<room_silenced>(10, x);
}
void fields(auto& f, is<operation_tally> auto& x) {
  f(1, x.id);
  f(2, x.done);
  f(3, x.failed);
}
void fields(auto& f, is<pool_snapshot> auto& x) {
  f(1, x.rooms);
  f(2, x.last_add);
  f(3, x.last_remove);
  f(4, x.requests);
}

} // namespace maestro
