#include "nodes/cli/failure.hpp"
#include "nodes/cli/operation_answers.hpp"
#include "nodes/cli/recipe_difference.hpp"
#include "nodes/cli/recipe_value.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/room_answers.hpp"
#include "nodes/cli/version_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>

namespace maestro::cli {

namespace {

/// What is to be done about one recipe.
struct intended {
  enum class kind { nothing, create, patch, version } what = kind::nothing;
  recipe_change change;
  json body;
  std::string active; ///< version
  std::string why;
};

std::string word_of(intended::kind what) {
  switch (what) {
  case intended::kind::nothing: return "unchanged";
  case intended::kind::create: return "create";
  case intended::kind::patch: return "patch";
  case intended::kind::version: return "new-version";
  }
  return "?";
}

std::optional<json> active_recipe(const context& ctx, const std::string& name) {
  try {
    return object_of(ctx.api.get(schedulers_path({name})), "scheduler");
  } catch (const failure& e) {
    if (e.code != exit_not_found)
      throw;
    return std::nullopt;
  }
}

intended intention_for(const context& ctx, const checked_recipe& recipe) {
  intended plan;
  auto active = active_recipe(ctx, recipe.name());
  plan.body = recipe.body;
  if (!active) {
    plan.what = intended::kind::create;
    plan.why = "there is no scheduler of that name";
    return plan;
  }
  plan.active = text_of(object_of(*active, "spec"), "version");
  auto after = scheduler_of_recipe(recipe.body);
  plan.body["baseVersion"] = plan.active;
  plan.change = change_between(scheduler_of_recipe(*active), after);
  if (plan.change.fields.empty()) {
    plan.why = "the recipe is that of the active version";
    return plan;
  }
  auto patch = plan.change.is_major ? json::object() : patch_for(plan.change, recipe_of_scheduler(after));
  plan.what = patch.empty() ? intended::kind::version : intended::kind::patch;
  if (!patch.empty()) {
    plan.body = std::move(patch);
    plan.body["baseVersion"] = plan.active;
  }
  plan.why = plan.change.is_major ? "rooms of the new recipe differ from those that run: they are replaced"
                                  : "only what is about the number of rooms differs: rooms stay as they are";
  return plan;
}

/// Where the recipe says how many there are, and not a policy. Nothing where the server is older and cannot tell.
std::string effect_on_number(const context& ctx, const std::string& name, const json& recipe) {
  if (truth_of(object_of(recipe, "autoscaling"), "enabled"))
    return "";
  auto wanted = number_of(recipe, "roomsReplicas");
  try {
    return fmt::format("; with {} wanted: {}", wanted, effect_of_rooms(ctx, name, wanted));
  } catch (const failure& e) {
    if (e.code != exit_not_found)
      throw;
    return "";
  }
}

/// What would happen to rooms.
std::string effect_text(const context& ctx, const std::string& name, const intended& plan, const json& recipe) {
  if (plan.what == intended::kind::create)
    return fmt::format("{} rooms would be created", number_of(recipe, "roomsReplicas"));
  if (!plan.change.is_major)
    return "no room would be replaced" + effect_on_number(ctx, name, recipe);
  auto rooms = items_of(ctx.api.get(schedulers_path({name, "rooms"})), room_items);
  auto playing = static_cast<std::size_t>(std::count_if(rooms.begin(), rooms.end(), holds_players));
  return fmt::format(
      "one room would try the version out, then {} rooms would be replaced, at most {} more than wanted "
      "at once; {} with players would be waited for",
      rooms.size(), text_of(recipe, "maxSurge"), playing);
}

void print_plan(const context& ctx, const std::string& name, const intended& plan, const json& recipe) {
  auto& out = ctx.term.out;
  if (plan.what == intended::kind::nothing)
    out << fmt::format("scheduler {}: unchanged ({})\n", name, plan.active);
  else if (plan.what == intended::kind::create)
    out << fmt::format("scheduler {}: would be created\n", name);
  else
    out << fmt::format("scheduler {}: {} -> a {} version\n", name, plan.active,
                       plan.change.is_major ? "major" : "minor");
  for (auto& field : plan.change.fields)
    out << "  " << difference_text(field) << "\n";
  if (plan.what != intended::kind::nothing)
    out << effect_text(ctx, name, plan, recipe) << "\nnothing was done (--plan)\n";
  out << std::flush;
}

void print_result(const context& ctx, const std::string& name, const intended& plan, const std::string& operation,
                  bool is_plan) {
  json changes = json::array();
  for (auto& field : plan.change.fields)
    changes.push_back({{"field", field.path}, {"before", field.before}, {"after", field.after}});
  ctx.print(json{{"scheduler", name},
                 {"action", word_of(plan.what)},
                 {"versionKind", plan.change.fields.empty() ? ""
                                 : plan.change.is_major     ? "major"
                                                            : "minor"},
                 {"activeVersion", plan.active},
                 {"changes", changes},
                 {"operationId", operation},
                 {"isPlan", is_plan}});
}

std::string send(const context& ctx, const checked_recipe& recipe, const intended& plan) {
  auto name = recipe.name();
  auto answer = with_recipe_places(recipe, [&] {
    switch (plan.what) {
    case intended::kind::create: return ctx.api.post("/schedulers", plan.body.dump());
    case intended::kind::patch: return ctx.api.patch(schedulers_path({name}), plan.body.dump());
    case intended::kind::version: return ctx.api.post(schedulers_path({name}), plan.body.dump());
    case intended::kind::nothing: break;
    }
    return json::object();
  });
  return plan.what == intended::kind::create ? find_operation(ctx, name, "create_scheduler")
                                             : text_of(answer, "operationId");
}

} // namespace

void apply_recipe(const context& ctx, const checked_recipe& recipe, bool is_plan, const wait_options& wait,
                  const std::string& base) {
  auto name = recipe.name();
  if (auto wrong = complaints_about(recipe); !wrong.empty()) {
    std::string all;
    for (auto& one : wrong)
      all += (all.empty() ? "" : "\n") + one;
    throw failure(exit_usage, all);
  }
  auto plan = intention_for(ctx, recipe);
  if (!base.empty() && plan.active != base)
    throw failure(exit_refused,
                  plan.active.empty()
                      ? fmt::format("scheduler {} was deleted meanwhile", name)
                      : fmt::format("scheduler {} was changed meanwhile: {} is active, you edited {}", name,
                                    plan.active, base));
  if (is_plan)
    return ctx.plain() ? print_plan(ctx, name, plan, recipe.body) : print_result(ctx, name, plan, "", true);
  auto operation = plan.what == intended::kind::nothing ? std::string{} : send(ctx, recipe, plan);
  if (!ctx.plain())
    print_result(ctx, name, plan, operation, false);
  else if (plan.what == intended::kind::nothing)
    ctx.term.out << fmt::format("scheduler {} unchanged: {}\n", name, plan.why);
  else if (plan.what == intended::kind::create)
    ctx.term.out << fmt::format("scheduler {} created: {}\n", name, plan.why);
  else
    ctx.term.out << fmt::format("scheduler {}: a {} version after {}: {}\n", name,
                                plan.change.is_major ? "major" : "minor", plan.active, plan.why);
  if (ctx.plain() && plan.what != intended::kind::create)
    for (auto& field : plan.change.fields)
      ctx.term.out << "  " << difference_text(field) << "\n";
  if (plan.what != intended::kind::nothing)
    after_change(ctx, name, operation, wait);
}

void apply_schedulers(const context& ctx, const apply_options& options) {
  std::map<std::string, checked_recipe> recipes;
  std::vector<std::string> names;
  for (auto& file : read_recipes(ctx.term, options.files, options.vars)) {
    names.push_back(file.name);
    recipes.emplace(file.name, read_recipe(file)); // all can be read, or none is sent
  }
  for_each_of(ctx, names,
              [&](const std::string& name) { apply_recipe(ctx, recipes.at(name), options.plan, options.wait); });
}

} // namespace maestro::cli
