// The one way in which an actor's durable state changes: journal, apply, reply, act.
//
//   append(events) ──> JOURNAL KEEPER ──(durable)──> state.apply(event)… ──> then()      replies and effects
//                                     └─(refused)──────────────────────────> refused()   nothing happened
//
// An event log belongs to one event-sourced actor and holds its State, which offers `event_type`, `apply(const
// event&)`, `snapshot()` → an encodable value, `restore(value)` and `size()`. Several appends may be in flight;
// they become durable in order. The actor keeps later decisions away from what is still in flight (by room, or
// altogether). Before a journal of which each batch costs much, what is appended is gathered: one batch then carries
// what the actor has decided of all messages that waited for it.
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

  bool is_empty() const { return finished.empty() && drop_operations_of.empty() && ends_streams.empty(); }
};

/// Every batch goes by itself.
struct gathers_nothing {
  static constexpr bool may_wait = false;
};

/// `Gathering`: where `may_wait`, what is appended to a shared journal goes with what the actor decides of the messages that are in
/// its mailbox already: `come_back(self)` sends it one more, at which it calls `flush`.
template <class Self, class State, class Gathering = gathers_nothing>
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
    if (is_refusing())
      return refused(refused_before());
    std::vector<std::string> records;
    std::size_t bytes = 0;
    for (auto& what : events)
      bytes += records.emplace_back(encode(what)).size();
    if (!extras.is_empty() || (gathered_ && gathered_->bytes + bytes > gathered_bytes))
      flush();
    if (!gathered_)
      gathered_ = std::make_unique<flight>();
    gathered_->bytes += bytes;
    auto& batch = gathered_->batch;
    batch.records.insert(batch.records.end(), std::move_iterator(records.begin()),
                         std::move_iterator(records.end()));
    gathered_->decisions.push_back(
        std::make_unique<decision_of<Then, Refused>>(std::move(events), std::move(then), std::move(refused)));
    if constexpr (Gathering::may_wait) {
      bool waits = context_->journal_is_shared && extras.is_empty() && batch.records.size() < gathered_records;
      if (waits && gathered_->decisions.size() == 1)
        Gathering::come_back(self_);
      if (waits)
        return;
    }
    batch.finished = std::move(extras.finished);
    batch.drop_operations_of = std::move(extras.drop_operations_of);
    batch.ends_streams = std::move(extras.ends_streams);
    flush();
  }

  /// What was gathered goes.
  void flush() {
    std::shared_ptr<flight> next(std::move(gathered_));
    if (!next)
      return;
    if (is_refusing())
      return next->refuse(refused_before());
    refusing_ = false;
    MAESTRO_ASSERT(in_flight_ > 0 || sequence_ == durable_,
                   "stream {}: sequence {}, durable {}, nothing in flight", stream_, sequence_, durable_);
    auto& batch = next->batch;
    batch.stream = stream_;
    batch.first_sequence = sequence_ + 1;
    batch.at = context_->now();
    batch.epoch = context_->epoch;
    batch.appends = next->decisions.size();
    sequence_ += batch.records.size();
    ++in_flight_;
    put_question(self_, context_->journal, caf::infinite, std::move(batch))
        .then([this, next](const events_appended& durable) { land(*next, durable); },
              [this, next](const caf::error& error) { lose(*next, error); });
  }

private:
  static constexpr bool is_sliced = requires(State & state) { state.begin_snapshot(); };
  static constexpr std::size_t gathered_records = 128;
  static constexpr std::size_t gathered_bytes =
      16 << 10; ///< what is longer goes alone, as far as the journal takes it

  /// The events of one append, and who waits for them.
  struct decision {
    explicit decision(std::vector<event> what) : events(std::move(what)) {}
    virtual ~decision() = default;
    virtual void conclude() = 0;
    virtual void refuse(const failure& why) = 0;
    std::vector<event> events;
  };
  template <class Then, class Refused>
  struct decision_of final : decision {
    decision_of(std::vector<event> what, Then then, Refused refused)
        : decision(std::move(what)), then_(std::move(then)), refused_(std::move(refused)) {}
    void conclude() override { then_(); }
    void refuse(const failure& why) override { refused_(why); }

  private:
    Then then_;
    Refused refused_;
  };

  /// What goes to the journal at once.
  struct flight {
    append_events batch;   ///< empty from when it has gone
    std::size_t bytes = 0; ///< of its records
    std::vector<std::unique_ptr<decision>> decisions{};

    void refuse(const failure& why) {
      for (auto& one : decisions)
        one->refuse(why);
    }
  };

  // After a refusal the journal refuses what is in flight behind it too, for its sequence does not follow; what is in
  // flight before it may still become durable, and be answered later than the refusal. A new append must wait until the
  // last of them is answered, else it could follow by chance.
  bool is_refusing() const { return refusing_ && in_flight_ > 0; }
  static failure refused_before() { return {ec::unavailable, "the journal refused an earlier write"}; }

  // All of it is applied before any of it is answered: whoever is told may decide anew.
  void land(flight& landed, const events_appended& durable) {
    --in_flight_;
    auto before = durable_;
    for (auto& one : landed.decisions) {
      for (auto& what : one->events)
        touched().apply(what);
      durable_ += one->events.size();
    }
    MAESTRO_ASSERT(durable.last_sequence == durable_, "stream {}: {} events after {} end at {}", stream_,
                   durable_ - before, before, durable.last_sequence);
    if (refusing_ && in_flight_ == 0)
      sequence_ = durable_;
    for (auto& one : landed.decisions)
      one->conclude(); // may append again: everything above must be true by now
    snapshot_when_due();
  }

  void lose(flight& lost, const caf::error& error) {
    auto why = from_caf(error);
    bool is_first = !std::exchange(refusing_, true);
    // The last answer of the flight: what the journal has is what was applied, from there it goes on.
    if (--in_flight_ == 0)
      sequence_ = durable_;
    lost.refuse(why);
    // It has something else than what was applied here: nothing is served from that.
    if (is_first && why.code == ec::internal)
      self_->quit(error);
  }

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
  std::unique_ptr<flight> gathered_;     ///< none: nothing waits
  std::uint32_t in_flight_ = 0;
  bool refusing_ = false;  ///< a write was refused and later ones of the same flight are still to be answered
  bool is_saving_ = false; ///< a snapshot is on its way to the journal
};

} // namespace maestro
