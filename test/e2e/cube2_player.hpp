// A player on a server of Cube 2: connects as the game does (ENet, three channels), says its name, and stays until it goes.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace maestro::test {

class cube2_player {
public:
  /// Joins the server on that port of 127.0.0.1.
  explicit cube2_player(std::uint16_t port);
  /// Leaves it, and says so.
  ~cube2_player();
  cube2_player(const cube2_player&) = delete;
  cube2_player& operator=(const cube2_player&) = delete;

private:
  void play(std::uint16_t port);

  std::atomic<bool> leaves_{false};
  std::thread thread_;
};

} // namespace maestro::test
