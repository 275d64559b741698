#include "nodes/cli/room_deaths.hpp"

#include "nodes/cli/room_answers.hpp"

#include <fmt/format.h>

namespace maestro::cli {

namespace {

constexpr std::size_t enough = 5;

} // namespace

void room_deaths::look(const std::vector<json>& rooms) {
  std::set<std::string> now;
  for (auto& room : rooms) {
    auto id = text_of(room, "id"), status = text_of(room, "status");
    now.insert(id);
    has_come_up_ = has_come_up_ || (!is_first_ && !known_.contains(id) && is_up(room));
    if (status != "error" && status != "terminated")
      continue;
    dead_.insert(id);
    if (auto why = text_of(room, "statusReason"); !why.empty())
      reason_ = why;
  }
  known_ = std::move(now);
  is_first_ = false;
}

bool room_deaths::are_hopeless() const {
  return dead_.size() >= enough && !has_come_up_;
}

std::string room_deaths::text() const {
  if (dead_.empty())
    return {};
  return fmt::format("{} room{} died{}{}", dead_.size(), dead_.size() == 1 ? "" : "s", reason_.empty() ? "" : ": ",
                     reason_);
}

} // namespace maestro::cli
