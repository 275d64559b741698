// `maestro node`: reads the configuration and runs the node until it is asked to end.
#pragma once

namespace maestro::cli {
struct node_options;
}

namespace maestro {

/// Exit code 0 after a clean end, 1 when the node could not start, 2 when its configuration is wrong.
int node_command(const cli::node_options& options);

} // namespace maestro
