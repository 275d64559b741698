// Why a scheduler has so many rooms, and which would go next: what an operator asks a ROOM POOL, and its answer
// (rules/explanation). The reasons are enums, so that scripts and tests can tell them apart; their words for the wire
// are in messages/names.
#pragma once

#include "messages/ids.hpp"
#include "messages/inspect.hpp"
#include "messages/room_types.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

enum class plan_question : std::uint8_t {
  now,    ///< what a look at this moment would do
  remove, ///< as if `number` rooms had to go
  rooms,  ///< as if `number` rooms were wanted, without autoscaling
};

struct explain_rooms {
  scheduler_name scheduler;
  plan_question question = plan_question::now;
  std::int64_t number = 0;
  std::uint32_t limit = 100; ///< rooms that are named
};
MAESTRO_INSPECT(explain_rooms, x.scheduler, x.question, x.number, x.limit)

/// A step on the way to the wanted number.
enum class wanted_reason : std::uint8_t {
  replicas,           ///< the recipe says so
  room_occupancy,     ///< the policy says so
  fixed_buffer,       ///< likewise
  min,                ///< not fewer
  max,                ///< not more
  player_turned_away, ///< one room at least, though the policy wants none
  surge,              ///< rooms are replaced: so many more until their successors are up
  replacement,        ///< enough successors are there: replaced rooms go
  down_threshold,     ///< the policy lets no room go
  cooldown,           ///< the last scale-down was a short while ago
  no_machine,         ///< no machine takes one room more
};
std::string to_string(wanted_reason reason);

struct wanted_step {
  wanted_reason reason = wanted_reason::replicas;
  std::int64_t rooms = 0; ///< wanted after this step
  std::string text{};     ///< for people, with the numbers that led to it
};
MAESTRO_INSPECT(wanted_step, x.reason, x.rooms, x.text)

/// Why less is done than is wanted.
enum class plan_wait : std::uint8_t {
  none,
  backoff,    ///< new rooms kept dying early: none is added for a while
  successors, ///< rooms that are replaced stay until others are up in their place
  players,    ///< all that may go hold players: they drain
};
std::string to_string(plan_wait wait);

enum class planned_action : std::uint8_t {
  remove, ///< it ends
  drain,  ///< it holds players: it takes no new match, and ends when they have left
  drains, ///< likewise, since earlier
  ends,   ///< it was asked to end already
};
std::string to_string(planned_action action);

/// Why a room goes before others, or goes at all.
enum class removal_reason : std::uint8_t {
  error,         ///< it is in error
  silent,        ///< it has not pinged for longer than the ping timeout
  other_major,   ///< its version has another major number than the active one
  pending,       ///< its game is not up
  ready,         ///< it is free
  unready,       ///< its game is up and takes no match
  active,        ///< it holds players, and has places left
  allocated,     ///< players are on their way to it
  occupied,      ///< it holds players
  never_came_up, ///< over its time (rules/room_expiry), as are those below
  stopped_pinging,
  ends_too_slowly,
  terminated,
  drained_too_long,
  validation_over,
  removal_asked, ///< its end was decided already
};
std::string to_string(removal_reason reason);

struct planned_room {
  room_id id;
  std::string version;
  room_status status = room_status::pending;
  planned_action action = planned_action::remove;
  removal_reason reason = removal_reason::ready;
  timestamp since = never; ///< of its status, or of its draining
  bool operator==(const planned_room&) const = default;
};
MAESTRO_INSPECT(planned_room, x.id, x.version, x.status, x.action, x.reason, x.since)

/// What there is: what the wanted number is compared with, and what does not count.
struct rooms_there {
  std::int64_t counted = 0;
  std::int64_t up = 0;       ///< of the counted: ready, or hold players; the others start
  std::int64_t draining = 0; ///< of the counted
  std::int64_t replaced = 0; ///< of the counted: of a version that differs from the active one in what rooms are
  std::int64_t silent = 0;
  bool are_silent_spared = false; ///< these count for now: too many fell silent at once
  std::int64_t ending = 0;
  std::int64_t validating = 0;
  room_counts counts; ///< by status, but those that end or validate
};
MAESTRO_INSPECT(rooms_there, x.counted, x.up, x.draining, x.replaced, x.silent, x.are_silent_spared, x.ending,
                x.validating, x.counts)

/// What would be done, in all; operations take it in portions.
struct planned_change {
  std::int64_t add = 0;
  std::int64_t remove = 0;  ///< end at once, by number or because they have drained
  std::int64_t drain = 0;   ///< begin to drain
  std::int64_t drains = 0;  ///< go on draining
  std::int64_t spare = 0;   ///< drain, and may stay
  std::int64_t expired = 0; ///< end because they are over their time
  removal_cause cause = removal_cause::none;
  plan_wait waits_for = plan_wait::none;
  timestamp look_again_at = never; ///< something is held back until then
  std::int64_t add_limit = 0;      ///< of one operation
  std::int64_t remove_limit = 0;   ///< likewise
};
MAESTRO_INSPECT(planned_change, x.add, x.remove, x.drain, x.drains, x.spare, x.expired, x.cause, x.waits_for,
                x.look_again_at, x.add_limit, x.remove_limit)

struct rooms_explanation {
  timestamp at = never;
  std::string version; ///< the active one
  std::int64_t wanted = 0;
  std::vector<wanted_step> steps; ///< how that number came about
  rooms_there there;
  planned_change change;
  std::vector<planned_room> rooms; ///< in the order in which they go; the first ones
  std::uint64_t total = 0;         ///< that there would be without a limit
  timestamp looked_at = never;     ///< when the health controller last made a plan
  timestamp next_look = never;     ///< when it will at the latest
};
MAESTRO_INSPECT(rooms_explanation, x.at, x.version, x.wanted, x.steps, x.there, x.change, x.rooms, x.total,
                x.looked_at, x.next_look)

} // namespace maestro
