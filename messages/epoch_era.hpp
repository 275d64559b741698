// How an owner's epoch is made in a cluster: from the revision at which its key was last written, and from the ERA of the
// store. A store that has lost everything counts revisions anew; whoever founds the cluster again from a node's disk begins
// the next era, so that every new epoch is above all old ones. A fence compares the revision alone: the eras of one store
// are one.
#pragma once

#include "messages/owner_epoch.hpp"

#include <cstdint>

namespace maestro {

/// Revisions are below 2^48: nine thousand years of a thousand writes a second.
constexpr int era_shift = 48;

constexpr owner_epoch epoch_of(std::uint64_t era, std::int64_t revision) {
  return {era << era_shift | static_cast<std::uint64_t>(revision)};
}
constexpr std::uint64_t era_of(owner_epoch epoch) {
  return epoch.number >> era_shift;
}
constexpr std::int64_t revision_of(owner_epoch epoch) {
  return static_cast<std::int64_t>(epoch.number & ((std::uint64_t{1} << era_shift) - 1));
}

/// The era that begins where a disk has seen that epoch. A node that always stood alone has seen the first only.
constexpr std::uint64_t next_era(owner_epoch highest) {
  return highest > first_epoch ? era_of(highest) + 1 : 0;
}

} // namespace maestro
