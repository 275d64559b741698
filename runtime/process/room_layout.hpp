// Where everything about a room lies on disk, and the file that says what the room is.
//
//   <data>/node_mark                      the mark of this node's processes
//   <data>/orphans.log                    who was ended without belonging to a room, and why
//   <data>/rooms/.lock                    one node at a time
//   <data>/rooms/<scheduler>/epoch        the highest owner's epoch that was seen, as decimal text; absent: 1
//   <data>/rooms/<scheduler>/<room>/
//       instance                          what the room is (below); written before anything is started
//       lock  state  stop                 between node and shim (shim/shim.h)
//       input.<container>                 a fifo, the standard input of a container that takes any; the node's (0600)
//       work/                             working directory of the game servers; theirs alone (0700)
//       logs/<container>.log[.N]          captured output (0700)
//       logs/<container>.marks[.N]        when what of it was captured
//   <data>/ended/<scheduler>/<room>/      logs/, `end` and `first_container` of a deleted room, for a while, and what was
//                                         gathered of its files (artifact_gathering)
//   <data>/trash/                         being removed
//
// Folders on the way to `work` are 0711 where rooms run as another user than the node, else 0700; files are 0600.
//
//   instance := "maestro-room 1" LF (key SP value LF)* "end" LF
#pragma once

#include "messages/error.hpp"
#include "messages/runtime_types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maestro::process {

struct room_identity {
  room_id id;
  scheduler_name scheduler;
  std::string version;
  std::vector<host_port> ports;
  std::vector<std::string> containers; ///< names, in order
  std::vector<std::string> programs;   ///< what each of them runs
  std::string memory_limit;            ///< as text, for descriptions
  std::vector<std::string> cgroups;    ///< directories to remove in the end
  std::int64_t grace_ms = 0;
  std::uint32_t user = 0;               ///< the user that is the room's alone; 0: it has none
  std::string boot;                     ///< of the machine, when it was started
  std::string failure;                  ///< not empty: it was never started, and this is why
  std::vector<std::string> artifacts{}; ///< patterns of files that are kept when it has ended
};

std::string format_identity(const room_identity& identity);
std::optional<room_identity> parse_identity(std::string_view text);

/// Names become directory and file names: letters, digits, `-`, `_` and `.`, not beginning with a dot.
bool is_safe_name(std::string_view name);

/// Of the fifo in the room's folder.
inline std::string input_name(const std::string& container) {
  return "input." + container;
}

class room_layout {
public:
  explicit room_layout(std::string data_dir) : data_(std::move(data_dir)) {}

  const std::string& data() const { return data_; }
  std::string mark_file() const { return data_ + "/node_mark"; }
  std::string orphans_file() const { return data_ + "/orphans.log"; }
  std::string rooms() const { return data_ + "/rooms"; }
  std::string lock_file() const { return rooms() + "/.lock"; }
  std::string ended() const { return data_ + "/ended"; }
  std::string trash() const { return data_ + "/trash"; }
  std::string epoch_file(const scheduler_name& s) const { return rooms() + "/" + s.str() + "/epoch"; }
  std::string room(const scheduler_name& s, const room_id& r) const {
    return rooms() + "/" + s.str() + "/" + r.str();
  }
  std::string ended_room(const scheduler_name& s, const room_id& r) const {
    return ended() + "/" + s.str() + "/" + r.str();
  }

private:
  std::string data_;
};

} // namespace maestro::process
