#include "actors/rules/status_changes.hpp"

#include "messages/overloaded.hpp"

namespace maestro::rules {

namespace {

using change = std::optional<status_change>;

change to(const std::string& id, std::string status, std::string detail = {}) {
  return status_change{0, never, id, std::move(status), std::move(detail)};
}

template <class... Events>
struct of_no_status {
  template <class Event>
  requires(std::is_same_v<Event, Events> || ...) change operator()(const Event&) const { return {}; }
};

/// Most of them do nothing and are listed nowhere; of those that did something the end is told.
bool is_tick(const operation_definition& definition) {
  return std::holds_alternative<health_controller_operation>(definition) ||
         std::holds_alternative<storage_clean_up_operation>(definition);
}

} // namespace

std::optional<status_change> change_of(const pool_event& event) {
  return std::visit(
      overloaded{of_no_status<room_ports_changed, room_draining, room_event_reported>{},
                 [](const room_created& x) {
                   return to(x.room.id.str(), to_string(x.room.status), "version " + x.room.version);
                 },
                 [](const room_instance_changed& x) { return to(x.id.str(), to_string(x.status), x.description); },
                 [](const room_pinged& x) { return to(x.id.str(), to_string(x.status)); },
                 [](const room_silenced& x) { return to(x.id.str(), to_string(x.status), x.reason); },
                 [](const room_allocated& x) { return to(x.id.str(), to_string(room_status::allocated)); },
                 [](const room_removal_started& x) {
                   return to(x.id.str(), to_string(room_status::terminating), to_string(x.cause));
                 },
                 [](const room_removed& x) {
                   return to(x.id.str(), "gone", x.detail.empty() ? to_string(x.cause) : x.detail);
                 }},
      event);
}

std::optional<status_change> change_of(const scheduler_event& event) {
  return std::visit(
      overloaded{
          of_no_status<scheduler_created, scheduler_state_changed, scheduler_downscaled, operation_progressed,
                       operation_stepped, scheduler_deleted, scheduler_version_added, active_version_switched,
                       scheduler_version_dropped>{},
          [](const operation_enqueued& x) {
            if (is_tick(x.what.definition))
              return change{};
            return to(x.what.id.str(), to_string(x.what.status), definition_name(x.what.definition));
          },
          [](const operation_started& x) { return to(x.id.str(), to_string(operation_status::in_progress)); },
          [](const operation_ended& x) {
            if (!x.record)
              return to(x.id.str(), to_string(x.status));
            if (!x.record->listed)
              return change{};
            auto& what = x.record->what;
            return to(x.id.str(), to_string(x.status),
                      what.error ? what.error->message : definition_name(what.definition));
          }},
      event);
}

} // namespace maestro::rules
