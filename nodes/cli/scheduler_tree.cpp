#include "nodes/cli/command_tree.hpp"

#include "nodes/cli/recipe_files.hpp"

namespace maestro::cli {

namespace {

void add_create(command_tree& tree, CLI::App& schedulers) {
  auto o = std::make_shared<create_options>();
  auto vars = std::make_shared<std::shared_ptr<std::vector<std::string>>>();
  auto& sub = tree.client(schedulers, "create", "Create schedulers from recipes",
                          "maestro scheduler create -f deploy/examples/arena.yaml --wait\n"
                          "  maestro scheduler create -f recipes/ -f other.yaml\n"
                          "  sed s/arena/arena2/ arena.yaml | maestro scheduler create -f -",
                          [o, vars](const context& ctx) {
                            o->vars = parse_variables(**vars);
                            o->wait.wait = o->wait.wait || o->wait.rooms_ready;
                            create_schedulers(ctx, *o);
                          });
  *vars = add_file_options(tree, sub, o->files);
  sub.add_flag("--wait-rooms", o->wait.rooms_ready, "Also wait until the wanted rooms are ready");
  add_wait_options(tree, sub, o->wait, true);
}

void add_scheduler_list(command_tree& tree, CLI::App& schedulers) {
  auto o = std::make_shared<list_schedulers_options>();
  auto& sub = tree.list(schedulers, "list", "List schedulers, their rooms by status, and what is wrong with them",
                        "maestro scheduler list -o wide\n"
                        "  maestro scheduler list -l team=red --watch\n"
                        "  maestro scheduler list -o custom-columns=NAME:.name,READY:.roomsReady",
                        [o](const context& ctx) { list_schedulers(ctx, *o); });
  sub.alias("ls");
  tree.text(sub, "--game", o->game, "GAME", "Only schedulers of that game");
  tree.text(sub, "-l,--selector", o->labels, "LABELS", "Only those with such labels: team=red,stage!=test,owner");
  add_watch_options(tree, sub, o->watch);
}

void add_scheduler_get(command_tree& tree, CLI::App& schedulers) {
  struct options {
    std::vector<std::string> names;
    std::string version;
  };
  auto o = std::make_shared<options>();
  auto& sub = tree.client(schedulers, "get", "Show schedulers and their recipes",
                          "maestro scheduler get arena -o yaml > arena.yaml\n"
                          "  maestro scheduler get arena -o jsonpath={.scheduler.spec.version}",
                          [o](const context& ctx) { get_schedulers(ctx, o->names, o->version); });
  tree.texts(sub, "SCHEDULER", o->names, "SCHEDULER", "Names of the schedulers").required();
  tree.text(sub, "--version", o->version, "VERSION", "A stored version instead of the active one, e.g. v1.0.0");
}

void add_versions(command_tree& tree, CLI::App& schedulers) {
  auto name = std::make_shared<std::string>();
  auto& sub =
      tree.list(schedulers, "versions", "List the stored versions of a scheduler",
                "maestro scheduler versions arena", [name](const context& ctx) { list_versions(ctx, *name); });
  tree.text(sub, "SCHEDULER", *name, "SCHEDULER", "Name of the scheduler").required();
}

void add_why(command_tree& tree, CLI::App& schedulers) {
  auto o = std::make_shared<why_options>();
  auto& sub = tree.list(schedulers, "why", "Say why there are so many rooms, and which would go next",
                        "maestro scheduler why arena\n"
                        "  maestro scheduler why arena --remove 3\n"
                        "  maestro scheduler why arena --rooms 2 -o json",
                        [o](const context& ctx) { explain_rooms(ctx, *o); });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  auto* remove = sub.add_option("--remove", o->remove, "As if so many rooms had to go")->type_name("ROOMS");
  sub.add_option("--rooms", o->rooms, "As if so many rooms were wanted, without autoscaling")
      ->type_name("ROOMS")
      ->excludes(remove);
  sub.add_option("--limit", o->limit, "Name at most so many rooms")
      ->type_name("ROOMS")
      ->check(CLI::Range(1, 1000));
}

void add_delete(command_tree& tree, CLI::App& schedulers) {
  auto o = std::make_shared<delete_options>();
  auto& sub = tree.client(schedulers, "delete", "Delete schedulers and end their rooms",
                          "maestro scheduler delete arena --wait",
                          [o](const context& ctx) { delete_schedulers(ctx, *o); });
  sub.alias("rm");
  tree.texts(sub, "SCHEDULER", o->names, "SCHEDULER", "Names of the schedulers").required();
  sub.add_flag("-y,--yes", o->yes, "Do not ask, even if rooms with players are ended");
  add_wait_options(tree, sub, o->wait, true);
}

} // namespace

void add_scheduler_commands(command_tree& tree) {
  auto& schedulers =
      tree.group("scheduler", "schedulers", "Schedulers and rooms", "Create, change, show and delete schedulers");
  add_create(tree, schedulers);
  add_scheduler_list(tree, schedulers);
  add_scheduler_get(tree, schedulers);
  add_versions(tree, schedulers);
  add_why(tree, schedulers);
  add_version_commands(tree, schedulers);
  add_delete(tree, schedulers);
  add_recipe_commands(tree, schedulers);
}

} // namespace maestro::cli
