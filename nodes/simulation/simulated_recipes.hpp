// The recipes that the simulator's operators think of, and what they make of them later.
#pragma once

#include "messages/scheduler_types.hpp"

#include <random>
#include <vector>

namespace maestro::simulation {

/// Where the matchmaker of half of the recipes listens.
constexpr auto* matchmaker_address = "matchmaker:9090";

/// The schedulers that its operators think of.
std::vector<scheduler_name> scheduler_names();

/// Players come to the rooms of schedulers of that name without an allocation, and nobody else holds such a room.
bool takes_walk_ins(const scheduler_name& name);

/// Whether the rooms of schedulers of that name do not ping, but are asked.
bool is_asked(const scheduler_name& name);

/// A valid recipe for a few rooms.
scheduler draw_recipe(const scheduler_name& name, std::mt19937_64& random);

/// One field is another one, of those that leave the rooms alone or of those that replace them; sometimes it is the same
/// after all.
void change_recipe(scheduler& recipe, std::mt19937_64& random);

} // namespace maestro::simulation
