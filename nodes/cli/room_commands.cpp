#include "nodes/cli/change_feed.hpp"
#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/progress.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/room_answers.hpp"
#include "nodes/cli/room_deaths.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace maestro::cli {

namespace {

json fetch_rooms(const context& ctx, const list_rooms_options& options) {
  auto answer = ctx.api.get(schedulers_path({options.scheduler, "rooms"}));
  if (options.status.empty())
    return answer;
  json kept = json::array();
  for (auto& room : list_of(answer, "rooms")) {
    if (text_of(room, "status") == options.status)
      kept.push_back(room);
  }
  answer["rooms"] = std::move(kept);
  return answer;
}

} // namespace

void list_rooms(const context& ctx, const list_rooms_options& options) {
  node_names names(ctx);
  auto show = [&](const std::vector<json>& rooms) {
    return rooms_table(rooms, ctx.wide(), names, ctx.term.now());
  };
  if (options.watch.watch) {
    watched_list list{.kind = room_items,
                      .title = options.watch.title.empty() ? options.scheduler : options.watch.title,
                      .fetch = [&] { return items_of(fetch_rooms(ctx, options), room_items); },
                      .show = show,
                      .status = [](const json& room) { return text_of(room, "status"); },
                      .detail = room_address,
                      .changes = options.status.empty()
                                     ? std::make_shared<change_feed>(ctx, options.scheduler, false)
                                     : nullptr};
    return watch_list(ctx, list, options.watch);
  }
  auto answer = fetch_rooms(ctx, options);
  auto rooms = items_of(answer, room_items);
  sort_items(rooms, ctx.output.sort_by);
  if (print_items(ctx, answer, room_items, rooms))
    return;
  if (rooms.empty())
    ctx.term.err << fmt::format("no {}rooms in scheduler {}\n", options.status.empty() ? "" : options.status + " ",
                                options.scheduler);
  else
    ctx.print(show(rooms));
}

void get_rooms(const context& ctx, const std::string& scheduler, const std::vector<std::string>& ids) {
  json several = json::object({{"rooms", json::array()}});
  node_names names(ctx);
  for_each_of(ctx, ids, [&](const std::string& id) {
    auto answer = ctx.api.get(schedulers_path({scheduler, "rooms", id}));
    if (!ctx.plain() && ids.size() > 1)
      several["rooms"].push_back(answer["room"]);
    else if (!print_items(ctx, answer, room_items))
      ctx.term.out << (id == ids.front() ? "" : "\n") << room_text(answer["room"], names, ctx.term);
  });
  if (!several["rooms"].empty())
    print_items(ctx, several, room_items);
}

void wait_for_rooms(const context& ctx, const std::string& scheduler, const wait_options& wait) {
  auto wanted = number_of(ctx.api.get(schedulers_path({scheduler}))["scheduler"], "roomsReplicas");
  auto deadline = ctx.term.now() + wait.limit;
  progress line{ctx.term, "rooms of " + scheduler};
  room_deaths deaths;
  std::string reason; // rooms that cannot even be made die of nothing: the scheduler knows why
  for (std::int64_t up = 0;;) {
    try {
      auto rooms = items_of(ctx.api.get(schedulers_path({scheduler, "rooms"})), room_items);
      deaths.look(rooms);
      up = std::count_if(rooms.begin(), rooms.end(), is_up);
      reason = deaths.text();
      if (up < wanted && reason.empty())
        reason = text_of(object_of(ctx.api.get(schedulers_path({scheduler}))["scheduler"], "degraded"), "reason");
    } catch (const unreachable&) {
      // the node is away for a moment; the deadline decides
    }
    auto text = fmt::format("{}/{} ready", up, wanted) + (reason.empty() ? "" : "; " + reason);
    if (up >= wanted) {
      if (ctx.plain())
        line.finish(fmt::format("rooms of {}: {}", scheduler, text));
      return;
    }
    if (deaths.are_hopeless())
      throw failure(exit_refused, fmt::format("scheduler {}: {}; rooms do not come up, so we do not wait on. See: "
                                              "maestro room list {}",
                                              scheduler, deaths.text(), scheduler));
    if (ctx.term.now() >= deadline)
      throw failure(exit_timeout, fmt::format("scheduler {} after {}: {}. See: maestro scheduler get {}",
                                              scheduler, age(wait.limit), text, scheduler));
    if (ctx.plain())
      line.show(static_cast<double>(up) / static_cast<double>(std::max<std::int64_t>(wanted, 1)), text);
    ctx.term.pause(wait.poll);
  }
}

} // namespace maestro::cli
