// Command and environment of a container's process (proto/README.md 7.2): what the node hands down, HOME and TMPDIR, the
// operator's variables in order, then Maestro's own. Reads secrets from the configured directory, nothing else.
#pragma once

#include "messages/commands.hpp"
#include "messages/error.hpp"
#include "runtime/process/process_config.hpp"

#include <string>
#include <vector>

namespace maestro::process {

/// What a container's process is started with.
struct container_start {
  std::vector<std::string> command;
  std::vector<std::string> environment; ///< NAME=value, each name once; the later one wins
};

/// `work`: the room's folder, its HOME. `$(NAME)` is replaced in values by what stands before them and by Maestro's own
/// variables, in the command by all. Fails naming container, variable or word, and what is wrong with it.
result<container_start> start_of_container(const process_host_config& config, const create_instance& room,
                                           const container& c, const std::string& work);

/// Where a room's game servers put what they need for a while, below their folder.
std::string temporary_folder(const std::string& work);

/// `MAESTRO_PORT_` + upper case, everything else than letters and digits as `_`.
std::string port_variable(const std::string& port_name);

} // namespace maestro::process
