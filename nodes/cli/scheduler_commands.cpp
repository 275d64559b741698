#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/confirmation.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/operation_answers.hpp"
#include "nodes/cli/printable.hpp"
#include "nodes/cli/recipe_check.hpp"
#include "nodes/cli/recipe_text.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/scheduler_health.hpp"

#include <fmt/format.h>

#include <map>
#include <ostream>

namespace maestro::cli {

namespace {

/// The counts of M9; null when the scheduler is not listed there (yet).
json info_of(const context& ctx, const std::string& name, const std::string& game) {
  auto all = ctx.api.get("/schedulers/info?game=" + url_encode(game));
  for (auto& info : list_of(all, "schedulers")) {
    if (text_of(info, "name") == name)
      return info;
  }
  return nullptr;
}

/// Its name.
std::string create_one(const context& ctx, const checked_recipe& recipe, std::string& operation, bool will_wait) {
  auto answer = with_recipe_places(recipe, [&] { return ctx.api.post("/schedulers", recipe.body.dump()); });
  auto created = object_of(answer, "scheduler");
  auto name = text_of(created, "name");
  operation = find_operation(ctx, name, "create_scheduler");
  if (print_items(ctx, answer, scheduler_items))
    return name;
  ctx.term.out << fmt::format("scheduler {} created: {} rooms wanted, version {}\n", name,
                              number_of(created, "roomsReplicas"), text_of(object_of(created, "spec"), "version"));
  if (!will_wait && !operation.empty())
    ctx.term.out << fmt::format("operation {}\nfollow it with: maestro operation watch {} {}\n", operation, name,
                                operation);
  return name;
}

} // namespace

void create_schedulers(const context& ctx, const create_options& options) {
  std::map<std::string, checked_recipe> by_name;
  std::vector<std::string> names;
  for (auto& file : read_recipes(ctx.term, options.files, options.vars)) {
    names.push_back(file.name);
    by_name.emplace(file.name, read_recipe(file)); // all of them can be read, or none is sent
  }
  std::vector<std::pair<std::string, std::string>> created;
  for_each_of(ctx, names, [&](const std::string& file) {
    std::string operation;
    auto name = create_one(ctx, by_name.at(file), operation, options.wait.wait);
    created.emplace_back(name, operation);
  });
  if (!options.wait.wait)
    return;
  for (auto& [name, operation] : created) {
    if (!operation.empty())
      watch_operation(ctx, name, operation, options.wait);
    if (options.wait.rooms_ready)
      wait_for_rooms(ctx, name, options.wait);
  }
}

void validate_recipes(const context& ctx, const create_options& options) {
  std::size_t wrong = 0;
  for (auto& file : read_recipes(ctx.term, options.files, options.vars)) {
    std::vector<std::string> complaints;
    std::string name;
    try {
      auto recipe = read_recipe(file);
      name = recipe.name();
      complaints = complaints_about(recipe);
    } catch (const recipe_error& e) {
      complaints.emplace_back(e.what());
    }
    for (auto& one : complaints)
      ctx.term.err << "maestro: " << printable_lines(one) << "\n";
    wrong += complaints.size();
    if (complaints.empty())
      ctx.term.out << fmt::format("{}: scheduler {} is valid\n", file.name, printable(name));
  }
  ctx.term.err << std::flush;
  if (wrong > 0)
    throw failure(exit_usage, fmt::format("{} mistake{} found", wrong, wrong == 1 ? "" : "s"));
}

void get_schedulers(const context& ctx, const std::vector<std::string>& names, const std::string& version) {
  auto query = version.empty() ? std::string{} : "?version=" + url_encode(version);
  json several = json::object({{"schedulers", json::array()}});
  for_each_of(ctx, names, [&](const std::string& name) {
    json answer;
    try {
      answer = ctx.api.get(schedulers_path({name}) + query);
    } catch (const failure& e) {
      bool is_version = e.code == exit_not_found && !version.empty();
      throw is_version
          ? failure(e.code, fmt::format("scheduler {} or its version {} not found; `maestro scheduler "
                                        "versions {}` lists them",
                                        name, version, name))
          : e;
    }
    if (!ctx.plain() && names.size() > 1) {
      several["schedulers"].push_back(answer["scheduler"]);
      return;
    }
    if (print_items(ctx, answer, scheduler_items))
      return;
    auto scheduler = object_of(answer, "scheduler");
    auto info = info_of(ctx, name, text_of(scheduler, "game"));
    auto health = info.is_null() ? std::string{} : health_of(info, ctx.term.now());
    ctx.term.out << (name == names.front() ? "" : "\n") << scheduler_text(ctx, scheduler, info, health);
  });
  if (!several["schedulers"].empty())
    print_items(ctx, several, scheduler_items);
}

void list_versions(const context& ctx, const std::string& name) {
  auto answer = ctx.api.get(schedulers_path({name, "versions"}));
  auto items = items_of(answer, version_items);
  sort_items(items, ctx.output.sort_by);
  if (print_items(ctx, answer, version_items, items))
    return;
  table all{{"VERSION", "ACTIVE", "CREATED", "AGE"}};
  for (auto& v : items)
    all.add({text_of(v, "version"), truth_of(v, "isActive") ? "yes" : "no", text_of(v, "createdAt"),
             age_of(text_of(v, "createdAt"), ctx.term.now())});
  ctx.print(all);
}

void delete_schedulers(const context& ctx, const delete_options& options) {
  std::string ending;
  for (auto& name : options.names)
    if (auto rooms = options.yes ? 0 : rooms_with_players(ctx, name); rooms > 0)
      ending += fmt::format("{}{} of scheduler {}", ending.empty() ? "" : ", ", rooms, name);
  if (!ending.empty())
    confirm(ctx, fmt::format("rooms with players will be ended: {}", ending), options.yes);
  std::vector<std::pair<std::string, std::string>> deleted;
  for_each_of(ctx, options.names, [&](const std::string& name) {
    auto answer = ctx.api.remove(schedulers_path({name}));
    auto operation = text_of(answer, "operationId");
    deleted.emplace_back(name, operation);
    if (!ctx.plain())
      return ctx.print(answer);
    ctx.term.out << fmt::format("scheduler {} is being deleted\n", name);
    if (!options.wait.wait)
      ctx.term.out << fmt::format("operation {}\nfollow it with: maestro operation watch {} {}\n", operation, name,
                                  operation);
  });
  if (options.wait.wait)
    for (auto& [name, operation] : deleted)
      watch_operation(ctx, name, operation, options.wait);
}

} // namespace maestro::cli
