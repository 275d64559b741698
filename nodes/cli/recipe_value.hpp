// A recipe as the value that rules judge and compare: what the server would make of it, defaults of the contract filled in,
// and back as JSON with every field. For `validate`, which asks the server's own rules, and for `apply`, which compares.
#pragma once

#include "messages/scheduler_types.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace maestro::cli {

/// `recipe` is the JSON of a create request; fields that only answers have are left out of account. Throws `recipe_error`.
scheduler scheduler_of_recipe(const nlohmann::ordered_json& recipe);

/// As answers show it, without what only answers have.
nlohmann::ordered_json recipe_of_scheduler(const scheduler& from);

} // namespace maestro::cli
