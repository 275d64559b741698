// What a room's recipe names of its files is moved out of its folder when it has ended, before the rest is thrown away:
//
//   <ended room>/artifact_patterns   one in each line; written with the room's end
//   <ended room>/work/               as the room left it; gone when all is gathered
//   <ended room>/artifacts/<number>  the files
//   <ended room>/artifacts/index     (<number> SP <path> LF)* ("left_out" SP <count> LF)?
//
// The folder was the room's own, so it may be full of traps: it is walked by descriptor, links and pipes and whatever else is no
// regular file are not touched, a file counts with the size that it claims, and nothing is without a bound. For the janitor, on
// whose thread it runs; it can be stopped and goes on where it was.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace maestro::process {

struct gathering_limits {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0; ///< of all of them
};

/// `?` is one letter, `*` any of them but `/`, `**` any at all.
bool matches_path(std::string_view pattern, std::string_view path);

/// True when nothing is left to gather; false when `stop` said so.
bool gather_artifacts(const std::string& ended_room, const gathering_limits& limits,
                      const std::function<bool()>& stop);

struct gathered_file {
  std::string number; ///< its name in `artifacts`
  std::string path;   ///< what it was called in the room's folder; control characters are `?`
};
struct gathered_files {
  std::vector<gathered_file> files;
  std::uint64_t left_out = 0; ///< more files would have matched
};
gathered_files read_index(const std::string& ended_room);

} // namespace maestro::process
