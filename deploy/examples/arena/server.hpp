// One dedicated server: a lobby that fills, a match that is played, and back. It owns the socket and the clock of
// the game; the pinger's thread only hears of changes of state. Memory is bounded: players_limit players, one
// match.
//
//   lobby ──enough players──> playing ──time, or all gone──> ending (results are repeated) ──> lobby
//     └──────────── SIGTERM: no more joins; a running match gets `drain` to end ──────────────> closed
#pragma once

#include "deploy/examples/arena/match.hpp"
#include "deploy/examples/arena/udp.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arena {

struct server_config {
  std::string bind_host = "0.0.0.0";
  int port = 0;
  std::int64_t players_needed = 2;
  std::int64_t match_ms = 8000;
  std::int64_t drain_ms = 3000;
  std::uint64_t server_number = 0; ///< SERVER of the protocol
};

class server {
public:
  using steady = std::chrono::steady_clock;
  /// Called on each change: a status word of the Rooms API and the number of matches.
  using observer = std::function<void(const std::string& status, int matches)>;

  server(server_config config, observer tell);
  bool open();
  /// One turn: waits for datagrams until the next tick is due, handles them, ticks. False when closed.
  bool turn();
  void close();

private:
  enum class phase { lobby, playing, ending };
  struct seat {
    endpoint from;
    std::string name;
    steady::time_point heard;
  };
  using words = std::vector<std::string_view>;

  void hear(const std::string& datagram, const endpoint& from);
  void join(const words& w, const endpoint& from);
  void steer(const words& w, const endpoint& from);
  void tick(steady::time_point now);
  void drop_silent(steady::time_point now, std::chrono::milliseconds limit);
  void begin();
  void end(const std::string& reason);
  void to_lobby();
  void send_state();
  int seat_of(const endpoint& from) const;

  server_config config_;
  observer tell_;
  udp_socket socket_;
  phase phase_ = phase::lobby;
  std::map<int, seat> seats_;
  int next_seat_ = 1;
  std::int64_t matches_ = 0;
  std::optional<match> match_;
  std::string result_;
  steady::time_point ending_until_{};
  steady::time_point next_tick_{};
  bool closing_ = false;
  steady::time_point close_by_{};
};

} // namespace arena
