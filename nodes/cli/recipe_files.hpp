// What `-f` names: files, `-` for standard input, folders (their .yaml, .yml and .json files by name, not those of folders
// below). Read with a bound, because a pipe or a device may have no end.
#pragma once

#include "nodes/cli/recipe.hpp"
#include "nodes/cli/terminal.hpp"

#include <string>
#include <vector>

namespace maestro::cli {

struct recipe_file {
  std::string name; ///< for messages
  std::string text;
  variables vars; ///< those given, and RECIPE_DIR
};

/// Throws `failure` (exit_usage).
std::vector<recipe_file> read_recipes(terminal& term, const std::vector<std::string>& files,
                                      const variables& vars);

/// `NAME=VALUE` of each `--var`.
variables parse_variables(const std::vector<std::string>& given);

} // namespace maestro::cli
