// What the SHARED JOURNAL keeps, and what its parts need of one another: shared_journal (who asks), shared_journal_admission and
// shared_journal_commit (into the store), shared_journal_begin and shared_journal_copy (out of it), shared_journal_look (whether all of it), shared_journal_catch_up (from another node's disk), shared_journal_trim
// (what may leave the store). For these files only.
#pragma once

#include "actors/call_later.hpp"
#include "actors/cluster/shared_journal.hpp"
#include "actors/put_question.hpp"
#include "actors/rules/copy_progress.hpp"
#include "actors/rules/journal_lot.hpp"
#include "actors/rules/journal_trim.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace maestro::sharing {

enum class timer : std::uint8_t { commit = 1, again, begin, watch, tick, copy };

inline std::uint64_t last_of(const append_events& batch) {
  return batch.first_sequence + batch.records.size() - 1;
}

struct waiting_append {
  append_events what;
  caf::typed_response_promise<events_appended> answer;
  std::size_t bytes = 0; ///< of the transaction
};

/// What waits for a transaction, in order, and how much that is.
class append_queue {
public:
  bool is_empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); } ///< batches
  std::size_t bytes() const { return bytes_; }
  std::uint64_t appends() const { return appends_; } ///< gathered in the batches

  waiting_append& front() { return waiting_.front(); }
  void push_back(waiting_append one) {
    count(one);
    waiting_.push_back(std::move(one));
  }
  /// As it was before `take`.
  void put_back(waiting_append one) {
    count(one);
    waiting_.push_front(std::move(one));
  }
  waiting_append take() {
    auto first = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= first.bytes;
    appends_ -= first.what.appends;
    return first;
  }
  /// `is_over` is called with each once.
  template <class IsOver>
  void erase_if(IsOver is_over) {
    std::erase_if(waiting_, [&](waiting_append& one) {
      if (!is_over(one))
        return false;
      bytes_ -= one.bytes;
      appends_ -= one.what.appends;
      return true;
    });
  }

private:
  void count(const waiting_append& one) {
    bytes_ += one.bytes;
    appends_ += one.what.appends;
  }
  std::deque<waiting_append> waiting_;
  std::size_t bytes_ = 0;
  std::uint64_t appends_ = 0;
};

/// Batches whose transaction is under way.
struct lot {
  std::vector<waiting_append> appends;
  std::uint64_t number = 0; ///< of the transaction
  std::uint64_t id = 0;     ///< of this start's lots
  duration begun_at{};
  duration sent_at{};       ///< the last attempt
  bool is_in_doubt = false; ///< it was sent, and its outcome was not heard
  duration doubted_at{};    ///< since then, by the steady clock
  duration pause{};

  /// Gathered in its batches.
  std::uint64_t count() const {
    std::uint64_t all = 0;
    for (auto& one : appends)
      all += one.what.appends;
    return all;
  }
};

/// What was accepted of a stream and not yet answered.
struct admission {
  owner_epoch epoch; ///< the newest; what an older one has under way is on its way to be refused
  std::uint64_t last = 0;
  std::uint64_t count = 0; ///< under that epoch
};

/// Wants what was committed when it came.
struct waiting_reader {
  std::uint64_t last = 0;
  std::function<void()> go;
};

/// Committed here, and on its way into this node's own journal; reads wait.
struct unsynced_stream {
  std::uint64_t last = 0;
  std::deque<waiting_reader> waiting;
};

/// Wants everything that the store had when it came.
struct waiting_load {
  load_stream what;
  caf::typed_response_promise<loaded_stream> answer;
  std::uint64_t look = 0; ///< the first that began after it came
  duration until{};
};

/// A look at the store whose findings are on their way into the copy.
struct finding {
  std::uint64_t look = 0;
  std::int64_t revision = 0;
  std::uint64_t issued = 0; ///< complete when so many appends were answered
};

/// A stream that another node's disk has more of.
struct pull {
  copy_place theirs;          ///< before its operations were asked for: no event beyond it is taken
  bool is_anew = false;       ///< nothing of what is here is kept
  std::uint64_t from = 1;     ///< the first event that is wanted
  std::uint64_t snapshot = 0; ///< the one that is here
  owner_epoch epoch{};        ///< of what is here
  bool is_torn = false;       ///< the events that were taken count from a snapshot on
};

