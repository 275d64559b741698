// A recipe from its file to what is sent, with everything that can be known to be wrong with it before a server sees it: its
// shape, and the rules that the server will ask (actors/rules/scheduler_validation). `validate` stops here; `create` and
// `apply` keep the document, so that the server's own complaints get a line as well.
#pragma once

#include "nodes/cli/recipe_document.hpp"
#include "nodes/cli/recipe_files.hpp"

#include "messages/scheduler_types.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace maestro::cli {

struct checked_recipe {
  std::string file;
  document text;
  nlohmann::ordered_json body; ///< of a create request
  std::string name() const;
};

/// Its shape. Throws `recipe_error` with file, line and column.
checked_recipe read_recipe(const recipe_file& file);

/// What the rules refuse, one line each: `file:line:column: field: why`. Empty: the server will take it.
std::vector<std::string> complaints_about(const checked_recipe& recipe);

/// What `send` answers; a refusal that names fields is thrown on with their places in the file.
nlohmann::ordered_json with_recipe_places(const checked_recipe& recipe,
                                          const std::function<nlohmann::ordered_json()>& send);

} // namespace maestro::cli
