// A player on a server of BZFlag: greets it, enters with a call sign (MsgEnter) as a tank that has not been driven yet, and stays
// until it goes. What it says follows the headers of BZFlag 2.4 that define its lengths and its protocol.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace maestro::test {

class bzflag_player {
public:
  /// Joins the server on that port of 127.0.0.1; throws when nobody listens there. Two at once need two names.
  explicit bzflag_player(std::uint16_t port, const std::string& name = "player");
  /// Leaves it, and says so.
  ~bzflag_player();
  bzflag_player(const bzflag_player&) = delete;
  bzflag_player& operator=(const bzflag_player&) = delete;

private:
  void play();
  void say(std::string_view what);
  bool hears(std::string& what); ///< false: the server has hung up

  int socket_ = -1;
  const std::string name_;
  std::atomic<bool> leaves_{false};
  std::thread thread_;
};

} // namespace maestro::test
