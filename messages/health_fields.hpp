// The part of messages/journal_fields.hpp that is about recipes' spec.health. For messages/journal_fields.hpp only.
#pragma once

#include "messages/scheduler_types.hpp"
#include "messages/wire.hpp"

namespace maestro {

using wire::is;

void fields(auto& f, is<room_timeouts> auto& x) {
  f(1, x.initialization);
  f(2, x.ping);
  f(3, x.allocation);
  f(4, x.deletion);
}
void fields(auto& f, is<health_recipe> auto& x) {
  f(1, x.probe);
  f(2, x.port);
  f(3, x.container);
  f(4, x.path);
  f(5, x.command);
  f(6, x.pattern);
  f(7, x.interval);
  f(8, x.failures);
  f(9, x.initial_delay);
  f(10, x.players);
  f(11, x.timeouts);
  f(12, x.send);
  f(13, x.expect);
  f(14, x.players_at);
  f(15, x.joined);
  f(16, x.left);
}

} // namespace maestro
