#include "nodes/cli/recipe_check.hpp"

#include "actors/rules/scheduler_validation.hpp"
#include "nodes/cli/answers.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/recipe_places.hpp"
#include "nodes/cli/recipe_value.hpp"

#include <fmt/format.h>

namespace maestro::cli {

std::string checked_recipe::name() const {
  return text_of(body, "name");
}

checked_recipe read_recipe(const recipe_file& file) {
  return {file.name, recipe_document(file.text, file.name),
          json::parse(recipe_to_json(file.text, file.name, file.vars))};
}

std::vector<std::string> complaints_about(const checked_recipe& recipe) {
  auto value = scheduler_of_recipe(recipe.body);
  std::vector<std::string> all;
  for (auto& found : rules::scheduler_violations(value)) {
    auto place = place_of(recipe.text, found.where);
    all.push_back(
        fmt::format("{}: {}: {}", place_text(recipe.file, place.line, place.column), place.path, found.message));
  }
  if (auto conflict = rules::port_range_conflict(value); all.empty() && conflict)
    all.push_back(fmt::format("{}: {}", recipe.file, *conflict));
  return all;
}

json with_recipe_places(const checked_recipe& recipe, const std::function<json()>& send) {
  try {
    return send();
  } catch (const failure& e) {
    throw failure(e.code, with_places(e.what(), recipe.file, recipe.text));
  }
}

} // namespace maestro::cli
