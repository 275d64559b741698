#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/label_filter.hpp"
#include "nodes/cli/printable.hpp"
#include "nodes/cli/recipe_text.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/scheduler_health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

namespace maestro::cli {

namespace {
bool has_labels(const context& ctx, const json& scheduler, const label_filter& filter) {
  try {
    auto whole = ctx.api.get(schedulers_path({text_of(scheduler, "name")}));
    return filter.holds(object_of(object_of(whole, "scheduler"), "labels"));
  } catch (const failure& e) {
    if (e.code != exit_not_found)
      throw;
    return false; // deleted meanwhile
  }
}

json fetch_schedulers(const context& ctx, const list_schedulers_options& options, const label_filter& filter) {
  auto answer = ctx.api.get("/schedulers?game=" + url_encode(options.game));
  if (filter.empty())
    return answer;
  auto all = items_of(answer, scheduler_items);
  std::erase_if(all, [&](auto& one) { return !has_labels(ctx, one, filter); });
  answer["schedulers"] = all;
  return answer;
}

/// With the counts of their rooms, and how they are.
std::vector<json> with_counts(const context& ctx, const std::string& game, std::vector<json> schedulers) {
  std::map<std::string, json> infos;
  for (auto& info : list_of(ctx.api.get("/schedulers/info?game=" + url_encode(game)), "schedulers"))
    infos[text_of(info, "name")] = info;
  std::sort(schedulers.begin(), schedulers.end(),
            [](auto& a, auto& b) { return text_of(a, "name") < text_of(b, "name"); });
  for (auto& one : schedulers) {
    auto info = infos[text_of(one, "name")];
    for (auto& [field, value] : info.items())
      if (!one.contains(field))
        one[field] = value;
    if (info.is_null())
      continue;
    one["healthText"] = health_of(info, ctx.term.now());
  }
  return schedulers;
}

table schedulers_table(const std::vector<json>& schedulers, bool wide, timestamp now) {
  std::vector<std::string> headings{"NAME",   "GAME",     "STATE",   "VERSION", "WANTED", "READY", "ALLOCATED",
                                    "ACTIVE", "OCCUPIED", "PENDING", "UNREADY", "ERROR",  "AGE"};
  if (wide)
    headings.insert(headings.end(), {"TERMINATING", "MAX SURGE", "MATCHES/ROOM", "HOST PORTS"});
  headings.emplace_back("HEALTH");
  table all{headings};
  for (auto& s : schedulers) {
    auto count = [&](const char* field) { return std::to_string(number_of(s, field)); };
    auto unless_none = [&](const char* field) { return number_of(s, field) == 0 ? "" : count(field); };
    std::vector<std::string> row{text_of(s, "name"),
                                 text_of(s, "game"),
                                 text_of(s, "state"),
                                 text_of(s, "version"),
                                 count("roomsReplicas"),
                                 count("roomsReady"),
                                 unless_none("roomsAllocated"),
                                 unless_none("roomsActive"),
                                 count("roomsOccupied"),
                                 count("roomsPending"),
                                 unless_none("roomsUnready"),
                                 unless_none("roomsError"),
                                 age_of(text_of(s, "createdAt"), now)};
    if (wide) {
      row.push_back(count("roomsTerminating"));
      row.push_back(text_of(s, "maxSurge"));
      row.push_back(std::to_string(number_of(object_of(s, "matchAllocation"), "maxMatches")));
      row.push_back(range_text(s.value("portRange", json{})));
    }
    row.push_back(text_of(s, "healthText"));
    all.add(std::move(row));
  }
  for (auto* heading : {"ALLOCATED", "ACTIVE", "UNREADY", "ERROR", "HEALTH"})
    all.remove_empty_column(heading);
  all.may_drop({"VERSION", "GAME", "AGE", "PENDING", "OCCUPIED"});
  return all;
}

/// A list that is not whole says so, also to scripts, who read it on stderr.
void tell_missing(const context& ctx, const json& answer) {
  auto missing = list_of(object_of(answer, "unreachable"), "schedulers");
  if (!missing.empty())
    ctx.term.err << fmt::format(
        "maestro: {} of the cluster's schedulers are missing in this list, because their nodes do "
        "not answer (see: maestro node list): {}{}\n",
        missing.size(), printable(missing.front().get<std::string>()), missing.size() > 1 ? ", …" : "");
}

} // namespace

void list_schedulers(const context& ctx, const list_schedulers_options& options) {
  auto filter = label_filter::parse(options.labels);
  auto show = [&](const std::vector<json>& all) { return schedulers_table(all, ctx.wide(), ctx.term.now()); };
  if (options.watch.watch) {
    watched_list list{.kind = scheduler_items,
                      .title = options.game.empty() ? "all games" : options.game,
                      .fetch =
                          [&] {
                            auto answer = fetch_schedulers(ctx, options, filter);
                            return with_counts(ctx, options.game, items_of(answer, scheduler_items));
                          },
                      .show = show,
                      .status = [](const json& one) { return text_of(one, "state") + " " + counts_text(one); },
                      .detail = [](const json& one) { return text_of(one, "healthText"); },
                      .group = [](const json& one) { return text_of(one, "state"); }};
    return watch_list(ctx, list, options.watch);
  }
  auto answer = fetch_schedulers(ctx, options, filter);
  auto items = items_of(answer, scheduler_items);
  tell_missing(ctx, answer);
  bool is_answer = !ctx.plain() && ctx.output.format != output_format::names &&
                   ctx.output.format != output_format::custom_columns;
  if (!is_answer) {
    items = with_counts(ctx, options.game, std::move(items));
    sort_items(items, ctx.output.sort_by);
  }
  if (print_items(ctx, answer, scheduler_items, items))
    return;
  if (items.empty())
    ctx.term.err << "no schedulers; create one with: maestro scheduler create -f FILE\n";
  else
    ctx.print(show(items));
}

} // namespace maestro::cli
