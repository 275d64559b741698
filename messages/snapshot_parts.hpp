// A snapshot that was written in parts (messages/journal_codec) is one field several times; who reads it back part by
// part takes them off one after another. Used by actors/event_log.
#pragma once

#include <optional>
#include <string_view>

namespace maestro {

/// The bytes of the first part, a snapshot of its own; `rest` keeps those behind it. Nothing when they are no fields.
std::optional<std::string_view> take_snapshot_part(std::string_view& rest);

} // namespace maestro
