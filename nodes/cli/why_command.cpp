#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/render.hpp"

#include <fmt/format.h>

#include <ostream>

namespace maestro::cli {

namespace {

/// The parts that are not zero, as `2 end, 1 drains`; `nothing` where all are.
std::string parts_text(const json& from, const std::vector<std::pair<const char*, const char*>>& parts) {
  std::string text;
  for (auto& [field, words] : parts)
    if (auto number = number_of(from, field); number > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", number, words);
  return text.empty() ? "nothing" : text;
}

std::string change_text(const json& change) {
  auto text = parts_text(change, {{"add", "are added"},
                                  {"remove", "end"},
                                  {"drain", "begin to drain"},
                                  {"drains", "go on draining"},
                                  {"spare", "need not drain any more"},
                                  {"expired", "are over their time and end"}});
  if (auto cause = text_of(change, "cause"); cause != "none" && !cause.empty())
    text += fmt::format(" ({})", cause);
  return text;
}

const char* waiting_text(const json& change) {
  auto reason = text_of(change, "waitsFor");
  if (reason == "backoff")
    return "new rooms kept dying early: none is added for a while";
  if (reason == "successors")
    return "successors of the rooms that are replaced are not up yet";
  return reason == "players" ? "all that may go hold players" : "";
}

std::string there_text(const json& there) {
  return parts_text(there, {{"counted", "count"},
                            {"up", "up"},
                            {"starting", "starting"},
                            {"draining", "draining"},
                            {"replaced", "of a version that is replaced"},
                            {"silent", truth_of(there, "silentSpared") ? "silent and spared" : "silent"},
                            {"error", "in error"},
                            {"ending", "ending"},
                            {"validating", "trying out a version"}});
}

/// How long until then; empty where it is unknown.
std::string time_until(const std::string& rfc3339, timestamp now) {
  auto at = time_of(rfc3339);
  return at ? fmt::format("in {}", age(*at - now)) : std::string{};
}

table steps_of(const json& plan) {
  table steps{{"WHY", "ROOMS", "BECAUSE"}};
  for (auto& step : list_of(plan, "steps"))
    steps.add({text_of(step, "reason"), std::to_string(number_of(step, "rooms")), text_of(step, "text")});
  return steps;
}

table rooms_of(const json& plan, timestamp now) {
  table rooms{{"ROOM", "STATUS", "VERSION", "ACTION", "REASON", "SINCE"}};
  for (auto& room : list_of(plan, "rooms"))
    rooms.add({text_of(room, "id"), text_of(room, "status"), text_of(room, "version"), text_of(room, "action"),
               text_of(room, "reason"), age_of(text_of(room, "since"), now)});
  return rooms;
}

void print_plan(const context& ctx, const std::string& name, const json& plan) {
  auto& out = ctx.term.out;
  auto now = ctx.term.now();
  auto change = object_of(plan, "change");
  std::vector<std::pair<std::string, std::string>> facts{
      {"Scheduler", fmt::format("{} {}", name, text_of(plan, "version"))},
      {"Wanted", std::to_string(number_of(plan, "wanted"))},
      {"There", there_text(object_of(plan, "there"))},
      {"Change", change_text(change)}};
  if (std::string waits = waiting_text(change); !waits.empty())
    facts.emplace_back("Waits", std::move(waits));
  if (auto again = time_until(text_of(change, "lookAgainAt"), now); !again.empty())
    facts.emplace_back("Held back", again);
  facts.emplace_back("Next look", time_until(text_of(plan, "nextLookAt"), now));
  out << description(facts, ctx.term.color) << "\n" << steps_of(plan).text(ctx.term.color);
  auto shown = list_of(plan, "rooms").size();
  if (shown > 0)
    out << "\n" << rooms_of(plan, now).text(ctx.term.color);
  if (auto total = number_of(plan, "total"); total > static_cast<std::int64_t>(shown))
    out << fmt::format("and {} more\n", total - static_cast<std::int64_t>(shown));
  out << std::flush;
}

std::string plan_path(const std::string& scheduler, const std::string& query) {
  return schedulers_path({scheduler, "plan"}) + query;
}

} // namespace

void explain_rooms(const context& ctx, const why_options& options) {
  auto query = fmt::format("?limit={}", options.limit);
  if (options.remove)
    query += fmt::format("&remove={}", *options.remove);
  if (options.rooms)
    query += fmt::format("&rooms={}", *options.rooms);
  auto answer = ctx.api.get(plan_path(options.scheduler, query));
  if (ctx.plain())
    print_plan(ctx, options.scheduler, object_of(answer, "plan"));
  else
    ctx.print(answer);
}

std::string effect_of_rooms(const context& ctx, const std::string& scheduler, std::int64_t rooms) {
  auto answer = ctx.api.get(plan_path(scheduler, fmt::format("?limit=1&rooms={}", rooms)));
  return change_text(object_of(object_of(answer, "plan"), "change"));
}

bool replaces_none(const context& ctx, const std::string& scheduler, const std::string& active,
                   std::int64_t rooms) {
  try {
    auto plan = object_of(ctx.api.get(plan_path(scheduler, "?limit=1")), "plan");
    auto there = object_of(plan, "there");
    bool counts_all = number_of(there, "silent") == 0 && number_of(there, "counted") >= rooms;
    return text_of(plan, "version") == active && counts_all && there.contains("replaced") &&
           number_of(there, "replaced") == 0;
  } catch (const failure&) { // it is older than the route, or must not be asked
    return false;
  }
}

} // namespace maestro::cli
