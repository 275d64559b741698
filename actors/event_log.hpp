// The one way in which an actor's durable state changes: journal, apply, reply, act.
//
//   append(events) ──> JOURNAL KEEPER ──(durable)──> state.apply(event)… ──> then()      replies and effects
//                                     └─(refused)──────────────────────────> refused()   nothing happened
//
// An event log belongs to one event-sourced actor and holds its State, which offers `event_type`, `apply(const
// event&)`, `snapshot()` → an encodable value, `restore(value)` and `size()`. Several appends may be in flight;
// they become durable in order. The actor keeps later decisions away from what is still in flight (by room, or
// altogether).
#pragma once

#include "messages/actors.hpp"
#include "messages/settings.hpp"
#include "messages/type_ids.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace maestro {

/// What goes into the same batch as the events.
struct append_extras {
  std::vector<finished_operation> finished;
  scheduler_name drop_operations_of;
};

template <class Self, class State>
class event_log {
public:
  using event = typename State::event_type;

  event_log(Self* self, journal_actor journal, std::string stream, wall_clock now, const settings& limits)
      : self_(self), journal_(std::move(journal)), stream_(std::move(stream)), now_(std::move(now)),
        snapshot_after_(static_cast<std::uint64_t>(limits.snapshot_after_events)) {}

  const State& state() const { return state_; }
  const std::string& stream() const { return stream_; }

  /// Rebuilds the state from snapshot and tail; false when a record cannot be read (the actor must not serve
  /// then).
  bool recover(const loaded_stream& loaded) {
    if (!loaded.snapshot.empty()) {
      typename State::snapshot_type snapshot;
      if (!decode(loaded.snapshot, snapshot))
        return false;
      state_.restore(std::move(snapshot));
    }
    for (auto& record : loaded.tail) {
      event what;
      if (!decode(record, what))
        return false;
      state_.apply(what);
    }
    sequence_ = durable_ = loaded.last_sequence;
    snapshot_sequence_ = loaded.snapshot_sequence;
    return true;
  }

  /// `then` runs after every event was applied; `refused(failure)` when nothing of it will ever be visible.
  template <class Then, class Refused>
  void append(std::vector<event> events, Then then, Refused refused, append_extras extras = {}) {
    if (refusing_ && in_flight_ > 0) {
      refused(failure{ec::unavailable, "the journal refused an earlier write"});
      return;
    }
    refusing_ = false;
    append_events batch;
    batch.stream = stream_;
    batch.first_sequence = sequence_ + 1;
    batch.at = now_();
    for (auto& what : events)
      batch.records.push_back(encode(what));
    batch.finished = std::move(extras.finished);
    batch.drop_operations_of = std::move(extras.drop_operations_of);
    sequence_ += events.size();
    ++in_flight_;
    self_->request(journal_, caf::infinite, std::move(batch))
        .then(
            [this, events = std::move(events), then = std::move(then)](const events_appended& durable) mutable {
              --in_flight_;
              for (auto& what : events)
                state_.apply(what);
              durable_ = durable.last_sequence;
              then();
              snapshot_when_due();
            },
            [this, refused = std::move(refused)](const caf::error& why) mutable {
              refusing_ = true;
              if (--in_flight_ == 0)
                sequence_ = durable_;
              refused(from_caf(why));
            });
  }

private:
  void snapshot_when_due() {
    auto tail = durable_ - snapshot_sequence_;
    if (tail < std::max<std::uint64_t>(snapshot_after_, 2 * state_.size()))
      return;
    snapshot_sequence_ = durable_;
    self_->request(journal_, caf::infinite, save_snapshot{stream_, durable_, now_(), encode(state_.snapshot())})
        .then([](done) {}, [](const caf::error&) {}); // a lost snapshot only makes the next recovery longer
  }

  Self* self_;
  journal_actor journal_;
  std::string stream_;
  wall_clock now_;
  std::uint64_t snapshot_after_;
  State state_;
  std::uint64_t sequence_ = 0; ///< of the last record handed to the journal
  std::uint64_t durable_ = 0;  ///< of the last record applied
  std::uint64_t snapshot_sequence_ = 0;
  std::size_t in_flight_ = 0;
  bool refusing_ = false; ///< a write was refused and later ones of the same flight are still to be answered
};

} // namespace maestro
