// What an operator reads before they write a recipe: `maestro explain spec.containers` and the starter recipe of
// `maestro scheduler init`, in which every field is explained. Both are made from recipe_shape, so they know every field
// that the API has.
#pragma once

#include <string>

namespace maestro::cli {

/// `field` as `spec.containers.ports`; empty: the recipe itself. Throws `failure` (exit_usage) with the nearest name.
std::string explain_field(const std::string& field);

/// YAML; `name` is the scheduler's, empty: the example's.
std::string starter_recipe(const std::string& name);

} // namespace maestro::cli
