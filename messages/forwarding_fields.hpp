// The part of messages/journal_fields.hpp that is about forwarding: what is told of rooms, and a forwarding stream. For
// messages/journal_fields.hpp only.
#pragma once

#include "messages/events.hpp"
#include "messages/forwarding_types.hpp"
#include "messages/wire.hpp"

namespace maestro {

namespace wire {
template <>
inline constexpr std::uint64_t last_of<report_kind> = 4;
} // namespace wire

using wire::is;

void fields(auto& f, is<room_address> auto& x) {
  f(1, x.host);
  f(2, x.ports);
}
void fields(auto& f, is<told_room> auto& x) {
  f(1, x.id);
  f(2, x.address);
}
void fields(auto& f, is<room_event_reported> auto& x) {
  f(1, x.id);
  f(2, x.kind);
  f(3, x.word);
  f(4, x.attributes);
  f(5, x.address);
  f(6, x.at);
}

void fields(auto& f, is<forwarder_cursor> auto& x) {
  f(1, x.name);
  f(2, x.address);
  f(3, x.number);
  f(4, x.sequence);
}
void fields(auto& f, is<cursors_moved> auto& x) {
  f(1, x.cursors);
}
void fields(auto& f, is<forwarding_event> auto& x) {
  f.template kind<cursors_moved>(1, x);
}
void fields(auto& f, is<forwarding_snapshot> auto& x) {
  f(1, x.cursors);
}

} // namespace maestro
