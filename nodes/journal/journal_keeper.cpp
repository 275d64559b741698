#include "nodes/journal/journal_keeper.hpp"

#include "messages/log.hpp"
#include "messages/type_ids.hpp"
#include "nodes/journal/event_feed.hpp"
#include "nodes/journal/journal_reader.hpp"
#include "nodes/journal/journal_upkeep.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <map>
#include <vector>

namespace maestro {

namespace {

class journal_keeper_state {
public:
  static inline const char* name = "journal_keeper";
  std::vector<journal_reader_actor> readers;
  journal_upkeep_actor upkeep;
  event_feed_actor feed; ///< from the first subscription on
  std::shared_ptr<watched_streams> watched = std::make_shared<watched_streams>();

  journal_keeper_state() {}
  // The last thing that happens before the actor counts as dead.
  ~journal_keeper_state() {
    if (!journal_)
      return;
    commit();
    journal_->close();
    for (auto& reader : readers)
      caf::anon_send_exit(reader, caf::exit_reason::kill);
    caf::anon_send_exit(upkeep, caf::exit_reason::kill);
    if (feed)
      caf::anon_send_exit(feed, caf::exit_reason::kill);
  }

  void keep(std::shared_ptr<rocksdb_journal> journal, const journal_config& config) {
    journal_ = std::move(journal);
    max_records_ = config.max_batch_records;
    max_bytes_ = config.max_batch_bytes;
    max_watchers_ = config.max_watchers;
  }

  /// Whose turn it is.
  const journal_reader_actor& reader() {
    next_reader_ = (next_reader_ + 1) % readers.size();
    return readers[next_reader_];
  }

  void open_feed(caf::actor_system& system) {
    auto read = [journal = journal_](const read_events& query) -> result<event_page> {
      auto has_ended = journal->has_ended(query.stream);
      if (!has_ended)
        return has_ended.error();
      return *has_ended ? event_page{query.stream, {}, 1, 0} : journal->read(query);
    };
    feed = spawn_detached_event_feed(system, {read, watched, max_watchers_});
  }

  result<events_appended> add(const append_events& events) { return journal_->add(events); }
  bool batch_is_full() const {
    return journal_->batch_records() >= max_records_ || journal_->batch_bytes() >= max_bytes_;
  }
  void await_commit(caf::typed_response_promise<events_appended> promise, events_appended answer,
                    const std::string& stream) {
    waiting_.emplace_back(std::move(promise), answer);
    if (watched->contains(stream))
      grown_.insert_or_assign(stream, answer.last_sequence);
  }
  /// True when the caller must send itself the message that commits.
  bool must_queue_commit() { return !std::exchange(commit_queued_, true); }

  void commit_queued() {
    commit_queued_ = false;
    commit();
  }

  void commit() {
    if (waiting_.empty())
      return;
    auto written = journal_->commit();
    if (!written) {
      log_error("journal_keeper", "a batch was refused",
                {{"error", written.error().text}, {"batch", static_cast<std::int64_t>(waiting_.size())}});
      caf::anon_send(upkeep, journal_to_mend());
    }
    for (auto& [promise, answer] : waiting_) {
      if (written)
        promise.deliver(answer);
      else
        promise.deliver(to_caf(written.error()));
    }
    waiting_.clear();
    if (written)
      for (auto& [stream, last] : grown_)
        caf::anon_send(feed, event_page{stream, {}, 0, last});
    grown_.clear();
  }

  journal_status status() const { return journal_->status(); }

private:
  std::shared_ptr<rocksdb_journal> journal_;
  std::size_t max_records_ = 1;
  std::size_t max_bytes_ = 1;
  std::vector<std::pair<caf::typed_response_promise<events_appended>, events_appended>> waiting_;
  std::map<std::string, std::uint64_t> grown_; ///< watched streams of the batch
  std::size_t max_watchers_ = 1;
  std::size_t next_reader_ = 0;
  bool commit_queued_ = false;
};

using self_ptr = journal_actor::stateful_pointer<journal_keeper_state>;

caf::result<events_appended> append(self_ptr self, const append_events& events) {
  auto& state = self->state;
  auto added = state.add(events);
  if (!added)
    return to_caf(added.error());
  auto promise = self->make_response_promise<events_appended>();
  state.await_commit(promise, *added, events.stream);
  if (state.batch_is_full())
    state.commit();
  else if (state.must_queue_commit())
    self->send(self, timer_fired{}); // behind everything that is in the mailbox already
  return promise;
}

journal_actor::behavior_type journal_keeper(self_ptr self, std::shared_ptr<rocksdb_journal> journal,
                                            journal_config config, wall_clock now) {
  for (std::size_t i = 0; i < std::max<std::size_t>(config.readers, 1); ++i)
    self->state.readers.push_back(spawn_journal_reader(self->system(), journal, now));
  self->state.upkeep = spawn_journal_upkeep(self->system(), journal, config, now);
  self->state.keep(std::move(journal), config);
  self->set_exit_handler([self](caf::exit_msg& message) { self->quit(std::move(message.reason)); });
  return {
      [self](const append_events& events) { return append(self, events); },
      [self](load_stream& query) { return self->delegate(self->state.reader(), std::move(query)); },
      [self](save_snapshot& snapshot) { return self->delegate(self->state.upkeep, std::move(snapshot)); },
      [self](list_streams& query) { return self->delegate(self->state.reader(), std::move(query)); },
      [self](read_events& query) { return self->delegate(self->state.reader(), std::move(query)); },
      [self](watch_events& wish) {
        auto& state = self->state;
        if (!state.feed)
          state.open_feed(self->system());
        state.watched->add(wish.stream); // before it is handed on: nothing that is committed from now on is missed
        return self->delegate(state.feed, std::move(wish));
      },
      [self](list_operations& query) { return self->delegate(self->state.reader(), std::move(query)); },
      [self](get_operation& query) { return self->delegate(self->state.reader(), std::move(query)); },
      [self](purge_operations& request) { return self->delegate(self->state.upkeep, std::move(request)); },
      [self](make_checkpoint) { return self->delegate(self->state.upkeep, make_checkpoint{}); },
      [self](get_journal_status) { return self->state.status(); },
      [self](list_copies& query) { return self->delegate(self->state.reader(), std::move(query)); },
      [self](read_snapshot& query) { return self->delegate(self->state.reader(), std::move(query)); },
      [self](read_finished& query) { return self->delegate(self->state.reader(), std::move(query)); },
      [self](restore_copy& part) { return self->delegate(self->state.upkeep, std::move(part)); },
      [self](const save_watermark& mark) { return self->delegate(self->state.upkeep, mark); },
      [self](timer_fired) { self->state.commit_queued(); },
  };
}

} // namespace

journal_actor spawn_journal_keeper(caf::actor_system& system, std::shared_ptr<rocksdb_journal> journal,
                                   const journal_config& config, wall_clock now) {
  return system.spawn<caf::detached>(journal_keeper, std::move(journal), config, std::move(now));
}

result<journal_actor> spawn_journal_keeper(caf::actor_system& system, const journal_config& config,
                                           wall_clock now) {
  auto journal = rocksdb_journal::open(config);
  if (!journal)
    return journal.error();
  return spawn_journal_keeper(system, std::move(*journal), config, std::move(now));
}

} // namespace maestro
