// A folder that a room may have filled, opened without following a link in its name and without waiting for
// anybody. For everything that walks through what rooms leave.
#pragma once

#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace maestro::process {

using open_folder = std::unique_ptr<DIR, int (*)(DIR*)>;

/// `name` in the folder `parent` (or AT_FDCWD); none where it is no folder, or cannot be opened (errno).
inline open_folder open_below(int parent, const char* name) {
  auto fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  open_folder folder{fd < 0 ? nullptr : ::fdopendir(fd), ::closedir};
  if (fd >= 0 && !folder)
    ::close(fd);
  return folder;
}

} // namespace maestro::process
