// A recipe's file as a tree, whichever of the two formats it has: what it nests, repeats and says is bounded, so that no
// file hangs or breaks the command. Which fields there are and what they mean is recipe.cpp's.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace maestro::cli {

/// With, for YAML, the line of each node.
struct document {
  enum class kind { nothing, scalar, list, map };
  kind type = kind::nothing;
  std::string text; ///< of a scalar
  bool quoted = false;
  std::vector<document> items;
  std::vector<std::pair<std::string, document>> fields;
  int line = 0; ///< from 1; 0 = not known
  int column = 0;
};

const char* kind_name(const document& d);

/// `file` is only used in messages. Throws `recipe_error`.
document read_document(const std::string& text, const std::string& file);

} // namespace maestro::cli
