// A player on a server of Minetest: knocks, registers a new name without a password, says that it is ready, acknowledges what it
// is told, and stays until it goes. What it says follows the headers of Minetest 5.6 that define datagrams and messages.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace maestro::test {

class minetest_player {
public:
  /// Joins the server on that port of 127.0.0.1, under a name that its world has not seen.
  explicit minetest_player(std::uint16_t port);
  /// Leaves it, and says so.
  ~minetest_player();
  minetest_player(const minetest_player&) = delete;
  minetest_player& operator=(const minetest_player&) = delete;

private:
  void play(std::uint16_t port);

  std::atomic<bool> leaves_{false};
  std::thread thread_;
};

} // namespace maestro::test
