// A player in a game of Freeciv: says its name and what it is able to do, answers pings, and stays until it goes. What it says
// follows Freeciv 3.0: its definition of packets, how it frames them, and its list of abilities.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace maestro::test {

class freeciv_player {
public:
  /// Joins the server on that port of 127.0.0.1; throws when nobody listens there. Two at once need two names.
  explicit freeciv_player(std::uint16_t port, const std::string& name = "player");
  /// Leaves it: Freeciv knows no other goodbye than the end of the connection.
  ~freeciv_player();
  freeciv_player(const freeciv_player&) = delete;
  freeciv_player& operator=(const freeciv_player&) = delete;

private:
  void play();
  void answer_pings();

  int socket_ = -1;
  std::string received_; ///< from the beginning of a packet on
  std::atomic<bool> leaves_{false};
  std::thread thread_;
};

} // namespace maestro::test
