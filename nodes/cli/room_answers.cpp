#include "nodes/cli/room_answers.hpp"

#include "messages/room_types.hpp"
#include "messages/text.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/http_client.hpp"

#include <fmt/format.h>

namespace maestro::cli {

std::string room_address(const json& room) {
  auto host = text_of(room, "host");
  if (host.empty())
    return "-"; // not placed yet: its ports may still change
  std::string text;
  std::int64_t last = 0;
  for (auto& port : list_of(room, "ports")) {
    auto number = number_of(port, "port");
    auto protocol = lower_case(text_of(port, "protocol"));
    text += number == last ? "+" + protocol
                           : fmt::format("{}{}:{}/{}", text.empty() ? "" : ",", host, number, protocol);
    last = number;
  }
  return text.empty() ? host : text;
}

namespace {

/// "" where there are none.
std::string allocated_slots(const json& room) {
  auto slots = number_of(room, "allocatedSlots");
  return slots > 0 ? std::to_string(slots) : "";
}

} // namespace

std::string node_names::of(const json& room) {
  if (!by_id_) {
    by_id_.emplace();
    try {
      for (auto& node : items_of(ctx_.api.get("/nodes"), node_items))
        by_id_->emplace(text_of(node, "nodeId"), text_of(node, "name"));
    } catch (const failure&) {
    } catch (const unreachable&) { // who wants rooms as well hears of it there
    }
  }
  auto id = text_of(room, "nodeId");
  auto known = by_id_->find(id);
  return known == by_id_->end() ? id : known->second;
}

table rooms_table(const std::vector<json>& rooms, bool wide, node_names& names, timestamp now) {
  std::vector<std::string> headings{"ROOM",    "STATUS",  "INSTANCE", "MATCHES", "HELD",
                                    "VERSION", "ADDRESS", "SINCE",    "AGE"};
  if (wide)
    headings.insert(headings.end(), {"LAST PING", "NODE"});
  headings.insert(headings.end(), {"DRAINING", "REASON"});
  table all{headings};
  for (auto& room : rooms) {
    std::vector<std::string> row{text_of(room, "id"),
                                 text_of(room, "status"),
                                 text_of(room, "instanceStatus"),
                                 std::to_string(number_of(room, "runningMatches")),
                                 allocated_slots(room),
                                 text_of(room, "version"),
                                 room_address(room),
                                 age_of(text_of(room, "statusSince"), now),
                                 age_of(text_of(room, "createdAt"), now)};
    if (wide)
      row.insert(row.end(), {age_of(text_of(room, "lastPingAt"), now), names.of(room)});
    row.push_back(text_of(room, "draining"));
    row.push_back(text_of(room, "statusReason"));
    all.add(std::move(row));
  }
  all.remove_empty_column("HELD");
  all.remove_empty_column("NODE");
  all.remove_empty_column("DRAINING");
  all.remove_empty_column("REASON");
  all.may_drop({"INSTANCE", "MATCHES", "HELD", "VERSION", "SINCE", "LAST PING", "NODE"});
  return all;
}

std::string room_text(const json& r, node_names& names, const terminal& term) {
  auto with_age = [&](const char* field) {
    auto at = text_of(r, field);
    auto since = age_of(at, term.now());
    return since == "-" ? since : fmt::format("{} ({} ago)", at, since);
  };
  return description({{"Room", text_of(r, "id")},
                      {"Status", text_of(r, "status")},
                      {"Since", with_age("statusSince")},
                      {"Reason", text_of(r, "statusReason")},
                      {"Draining", text_of(r, "draining")},
                      {"Instance", text_of(r, "instanceStatus")},
                      {"Version", text_of(r, "version")},
                      {"Address", room_address(r)},
                      {"Node", names.of(r)},
                      {"Matches", std::to_string(number_of(r, "runningMatches"))},
                      {"Allocated slots", allocated_slots(r)},
                      {"Created", with_age("createdAt")},
                      {"Last ping", with_age("lastPingAt")}},
                     term.color);
}

bool is_up(const json& room) {
  return text_of(room, "status") == "ready" || holds_players(room);
}

bool holds_players(const json& room) {
  auto status = text_of(room, "status");
  return status == "occupied" || status == "allocated" || status == "active";
}

const std::vector<std::string>& room_statuses() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < room_status_count; ++i)
      all.push_back(to_string(static_cast<room_status>(i)));
    return all;
  }();
  return words;
}

} // namespace maestro::cli