/// The copy takes from another node's what the store does not have any more.
struct catching_up {
  copy_source_actor source;
  std::int64_t complete = 0; ///< what the source had for sure before it was asked
  std::unordered_map<std::string, copy_place> mine;
  std::deque<pull> pulls;
  std::size_t under_way = 0;
};

/// What stands in the store of one revision.
struct store_keys {
  std::vector<std::string> keys;
  std::size_t bytes = 0; ///< about
};

/// Who has not copied an entry is waited for so long.
constexpr duration late_patience = std::chrono::seconds{30};

/// When the next lot begins.
enum class commit_due : std::uint8_t { no, later, now };

enum class phase : std::uint8_t { beginning = 1, listing, following };

struct journal_state {
  static inline const char* name = "shared_journal";
  journal_state() {}

  shared_journal_parts parts;
  std::string process; ///< of this start

  // into the store
  append_queue queue;
  std::optional<lot> under_way;
  std::uint64_t last_lot = 0;
  std::unordered_map<std::string, admission> admitted;  ///< by stream
  std::unordered_map<std::string, owner_epoch> written; ///< streams, under which epoch by this process
  bool is_open = false;     ///< nothing that this node sent in an earlier life can happen any more
  std::string replaced;     ///< not empty: another process writes in this node's name
  std::uint64_t number = 0; ///< of the last transaction
  std::int64_t chain = 0;   ///< its revision, or that of the opening
  commit_due due = commit_due::no;
  std::uint64_t last_appends = 0; ///< of the last lot that was accepted
  std::uint64_t expected = 0; ///< in the next: those who were just answered come again, behind those who waited
  std::size_t lot_most = 0;   ///< batches; not 0: the store has found a lot too large
  std::string refusal;        ///< not empty: why the store takes nothing
  duration refused_at{};
  bool is_slow = false;  ///< an outcome was not heard, the log says so, and none was heard in time since
  duration doubted_at{}; ///< the last time that one was not heard

  // out of the store
  phase at = phase::beginning;
  std::string said = "the store was not reached since the start"; ///< why it began again, as last logged
  std::uint64_t round = 0; ///< of beginning; what an older one asked is not heard
  bool is_watching = false;
  archive_state archive; ///< as last read
  rules::copy_progress progress;
  rules::copy_progress former;          ///< while listing: what was known before
  std::deque<journal_transaction> held; ///< heard while listing
  std::size_t held_bytes = 0;
  bool is_overheard = false; ///< something was not held
  bool is_resting = false;   ///< the next page is read when the copy has taken some
  bool must_check = false;   ///< listed, and what the store has forgotten since is not known yet
  std::int64_t listed = 0;   ///< entries up to there
  std::deque<append_events> to_copy;
  std::size_t to_copy_bytes = 0;
  bool is_copy_due = false;          ///< a timer runs
  std::size_t waiting_for_copy = 0;  ///< readers, of all streams
  std::uint64_t issued = 0;          ///< appends to the copy, in this round
  std::uint64_t answered = 0;        ///< of them
  std::uint64_t copying = 0;         ///< appends to the copy that are not answered, of any round
  std::function<void()> when_copied; ///< goes on when there are none
  std::unordered_map<std::string, std::uint64_t> synced; ///< by stream: last sequence on this node's disk
  std::unordered_map<std::string, unsynced_stream> unsynced;
  std::int64_t complete = 0; ///< everything that was written up to there is in the copy, synced
  std::int64_t told = 0;     ///< what this node's watermark says
  std::int64_t saved = -1;   ///< what the disk's own says; -1: nothing
  std::int64_t heard = 0;    ///< revision of the newest transaction that was taken
  std::uint64_t looks = 0;   ///< begun
  std::uint64_t seen = 0;    ///< the last whose findings are in the copy
  bool is_looking = false;
  bool must_look = false;
  duration looked_at{};
  std::uint64_t watch_waits = 0;
  std::deque<finding> findings;
  std::vector<waiting_load> loads;
  std::optional<catching_up> catching;
  std::size_t sources_tried = 0;
  std::unordered_map<std::string, std::uint64_t> snapshots; ///< by stream: what its newest one contains
  std::unordered_map<std::string, std::uint64_t>
      long_tails; ///< by stream: when it is this long, another is asked for
  std::deque<std::string> to_shorten;
  bool is_shortening = false;
  std::map<std::string, std::size_t> missed; ///< streams that are not here, and how often that was found
  std::string behind;                        ///< not empty: why the copy cannot get what it lacks from the store

