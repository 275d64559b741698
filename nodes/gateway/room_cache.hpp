// Where rooms are, as one I/O thread of the rooms doors knows it: scheduler and room → the room's actor, so that a
// ping costs one look-up and no question to the directory. Holds no actor alive: an entry whose actor has ended is
// as good as none. Bounded in number and in age: entries live in two generations, a used one moves to the young
// generation, and `rotate` (or a full young generation) drops those that were not used for a whole generation.
// What is dropped is freed a little with every look-up.
#pragma once

#include "messages/actors.hpp"

#include <caf/all.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace maestro {

class room_cache {
public:
  explicit room_cache(std::size_t capacity) : generation_size_(capacity / 2 + 1) {}

  struct known_room {
    game_room_actor room;        ///< null when unknown or ended
    bool wants_metadata = false; ///< of its pings, as it said last
  };

  known_room find(std::string_view scheduler, std::string_view room);
  /// Neither name may hold a slash; such rooms are never found.
  void put(std::string_view scheduler, std::string_view room, const known_room& what);
  void note(std::string_view scheduler, std::string_view room, bool wants_metadata);
  void evict(std::string_view scheduler, std::string_view room);
  void rotate();

  std::size_t size() const { return young_.size() + old_.size(); }

private:
  struct name {
    std::string_view scheduler;
    std::string_view room;
    bool operator==(const name&) const = default;
  };
  /// A key is the text `scheduler/room`; looking one up makes no text.
  static name split(std::string_view key);
  struct name_hash {
    using is_transparent = void;
    std::size_t operator()(const name& of) const {
      std::hash<std::string_view> hash;
      return hash(of.scheduler) * 31 + hash(of.room);
    }
    std::size_t operator()(const std::string& key) const { return (*this)(split(key)); }
  };
  struct name_equal {
    using is_transparent = void;
    bool operator()(const std::string& a, const std::string& b) const { return a == b; }
    bool operator()(const name& a, const std::string& b) const { return a == split(b); }
    bool operator()(const std::string& a, const name& b) const { return split(a) == b; }
  };
  struct entry {
    caf::weak_actor_ptr room;
    bool wants_metadata = false;
  };
  using generation = std::unordered_map<std::string, entry, name_hash, name_equal>;

  static known_room upgraded(const entry& from);

  void free_some();

  std::size_t generation_size_;
  generation young_;
  generation old_;
  generation dropped_;
};

} // namespace maestro
