// The part of messages/journal_fields.hpp that is about where rooms run. For messages/journal_fields.hpp only.
#pragma once

#include "messages/room_types.hpp"
#include "messages/scheduler_types.hpp"
#include "messages/wire.hpp"

namespace maestro {

namespace wire {
template <>
inline constexpr std::uint64_t last_of<placement_reason> = 4;
} // namespace wire

void fields(auto& f, wire::is<placement_recipe> auto& x) {
  f(1, x.strategy);
  f(2, x.node_labels);
}

} // namespace maestro
