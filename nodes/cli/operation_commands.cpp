#include "nodes/cli/change_feed.hpp"
#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/operation_answers.hpp"
#include "nodes/cli/render.hpp"

#include <fmt/format.h>

#include <ostream>

namespace maestro::cli {

namespace {

/// What the stages answered, one beside the other or the only one; and how many final ones there are and are shown.
struct operations_found {
  json answer;
  std::vector<json> items;
  std::int64_t final_total = 0, final_shown = 0;
};

operations_found fetch_operations(const context& ctx, const list_operations_options& options) {
  operations_found found;
  json answers = json::object();
  for (std::string stage : operation_stages) {
    if (!options.stage.empty() && options.stage != stage)
      continue;
    auto path = stage_path(options.scheduler, stage);
    bool is_paged = stage == "final";
    if (is_paged)
      path += fmt::format("&page={}&perPage={}", options.page, options.page_size);
    auto answer = ctx.api.get(path);
    auto items = items_of(answer, operation_items);
    if (is_paged) {
      found.final_total = number_of(answer, "total");
      found.final_shown = static_cast<std::int64_t>(items.size());
    }
    found.items.insert(found.items.end(), items.begin(), items.end());
    answers[stage] = std::move(answer);
  }
  found.answer = options.stage.empty() ? answers : answers[options.stage];
  return found;
}

table operations_table(const std::vector<json>& operations, timestamp now) {
  table all{{"ID", "NAME", "STATUS", "AGE", "LEASE UNTIL", "ERROR"}};
  for (auto& o : operations)
    all.add({text_of(o, "id"), text_of(o, "definitionName"), text_of(o, "status"),
             age_of(text_of(o, "createdAt"), now), text_of(object_of(o, "lease"), "ttl"),
             text_of(object_of(o, "error"), "message")});
  all.remove_empty_column("LEASE UNTIL");
  all.remove_empty_column("ERROR");
  all.may_drop({"LEASE UNTIL"});
  return all;
}

std::string operation_text(const context& ctx, const json& o) {
  std::vector<std::pair<std::string, std::string>> lines{
      {"Id", text_of(o, "id")},
      {"Name", text_of(o, "definitionName")},
      {"Scheduler", text_of(o, "schedulerName")},
      {"Status", text_of(o, "status")},
      {"Created", text_of(o, "createdAt") + " (" + age_of(text_of(o, "createdAt"), ctx.term.now()) + " ago)"}};
  if (auto why = object_of(o, "error"); !why.empty())
    lines.emplace_back("Error", fmt::format("{} ({})", text_of(why, "message"), text_of(why, "code")));
  auto text = description(lines, ctx.term.color);
  table history{{"AT", "EVENT"}};
  for (auto& event : list_of(o, "executionHistory"))
    history.add({text_of(event, "createdAt"), text_of(event, "event")});
  text += "\n" + history.text(ctx.term.color);
  if (ctx.wide())
    text += "\nInput\n" + o.value("input", json{}).dump(2) + "\n";
  return text;
}

} // namespace

void list_operations(const context& ctx, const list_operations_options& options) {
  auto show = [&](const std::vector<json>& all) { return operations_table(all, ctx.term.now()); };
  if (options.watch.watch) {
    watched_list list{
        .kind = operation_items,
        .title = options.scheduler,
        .fetch = [&] { return fetch_operations(ctx, options).items; },
        .show = show,
        .status = [](const json& one) { return text_of(one, "status"); },
        .detail = [](const json& one) { return text_of(one, "definitionName"); },
        .group = {},
        .changes = options.stage.empty() ? std::make_shared<change_feed>(ctx, options.scheduler, true) : nullptr};
    return watch_list(ctx, list, options.watch);
  }
  auto found = fetch_operations(ctx, options);
  sort_items(found.items, ctx.output.sort_by);
  if (print_items(ctx, found.answer, operation_items, found.items))
    return;
  if (found.items.empty()) {
    ctx.term.err << fmt::format("no operations of scheduler {}\n", options.scheduler);
    return;
  }
  ctx.print(show(found.items));
  if (found.final_total > found.final_shown)
    ctx.term.err << fmt::format("page {}: {} of {} final operations; --page {} shows more\n", options.page,
                                found.final_shown, found.final_total, options.page + 1);
}

void get_operations(const context& ctx, const std::string& scheduler, const std::vector<std::string>& ids) {
  json several = json::object({{"operations", json::array()}});
  for_each_of(ctx, ids, [&](const std::string& id) {
    auto answer = ctx.api.get(schedulers_path({scheduler, "operations", id}));
    if (!ctx.plain() && ids.size() > 1)
      several["operations"].push_back(answer["operation"]);
    else if (!print_items(ctx, answer, operation_items))
      ctx.term.out << (id == ids.front() ? "" : "\n") << operation_text(ctx, answer["operation"]);
  });
  if (!several["operations"].empty())
    print_items(ctx, several, operation_items);
}

void cancel_operations(const context& ctx, const std::string& scheduler, const std::vector<std::string>& ids) {
  for_each_of(ctx, ids, [&](const std::string& id) {
    auto answer = ctx.api.post(schedulers_path({scheduler, "operations", id, "cancel"}), "");
    if (!ctx.plain())
      return ctx.print(answer);
    ctx.term.out << fmt::format("operation {} of scheduler {} canceled\n", id, scheduler);
  });
}

} // namespace maestro::cli
