// A hash table of things that have an id, which never stands still: it grows by splitting one segment of at most 256
// cells at a time, where an ordinary one moves all of its million entries in one turn of its actor. It holds handles
// (a pointer, a place, an actor) and reads the id where the thing is, so an entry costs some 16 bytes. Used by room
// pools and by the simulated runtime.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace maestro {

/// `Handle`: movable, false when it is empty. `IdOf`: const Id& of a handle.
template <class Id, class Handle, class IdOf>
class steady_index {
public:
  explicit steady_index(IdOf id_of = {}) : id_of_(std::move(id_of)) {}

  std::size_t size() const { return size_; }

  /// nullptr when there is none. The address is valid until the next insert or erase.
  const Handle* find(const Id& id) const {
    if (size_ == 0)
      return nullptr;
    auto hash = std::hash<Id>{}(id);
    auto& in = *directory_[place_in_directory(hash)];
    auto cell = cell_of(in, hash, id);
    return in.cells[cell] ? &in.cells[cell] : nullptr;
  }

  /// The id must not be there yet.
  void insert(Handle handle) {
    auto hash = std::hash<Id>{}(id_of_(handle));
    if (directory_.empty())
      directory_.push_back(std::make_shared<segment>());
    while (is_full(*directory_[place_in_directory(hash)]))
      make_place(place_in_directory(hash));
    put(*directory_[place_in_directory(hash)], hash, std::move(handle));
    ++size_;
  }

  /// Empty when there was none.
  Handle extract(const Id& id) {
    auto* found = const_cast<Handle*>(find(id));
    if (found == nullptr)
      return {};
    auto& in = *directory_[place_in_directory(std::hash<Id>{}(id))];
    auto taken = std::exchange(*found, {});
    close_gap(in, static_cast<std::size_t>(found - in.cells.data()));
    --in.used;
    if (--size_ == 0)
      directory_.clear(), depth_ = 0;
    return taken;
  }

  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t i = 0; i < directory_.size(); i += std::size_t{1} << (depth_ - directory_[i]->depth))
      for (auto& cell : directory_[i]->cells)
        if (cell)
          visit(cell);
  }

private:
  static constexpr std::size_t cells_min = 8;
  static constexpr std::size_t cells_max = 256;

  /// Cells are found by the low bits of the hash, the segment by the high ones; a mark is 16 of the low ones, so that
  /// a thing is hardly ever looked at in vain.
  struct segment {
    explicit segment(std::size_t cells_wanted = cells_min, unsigned at_depth = 0)
        : cells(cells_wanted), marks(cells_wanted), depth(at_depth) {}
    std::vector<Handle> cells;
    std::vector<std::uint16_t> marks;
    std::size_t used = 0;
    unsigned depth = 0; ///< high bits of the hash that all of its entries share
  };

  std::size_t place_in_directory(std::size_t hash) const { return depth_ == 0 ? 0 : hash >> (64 - depth_); }
  static bool is_full(const segment& one) { return 4 * one.used >= 3 * one.cells.size(); }

  /// Where the id is, or else the empty cell where it would go.
  std::size_t cell_of(const segment& in, std::size_t hash, const Id& id) const {
    auto mask = in.cells.size() - 1;
    auto cell = hash & mask;
    while (in.cells[cell] && (in.marks[cell] != static_cast<std::uint16_t>(hash) || id_of_(in.cells[cell]) != id))
      cell = (cell + 1) & mask;
    return cell;
  }

  static void put(segment& in, std::size_t hash, Handle handle) {
    auto mask = in.cells.size() - 1;
    auto cell = hash & mask;
    while (in.cells[cell])
      cell = (cell + 1) & mask;
    in.cells[cell] = std::move(handle);
    in.marks[cell] = static_cast<std::uint16_t>(hash);
    ++in.used;
  }

  // What was pushed behind the gap moves back into it, so that a search may stop at an empty cell.
  static void close_gap(segment& in, std::size_t gap) {
    auto mask = in.cells.size() - 1;
    for (auto next = (gap + 1) & mask; in.cells[next]; next = (next + 1) & mask) {
      auto home = in.marks[next] & mask;
      if (((next - home) & mask) < ((next - gap) & mask))
        continue;
      in.cells[gap] = std::exchange(in.cells[next], {});
      in.marks[gap] = in.marks[next];
      gap = next;
    }
  }

  void make_place(std::size_t at) {
    auto old = directory_[at];
    if (old->cells.size() < cells_max) {
      auto wider = std::make_shared<segment>(old->cells.size() * 2, old->depth);
      replace(at, wider, wider);
    } else {
      replace(at, std::make_shared<segment>(cells_max, old->depth + 1),
              std::make_shared<segment>(cells_max, old->depth + 1));
    }
  }

  /// Entries of the segment go to `low` or `high`, by the next bit of their hash.
  void replace(std::size_t at, const std::shared_ptr<segment>& low, const std::shared_ptr<segment>& high) {
    auto old = directory_[at];
    if (low->depth > depth_)
      widen_directory(), at *= 2;
    auto span = std::size_t{1} << (depth_ - old->depth);
    auto first = at & ~(span - 1);
    for (std::size_t i = 0; i < span; ++i)
      directory_[first + i] = i < span / 2 ? low : high;
    for (auto& cell : old->cells)
      if (cell) {
        auto hash = std::hash<Id>{}(id_of_(cell));
        put(*directory_[place_in_directory(hash)], hash, std::move(cell));
      }
  }

  void widen_directory() {
    std::vector<std::shared_ptr<segment>> wider;
    wider.reserve(directory_.size() * 2);
    for (auto& one : directory_) {
      wider.push_back(one);
      wider.push_back(one);
    }
    directory_ = std::move(wider);
    ++depth_;
  }

  IdOf id_of_;
  std::vector<std::shared_ptr<segment>> directory_; ///< by the high bits of the hash
  unsigned depth_ = 0;                              ///< how many bits those are
  std::size_t size_ = 0;
};

} // namespace maestro
