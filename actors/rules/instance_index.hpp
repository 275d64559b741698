// Which instances a list of the runtime contains: a flat hash table over a list that it only points into, so that
// a list of a million is taken in by slices and let go at once. Used by instance_review.
#pragma once

#include "messages/runtime_types.hpp"

#include <bit>
#include <functional>
#include <vector>

namespace maestro::rules {

class instance_index {
public:
  instance_index() = default;
  explicit instance_index(std::size_t most) : slots_(std::bit_ceil(2 * most + 2)) {}

  void insert(const instance& one) { slots_[place_of(one.id)] = &one; }
  bool contains(const room_id& id) const { return !slots_.empty() && slots_[place_of(id)] != nullptr; }

private:
  /// Where the id is, or else where it would go; at most half of the slots are taken.
  std::size_t place_of(const room_id& id) const {
    auto place = std::hash<room_id>{}(id) & (slots_.size() - 1);
    while (slots_[place] != nullptr && slots_[place]->id != id)
      place = (place + 1) & (slots_.size() - 1);
    return place;
  }

  std::vector<const instance*> slots_;
};

} // namespace maestro::rules
