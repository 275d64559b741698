// Starts shims. The shim's program is part of our own binary (shim_image.cpp); it is put into one anonymous file,
// so that all shims share its pages, and started by posix_spawn: no code of ours runs between fork and exec. The
// shim gets a session of its own, no signal of ours and no descriptor of ours.
#pragma once

#include "messages/error.hpp"
#include "runtime/process/files.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace maestro::process {

class shim_launcher {
public:
  /// Makes the anonymous file; to be called once before `launch`. Where the kernel forbids to run anonymous files,
  /// an unlinked one in that directory takes its place.
  result<done> prepare(const std::string& directory);

  /// Starts a shim in the room's directory. `lock` is the room's locked lock file; the shim keeps it locked.
  /// `title` is what process listings show. The shim is our child until we end; whoever is its parent then reaps
  /// it.
  result<pid_t> launch(const std::string& directory, const std::string& title, const std::string& plan,
                       const unique_fd& lock, const std::vector<std::string>& environment) const;

private:
  unique_fd program_;
};

} // namespace maestro::process
