#include "nodes/journal/journal_upkeep.hpp"

#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

enum class upkeep_timer : std::uint8_t { begin_pass, next_stream };

/// One pass over all streams, one stream per message, so that snapshots find their turn in between.
struct journal_upkeep_state {
  static inline const char* name = "journal_upkeep";
  std::vector<std::string> streams;
  std::vector<std::string> ended; ///< before the retention
  std::uint64_t dropped = 0;
  std::uint64_t streams_dropped = 0;
  journal_upkeep_state() {}
};

using self_pointer = journal_upkeep_actor::stateful_pointer<journal_upkeep_state>;

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

void end_pass(self_pointer self, const journal_config& config) {
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

void next_stream(self_pointer self, rocksdb_journal& journal, const journal_config& config, timestamp before) {
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

journal_upkeep_actor::behavior_type journal_upkeep(self_pointer self, std::shared_ptr<rocksdb_journal> journal,
                                                   journal_config config, wall_clock now) {
  self->delayed_send(self, config.retention_interval, timer(upkeep_timer::begin_pass));
  return {
      [journal](const save_snapshot& snapshot) -> caf::result<done> {
        auto saved = journal->save(snapshot);
        if (!saved)
          return to_caf(saved.error());
        return done{};
      },
      [journal](const purge_operations& request) -> caf::result<operations_purged> {
        auto purged = journal->purge(request);
        if (!purged)
          return to_caf(purged.error());
        return *purged;
      },
      [journal](const restore_copy& part) -> caf::result<done> {
        auto restored = journal->restore(part);
        if (!restored)
          return to_caf(restored.error());
        return done{};
      },
      [journal](make_checkpoint) -> caf::result<checkpoint_made> {
        auto made = journal->checkpoint();
        if (!made)
          return to_caf(made.error());
        return *made;
      },
      [self, journal, config, now](timer_fired timer) {
        auto before = now() - config.retention;
        if (static_cast<upkeep_timer>(timer.kind) == upkeep_timer::begin_pass)
          begin_pass(self->state, *journal, before);
        next_stream(self, *journal, config, before);
      },
  };
}

} // namespace

journal_upkeep_actor spawn_journal_upkeep(caf::actor_system& system, std::shared_ptr<rocksdb_journal> journal,
                                          const journal_config& config, wall_clock now) {
  return system.spawn<caf::detached>(journal_upkeep, std::move(journal), config, std::move(now));
}

} // namespace maestro
