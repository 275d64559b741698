// What this node says of its copy, and what leaves the store when enough have it.
#include "actors/cluster/shared_journal_state.hpp"
#include "actors/put_question.hpp"
#include "actors/rules/journal_trim.hpp"
#include "messages/log.hpp"

namespace maestro::sharing {

namespace {

/// So much may stand in the store for those who are late; etcd takes 2 GiB in all.
constexpr std::size_t late_bytes = 256u << 20;

std::map<node_name, std::int64_t> copies_of(const archive_state& archive) {
  std::map<node_name, std::int64_t> copies;
  for (auto& [name, copy] : archive.copies)
    if (copy.complete > 0) // else it is being filled: others are waited for, not it
      copies[name] = copy.complete;
  return copies;
}

std::set<node_name> live_nodes(self_ptr self) {
  std::set<node_name> live{self->state.parts.self.name};
  for (auto& peer : self->state.peers)
    live.insert(peer.member.name);
  return live;
}

/// Up to there nothing waits for who is late: it has stood there for long, or is too much.
std::int64_t overdue(self_ptr self) {
  auto& state = self->state;
  auto old = state.ages.older(now(self));
  std::size_t bytes = 0;
  for (auto one = state.tail.rbegin(); one != state.tail.rend() && one->first > old; ++one)
    if ((bytes += one->second.bytes) > late_bytes)
      return one->first;
  return old;
}

/// Oldest first, transactions whole; the mark goes up in the same transaction.
change_store trimming_of(const journal_state& state, std::int64_t up_to, std::int64_t& trimmed) {
  change_store wanted;
  trimmed = state.archive.trimmed;
  for (auto& [revision, entries] : state.tail) {
    auto& keys = entries.keys;
    bool has_room =
        wanted.writes.empty() || wanted.writes.size() + keys.size() < state.parts.settings.lot_operations;
    if (revision > up_to || !has_room)
      break;
    for (auto& key : keys)
      wanted.writes.push_back({store_write_kind::erase, key, {}});
    trimmed = std::max(trimmed, revision);
  }
  wanted.conditions.push_back({trimmed_key, state.archive.trimmed_revision});
  wanted.writes.push_back({store_write_kind::put, trimmed_key, trimmed_value(trimmed)});
  return wanted;
}

// The store keeps what was erased until it is told that nobody asks for it. All watches are past what is trimmed.
void compact(self_ptr self) {
  auto& state = self->state;
  if (state.compacted >= state.archive.trimmed ||
      now(self) - state.compacted_at < state.parts.settings.compact_interval)
    return;
  state.compacted_at = now(self);
  auto revision = state.archive.trimmed;
  put_question(self, state.parts.reading, caf::infinite, compact_store{revision})
      .then([self, revision](done) { self->state.compacted = revision; },
            [](const caf::error& why) {
              log_warn("shared_journal", "the store does not compact", {{"error", from_caf(why).text}});
            });
}

void note_trimmed(self_ptr self, const store_outcome& outcome, std::int64_t trimmed) {
  auto& state = self->state;
  state.is_trimming = false;
  if (!outcome.is_applied) {
    state.trimmed_at = now(self);
    return look(self); // another one trims
  }
  state.archive.trimmed = trimmed;
  state.archive.trimmed_revision = outcome.revision;
  state.tail.erase(state.tail.begin(), state.tail.upper_bound(trimmed));
  trim(self); // the rest of it
  if (state.is_trimming)
    return;
  state.trimmed_at = now(self);
  compact(self);
}

void note_told(self_ptr self, std::int64_t complete, std::int64_t revision) {
  auto& state = self->state;
  state.told = complete;
  auto& copy = state.archive.copies[state.parts.self.name];
  copy.complete = complete;
  copy.revision = revision;
}

} // namespace

// A mark that arrives late must not go below a later one.
change_store mark_of(const journal_state& state, std::int64_t complete) {
  auto& me = state.parts.self;
  auto known = state.archive.copies.find(me.name);
  return {{{copy_key(me.name), known == state.archive.copies.end() ? 0 : known->second.revision}},
          {{store_write_kind::put, copy_key(me.name), copy_value({me.node_id, complete, 0})}}};
}

namespace {

// One that counts from now on: where entries were erased without it meanwhile it does not, and looks first.
void tell_store(self_ptr self, std::int64_t complete) {
  auto wanted = mark_of(self->state, complete);
  bool is_first = self->state.told == 0;
  if (is_first)
    fence_trims(wanted, self->state.archive);
  put_question(self, self->state.parts.reading, caf::infinite, std::move(wanted))
      .then(
          [self, complete, is_first](const store_outcome& outcome) {
            self->state.is_telling = false;
            if (!outcome.is_applied)
              return look(self);
            if (is_first)
              self->state.archive.trimmed_revision = outcome.revision;
            note_told(self, complete, outcome.revision);
          },
          [self](const caf::error&) { self->state.is_telling = false; }); // the next tick says it
}

} // namespace

// Not before the next look has found that it is so; and only where there is something new to say. The disk says it first: others
// count on what the store says.
void tell_watermark(self_ptr self) {
  auto& state = self->state;
  if (state.at != phase::following || state.is_telling)
    return;
  bool is_news = state.complete > state.told &&
                 (state.told == 0 || state.heard > state.told || state.archive.trimmed > state.told);
  bool is_old_on_disk = state.saved < std::min(state.told, state.complete); // it was taken over from another one's
  if (!is_news && !is_old_on_disk)
    return;
  state.is_telling = true;
  put_question(self, state.parts.copy, caf::infinite, save_watermark{state.complete})
      .then(
          [self, complete = state.complete](done) {
            self->state.saved = complete;
            if (complete > self->state.told)
              return tell_store(self, complete);
            self->state.is_telling = false;
          },
          [self](const caf::error&) { self->state.is_telling = false; });
}

void trim(self_ptr self) {
  auto& state = self->state;
  auto& settings = state.parts.settings;
  if (state.at != phase::following || state.is_trimming || !state.are_peers_known ||
      now(self) - state.trimmed_at < settings.trim_interval)
    return;
  auto copies = copies_of(state.archive);
  auto live = live_nodes(self);
  auto up_to = rules::trim_up_to(copies, live, static_cast<std::size_t>(settings.copies), overdue(self));
  if (rules::who_trims(copies, live, up_to) != state.parts.self.name || state.tail.empty() ||
      state.tail.begin()->first > up_to)
    return;
  state.is_trimming = true;
  std::int64_t trimmed = 0;
  put_question(self, state.parts.reading, caf::infinite, trimming_of(state, up_to, trimmed))
      .then([self, trimmed](const store_outcome& outcome) { note_trimmed(self, outcome, trimmed); },
            [self](const caf::error&) {
              self->state.is_trimming = false;
              self->state.trimmed_at = now(self);
            });
}

} // namespace maestro::sharing
