// What Linux counts for this process, for the process_ metrics (actors/metrics). Called at every scrape.
#pragma once

#include "actors/metrics.hpp"

namespace maestro {

/// Numbers that cannot be read are 0.
process_usage read_process_usage();

} // namespace maestro
