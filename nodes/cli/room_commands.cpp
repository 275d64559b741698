#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/progress.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/room_watch.hpp"

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

std::string room_address(const json& room) {
  auto host = text_of(room, "host");
  if (host.empty())
    return "-"; // not placed yet: its ports may still change
  std::string text;
  for (auto& port : list_of(room, "ports")) {
    auto protocol = text_of(port, "protocol");
    std::transform(protocol.begin(), protocol.end(), protocol.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    text += fmt::format("{}{}:{}/{}", text.empty() ? "" : ",", host, number_of(port, "port"), protocol);
  }
  return text.empty() ? host : text;
}

table rooms_table(const json& rooms, bool wide, timestamp now) {
  std::vector<std::string> headings{"ROOM", "STATUS", "INSTANCE", "MATCHES", "VERSION", "ADDRESS", "SINCE", "AGE"};
  if (wide)
    headings.emplace_back("LAST PING");
  headings.emplace_back("REASON");
  table all{headings};
  for (auto& room : rooms) {
    std::vector<std::string> row{text_of(room, "id"),
                                 text_of(room, "status"),
                                 text_of(room, "instanceStatus"),
                                 std::to_string(number_of(room, "runningMatches")),
                                 text_of(room, "version"),
                                 room_address(room),
                                 age_of(text_of(room, "statusSince"), now),
                                 age_of(text_of(room, "createdAt"), now)};
    if (wide)
      row.push_back(age_of(text_of(room, "lastPingAt"), now));
    row.push_back(text_of(room, "statusReason"));
    all.add(std::move(row));
  }
  all.remove_empty_column("REASON");
  return all;
}

void list_rooms(const context& ctx, const list_rooms_options& options) {
  if (options.watch)
    return watch_rooms(ctx, options, fetch_rooms);
  auto answer = fetch_rooms(ctx, options);
  if (!ctx.plain())
    return ctx.print(answer);
  auto rooms = list_of(answer, "rooms");
  if (rooms.empty())
    ctx.term.err << fmt::format("no {}rooms in scheduler {}\n", options.status.empty() ? "" : options.status + " ",
                                options.scheduler);
  else
    ctx.term.out << rooms_table(rooms, ctx.wide(), ctx.term.now()).text(ctx.term.color);
}

void get_room(const context& ctx, const std::string& scheduler, const std::string& room) {
  auto answer = ctx.api.get(schedulers_path({scheduler, "rooms", room}));
  if (!ctx.plain())
    return ctx.print(answer);
  auto& r = answer["room"];
  auto with_age = [&](const char* field) {
    auto at = text_of(r, field);
    auto since = age_of(at, ctx.term.now());
    return since == "-" ? since : fmt::format("{} ({} ago)", at, since);
  };
  ctx.term.out << description({{"Room", text_of(r, "id")},
                               {"Status", text_of(r, "status")},
                               {"Since", with_age("statusSince")},
                               {"Reason", text_of(r, "statusReason")},
                               {"Instance", text_of(r, "instanceStatus")},
                               {"Version", text_of(r, "version")},
                               {"Address", room_address(r)},
                               {"Matches", std::to_string(number_of(r, "runningMatches"))},
                               {"Created", with_age("createdAt")},
                               {"Last ping", with_age("lastPingAt")}},
                              ctx.term.color);
}

void room_logs(const context& ctx, const room_logs_options& options) {
  auto path = schedulers_path({options.scheduler, "rooms", options.room, "logs"});
  auto separator = '?';
  auto add = [&](const std::string& name, const std::string& value) {
    path += fmt::format("{}{}={}", separator, name, url_encode(value));
    separator = '&';
  };
  if (!options.container.empty())
    add("container", options.container);
  if (options.tail_bytes > 0)
    add("tailBytes", std::to_string(options.tail_bytes));
  auto answer = ctx.api.get(path);
  if (!ctx.plain())
    return ctx.print(answer);
  ctx.term.out << text_of(answer, "logs") << std::flush;
}

void wait_for_rooms(const context& ctx, const std::string& scheduler, const wait_options& wait) {
  auto wanted = number_of(ctx.api.get(schedulers_path({scheduler}))["scheduler"], "roomsReplicas");
  auto deadline = ctx.term.now() + wait.limit;
  progress line{ctx.term, "rooms of " + scheduler};
  for (std::int64_t up = 0;;) {
    try {
      auto rooms = list_of(ctx.api.get(schedulers_path({scheduler, "rooms"})), "rooms");
      up = std::count_if(rooms.begin(), rooms.end(), [](auto& room) {
        auto status = text_of(room, "status");
        return status == "ready" || status == "occupied" || status == "allocated" || status == "active";
      });
    } catch (const unreachable&) {
      // the node is away for a moment; the deadline decides
    }
    auto text = fmt::format("{}/{} ready", up, wanted);
    if (up >= wanted) {
      if (ctx.plain())
        line.finish(fmt::format("rooms of {}: {}", scheduler, text));
      return;
    }
    if (ctx.term.now() >= deadline)
      throw failure(exit_timeout, fmt::format("{} rooms of scheduler {} after {}; see: maestro room list {}", text,
                                              scheduler, age(wait.limit), scheduler));
    if (ctx.plain())
      line.show(static_cast<double>(up) / static_cast<double>(std::max<std::int64_t>(wanted, 1)), text);
    ctx.term.pause(wait.poll);
  }
}

} // namespace maestro::cli
