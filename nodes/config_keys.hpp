// The one table of configuration keys: it drives reading files, environment and command line, every message about
// a bad value, and the manual (deploy/maestro.yaml). For nodes/config and the tests.
#pragma once

#include "nodes/config.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

struct config_key {
  std::string path;    ///< e.g. `workers.healthControllerInterval`; compared without regard to case
  std::string meaning; ///< one or more sentences
  std::string limit;   ///< what a value must be, e.g. `a duration from 1ms to 24h`
  std::string since;   ///< version of Maestro that understood it first
  std::function<bool(node_config&, std::string_view)> set; ///< false: not within the limit
  std::function<std::string(const node_config&)> show;
};

/// In the order of the manual.
const std::vector<config_key>& config_keys();

/// The `MAESTRO_…` name of a key.
std::string environment_name(std::string_view path);

/// A key of the original that has no meaning here: why. Accepted with a warning, so that operators can bring the
/// file they have. Nothing when it is none.
struct ignored_key {
  std::string_view pattern; ///< `*` stands for anything
  std::string_view why;
};
const std::vector<ignored_key>& ignored_keys();

/// The sample configuration: every key with its meaning, limit, default and since, as YAML that loads.
std::string config_manual();

} // namespace maestro
