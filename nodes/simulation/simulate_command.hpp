// `maestro simulate`: runs seeds and tells what they showed.
#pragma once

namespace maestro::cli {
struct simulate_options;
}

namespace maestro {

/// Exit code 0 when every seed held every invariant, 1 when one did not, 2 for an unknown rule to break. One line
/// for each seed on standard output, violations on standard error with the seed to type again.
int simulate_command(const cli::simulate_options& options);

} // namespace maestro
