#include "deploy/examples/arena/match.hpp"

#include <algorithm>
#include <cstdlib>

namespace arena {

namespace {
constexpr int step = 25;
constexpr int reach = 25;
} // namespace

match::match(std::int64_t number, std::int64_t length_ms)
    : number_(number), length_ms_(length_ms),
      random_(static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15u + 1) {
  move_target();
}

std::uint64_t match::chance() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_;
}

void match::move_target() {
  target_x_ = static_cast<int>(chance() % field_size);
  target_y_ = static_cast<int>(chance() % field_size);
}

void match::add(int id, const std::string& name) {
  player p;
  p.name = name;
  p.x = static_cast<int>(chance() % field_size);
  p.y = static_cast<int>(chance() % field_size);
  players_[id] = p;
}

void match::steer(int id, std::int64_t sequence, int dx, int dy) {
  auto found = players_.find(id);
  if (found == players_.end() || sequence <= found->second.last_input)
    return;
  found->second.last_input = sequence;
  found->second.dx = std::clamp(dx, -1, 1);
  found->second.dy = std::clamp(dy, -1, 1);
}

void match::tick() {
  ++ticks_;
  for (auto& [id, p] : players_) {
    p.x = std::clamp(p.x + p.dx * step, 0, field_size);
    p.y = std::clamp(p.y + p.dy * step, 0, field_size);
    if (std::abs(p.x - target_x_) <= reach && std::abs(p.y - target_y_) <= reach) {
      ++p.score;
      move_target();
    }
  }
}

std::int64_t match::left_ms() const {
  return std::max<std::int64_t>(0, length_ms_ - ticks_ * tick_ms);
}

} // namespace arena