  std::map<std::int64_t, store_keys> tail; ///< by revision
  std::set<std::int64_t> taken;            ///< revisions that this node wrote and the watch has not told of
  rules::revision_ages ages{late_patience};
  bool is_trimming = false;
  duration trimmed_at{};
  duration compacted_at{};
  std::int64_t compacted = 0;
  bool is_telling = false;
  std::vector<known_peer> peers;
  bool are_peers_known = false; ///< told once at least
};
using self_ptr = shared_journal_actor::stateful_pointer<journal_state>;

constexpr std::uint32_t positions_per_page = 1000;

inline duration now(self_ptr self) {
  return self->state.parts.clock().steady;
}

void begin_again(self_ptr self, const failure& why);

/// `then` with the answer while the round goes on; a failure begins a new one.
template <class Answer, class Whom, class Request, class Then>
void ask_in_round(self_ptr self, const Whom& whom, const Request& request, Then then) {
  auto round = self->state.round;
  put_question(self, whom, caf::infinite, request)
      .then(
          [self, round, then](const Answer& answer) {
            if (self->state.round == round)
              then(answer);
          },
          [self, round](const caf::error& why) {
            if (self->state.round == round)
              begin_again(self, from_caf(why));
          });
}

// shared_journal_admission
caf::result<events_appended> append(self_ptr self, append_events& batch);

// shared_journal_commit
/// The lot of that id begins, where it has not begun yet.
void commit(self_ptr self, std::uint64_t number);
void commit_soon(self_ptr self);
/// The transaction is sent again.
void send_again(self_ptr self);
/// The watch tells of the transaction that is under way: a store whose disk is slower than the deadline is heard this way,
/// while its answers all come too late. False: it is another one.
bool settle_by_watch(self_ptr self, const journal_transaction& heard);

// shared_journal_begin
void begin(self_ptr self);

// shared_journal_copy
/// Something that was sent to the copy (`copying`) is answered.
void note_written(self_ptr self);
/// What is on its way into the copy is there or not before anybody asks how far it is; a new round begins.
void when_copied(self_ptr self, std::function<void()> then);
void hear(self_ptr self, const store_changes& changes);
/// One that this node wrote, also where the watch does not tell of it.
void hear(self_ptr self, journal_transaction what);
/// Reads everything that is in the store, and takes what is not yet here.
void begin_listing(self_ptr self);
void watch(self_ptr self);
void fall_behind(self_ptr self);

// shared_journal_look
void look(self_ptr self);
/// Of looks whose findings are in the copy.
void note_complete(self_ptr self);
/// Whether the watch has told what the look under way wants.
void look_again(self_ptr self, std::uint64_t number);
void tick(self_ptr self);
/// When all that this node wrote to the stream is in its copy.
void when_synced(self_ptr self, const std::string& stream, std::function<void()> then);
/// Of streams that others have ended since, and that began anew or were dropped, what this node wrote never comes: whoever
/// waits for it is served. When everything that the store had is taken.
void let_go_of_what_is_over(self_ptr self);
/// The time to gather is over.
void copy_gathered(self_ptr self);
caf::result<loaded_stream> load(self_ptr self, const load_stream& wanted);
/// The node ends: whoever waits for a stream does nothing else, and would wait for ever.
void refuse_loads(self_ptr self);

// shared_journal_catch_up
/// From a neighbour that has more; then it begins again.
void catch_up(self_ptr self);
/// Asks a neighbour for a snapshot of a stream whose tail has become long.
void shorten(self_ptr self);
void note_tail(self_ptr self, const std::string& stream, std::uint64_t last);

// shared_journal_trim
/// Says in the store that everything up to there is on this node's disk.
change_store mark_of(const journal_state& state, std::int64_t complete);
void tell_watermark(self_ptr self);
void trim(self_ptr self);

} // namespace maestro::sharing
