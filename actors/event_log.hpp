// The one way in which an actor's durable state changes: journal, apply, reply, act.
//
//   append(events) ──> JOURNAL KEEPER ──(durable)──> state.apply(event)… ──> then()      replies and effects
//                                     └─(refused)──────────────────────────> refused()   nothing happened
//
// An event log belongs to one event-sourced actor and holds its State, which offers `event_type`, `apply(const
// event&)`, `snapshot()` → an encodable value, `restore(value)` and `size()`. Several appends may be in flight;
// they become durable in order. The actor keeps later decisions away from what is still in flight (by room, or
// altogether).
//
// A State that may be big also offers `begin_snapshot`, `next_part`, `end_snapshot` (actors/rules/sliced_copy) and
// `restore_part`: its snapshot goes to the journal part by part, the next when the one before was written, and comes
// back part by part, so that no turn of the actor is long and nothing piles up.
#pragma once

#include "actors/context.hpp"
#include "actors/put_question.hpp"
#include "actors/rules/sliced_copy.hpp"
#include "messages/actors.hpp"
#include "messages/assert.hpp"
#include "messages/snapshot_parts.hpp"
#include "messages/type_ids.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace maestro {

enum class recovery_step { more, whole, unreadable };

/// What goes into the same batch as the events.
struct append_extras {
  std::vector<finished_operation> finished;
  scheduler_name drop_operations_of;
  std::vector<std::string> ends_streams;
};

template <class Self, class State>
class event_log {
public:
  using event = typename State::event_type;

  event_log(Self* self, actor_context_ptr context, std::string stream)
      : self_(self), context_(std::move(context)), stream_(std::move(stream)) {}

  /// One that no event has touched is not kept, as most pools never had a room: no reference is held over the first event.
  const State& state() const {
    static const State untouched{};
    return state_ ? *state_ : untouched;
  }
  const std::string& stream() const { return stream_; }
  /// Of the last event that was applied.
  std::uint64_t durable_sequence() const { return durable_; }

  /// Rebuilds the state from snapshot and tail; false when a record cannot be read, or when the stream has another
  /// owner by now (the actor must not serve then).
  bool recover(loaded_stream loaded) {
    if (!begin_recovery(std::move(loaded)))
      return false;
    auto step = recovery_step::more;
    while (step == recovery_step::more)
      step = recover_some(std::numeric_limits<std::size_t>::max());
    return step == recovery_step::whole;
  }

  /// The same in steps; false when the stream has another owner.
  bool begin_recovery(loaded_stream loaded) {
    MAESTRO_ASSERT(loaded.snapshot_sequence + loaded.tail.size() == loaded.last_sequence,
                   "stream {}: snapshot at {} and {} records end at {}", stream_, loaded.snapshot_sequence,
                   loaded.tail.size(), loaded.last_sequence);
    recovering_ = std::make_unique<recovery>();
    recovering_->from = std::move(loaded);
    recovering_->snapshot_left = recovering_->from.snapshot;
    return recovering_->from.epoch <= context_->epoch;
  }
  /// About so many entries and events; a part of the snapshot is not cut.
  recovery_step recover_some(std::size_t most) {
    if (!recovering_)
      return recovery_step::whole;
    auto& [from, snapshot_left, tail_done] = *recovering_;
    while (most > 0 && !snapshot_left.empty()) {
      auto before = state().size();
      if (!restore_part(snapshot_left))
        return recovery_step::unreadable;
      most -= std::min<std::size_t>(most, state().size() - before + 1);
    }
    for (; most > 0 && tail_done < from.tail.size(); --most) {
      event what;
      if (!decode(from.tail[tail_done++], what))
        return recovery_step::unreadable;
      touched().apply(what);
    }
    if (!snapshot_left.empty() || tail_done < from.tail.size())
      return recovery_step::more;
    sequence_ = durable_ = from.last_sequence;
    snapshot_sequence_ = from.snapshot_sequence;
    recovering_.reset();
    return recovery_step::whole;
  }

