// A command that asks a room how it is, run as the room's user in the room's folder and its control groups: the probe `exec`. It ends with 0: the
// room is well; a number that it prints first is the number of players. It has little of everything: time, output, processor
// time, file size; what outlives it of its own process group is killed with it. For runtime/process/room_questions.
#pragma once

#include "runtime/probing/question.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace maestro::process {

/// Folders of rooms whose command was killed and has not ended as far as we can see: it hangs in the kernel, its control group
/// has no processor time left, or another process of the room traces it and keeps its end to itself. Until it has, the
/// room gets no other: so there is one for each room at most.
using unended_commands = std::set<std::string>;

struct room_command {
  std::string folder; ///< its owner is who the command runs as
  std::vector<std::string> words;
  std::vector<std::string> environment;
  std::uint64_t processes = 1024;  ///< that its user may have, where that is not the node's own
  std::vector<std::string> groups; ///< files of the room's control groups to join: what it costs, the room costs
};

/// Nothing waits for the command's end: whatever keeps it back costs its room an answer, and nobody else anything.
void run_in_room(boost::asio::io_context& io, const std::shared_ptr<unended_commands>& unended,
                 const room_command& what, duration patience, probing::take_outcome take);

/// The whole number that a text begins with, behind spaces; none where there is none.
std::optional<std::int64_t> leading_number(std::string_view text);

} // namespace maestro::process
