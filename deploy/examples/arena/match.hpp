// The game: players run on a square field after one target; who touches it scores, and it jumps elsewhere. Pure:
// time comes in as ticks and chance from the match's number, so the same inputs give the same match.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace arena {

constexpr int field_size = 1000;
constexpr int tick_ms = 50;

struct player {
  std::string name;
  int x = 0, y = 0;
  int dx = 0, dy = 0;
  std::int64_t last_input = -1;
  int score = 0;
};

class match {
public:
  match(std::int64_t number, std::int64_t length_ms);

  void add(int id, const std::string& name);
  void remove(int id) { players_.erase(id); }
  /// Ignores inputs older than the newest one.
  void steer(int id, std::int64_t sequence, int dx, int dy);
  void tick();

  std::int64_t number() const { return number_; }
  std::int64_t ticks() const { return ticks_; }
  std::int64_t length_ms() const { return length_ms_; }
  std::int64_t left_ms() const;
  bool over() const { return left_ms() == 0 || players_.empty(); }
  const std::map<int, player>& players() const { return players_; }
  int target_x() const { return target_x_; }
  int target_y() const { return target_y_; }

private:
  void move_target();
  std::uint64_t chance();

  std::int64_t number_;
  std::int64_t length_ms_;
  std::int64_t ticks_ = 0;
  std::uint64_t random_;
  int target_x_ = 0, target_y_ = 0;
  std::map<int, player> players_;
};

} // namespace arena
