#include "messages/cluster_types.hpp"
#include "messages/error.hpp"
#include "messages/forwarding_types.hpp"
#include "messages/operation_types.hpp"
#include "messages/room_types.hpp"
#include "messages/rooms_explanation.hpp"
#include "messages/runtime_types.hpp"
#include "messages/scheduler_types.hpp"
#include "messages/time.hpp"

#include <fmt/format.h>

#include <ctime>

#include <algorithm>

namespace maestro {

std::string to_rfc3339(timestamp t) {
  if (t == never)
    return "0001-01-01T00:00:00Z";
  using namespace std::chrono;
  auto whole = floor<seconds>(t);
  auto fraction = (t - whole).count();
  auto seconds_since_epoch = system_clock::to_time_t(time_point_cast<system_clock::duration>(whole));
  std::tm utc{};
  gmtime_r(&seconds_since_epoch, &utc);
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                          utc.tm_hour, utc.tm_min, utc.tm_sec);
  if (fraction == 0)
    return text + "Z";
  if (fraction % 1'000'000 == 0)
    return fmt::format("{}.{:03}Z", text, fraction / 1'000'000);
  if (fraction % 1'000 == 0)
    return fmt::format("{}.{:06}Z", text, fraction / 1'000);
  return fmt::format("{}.{:09}Z", text, fraction);
}

std::string to_string(ec code) {
  switch (code) {
  case ec::invalid_argument: return "invalid_argument";
  case ec::not_found: return "not_found";
  case ec::already_exists: return "already_exists";
  case ec::failed_precondition: return "failed_precondition";
  case ec::aborted: return "aborted";
  case ec::unknown: return "unknown";
  case ec::unimplemented: return "unimplemented";
  case ec::resource_exhausted: return "resource_exhausted";
  case ec::unavailable: return "unavailable";
  case ec::deadline_exceeded: return "deadline_exceeded";
  case ec::internal: return "internal";
  case ec::port_in_use: return "port_in_use";
  case ec::deposed: return "deposed";
  case ec::unauthenticated: return "unauthenticated";
  }
  return "invalid";
}

std::string to_string(scheduler_phase state) {
  switch (state) {
  case scheduler_phase::creating: return "creating";
  case scheduler_phase::in_sync: return "in-sync";
  case scheduler_phase::terminating: return "terminating";
  case scheduler_phase::on_error: return "on-error";
  }
  return "invalid";
}

std::string to_string(room_status status) {
  switch (status) {
  case room_status::pending: return "pending";
  case room_status::unready: return "unready";
  case room_status::ready: return "ready";
  case room_status::occupied: return "occupied";
  case room_status::terminating: return "terminating";
  case room_status::error: return "error";
  case room_status::terminated: return "terminated";
  case room_status::active: return "active";
  case room_status::allocated: return "allocated";
  }
  return "invalid";
}

std::string to_string(ping_status status) {
  switch (status) {
  case ping_status::unknown: return "unknown";
  case ping_status::ready: return "ready";
  case ping_status::occupied: return "occupied";
  case ping_status::terminating: return "terminating";
  case ping_status::terminated: return "terminated";
  }
  return "invalid";
}

std::string to_string(instance_status status) {
  switch (status) {
  case instance_status::unknown: return "unknown";
  case instance_status::pending: return "pending";
  case instance_status::ready: return "ready";
  case instance_status::terminating: return "terminating";
  case instance_status::error: return "error";
  }
  return "invalid";
}

std::string to_string(placement_reason reason) {
  switch (reason) {
  case placement_reason::unsaid: return "";
  case placement_reason::only_machine: return "the only machine";
  case placement_reason::spread: return "spread";
  case placement_reason::packed: return "packed";
  case placement_reason::no_other_machine: return "no other machine takes rooms";
  }
  return "invalid";
}

std::string to_string(removal_cause cause) {
  switch (cause) {
  case removal_cause::none: return "none";
  case removal_cause::scale_down: return "scale_down";
  case removal_cause::expired_room: return "expired_room";
  case removal_cause::new_version_rollback: return "new_version_rollback";
  case removal_cause::new_version_validation_finished: return "new_version_validation_finished";
  case removal_cause::rolling_update_replace: return "rolling_update_replace";
  case removal_cause::scheduler_deleted: return "scheduler_deleted";
  case removal_cause::creation_failed: return "creation_failed";
  case removal_cause::instance_gone: return "instance_gone";
  case removal_cause::requested: return "requested";
  }
  return "invalid";
}

std::string to_string(wanted_reason reason) {
  switch (reason) {
  case wanted_reason::replicas: return "replicas";
  case wanted_reason::room_occupancy: return "roomOccupancy";
  case wanted_reason::fixed_buffer: return "fixedBuffer";
  case wanted_reason::min: return "min";
  case wanted_reason::max: return "max";
  case wanted_reason::player_turned_away: return "player_turned_away";
  case wanted_reason::surge: return "surge";
  case wanted_reason::replacement: return "replacement";
  case wanted_reason::down_threshold: return "down_threshold";
  case wanted_reason::cooldown: return "cooldown";
  case wanted_reason::no_machine: return "noMachine";
  }
  return "invalid";
}

std::string to_string(plan_wait wait) {
  switch (wait) {
  case plan_wait::none: return "";
  case plan_wait::backoff: return "backoff";
  case plan_wait::successors: return "successors";
  case plan_wait::players: return "players";
  }
  return "invalid";
}

std::string to_string(planned_action action) {
  switch (action) {
  case planned_action::remove: return "remove";
  case planned_action::drain: return "drain";
  case planned_action::drains: return "drains";
  case planned_action::ends: return "ends";
  }
  return "invalid";
}

std::string to_string(removal_reason reason) {
  switch (reason) {
  case removal_reason::error: return "error";
  case removal_reason::silent: return "silent";
  case removal_reason::other_major: return "other_major";
  case removal_reason::pending: return "pending";
  case removal_reason::ready: return "ready";
  case removal_reason::unready: return "unready";
  case removal_reason::active: return "active";
  case removal_reason::allocated: return "allocated";
  case removal_reason::occupied: return "occupied";
  case removal_reason::never_came_up: return "never_came_up";
  case removal_reason::stopped_pinging: return "stopped_pinging";
  case removal_reason::ends_too_slowly: return "ends_too_slowly";
  case removal_reason::terminated: return "terminated";
  case removal_reason::drained_too_long: return "drained_too_long";
  case removal_reason::validation_over: return "validation_over";
  case removal_reason::removal_asked: return "removal_asked";
  }
  return "invalid";
}

std::string to_string(operation_status status) {
  switch (status) {
  case operation_status::pending: return "pending";
  case operation_status::in_progress: return "in_progress";
  case operation_status::canceled: return "canceled";
  case operation_status::finished: return "finished";
  case operation_status::evicted: return "evicted";
  case operation_status::error: return "error";
  }
  return "invalid";
}

std::string to_string(instance_event_type type) {
  switch (type) {
  case instance_event_type::added: return "added";
  case instance_event_type::updated: return "updated";
  case instance_event_type::deleted: return "deleted";
  }
  return "invalid";
}

std::string definition_name(const operation_definition& definition) {
  struct name_of {
    const char* operator()(const create_scheduler_operation&) const { return "create_scheduler"; }
    const char* operator()(const add_rooms_operation&) const { return "add_rooms"; }
    const char* operator()(const remove_rooms_operation&) const { return "remove_rooms"; }
    const char* operator()(const health_controller_operation&) const { return "health_controller"; }
    const char* operator()(const delete_scheduler_operation&) const { return "delete_scheduler"; }
    const char* operator()(const storage_clean_up_operation&) const { return "storage_clean_up"; }
    const char* operator()(const create_new_scheduler_version_operation&) const {
      return "create_new_scheduler_version";
    }
    const char* operator()(const switch_active_version_operation&) const { return "switch_active_version"; }
  };
  return std::visit(name_of{}, definition);
}

bool took_action(const operation_definition& definition) {
  if (std::holds_alternative<storage_clean_up_operation>(definition))
    return false;
  auto* health = std::get_if<health_controller_operation>(&definition);
  return health == nullptr || health->took_action;
}

std::string to_string(matchmaker_method method) {
  switch (method) {
  case matchmaker_method::room_status: return "SendRoomStatus";
  case matchmaker_method::room_resync: return "SendRoomResync";
  case matchmaker_method::room_event: return "SendRoomEvent";
  case matchmaker_method::player_event: return "SendPlayerEvent";
  }
  return "invalid";
}

std::string to_string(report_kind kind) {
  switch (kind) {
  case report_kind::room_event: return "room_event";
  case report_kind::player_event: return "player_event";
  case report_kind::status: return "status";
  case report_kind::ended: return "ended";
  case report_kind::resync: return "resync";
  }
  return "invalid";
}

std::string to_string(node_status status) {
  switch (status) {
  case node_status::ready: return "ready";
  case node_status::draining: return "draining";
  case node_status::unreachable: return "unreachable";
  case node_status::gone: return "gone";
  }
  return "invalid";
}

bool cluster_member::has_role(const std::string& role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

} // namespace maestro
