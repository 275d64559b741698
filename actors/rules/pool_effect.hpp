// What a room pool does to the world around its table, as data: the decisions of actors/rules/room_* name these
// effects, actors/room_pool/pool_hands does them. An effect of the last group is no act but the next intent: it
// waits for its room's turn and is decided then.
#pragma once

#include "messages/commands.hpp"

#include <cstdint>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

namespace maestro::rules {

/// Several rooms that one command asked for and that somebody waits for; 0: nobody waits.
using batch_number = std::uint64_t;

/// Host ports that were found taken while a room was created.
using port_set = std::unordered_set<std::int32_t>;

// -- held in memory, beside the table -------------------------------------------------------------------------

struct take_ports {
  std::string node;
  std::vector<host_port> ports;
};
struct release_ports {
  std::string node;
  std::vector<host_port> ports;
};
/// From here until conclude_creation the runtime is being asked for the room; reviews leave it alone.
struct begin_creation {
  room_id id;
};
/// Tells the batch how it went; `problem` empty: the runtime took it.
struct conclude_creation {
  room_id id;
  batch_number batch = 0;
  std::string problem;
};
/// Tells the batch that the runtime was asked; `problem` empty: it will end the room.
struct conclude_removal {
  room_id id;
  batch_number batch = 0;
  std::string problem;
};

// -- to other actors ------------------------------------------------------------------------------------------

struct end_game_room {
  room_id id;
};
/// Asks the host for the room's instance, as the table says when it is done.
struct ask_for_instance {
  room_id id;
  batch_number batch = 0;
  port_set avoid;
};
/// Asks the host to end the room's instance.
struct ask_for_end {
  room_id id;
  removal_cause cause = removal_cause::none;
  batch_number batch = 0;
};
struct end_orphan {
  room_id id;
};
struct report_loss {
  room_lost what;
};
/// To the HEALTH CONTROLLER: nobody was free for a player.
struct tell_room_wanted {};
/// The batch's time is over after `wait`.
struct start_timer {
  batch_number batch = 0;
  duration wait{};
};

// -- told to people -------------------------------------------------------------------------------------------

enum class pool_metric : std::uint8_t { ping_update_failed, room_silent };
struct count_metric {
  pool_metric what = pool_metric::ping_update_failed;
};

/// Why a line is written; to_string is the line.
enum class pool_note : std::uint8_t {
  observation_refused,
  room_not_created,
  removal_begun,
  room_silent,
  room_out_of_sight,
  room_ended,
  orphan_found,
  stranger_found,
  stranger_adopted
};
std::string to_string(pool_note note);

struct note {
  pool_note what = pool_note::room_ended;
  room_id id;
  std::string subject; ///< a status or a cause
  std::string detail;
};

// -- next intents ---------------------------------------------------------------------------------------------

/// The room's turn to end. `cause` none: whatever its record says, or else that its instance is gone. `creation`:
/// the batch that hears then that nothing came of the room. `may_live`: the runtime is asked to end it before its record goes.
struct end_room {
  room_id id;
  removal_cause cause = removal_cause::none;
  std::string detail;
  batch_number creation = 0;
  bool may_live = false;
};
struct look_at_instance {
  instance seen;
};
/// Its machine was not looked at when the others were.
struct lose_sight {
  room_id id;
  host_lost of;
};
struct draw_ports_again {
  room_id id;
  batch_number batch = 0;
  port_set avoid;
};

using pool_effect =
    std::variant<take_ports, release_ports, begin_creation, conclude_creation, conclude_removal, end_game_room,
                 ask_for_instance, ask_for_end, end_orphan, report_loss, tell_room_wanted, start_timer,
                 count_metric, note, end_room, look_at_instance, lose_sight, draw_ports_again>;

} // namespace maestro::rules
