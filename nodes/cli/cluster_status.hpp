// What `maestro status` says of a cluster, from the answer of GET /nodes. Pure.
#pragma once

#include "nodes/cli/answers.hpp"

#include <string>
#include <utility>
#include <vector>

namespace maestro::cli {

/// Nothing where the node stands alone.
std::vector<std::pair<std::string, std::string>> cluster_facts(const json& answer);

} // namespace maestro::cli
