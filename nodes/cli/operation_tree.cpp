#include "nodes/cli/command_tree.hpp"

namespace maestro::cli {

namespace {

struct named_operations {
  std::string scheduler;
  std::vector<std::string> ids;
  std::string first() const { return ids.empty() ? "" : ids.front(); }
};

void add_ids(command_tree& tree, CLI::App& sub, named_operations& o, int most, bool is_required) {
  tree.text(sub, "SCHEDULER", o.scheduler, "SCHEDULER", "Name of the scheduler").required();
  auto& ids =
      tree.texts(sub, "OPERATION", o.ids, "OPERATION", most == 1 ? "Id of the operation" : "Ids of operations");
  ids.required(is_required);
  ids.expected(is_required ? 1 : 0, most);
}

void add_list(command_tree& tree, CLI::App& operations) {
  auto o = std::make_shared<list_operations_options>();
  auto& sub = tree.list(operations, "list", "List operations: active, pending, then final ones",
                        "maestro operation list arena --stage final --page 2\n"
                        "  maestro operation list arena --watch",
                        [o](const context& ctx) { list_operations(ctx, *o); });
  sub.alias("ls");
  tree.text(sub, "SCHEDULER", o->scheduler, "SCHEDULER", "Name of the scheduler").required();
  tree.choice(sub, "--stage", o->stage, {"pending", "active", "final"},
              "Only that stage: pending, active or final");
  sub.add_option("--page", o->page, "Page of the final ones")
      ->check(CLI::Range(1u, 1000000000u))
      ->type_name("NUMBER");
  sub.add_option("--per-page", o->page_size, "Final ones on a page")
      ->check(CLI::Range(1u, 100u))
      ->type_name("NUMBER");
  add_watch_options(tree, sub, o->watch);
}

void add_watch(command_tree& tree, CLI::App& operations) {
  struct options : named_operations {
    wait_options wait;
  };
  auto o = std::make_shared<options>();
  auto& sub = tree.client(operations, "watch", "Follow an operation until it ends (without an id: the newest)",
                          "maestro operation watch arena && echo finished",
                          [o](const context& ctx) { watch_operation(ctx, o->scheduler, o->first(), o->wait); });
  add_ids(tree, sub, *o, 1, false);
  add_wait_options(tree, sub, o->wait, false);
}

} // namespace

void add_operation_commands(command_tree& tree) {
  constexpr int many = 1000;
  auto& operations = tree.group("operation", "operations", "Schedulers and rooms",
                                "Follow and cancel what is done to schedulers");
  add_list(tree, operations);
  auto get = std::make_shared<named_operations>();
  add_ids(tree,
          tree.client(operations, "get", "Show operations and their history", "maestro operation get arena 0b9e…",
                      [get](const context& ctx) { get_operations(ctx, get->scheduler, get->ids); }),
          *get, many, true);
  auto line = std::make_shared<named_operations>();
  add_ids(tree,
          tree.list(operations, "timeline", "Show what happened to an operation, and when",
                    "maestro operation timeline arena 0b9e…",
                    [line](const context& ctx) { operation_timeline(ctx, line->scheduler, line->first()); }),
          *line, 1, true);
  auto cancel = std::make_shared<named_operations>();
  add_ids(tree,
          tree.client(operations, "cancel", "Cancel operations that are not final",
                      "maestro operation cancel arena 0b9e…",
                      [cancel](const context& ctx) { cancel_operations(ctx, cancel->scheduler, cancel->ids); }),
          *cancel, many, true);
  add_watch(tree, operations);
}

} // namespace maestro::cli
