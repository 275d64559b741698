// Where rooms are, as one I/O thread of the rooms door knows it: path of the room → its actor, so that a ping
// costs one look-up and no question to the directory. Bounded in number and in age: entries live in two
// generations, a used one moves to the young generation, and `rotate` (or a full young generation) drops those
// that were not used for a whole generation. What is dropped is freed a little with every look-up.
#pragma once

#include "messages/actors.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace maestro {

class room_cache {
public:
  explicit room_cache(std::size_t capacity) : generation_size_(capacity / 2 + 1) {}

  /// Null when unknown; valid until the next call.
  const game_room_actor* find(std::string_view key);
  void put(std::string key, game_room_actor room);
  /// Forgets the entry if it still names this actor.
  void evict(std::string_view key, const game_room_actor& room);
  void rotate();

  std::size_t size() const { return young_.size() + old_.size(); }

private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using generation = std::unordered_map<std::string, game_room_actor, text_hash, std::equal_to<>>;

  void free_some();

  std::size_t generation_size_;
  generation young_;
  generation old_;
  generation dropped_;
};

} // namespace maestro
