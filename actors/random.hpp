// Randomness of actors: engines that follow from the node's seed and the actor's own name, so that a simulated
// node is the same for the same seed, and UUIDs drawn from them.
#pragma once

#include "actors/rules/small_random.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <random>
#include <string>

namespace maestro {

/// `at` tells apart two lives of an actor of the same name.
small_random random_for(std::uint64_t seed, const std::string& name, timestamp at);

/// A UUIDv4.
operation_id draw_operation_id(small_random& random);

} // namespace maestro
