// What matchmakers are told of rooms and players (proto/README.md 6), as plain values: one call at one matchmaker,
// ready to be sent, and what came of it. Made by actors/rules/matchmaker_calls, sent by the FORWARDER CLIENT of
// messages/actors.hpp.
#pragma once

#include "messages/ids.hpp"
#include "messages/inspect.hpp"
#include "messages/room_types.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace maestro {

/// Where a room is reached, as matchmakers are told it.
struct room_address {
  std::string host; ///< empty: not placed
  std::vector<host_port> ports;
  bool operator==(const room_address&) const = default;
};

/// What does not change with a room's pings; shared by all of them.
struct told_room {
  room_id id;
  room_address address;
  bool operator==(const told_room&) const = default;
};

/// What is forwarded: what game servers report (routes R2, R3, R4), that a room ends, and pings.
enum class report_kind : std::uint8_t { room_event = 0, player_event = 1, status = 2, ended = 3, resync = 4 };

/// `room_event`, `player_event`, `status`, `ended`, `resync`.
std::string to_string(report_kind kind);

/// Something to tell matchmakers of a room: with all that they are told, for the room may be gone when their turn
/// comes. A resync is no event and never journaled.
struct room_event_reported {
  room_id id;
  report_kind kind = report_kind::room_event;
  std::string word;       ///< the event, or the status
  std::string attributes; ///< one JSON object, as the game server sent it; what Maestro adds is not in it
  room_address address;
  timestamp at = never;
  bool operator==(const room_event_reported&) const = default;
};

/// The methods of eventforwarder.GRPCForwarder that Maestro calls.
enum class matchmaker_method : std::uint8_t { room_status, room_resync, room_event, player_event };
/// The method's name on the wire: `SendRoomStatus`, …
std::string to_string(matchmaker_method method);

enum class player_event : std::uint8_t { joined, left };

/// One call, all of its fields filled in. `method` says which of the later ones count.
struct matchmaker_call {
  std::string address; ///< of the matchmaker, as the recipe names it
  duration timeout{};
  matchmaker_method method = matchmaker_method::room_status;
  std::string game;
  room_id room;
  std::string host;
  std::int32_t port = 0;
  std::string room_type;
  std::map<std::string, std::string> metadata; ///< of the room; of the event where it is a player's
  ping_status status = ping_status::unknown;   ///< of room_status and room_resync
  std::string event;                           ///< of room_event
  player_event what_player = player_event::joined;
  std::string player_id;
  bool operator==(const matchmaker_call&) const = default;
};
MAESTRO_INSPECT(matchmaker_call, x.address, x.timeout, x.method, x.game, x.room, x.host, x.port, x.room_type,
                x.metadata, x.status, x.event, x.what_player, x.player_id)

/// What became of a call. A call that failed is an outcome like any other.
struct matchmaker_answer {
  std::string grpc_code = "OK"; ///< as gRPC names it in Go: `OK`, `Unavailable`, `DeadlineExceeded`, …
  std::int32_t code = 0;        ///< of the matchmaker's Response: an HTTP number
  std::string text;             ///< its message, or why the call failed
  duration took{};
};
MAESTRO_INSPECT(matchmaker_answer, x.grpc_code, x.code, x.text, x.took)

} // namespace maestro
