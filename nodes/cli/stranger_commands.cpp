#include "nodes/cli/stranger_commands.hpp"

#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/room_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace maestro::cli {

namespace {

json fetch(const context& ctx, const std::string& scheduler) {
  return ctx.api.get(schedulers_path({scheduler, "strangers"}));
}

table strangers_table(const std::vector<json>& strangers) {
  table all{{"STRANGER", "INSTANCE", "VERSION", "ADDRESS", "REASON"}};
  for (auto& one : strangers)
    all.add({text_of(one, "id"), text_of(one, "instanceStatus"), text_of(one, "version"), room_address(one),
             text_of(one, "statusReason")});
  all.remove_empty_column("REASON");
  return all;
}

} // namespace

void list_strangers(const context& ctx, const std::string& scheduler) {
  auto answer = fetch(ctx, scheduler);
  auto all = items_of(answer, stranger_items);
  sort_items(all, ctx.output.sort_by);
  if (print_items(ctx, answer, stranger_items, all))
    return;
  if (all.empty())
    ctx.term.err << fmt::format("no strangers in scheduler {}: every game server that lives is a room\n",
                                scheduler);
  else
    ctx.print(strangers_table(all));
}

void adopt_strangers(const context& ctx, const std::string& scheduler, const std::vector<std::string>& ids) {
  for_each_of(ctx, ids, [&](const std::string& id) {
    auto answer = ctx.api.post(schedulers_path({scheduler, "strangers", id, "adopt"}), "{}");
    if (!ctx.plain())
      return ctx.print(answer);
    ctx.term.out << fmt::format("room {} adopted\n", id) << std::flush;
  });
}

bool is_stranger(const context& ctx, const std::string& scheduler, const std::string& id) {
  auto all = items_of(fetch(ctx, scheduler), stranger_items);
  return std::any_of(all.begin(), all.end(), [&](auto& one) { return text_of(one, "id") == id; });
}

bool end_stranger(const context& ctx, const std::string& scheduler, const std::string& id) {
  if (!is_stranger(ctx, scheduler, id))
    return false;
  auto answer = ctx.api.remove(schedulers_path({scheduler, "strangers", id}));
  if (ctx.plain())
    ctx.term.out << fmt::format("stranger {} is being ended\n", id);
  else
    ctx.print(answer);
  return true;
}

} // namespace maestro::cli
