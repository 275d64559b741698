#include "nodes/journal/journal_upkeep.hpp"

#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <utility>

namespace maestro {

namespace {

enum class upkeep_timer : std::uint8_t { begin_pass, next_stream, failed, mend };

constexpr int mend_doublings = 4; ///< of the time between two attempts

/// One pass over all streams, one stream per message, so that snapshots find their turn in between.
struct journal_upkeep_state {
  static inline const char* name = "journal_upkeep";
  std::vector<std::string> streams;
  std::vector<std::string> ended; ///< before the retention
  std::uint64_t dropped = 0;
  std::uint64_t streams_dropped = 0;
  std::string unmended; ///< why the last attempt to mend the journal failed
  int attempts = 0;
  bool is_mending = false; ///< another attempt is due
  journal_upkeep_state() {}
};

using self_ptr = journal_upkeep_actor::stateful_pointer<journal_upkeep_state>;

timer_fired timer(upkeep_timer kind) {
  return {static_cast<std::uint8_t>(kind), 0};
}

void begin_pass(journal_upkeep_state& state, rocksdb_journal& journal, timestamp before) {
  if (journal.status().read_only)
    return;
  if (auto all = journal.streams({}))
    state.streams = std::move(all->names);
  if (auto all = journal.ended_streams(before))
    state.ended = std::move(all->names);
}

void end_pass(self_ptr self, const journal_config& config) {
  auto& state = self->state;
  if (state.dropped + state.streams_dropped > 0)
    log_info("journal_upkeep", "events past their retention dropped",
             {{"count", static_cast<std::int64_t>(state.dropped)},
              {"ended_streams", static_cast<std::int64_t>(state.streams_dropped)}});
  state.dropped = state.streams_dropped = 0;
  self->delayed_send(self, config.retention_interval, timer(upkeep_timer::begin_pass));
}

template <class T>
std::uint64_t count_or_warn(const std::string& stream, const result<T>& dropped) {
  if (dropped)
    return static_cast<std::uint64_t>(*dropped);
  log_warn("journal_upkeep", "cannot drop old events", {{"stream", stream}, {"error", dropped.error().text}});
  return 0;
}

void next_stream(self_ptr self, rocksdb_journal& journal, const journal_config& config, timestamp before) {
  auto& state = self->state;
  if (state.streams.empty() && state.ended.empty())
    return end_pass(self, config);
  auto is_ended = state.streams.empty();
  auto& names = is_ended ? state.ended : state.streams;
  auto stream = std::move(names.back());
  names.pop_back();
  if (is_ended)
    state.streams_dropped += count_or_warn(stream, journal.drop_ended(stream, before));
  else
    state.dropped += count_or_warn(stream, journal.drop_events(stream, before));
  self->send(self, timer(upkeep_timer::next_stream));
}

void mend_later(self_ptr self, const rocksdb_journal& journal, const journal_config& config) {
  auto& state = self->state;
  if (state.is_mending || !journal.is_to_mend())
    return;
  state.is_mending = true;
  self->delayed_send(self, config.mend_after * (1 << std::min(state.attempts, mend_doublings)),
                     timer(upkeep_timer::mend));
}

void mend(self_ptr self, rocksdb_journal& journal, const journal_config& config) {
  auto& state = self->state;
  state.is_mending = false;
  if (!journal.is_to_mend())
    return;
  ++state.attempts;
  auto mended = journal.mend();
  if (mended) {
    log_info("journal", "the disk takes writes again and holds what was acknowledged; writing goes on",
             {{"attempts", static_cast<std::int64_t>(state.attempts)}});
    state.attempts = 0;
    state.unmended.clear();
    return;
  }
  if (std::exchange(state.unmended, mended.error().text) != mended.error().text)
    log_error("journal",
              journal.is_to_mend() ? "still read-only; the disk is tried again and again"
                                   : "read-only until the node is restarted",
              {{"error", mended.error().text}});
  mend_later(self, journal, config);
}

template <class T>
caf::result<T> answer(self_ptr self, const rocksdb_journal& journal, const journal_config& config,
                      result<T> outcome) {
  mend_later(self, journal, config);
  if (!outcome)
    return to_caf(outcome.error());
  return std::move(*outcome);
}

journal_upkeep_actor::behavior_type journal_upkeep(self_ptr self, std::shared_ptr<rocksdb_journal> journal,
                                                   journal_config config, wall_clock now) {
  self->delayed_send(self, config.retention_interval, timer(upkeep_timer::begin_pass));
  return {
      [=](const save_snapshot& snapshot) { return answer(self, *journal, config, journal->save(snapshot)); },
      [=](const purge_operations& request) { return answer(self, *journal, config, journal->purge(request)); },
      [=](const restore_copy& part) { return answer(self, *journal, config, journal->restore(part)); },
      [=](const save_watermark& mark) {
        return answer(self, *journal, config, journal->save_watermark(mark.revision));
      },
      [=](make_checkpoint) { return answer(self, *journal, config, journal->checkpoint()); },
      [self, journal, config, now](timer_fired timer) {
        auto kind = static_cast<upkeep_timer>(timer.kind);
        if (kind == upkeep_timer::mend)
          return mend(self, *journal, config);
        if (kind != upkeep_timer::failed) {
          auto before = now() - config.retention;
          if (kind == upkeep_timer::begin_pass)
            begin_pass(self->state, *journal, before);
          next_stream(self, *journal, config, before);
        }
        mend_later(self, *journal, config);
      },
  };
}

} // namespace

timer_fired journal_to_mend() {
  return timer(upkeep_timer::failed);
}

journal_upkeep_actor spawn_journal_upkeep(caf::actor_system& system, std::shared_ptr<rocksdb_journal> journal,
                                          const journal_config& config, wall_clock now) {
  return system.spawn<caf::detached>(journal_upkeep, std::move(journal), config, std::move(now));
}

} // namespace maestro
