// Where in a recipe's file a complaint of the rules points to: `Scheduler.Spec.Containers[0].Name` is the field `name` of the
// first container, in line 12. The rules and the server name fields in the words of the contract, the operator wrote them
// in the words of the API.
#pragma once

#include "nodes/cli/recipe_document.hpp"

#include <string>

namespace maestro::cli {

struct recipe_place {
  std::string path; ///< `spec.containers[0].name`
  int line = 0;     ///< of the field, or of the nearest block around it; 0: not known
  int column = 0;
};

/// `where` begins with `Scheduler.` or `Autoscaling.`.
recipe_place place_of(const document& recipe, const std::string& where);

/// `file:line:column`, as far as it is known.
std::string place_text(const std::string& file, int line, int column);

/// The server's `Validation Error:` (or a patch's `Key: '…' Error:…`) with the place of each line in the file; any other text
/// as it is.
std::string with_places(const std::string& refusal, const std::string& file, const document& recipe);

} // namespace maestro::cli
