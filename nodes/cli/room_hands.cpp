#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/confirmation.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/room_answers.hpp"
#include "nodes/cli/stranger_commands.hpp"

#include <fmt/format.h>

#include <ostream>

namespace maestro::cli {

namespace {

std::string containers_text(const json& spec, const terminal& term) {
  table all{{"CONTAINER", "IMAGE", "COMMAND", "LIMITS"}};
  for (auto& container : list_of(spec, "containers")) {
    std::string command;
    for (auto& word : list_of(container, "command"))
      command += (command.empty() ? "" : " ") + word.get<std::string>();
    auto limits = object_of(container, "limits");
    all.add({text_of(container, "name"), text_of(container, "image"), command,
             fmt::format("{} cpu, {}", text_of(limits, "cpu", "-"), text_of(limits, "memory", "-"))});
  }
  return all.text(term.color);
}

std::string ports_text(const json& room, const terminal& term) {
  table all{{"PORT", "PROTOCOL", "HOST", "NUMBER"}};
  for (auto& port : list_of(room, "ports"))
    all.add({text_of(port, "name"), text_of(port, "protocol"), text_of(room, "host"),
             std::to_string(number_of(port, "port"))});
  return all.text(term.color);
}

std::string events_text(const json& timeline, const terminal& term) {
  table all{{"AT", "EVENT", "CAUSE", "DETAIL"}};
  for (auto& event : list_of(timeline, "events"))
    all.add({text_of(event, "at"), text_of(event, "event"), text_of(event, "cause"), text_of(event, "detail")});
  all.remove_empty_column("CAUSE");
  all.remove_empty_column("DETAIL");
  return all.text(term.color);
}

/// What can be asked, and may not be there any more.
json asked(const context& ctx, const std::string& path, const char* field) {
  try {
    return object_of(ctx.api.get(path), field);
  } catch (const failure&) {
    return json::object();
  }
}

} // namespace

void describe_rooms(const context& ctx, const std::string& scheduler, const std::vector<std::string>& ids) {
  node_names names(ctx);
  for_each_of(ctx, ids, [&](const std::string& id) {
    auto room = object_of(ctx.api.get(schedulers_path({scheduler, "rooms", id})), "room");
    auto query = "?version=" + url_encode(text_of(room, "version"));
    auto recipe = asked(ctx, schedulers_path({scheduler}) + query, "scheduler");
    auto timeline = asked(ctx, schedulers_path({scheduler, "rooms", id, "timeline"}), "timeline");
    if (!ctx.plain())
      return ctx.print(json{{"room", room},
                            {"containers", list_of(object_of(recipe, "spec"), "containers")},
                            {"timeline", timeline}});
    ctx.term.out << (id == ids.front() ? "" : "\n") << room_text(room, names, ctx.term) << "\n"
                 << containers_text(object_of(recipe, "spec"), ctx.term) << "\n"
                 << ports_text(room, ctx.term) << "\n"
                 << events_text(timeline, ctx.term) << std::flush;
  });
}

void allocate_room(const context& ctx, const allocate_options& options) {
  auto output = ctx.output.format;
  bool is_for_scripts = output == output_format::as_json || output == output_format::as_yaml;
  api_client door{parse_server_url(options.server), ctx.api.timeout(), !is_for_scripts, ctx.term.pause};
  auto body = options.slots > 0 ? json{{"slots", options.slots}} : json::object();
  auto answer = door.post("/scheduler/" + url_encode(options.scheduler) + "/rooms/allocate", body.dump());
  if (output == output_format::names) {
    ctx.term.out << text_of(answer, "roomId") << std::endl;
    return;
  }
  if (!ctx.plain())
    return ctx.print(answer);
  ctx.term.out << fmt::format("room {} allocated: {}\n", text_of(answer, "roomId"), room_address(answer))
               << std::flush;
}

namespace {

/// What ends with it, in words; empty: nothing that anybody plays.
std::string at_stake(const context& ctx, const std::string& scheduler, const std::string& id) {
  try {
    auto room = object_of(ctx.api.get(schedulers_path({scheduler, "rooms", id})), "room");
    return holds_players(room) ? text_of(room, "status") : "";
  } catch (const failure& why) {
    if (why.code != exit_not_found || !is_stranger(ctx, scheduler, id))
      throw;
    return "a stranger";
  }
}

/// The operation that ends it; empty: it was a stranger.
std::string end_room(const context& ctx, const std::string& scheduler, const std::string& id) {
  try {
    auto answer = ctx.api.remove(schedulers_path({scheduler, "rooms", id}));
    auto operation = text_of(answer, "operationId");
    if (ctx.plain())
      ctx.term.out << fmt::format("room {} is being ended: operation {}\n", id, operation);
    else
      ctx.print(answer);
    return operation;
  } catch (const failure& why) {
    if (why.code != exit_not_found || !end_stranger(ctx, scheduler, id))
      throw;
    return "";
  }
}

} // namespace

void end_rooms(const context& ctx, const end_rooms_options& options) {
  std::string playing;
  if (!options.yes)
    for (auto& id : options.rooms) {
      if (auto what = at_stake(ctx, options.scheduler, id); !what.empty())
        playing += fmt::format("{}{} ({})", playing.empty() ? "" : ", ", id, what);
    }
  if (!playing.empty())
    confirm(ctx, fmt::format("rooms with players will be ended: {}", playing), false);
  std::vector<std::string> operations;
  for_each_of(ctx, options.rooms, [&](const std::string& id) {
    if (auto operation = end_room(ctx, options.scheduler, id); !operation.empty())
      operations.push_back(operation);
  });
  if (options.wait.wait)
    for (auto& operation : operations)
      watch_operation(ctx, options.scheduler, operation, options.wait);
}

} // namespace maestro::cli
