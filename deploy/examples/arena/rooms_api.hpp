// The little HTTP that a game server needs to live with Maestro, on plain sockets: one request with one deadline,
// and a thread that tells the Rooms API about this room without ever holding up the game.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace arena {

struct http_reply {
  int status = 0;
  std::string body;
};

struct api_address {
  std::string host;
  std::string port;
};
/// `http://host:port` or `host:port`; nothing when it is neither.
std::optional<api_address> parse_api_address(const std::string& text);

/// Several with commas between them, in that order; what is neither is left out.
std::vector<api_address> parse_api_addresses(const std::string& list);

/// Nothing when no whole answer came within `limit`.
std::optional<http_reply> http_call(const api_address& api, const std::string& method, const std::string& path,
                                    const std::string& body, std::chrono::milliseconds limit);

struct room_state {
  std::string status; ///< ready, occupied, terminating
  int matches = 0;
  bool operator==(const room_state&) const = default;
};

/// Repeats the room's state every `interval`. Changes are told at once, in order, and none is skipped while
/// Maestro is away (up to a bound): it must not miss that a match began because it was restarting. Of several APIs the
/// first is its own machine's: the others are told while that does not answer.
class pinger {
public:
  /// At least one API.
  pinger(std::vector<api_address> apis, std::string path, std::chrono::milliseconds interval);
  ~pinger();
  void tell(room_state state);
  /// Gives the last state a moment to arrive, then ends the thread.
  void finish(std::chrono::milliseconds grace);

private:
  void run();
  bool send(const room_state& state);
  bool send_somewhere(const std::string& body);

  std::vector<api_address> apis_;
  std::size_t api_ = 0;                                ///< that is told
  std::chrono::steady_clock::time_point home_again_{}; ///< when the first is tried again
  std::string path_;
  std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<room_state> to_tell_; ///< the front is what is being told; the last one is repeated
  bool told_ = false;              ///< the front has been answered
  bool away_ = false;
  bool stop_ = false;
  std::chrono::steady_clock::time_point give_up_{};
  std::thread thread_;
};

} // namespace arena
