// Walks through folders that a room can write, while it may be writing: by descriptor, never along a link, never into
// another file system, and with a bound on whatever a room could make without end. For the janitor and for whoever
// wants to know how much a room keeps.
#pragma once

#include "runtime/process/files.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace maestro::process {

/// Removes what is called so in a folder, with everything below it. What lies too deep for one walk is moved up into
/// `folder` under a name of its own, for the next call. False when `stop` said so.
bool remove_tree(const unique_fd& folder, const std::string& name, const std::function<bool()>& stop);

struct tree_size {
  std::uint64_t bytes = 0; ///< as the disk counts them
  std::uint64_t files = 0; ///< folders too
};

/// Of everything below a folder; counts no further than one above `most`.
tree_size measure_tree(const std::string& folder, const tree_size& most, const std::function<bool()>& stop);

} // namespace maestro::process
