#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/render.hpp"

#include <fmt/format.h>

#include <ostream>

namespace maestro::cli {

namespace {

/// What is left out stands after the first event.
void print_timeline(const context& ctx, const std::string& path) {
  auto answer = ctx.api.get(path);
  if (!ctx.plain())
    return ctx.print(answer);
  auto timeline = object_of(answer, "timeline");
  auto left_out = number_of(timeline, "leftOut");
  table all{{"AT", "EVENT", "CAUSE", "DETAIL"}};
  bool is_first = true;
  for (auto& event : list_of(timeline, "events")) {
    all.add({text_of(event, "at"), text_of(event, "event"), text_of(event, "cause"), text_of(event, "detail")});
    if (std::exchange(is_first, false) && left_out > 0)
      all.add({"…", fmt::format("({} more)", left_out), "", ""});
  }
  all.remove_empty_column("CAUSE");
  all.remove_empty_column("DETAIL");
  ctx.print(all);
  auto known_since = text_of(timeline, "knownSince");
  if (!known_since.empty())
    ctx.term.err << fmt::format("what happened before {} is past the journal's retention\n", known_since);
}

} // namespace

void room_timeline(const context& ctx, const std::string& scheduler, const std::string& room) {
  print_timeline(ctx, schedulers_path({scheduler, "rooms", room, "timeline"}));
}

void operation_timeline(const context& ctx, const std::string& scheduler, const std::string& id) {
  print_timeline(ctx, schedulers_path({scheduler, "operations", id, "timeline"}));
}

} // namespace maestro::cli
