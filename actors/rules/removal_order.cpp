#include "actors/rules/removal_order.hpp"

#include "actors/rules/room_lifecycle.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>

namespace maestro::rules {

namespace {

std::optional<long> major_of(std::string_view version) {
  if (version.starts_with('v'))
    version.remove_prefix(1);
  long number = 0;
  auto [end, problem] = std::from_chars(version.data(), version.data() + version.size(), number);
  if (problem != std::errc{} || end == version.data() + version.size() || *end != '.')
    return std::nullopt;
  return number;
}

int urgency(const room_view& view, const settings& limits, timestamp now) {
  using enum room_status;
  if (view.room.status == error)
    return 0;
  if (now - view.last_ping_at > limits.room_ping_timeout)
    return 1;
  switch (view.room.status) {
  case pending: return 2;
  case ready: return 3;
  case unready: return 4;
  case active: return 5;
  case allocated: return 6;
  case occupied: return 7;
  case error:
  case terminating:
  case terminated: return 0;
  }
  return 7;
}

bool is_leaving(const room_record& room) {
  return room.status == room_status::terminating || room.removal != removal_cause::none;
}

} // namespace

bool same_major(const std::string& left, const std::string& right) {
  auto a = major_of(left);
  auto b = major_of(right);
  return a && b && *a == *b;
}

std::vector<room_id> removal_order(const std::vector<room_view>& rooms, std::int64_t amount,
                                   const std::string& active_version, bool spare_players, const settings& limits,
                                   timestamp now) {
  using rank = std::tuple<bool, int, room_id>;
  std::vector<rank> candidates;
  std::vector<room_id> leaving;
  for (auto& view : rooms) {
    if (is_leaving(view.room)) {
      leaving.push_back(view.room.id);
      continue;
    }
    int group = urgency(view, limits, now);
    if (group > 1 && spare_players && holds_players(view.room.status))
      continue;
    bool is_kept_longer = group > 1 && same_major(view.room.version, active_version);
    candidates.emplace_back(is_kept_longer, group, view.room.id);
  }
  auto count =
      std::min<std::size_t>(candidates.size(), static_cast<std::size_t>(std::max<std::int64_t>(amount, 0)));
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(count), candidates.end());
  std::vector<room_id> order;
  for (std::size_t i = 0; i < count; ++i)
    order.push_back(std::get<room_id>(candidates[i]));
  std::sort(leaving.begin(), leaving.end());
  order.insert(order.end(), leaving.begin(), leaving.end());
  return order;
}

} // namespace maestro::rules
