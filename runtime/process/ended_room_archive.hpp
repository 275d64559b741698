// What is left of an ended room as one tar archive, piece by piece: its end, its output, the files that were gathered. Nothing is
// held between two pieces; whoever reads says where it was.
#pragma once

#include "messages/commands.hpp"
#include "runtime/process/room_layout.hpp"

namespace maestro::process {

/// Fails as read_artifacts says; that the room is not alive is the caller's to know.
result<artifact_piece> read_ended_room(const room_layout& layout, const read_artifacts& wish);

} // namespace maestro::process
