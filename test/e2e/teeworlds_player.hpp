// A player on a server of Teeworlds 0.7: exchanges tokens with it, connects, enters the game, acknowledges what it is told, and
// stays until it goes. What it says follows Teeworlds 0.7.5: its datagrams and chunks, how they are packed, its messages and version.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace maestro::test {

class teeworlds_player {
public:
  /// Joins the server on that port of 127.0.0.1.
  explicit teeworlds_player(std::uint16_t port, const std::string& name = "player");
  /// Leaves it, and says so.
  ~teeworlds_player();
  teeworlds_player(const teeworlds_player&) = delete;
  teeworlds_player& operator=(const teeworlds_player&) = delete;

private:
  void play(std::uint16_t port, const std::string& name);

  std::atomic<bool> leaves_{false};
  std::thread thread_;
};

} // namespace maestro::test
