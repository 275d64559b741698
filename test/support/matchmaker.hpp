// A matchmaker: a real gRPC server in the test's process that keeps what it is told and answers what the test wants:
// a code, an error, nothing for a while. It can die and come back on the same port.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace maestro {

class matchmaker {
public:
  /// What one call said.
  struct told {
    std::string method; ///< `SendRoomStatus`, …
    std::string game;
    std::string room;
    std::string host;
    std::int32_t port = 0;
    std::string room_type;
    std::map<std::string, std::string> metadata;
    std::string status; ///< of status and resync
    std::string event;  ///< of an event; PLAYER_JOINED or PLAYER_LEFT
    std::string player_id;
  };

  matchmaker();
  ~matchmaker();
  matchmaker(const matchmaker&) = delete;
  matchmaker& operator=(const matchmaker&) = delete;

  std::string address() const;

  /// Calls are answered with this number from now on.
  void answer(std::int32_t code);
  /// Calls end with this gRPC status from now on (0: they are answered); what they said is kept all the same.
  void fail(int grpc_code);
  /// Calls of rooms for which `is_held` holds wait until `let_go`, or until whoever called gives up.
  void hold(std::function<bool(const told&)> is_held);
  void let_go();
  /// No more connections; those that are there end.
  void die();
  void come_back();

  std::vector<told> all() const;
  std::size_t count() const;
  /// False when there were not so many in time.
  bool wait_for(std::size_t calls, std::chrono::milliseconds longest = std::chrono::seconds{20}) const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace maestro
