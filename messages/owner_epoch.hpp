// Who may still speak for a scheduler. A scheduler has one owner at a time; each new owner has a higher epoch than
// all before it. Whatever changes the world for a scheduler (its streams in the journal, its instances at a room
// host) carries the owner's epoch, and whoever carries it out remembers the highest one it has seen and refuses
// lower ones with `deposed`: an owner that was replaced and has not noticed can neither write nor end anything.
// On a node that is alone the epoch is 1 for ever. What was stored before epochs were written counts as 1.
#pragma once

#include "messages/inspect.hpp"

#include <compare>
#include <cstdint>

namespace maestro {

struct owner_epoch {
  std::uint64_t number = 0; ///< 0: no owner ever
  friend auto operator<=>(const owner_epoch&, const owner_epoch&) = default;
};
MAESTRO_INSPECT(owner_epoch, x.number)

/// Also the default wherever an epoch is carried: one that is forgotten is the lowest, so it is refused where it
/// matters.
constexpr owner_epoch first_epoch{1};

} // namespace maestro
