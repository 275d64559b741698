#include "nodes/cli/command_tree.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/recipe_files.hpp"
#include "nodes/cli/recipe_guide.hpp"

#include <ostream>

namespace maestro::cli {

namespace {

constexpr const char* recipes_heading = "Recipes";

void add_validate(command_tree& tree) {
  auto o = std::make_shared<create_options>();
  auto vars = std::make_shared<std::shared_ptr<std::vector<std::string>>>();
  auto& sub = tree.leaf(tree.root(), "validate", "Say what is wrong with recipes, without a server",
                        "maestro validate -f arena.yaml\n  maestro validate -f recipes/ && echo all good",
                        [o, vars, &tree] {
                          o->vars = parse_variables(**vars);
                          validate_recipes(tree.make_context({}), *o);
                          return int{exit_ok};
                        });
  sub.group(recipes_heading);
  *vars = add_file_options(tree, sub, o->files);
}

void add_explain(command_tree& tree) {
  auto field = std::make_shared<std::string>();
  auto& sub =
      tree.leaf(tree.root(), "explain", "Explain a field of a recipe (without one: all of the first level)",
                "maestro explain spec.containers.ports\n  maestro explain autoscaling", [field, &tree] {
                  tree.term().out << explain_field(*field);
                  return int{exit_ok};
                });
  sub.group(recipes_heading);
  tree.text(sub, "FIELD", *field, "FIELD", "The field, with dots: spec.containers.ports");
}

void add_init(command_tree& tree, CLI::App& schedulers) {
  auto name = std::make_shared<std::string>();
  auto& sub = tree.leaf(schedulers, "init", "Print a starter recipe in which every field is explained",
                        "maestro scheduler init my-game > my-game.yaml", [name, &tree] {
                          tree.term().out << starter_recipe(*name);
                          return int{exit_ok};
                        });
  tree.text(sub, "NAME", *name, "NAME", "Name of the scheduler and its game");
}

} // namespace

void add_recipe_commands(command_tree& tree, CLI::App& schedulers) {
  add_init(tree, schedulers);
  add_validate(tree);
  add_explain(tree);
}

} // namespace maestro::cli
