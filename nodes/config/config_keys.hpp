// The one table of configuration keys: it drives reading files, environment and command line, every message about
// a bad value, and the manual (deploy/maestro.yaml). For nodes/config and the tests.
#pragma once

#include "messages/config_table.hpp"
#include "nodes/config/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace maestro {

/// Every key, bound to this configuration, which must stay where it is as long as the table is used.
config_table config_keys(node_config& all);

/// The `MAESTRO_…` name of a key.
std::string environment_name(std::string_view path);

/// A key of the original that has no meaning here: why. Accepted with a warning, so that operators can bring the
/// file they have. Nothing when it is none.
struct ignored_key {
  std::string_view pattern; ///< `*` stands for anything
  std::string_view why;
};
const std::vector<ignored_key>& ignored_keys();

} // namespace maestro
