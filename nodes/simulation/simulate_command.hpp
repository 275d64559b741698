// `maestro simulate`: runs seeds and tells what they showed.
#pragma once

#include <vector>

namespace maestro::cli {
struct breakable_rule;
struct simulate_options;
} // namespace maestro::cli

namespace maestro {

/// Exit code 0 when every seed held every invariant, 1 when one did not, 2 for a rule that so many nodes do not have. One line
/// for each seed on standard output, violations on standard error with the seed to type again.
int simulate_command(const cli::simulate_options& options);
/// What `--break` takes: the simulator's own list.
std::vector<cli::breakable_rule> breakable_rules();

} // namespace maestro
