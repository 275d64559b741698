// Where every forwarder of a scheduler is in the stream of its rooms: the table of FORWARDING (actors/forwarding),
// durable through actors/event_log. Small: each event is the whole of it.
#pragma once

#include "messages/events.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace maestro {

class forwarder_cursors {
public:
  using event_type = forwarding_event;
  using snapshot_type = forwarding_snapshot;

  void apply(const forwarding_event& event) { cursors_ = std::get<cursors_moved>(event).cursors; }
  forwarding_snapshot snapshot() const { return {cursors_}; }
  void restore(forwarding_snapshot from) { cursors_ = std::move(from.cursors); }
  std::size_t size() const { return cursors_.size(); }

  static bool is_same(const forwarder_cursor& a, const forwarder_cursor& b) {
    return a.name == b.name && a.address == b.address && a.number == b.number;
  }
  /// nullptr: it has none yet.
  const forwarder_cursor* find(const forwarder_cursor& whose) const {
    auto found = std::find_if(cursors_.begin(), cursors_.end(), [&](auto& one) { return is_same(one, whose); });
    return found == cursors_.end() ? nullptr : &*found;
  }
  const std::vector<forwarder_cursor>& all() const { return cursors_; }

private:
  std::vector<forwarder_cursor> cursors_;
};

} // namespace maestro
