// The environment of a container's process (proto/README.md 7.2): what the node hands down, the operator's
// variables in order, then Maestro's own. Reads secrets from the configured directory, nothing else.
#pragma once

#include "messages/commands.hpp"
#include "messages/error.hpp"
#include "runtime/process/process_config.hpp"

#include <string>
#include <vector>

namespace maestro::process {

/// NAME=value, each name once; the later one wins. Fails naming container, variable and what is wrong with it.
result<std::vector<std::string>> container_environment(const process_host_config& config,
                                                       const create_instance& room, const container& c);

/// `MAESTRO_PORT_` + upper case, everything else than letters and digits as `_`.
std::string port_variable(const std::string& port_name);

} // namespace maestro::process