  /// `then` runs after every event was applied; `refused(failure)` when nothing of it will ever be visible.
  template <class Then, class Refused>
  void append(std::vector<event> events, Then then, Refused refused, append_extras extras = {}) {
    // After a refusal the journal refuses what is in flight behind it too, for its sequence does not follow; what is in
    // flight before it may still become durable, and be answered later than the refusal. A new append must wait until the
    // last of them is answered, else it could follow by chance.
    if (refusing_ && in_flight_ > 0) {
      refused(failure{ec::unavailable, "the journal refused an earlier write"});
      return;
    }
    refusing_ = false;
    MAESTRO_ASSERT(in_flight_ > 0 || sequence_ == durable_,
                   "stream {}: sequence {}, durable {}, nothing in flight", stream_, sequence_, durable_);
    append_events batch;
    batch.stream = stream_;
    batch.first_sequence = sequence_ + 1;
    batch.at = context_->now();
    batch.epoch = context_->epoch;
    for (auto& what : events)
      batch.records.push_back(encode(what));
    batch.finished = std::move(extras.finished);
    batch.drop_operations_of = std::move(extras.drop_operations_of);
    batch.ends_streams = std::move(extras.ends_streams);
    sequence_ += events.size();
    ++in_flight_;
    put_question(self_, context_->journal, caf::infinite, std::move(batch))
        .then(
            [this, events = std::move(events), then = std::move(then)](const events_appended& durable) mutable {
              MAESTRO_ASSERT(durable.last_sequence == durable_ + events.size(),
                             "stream {}: {} events after {} end at {}", stream_, events.size(), durable_,
                             durable.last_sequence);
              --in_flight_;
              for (auto& what : events)
                touched().apply(what);
              durable_ = durable.last_sequence;
              if (refusing_ && in_flight_ == 0)
                sequence_ = durable_;
              then(); // may append again: everything above must be true by now
              snapshot_when_due();
            },
            [this, refused = std::move(refused)](const caf::error& error) mutable {
              auto why = from_caf(error);
              bool is_first = !std::exchange(refusing_, true);
              // The last answer of the flight: what the journal has is what was applied, from there it goes on.
              if (--in_flight_ == 0)
                sequence_ = durable_;
              refused(why);
              // It has something else than what was applied here: nothing is served from that.
              if (is_first && why.code == ec::internal)
                self_->quit(error);
            });
  }

private:
  static constexpr bool is_sliced = requires(State & state) { state.begin_snapshot(); };

  struct recovery {
    loaded_stream from;
    std::string_view snapshot_left{}; ///< of it
    std::size_t tail_done = 0;
  };

  State& touched() {
    if (!state_)
      state_ = std::make_unique<State>();
    return *state_;
  }

  bool restore_part(std::string_view& snapshot_left) {
    typename State::snapshot_type part;
    if constexpr (is_sliced) {
      auto bytes = take_snapshot_part(snapshot_left);
      if (!bytes || !decode(*bytes, part))
        return false;
      touched().restore_part(std::move(part));
    } else {
      if (!decode(std::exchange(snapshot_left, {}), part))
        return false;
      touched().restore(std::move(part));
    }
    return true;
  }

  void snapshot_when_due() {
    auto tail = durable_ - snapshot_sequence_;
    auto least = static_cast<std::uint64_t>(context_->settings.snapshot_after_events);
    if (is_saving_ || tail < std::max<std::uint64_t>(least, 2 * state().size()))
      return;
    is_saving_ = true;
    begin_snapshot();
  }

  void begin_snapshot() {
    snapshot_sequence_ = durable_;
    if constexpr (is_sliced)
      touched().begin_snapshot();
    save_part(0);
  }

  void save_part(std::uint32_t part) {
    save_snapshot next{stream_, snapshot_sequence_, context_->now(), {}, context_->epoch, part, true};
    if constexpr (is_sliced) {
      typename State::snapshot_type slice;
      auto most = static_cast<std::size_t>(context_->settings.snapshot_part_entries);
      auto outcome = touched().next_part(most, slice);
      next.is_last = outcome == rules::slice_outcome::whole;
      next.snapshot = encode(slice);
    } else {
      next.snapshot = encode(state().snapshot());
    }
    auto is_last = next.is_last;
    put_question(self_, context_->journal, caf::infinite, std::move(next))
        .then(
            [this, part, is_last](done) {
              if (!is_last)
                return save_part(part + 1);
              end_snapshot();
            },
            [this](const caf::error&) { end_snapshot(); }); // a lost snapshot only makes the next recovery longer
  }

  void end_snapshot() {
    is_saving_ = false;
    if constexpr (is_sliced)
      touched().end_snapshot();
  }

  Self* self_;
  actor_context_ptr context_;
  std::string stream_;
  std::unique_ptr<State> state_; ///< none: untouched
  std::uint64_t sequence_ = 0;   ///< of the last record handed to the journal
  std::uint64_t durable_ = 0;    ///< of the last record applied
  std::uint64_t snapshot_sequence_ = 0;
  std::unique_ptr<recovery> recovering_; ///< none before it begins and when it is over
  std::size_t in_flight_ = 0;
  bool refusing_ = false;  ///< a write was refused and later ones of the same flight are still to be answered
  bool is_saving_ = false; ///< a snapshot is on its way to the journal
};

} // namespace maestro
