// A remove_rooms command while it is carried out: the named rooms, every room when the scheduler is deleted, and
// those chosen by priority after a look at all. Each room is decided for itself when its turn comes. Started by
// actors/room_pool/room_pool as long_work.
#pragma once

#include "actors/room_pool/pool_writer.hpp"
#include "actors/rules/removal_order.hpp"

#include <optional>

namespace maestro {

class removal_work {
public:
  removal_work(pool_writer& pool, remove_rooms command, rules::batch_number batch);

  /// True when there is more; the batch is released with the last one.
  bool slice();

private:
  /// So many rooms are asked to end in one slice.
  static constexpr std::size_t asks_per_slice = 128;

  std::optional<room_id> next_named();
  bool has_looked_at_all();
  void ask(const room_id& id, bool spare_players);

  pool_writer& pool_;
  remove_rooms command_;
  rules::batch_number batch_;
  std::size_t named_ = 0;
  room_id last_room_; ///< of the look at all rooms that is under way; empty: at the beginning
  std::optional<rules::removal_order> order_;
  std::vector<room_id> chosen_;
  std::size_t chosen_done_ = 0;
};

} // namespace maestro
