// What the process runtime needs to know and hold before it may touch a room: that it is alone in its data
// directory, its mark, closed folders, enough descriptors. Called once, at the start of the process
// host.
#pragma once

#include "messages/error.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/process_config.hpp"
#include "runtime/process/room_layout.hpp"

#include <string>

namespace maestro::process {

/// Makes the folders and closes them to others: what is ended or trash is nobody else's; on the way to a room another
/// user may pass, not look.
result<done> make_folders(const room_layout& layout, bool rooms_are_others);

/// The outermost folder on the way to this one, without it, that users who neither own it nor are in its group cannot pass;
/// empty: none. Rooms that are other users then find neither their own folder by its name nor a program that lies there.
std::string closed_folder_above(const std::string& folder);

/// Holds the lock of the rooms folder; waits a few seconds for a former node that is about to end.
result<unique_fd> lock_rooms(const room_layout& layout);

/// Locks one room's lock file, and makes it: empty when somebody holds it.
result<unique_fd> try_lock(const std::string& path);

/// What our processes are marked with: the configured mark, or one that is drawn at the first start. It is kept in the
/// data directory together with the place it was made in (device, number and birth of the rooms folder). Where the
/// place is another, the directory is a copy or a restored backup: it gets a mark of its own, so that nothing of the
/// original is ever taken for ours, and `notice` says what was found.
struct node_mark {
  std::string mark;
  bool is_original = false;
  std::string notice;
};
result<node_mark> take_mark(const process_host_config& config, const room_layout& layout);

/// Of the running kernel; empty when it cannot be read.
std::string boot_id();

/// Raises our soft limit of open files to the hard one; answers the former soft limit, 0 when unknown.
std::uint64_t raise_descriptor_limit();

} // namespace maestro::process
