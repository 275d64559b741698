#include "nodes/cli/scheduler_health.hpp"

#include "nodes/cli/failure.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/room_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace maestro::cli {

namespace {

constexpr auto patience = std::chrono::seconds{30}; ///< a room may take that long to come up
constexpr std::size_t rooms_looked_at = 1000;

struct counted_status {
  const char* field;
  const char* word;
};
constexpr std::array counted{
    counted_status{"roomsReady", "ready"},     counted_status{"roomsAllocated", "allocated"},
    counted_status{"roomsActive", "active"},   counted_status{"roomsOccupied", "occupied"},
    counted_status{"roomsPending", "pending"}, counted_status{"roomsUnready", "unready"},
    counted_status{"roomsError", "error"},     counted_status{"roomsTerminating", "terminating"}};

std::string rooms_text(std::size_t count) {
  return fmt::format("{} room{}", count, count == 1 ? "" : "s");
}

} // namespace

std::string counts_text(const json& info) {
  auto text = fmt::format("{}/{} ready", number_of(info, "roomsReady"), number_of(info, "roomsReplicas"));
  for (auto& [field, word] : counted)
    if (auto count = number_of(info, field); count > 0 && std::string{word} != "ready")
      text += fmt::format(", {} {}", count, word);
  return text;
}

std::string trouble_of(const std::vector<json>& rooms, timestamp now) {
  std::map<std::string, std::map<std::string, std::size_t>> reasons; // by status
  duration longest{};
  for (auto& room : rooms) {
    auto status = text_of(room, "status");
    auto since = time_of(text_of(room, "statusSince"));
    auto waits = since ? now - *since : duration{};
    bool is_late = (status == "pending" || status == "unready") && waits >= patience;
    if (status != "error" && !is_late)
      continue;
    if (is_late)
      longest = std::max(longest, waits);
    ++reasons[status][text_of(room, "statusReason")];
  }
  std::string text;
  for (auto& [status, whys] : reasons)
    for (auto& [why, count] : whys) {
      text += text.empty() ? "" : "; ";
      text += status == "error" ? fmt::format("{} in error", rooms_text(count))
                                : fmt::format("{} {} for {}", rooms_text(count), status, age(longest));
      if (!why.empty())
        text += ": " + why;
      else if (status == "unready")
        text += ", without a ping that says ready";
    }
  return text;
}

std::string health_of(const context& ctx, const json& info) {
  for (auto* field : {"degraded", "health"})
    if (auto said = text_of(info, field); !said.empty())
      return said.starts_with("degraded") ? said : "degraded: " + said;
  std::int64_t up = 0;
  for (auto* field : {"roomsReady", "roomsAllocated", "roomsActive", "roomsOccupied"})
    up += number_of(info, field);
  bool is_short = up < number_of(info, "roomsReplicas");
  if (!is_short && number_of(info, "roomsError") == 0)
    return {};
  try {
    auto path =
        schedulers_path({text_of(info, "name"), "rooms"}) + fmt::format("?page=1&perPage={}", rooms_looked_at);
    auto rooms = list_of(ctx.api.get(path), "rooms");
    auto trouble = trouble_of({rooms.begin(), rooms.end()}, ctx.term.now());
    return trouble.empty() ? "" : "degraded: " + trouble;
  } catch (const failure&) {
    return {}; // it is gone by now, or this server lists no rooms
  }
}

} // namespace maestro::cli
