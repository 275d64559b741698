#include "nodes/cli/command_tree.hpp"
#include "nodes/cli/recipe_files.hpp"
#include "nodes/cli/version_commands.hpp"

namespace maestro::cli {

namespace {

constexpr const char* heading = "Change one that is there";

void add_apply(command_tree& tree, CLI::App& schedulers) {
  auto o = std::make_shared<apply_options>();
  auto vars = std::make_shared<std::shared_ptr<std::vector<std::string>>>();
  auto& sub = tree.client(schedulers, "apply", "Make schedulers be as their recipes say: create or change them",
                          "maestro scheduler apply -f arena.yaml --plan\n"
                          "  maestro scheduler apply -f arena.yaml --wait",
                          [o, vars](const context& ctx) {
                            o->vars = parse_variables(**vars);
                            apply_schedulers(ctx, *o);
                          });
  sub.group(heading);
  *vars = add_file_options(tree, sub, o->files);
  sub.add_flag("--plan", o->plan,
               "Only say what differs, what kind of version it makes, and what happens to rooms");
  add_wait_options(tree, sub, o->wait, true);
}

void add_edit(command_tree& tree, CLI::App& schedulers) {
  auto o = std::make_shared<edit_options>();
  auto& sub = tree.client(
      schedulers, "edit", "Edit the recipe of the active version ($VISUAL, $EDITOR or vi), and apply it",
      "EDITOR=nano maestro scheduler edit arena", [o](const context& ctx) { edit_scheduler(ctx, *o); });
  sub.group(heading);
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  add_wait_options(tree, sub, o->wait, true);
}

void add_scale(command_tree& tree, CLI::App& schedulers) {
  auto o = std::make_shared<scale_options>();
  auto& sub =
      tree.client(schedulers, "scale", "Change the number of rooms", "maestro scheduler scale arena --replicas 8",
                  [o](const context& ctx) { scale_scheduler(ctx, *o); });
  sub.group(heading);
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  sub.add_option("--replicas", o->replicas, "Rooms that are wanted")
      ->required()
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{2147483647}))
      ->type_name("NUMBER");
  add_wait_options(tree, sub, o->wait, true);
}

void add_switch(command_tree& tree, CLI::App& schedulers) {
  auto o = std::make_shared<switch_options>();
  auto& sub =
      tree.client(schedulers, "switch", "Make a stored version the active one",
                  "maestro scheduler switch arena v1.0.0", [o](const context& ctx) { switch_version(ctx, *o); });
  sub.group(heading);
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.text(sub, "VERSION", o->version, "VERSION", "The version, as `scheduler versions` lists it").required();
  add_wait_options(tree, sub, o->wait, true);
}

void add_rollback(command_tree& tree, CLI::App& schedulers) {
  auto o = std::make_shared<switch_options>();
  auto& sub =
      tree.client(schedulers, "rollback", "Go back to the version before the active one",
                  "maestro scheduler rollback arena --wait", [o](const context& ctx) { switch_version(ctx, *o); });
  sub.group(heading);
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  add_wait_options(tree, sub, o->wait, true);
}

void add_rollout(command_tree& tree, CLI::App& schedulers) {
  auto* rollout = schedulers.add_subcommand("rollout", "Follow a change until the rooms are as it says");
  rollout->group(heading);
  rollout->require_subcommand(1);
  struct options {
    std::string scheduler;
    wait_options wait;
  };
  auto o = std::make_shared<options>();
  auto& sub =
      tree.client(*rollout, "status", "Show how far it is until it is done; the exit code tells how it ended",
                  "maestro scheduler rollout status arena && echo done",
                  [o](const context& ctx) { follow_rollout(ctx, o->scheduler, o->wait); });
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  add_wait_options(tree, sub, o->wait, false);
}

} // namespace

void add_version_commands(command_tree& tree, CLI::App& schedulers) {
  add_apply(tree, schedulers);
  add_edit(tree, schedulers);
  add_scale(tree, schedulers);
  add_switch(tree, schedulers);
  add_rollback(tree, schedulers);
  add_rollout(tree, schedulers);
}

} // namespace maestro::cli
