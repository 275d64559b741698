// deploy/guide/recipe-reference.md, made from the API's description of a recipe (proto/api/v1/messages.proto) and from the
// rules that refuse one: for each field, what they say when it is missing or has a value that it must not have.
#include "nodes/cli/failure.hpp"
#include "nodes/cli/recipe_check.hpp"
#include "nodes/cli/recipe_shape.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace maestro::cli {
namespace {

using json = nlohmann::ordered_json;

/// A recipe that says everything and that nothing is wrong with.
const json& full_recipe() {
  static const json recipe = json::parse(R"({
    "name": "arena", "game": "arena", "maxSurge": "25%", "roomsReplicas": 2,
    "portRange": {"start": 20000, "end": 20999},
    "spec": {
      "terminationGracePeriod": "30s", "restartPolicy": "Never",
      "health": {"probe": "exec", "command": ["/bin/true"], "interval": "2s", "failures": 3,
                 "initialDelay": "30s", "players": "occupied",
                 "timeouts": {"initialization": "2m", "ping": "4m", "allocation": "5m"}},
      "containers": [{
        "name": "server", "image": "arena:1", "imagePullPolicy": "IfNotPresent", "command": ["./server"],
        "environment": [{"name": "A", "value": "b"}],
        "requests": {"memory": "64Mi", "cpu": "100m"}, "limits": {"memory": "64Mi", "cpu": "100m"},
        "ports": [{"name": "game", "protocol": "udp", "port": 7777}]}]},
    "autoscaling": {"enabled": true, "min": 1, "max": 10, "cooldown": 60,
                    "policy": {"type": "roomOccupancy",
                               "parameters": {"roomOccupancy": {"readyTarget": 0.5, "downThreshold": 0.9}}}},
    "forwarders": [{"name": "m", "enable": true, "type": "gRPC", "address": "127.0.0.1:9000",
                    "options": {"timeout": "1000"}}],
    "matchAllocation": {"maxMatches": 1}
  })");
  return recipe;
}

/// Without the places in the file: `field: why`.
std::vector<std::string> complaints_of(const json& recipe) {
  try {
    auto complaints = complaints_about(read_recipe({"r", recipe.dump(), {}}));
    for (auto& line : complaints)
      if (auto at = line.find(": "); at != std::string::npos)
        line = line.substr(at + 2);
    return complaints;
  } catch (const std::exception& e) { // its shape
    return {e.what()};
  }
}

/// A field that stands in a list is that of the first.
json::json_pointer pointer_of(const std::string& path, const json& recipe) {
  json::json_pointer at;
  std::istringstream names{path};
  for (std::string name; std::getline(names, name, '.');) {
    if (recipe.contains(at) && recipe.at(at).is_array())
      at /= 0;
    at /= name;
  }
  return at;
}

std::vector<json> doubtful_values(value_type type) {
  switch (type) {
  case value_type::text: return {"", "No such word!"};
  case value_type::integer: return {-2, 0, 2000000000};
  case value_type::number: return {-0.5, 0, 1, 2};
  case value_type::period: return {"-1s", "0s", "1000h"};
  case value_type::list_of_text:
  case value_type::list_of_objects: return {json::array()};
  case value_type::boolean:
  case value_type::object:
  case value_type::text_map:
  case value_type::any: return {};
  }
  return {};
}

/// What is refused of one field: `without it` and values, each with the complaint.
std::vector<std::string> refusals_of(const std::string& path, value_type type) {
  std::vector<std::string> all;
  auto note = [&](const std::string& what, const json& recipe) {
    auto complaints = complaints_of(recipe);
    if (!complaints.empty())
      all.push_back(what + ": " + complaints.front());
  };
  auto base = full_recipe();
  auto at = pointer_of(path, base);
  if (base.contains(at)) {
    auto without = base;
    without.at(at.parent_pointer()).erase(at.back());
    note("without it", without);
  }
  for (auto& value : doubtful_values(type)) {
    auto with = base;
    with[at] = value;
    note("`" + value.dump() + "`", with);
  }
  return all;
}

std::string in_cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.replace(at, 1, "\\|");
  return text;
}

void append_fields(std::ostream& page, const std::vector<field_shape>& fields, const std::string& prefix) {
  for (auto& field : fields) {
    if (field.is_answer_only)
      continue;
    auto path = prefix + std::string(field.name);
    page << "\n### `" << path << "`\n\n" << type_name(field.type) << ". " << field.help;
    if (!field.example.empty() && field.example != "below")
      page << " Example: `" << field.example << "`.";
    page << "\n";
    auto refusals = refusals_of(path, field.type);
    if (!refusals.empty()) {
      page << "\nRefused:\n\n";
      for (auto& refusal : refusals)
        page << "* " << in_cell(refusal) << "\n";
    }
    append_fields(page, field.fields, path + ".");
  }
}

std::string reference() {
  std::ostringstream page;
  page << "# Recipe reference\n\nEvery field of a recipe: what it is, from the API's description "
          "(`proto/api/v1/messages.proto`), "
          "and what is refused, with the\nwords of the refusal, from the rules themselves. Made by "
          "`test/cli/recipe_reference_test.cpp`; not written by hand. `maestro explain FIELD` says\nthe same of "
          "one field, "
          "`maestro scheduler init` prints a recipe to begin with, `maestro validate -f FILE` finds what is wrong "
          "with one.\n";
  append_fields(page, recipe_shape(), "");
  return page.str();
}

TEST(RecipeReference, NothingIsWrongWithTheRecipeItIsMadeFrom) {
  EXPECT_EQ(complaints_of(full_recipe()), std::vector<std::string>{});
}

TEST(RecipeReference, IsMadeFromTheDescriptionAndTheRules) {
  auto file = std::string(MAESTRO_SOURCE_DIR) + "/deploy/guide/recipe-reference.md";
  auto made = reference();
  if (std::getenv("MAESTRO_WRITE_GOLDEN"))
    std::ofstream(file) << made;
  std::stringstream page;
  page << std::ifstream(file).rdbuf();
  EXPECT_EQ(page.str(), made) << "run cli_test with MAESTRO_WRITE_GOLDEN=1 to make it anew";
}

} // namespace
} // namespace maestro::cli
