// How rooms come to life: intent first (a durable room_created with its ports), then the runtime. A host port that
// turns out to be taken is drawn again; what the runtime refuses for good is removed with the cause
// creation_failed. Called by the room pool.
#pragma once

#include "actors/rules/pool_view.hpp"
#include "actors/rules/small_random.hpp"

#include <optional>
#include <random>

namespace maestro::rules {

/// How many rooms of the batch the runtime is asked for, and why no more.
struct rooms_intended {
  operation_id operation;
  std::int64_t open = 0;
  std::string last_error;
};

/// Intends what is missing of `command.amount` rooms of this operation, as far as the bound on rooms and the ports
/// reach. It stops at the first room that finds no ports: the ones after it would not find any either.
pool_decision<rooms_intended> decide_creation(const pool_view& pool, const create_rooms& command,
                                              batch_number batch, small_random& random);

/// The room that tries out a version for that operation; empty when there is none.
room_id validation_room_of(const room_table& rooms, const operation_id& operation);

/// What the host is asked for; a failure when the room is gone, or on its way out, by now.
result<create_instance> instance_for(const pool_view& pool, const room_id& id);

/// What the host answered to ask_for_instance.
pool_decision<done> decide_creation_answer(const ask_for_instance& asked, const std::optional<failure>& refusal);

/// The room's turn after the host found one of its ports taken.
pool_decision<done> decide_port_redraw(const pool_view& pool, const draw_ports_again& draw, small_random& random);

/// Nothing came of the room: it ends, and then its batch learns why. `may_live`: the runtime said no, and may have an
/// instance all the same: that is ended first.
std::vector<pool_effect> give_up(const room_id& id, batch_number batch, const std::string& why,
                                 bool may_live = false);

} // namespace maestro::rules
