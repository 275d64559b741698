// As messages/journal_fields, of what actors only say to each other: orders to workers, hosts and pools.
#pragma once

#include "messages/commands.hpp"
#include "messages/wire.hpp"

namespace maestro {

using wire::is;

void fields(auto& f, is<follow_up> auto& x) {
  f.required(1, x.definition);
  f(2, x.priority);
}
void fields(auto& f, is<enqueue_operation> auto& x) {
  f.required(1, x.definition);
  f(2, x.priority);
  f(3, x.unless_queued);
  f(4, x.request);
}
void fields(auto& f, is<execute_operation> auto& x) {
  f.required(1, x.what);
  f(2, x.recipe);
  f(3, x.resumed);
  f(4, x.target);
}
void fields(auto& f, is<operation_outcome> auto& x) {
  f(1, x.id);
  f(2, x.status);
  f.required(3, x.definition);
  f(4, x.history);
  f(5, x.follow_ups);
  f(6, x.transitions);
  f(7, x.rollback);
  f(8, x.rollback_failure);
  f(9, x.rollback_took);
  f(10, x.error);
}
void fields(auto& f, is<record_progress> auto& x) {
  f(1, x.id);
  f(2, x.event);
  f(3, x.step);
}
void fields(auto& f, is<health_plan> auto& x) {
  f(1, x.follow_ups);
  f(2, x.downscales);
  f(5, x.spares);
  f(6, x.why);
}
void fields(auto& f, is<player_lines> auto& x) {
  f(1, x.container);
  f(2, x.joined);
  f(3, x.left);
}
void fields(auto& f, is<create_instance> auto& x) {
  f(1, x.id);
  f(2, x.scheduler);
  f(3, x.version);
  f(4, x.containers);
  f(5, x.ports);
  f(6, x.termination_grace_period);
  f(7, x.restart_policy);
  f(8, x.epoch.number);
  f(9, x.artifacts);
  f(10, x.placed_on);
  f(11, x.players);
}

} // namespace maestro
