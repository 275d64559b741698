#include "nodes/cli/recipe_difference.hpp"

#include "actors/rules/version_rules.hpp"
#include "nodes/cli/printable.hpp"
#include "nodes/cli/recipe_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace maestro::cli {

using json = nlohmann::ordered_json;

namespace {

/// What a patch says as a recipe does; in others it leaves out what is empty.
constexpr std::array patchable{std::string_view{"maxSurge"}, std::string_view{"roomsReplicas"},
                               std::string_view{"autoscaling"}, std::string_view{"matchAllocation"}};

std::string top_field(const std::string& path) {
  return path.substr(0, path.find_first_of(".["));
}

bool is_nothing(const json& value) {
  return value.is_null() || (value.is_structured() && value.empty());
}

void compare(const json& before, const json& after, const std::string& path,
             std::vector<field_difference>& found) {
  if (before == after || (is_nothing(before) && is_nothing(after)))
    return;
  if (before.is_object() && after.is_object()) {
    for (auto& [name, value] : before.items())
      compare(value, after.value(name, json{}), path.empty() ? name : path + "." + name, found);
    for (auto& [name, value] : after.items())
      if (!before.contains(name))
        compare(json{}, value, path.empty() ? name : path + "." + name, found);
  } else if (before.is_array() && after.is_array()) {
    for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i)
      compare(i < before.size() ? before[i] : json{}, i < after.size() ? after[i] : json{},
              fmt::format("{}[{}]", path, i), found);
  } else {
    found.push_back({path, before, after});
  }
}

} // namespace

recipe_change change_between(const scheduler& before, const scheduler& after) {
  recipe_change change;
  auto kind = rules::classify_change(before, after);
  if (kind != rules::change_kind::none)
    compare(recipe_of_scheduler(before), recipe_of_scheduler(after), "", change.fields);
  change.is_major = kind == rules::change_kind::major;
  return change;
}

json patch_for(const recipe_change& change, const json& after) {
  json patch = json::object();
  for (auto& field : change.fields) {
    auto name = top_field(field.path);
    bool can_say_it = std::find(patchable.begin(), patchable.end(), name) != patchable.end() &&
                      after.contains(name) && !is_nothing(after[name]);
    if (!can_say_it)
      return json::object();
    patch[name] = after[name];
  }
  return patch;
}

std::string difference_text(const field_difference& difference) {
  auto show = [](const json& value) { return printable(value.dump()); };
  if (difference.before.is_null())
    return fmt::format("+ {}: {}", printable(difference.path), show(difference.after));
  if (difference.after.is_null())
    return fmt::format("- {}: {}", printable(difference.path), show(difference.before));
  return fmt::format("~ {}: {} -> {}", printable(difference.path), show(difference.before),
                     show(difference.after));
}

} // namespace maestro::cli
