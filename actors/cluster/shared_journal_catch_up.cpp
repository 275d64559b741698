// From another node's disk: what the store has forgotten and this node's copy does not have. One stream after another:
// its events, its newest snapshot, its scheduler's finished operations. What is interrupted is done again; what was taken
// over by then is not asked for again.
#include "actors/cluster/shared_journal_state.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::sharing {

namespace {

constexpr std::uint32_t events_per_page = 1000;
constexpr std::uint32_t operations_per_page = 500;
constexpr std::string_view scheduler_streams = "scheduler/";

using step = std::function<void()>;

void pull_next(self_ptr self);

/// A neighbour that is reached and has all that the store has forgotten; each time another one, where there are several.
const known_peer* find_source(self_ptr self) {
  auto& state = self->state;
  std::vector<const known_peer*> fit;
  for (auto& peer : state.peers) {
    auto copy = state.archive.copies.find(peer.member.name);
    bool is_fit = peer.is_reached && copy != state.archive.copies.end() &&
                  copy->second.node_id == peer.member.node_id && copy->second.complete >= state.archive.trimmed;
    if (is_fit)
      fit.push_back(&peer);
  }
  return fit.empty() ? nullptr : fit[state.sources_tried++ % fit.size()];
}

/// Something is there, but not from its snapshot on: it was being taken over when this node ended.
bool is_torn(const copy_place& place) {
  return place.first > place.snapshot + 1 && place.first <= place.last;
}

/// What is wanted of the stream, if anything is.
std::optional<pull> compare(const catching_up& catching, const copy_place& theirs) {
  auto found = catching.mine.find(theirs.stream);
  if (found == catching.mine.end())
    return pull{theirs, true, 1, 0};
  auto& mine = found->second;
  bool is_other = mine.last > theirs.last && mine.epoch < theirs.epoch; // it began anew there
  if (is_torn(mine) || is_other || theirs.first > mine.last + 1)
    return pull{theirs, true, 1, 0};
  bool is_newer = mine.last >= theirs.last && mine.epoch > theirs.epoch;
  bool is_equal = mine.last >= theirs.last && mine.epoch == theirs.epoch && mine.has_ended == theirs.has_ended;
  if (is_newer || is_equal)
    return {};
  return pull{theirs, false, mine.last + 1, mine.snapshot};
}

void read_mine(self_ptr self, const std::string& after, step then) {
  ask_in_round<copy_list>(self, self->state.parts.copy, list_copies{after, positions_per_page},
                          [self, then](const copy_list& page) {
                            for (auto& one : page.items)
                              self->state.catching->mine[one.stream] = one;
                            page.next.empty() ? then() : read_mine(self, page.next, then);
                          });
}

void read_theirs(self_ptr self, const std::string& after, step then) {
  auto& catching = *self->state.catching;
  ask_in_round<copy_list>(self, catching.source, list_copies{after, positions_per_page},
                          [self, then](const copy_list& page) {
                            auto& now = *self->state.catching;
                            for (auto& one : page.items) {
                              if (auto wanted = compare(now, one))
                                now.pulls.push_back(*wanted);
                              now.mine.erase(one.stream);
                            }
                            page.next.empty() ? then() : read_theirs(self, page.next, then);
                          });
}

void pull_events(self_ptr self, pull what, step then);

void take_events(self_ptr self, pull what, const event_page& page, step then) {
  if (page.items.empty() && !what.is_anew && what.from > what.theirs.last + 1)
    return then();
  bool has_gap = !what.is_anew && !page.items.empty() && page.items.front().sequence != what.from;
  if (has_gap) {
    what.is_anew = true; // what would join them is past its retention there
    what.from = 1;
    what.snapshot = 0;
    return pull_events(self, what, then);
  }
  // Also without events: whose it is by now, and that it has ended.
  restore_copy part{what.theirs.stream, what.is_anew,          page.items,
                    what.theirs.epoch,  what.theirs.has_ended, what.theirs.ended_at};
  bool is_last = page.items.empty() || page.items.back().sequence >= page.last;
  if (!page.items.empty())
    what.from = page.items.back().sequence + 1;
  what.is_anew = false;
  ask_in_round<done>(self, self->state.parts.copy, part,
                     [self, what, is_last, then](done) { is_last ? then() : pull_events(self, what, then); });
}

void pull_events(self_ptr self, pull what, step then) {
  ask_in_round<event_page>(self, self->state.catching->source,
                           read_events{what.theirs.stream, what.from, events_per_page},
                           [self, what, then](const event_page& page) { take_events(self, what, page, then); });
}

void pull_snapshot(self_ptr self, const pull& what, std::uint64_t sequence, std::uint32_t part, step then) {
  ask_in_round<snapshot_part>(
      self, self->state.catching->source, read_snapshot{what.theirs.stream, sequence, part},
      [self, what, part, then](const snapshot_part& heard) {
        if (heard.sequence <= what.snapshot)
          return then();
        save_snapshot next{what.theirs.stream, heard.sequence, heard.at,      heard.bytes,
                           what.theirs.epoch,  part,           heard.is_last, true};
        ask_in_round<done>(self, self->state.parts.copy, next, [self, what, heard, part, then](done) {
          heard.is_last ? then() : pull_snapshot(self, what, heard.sequence, part + 1, then);
        });
      });
}

/// As the other has them, in the place of those that are here.
void pull_finished(self_ptr self, const pull& what, const std::string& after, step then) {
  auto scheduler = scheduler_of_stream(what.theirs.stream);
  ask_in_round<finished_list>(
      self, self->state.catching->source, read_finished{scheduler, after, operations_per_page},
      [self, what, after, scheduler, then](const finished_list& page) {
        ask_in_round<event_page>(
            self, self->state.parts.copy, read_events{what.theirs.stream, ~std::uint64_t{0}, 1},
            [self, what, after, scheduler, then, page](const event_page& mine) {
              append_events rows;
              rows.stream = what.theirs.stream;
              rows.first_sequence = mine.last + 1;
              rows.epoch = what.theirs.epoch;
              rows.finished = page.items;
              if (after.empty())
                rows.drop_operations_of = scheduler;
              ask_in_round<events_appended>(
                  self, self->state.parts.copy, rows, [self, what, page, then](const events_appended&) {
                    page.next.empty() ? then() : pull_finished(self, what, page.next, then);
                  });
            });
      });
}

void end_catching_up(self_ptr self) {
  auto& state = self->state;
  state.complete = std::max(state.complete, state.catching->complete);
  log_info("shared_journal", "the copy has caught up", {{"revision", state.complete}});
  state.catching.reset();
  state.behind.clear();
  begin(self);
}

void pull_next(self_ptr self) {
  auto& pulls = self->state.catching->pulls;
  if (pulls.empty())
    return end_catching_up(self);
  auto what = pulls.front();
  pulls.pop_front();
  pull_events(self, what, [self, what] {
    pull_snapshot(self, what, 0, 0, [self, what] {
      if (!what.theirs.stream.starts_with(scheduler_streams))
        return pull_next(self);
      pull_finished(self, what, {}, [self] { pull_next(self); });
    });
  });
}

// -- snapshots ---------------------------------------------------------------------------------------------------

/// Newer snapshots are an owner's affair; where none comes the tail grows on.
void end_shortening(self_ptr self, const std::string& stream) {
  auto& state = self->state;
  state.is_shortening = false;
  auto tail = state.synced[stream] - std::min(state.synced[stream], state.snapshots[stream]);
  state.long_tails[stream] = std::max(state.parts.settings.tail_events, 2 * tail);
}

void take_snapshot(self_ptr self, const copy_source_actor& source, const read_snapshot& wanted,
                   owner_epoch epoch) {
  auto failed = [self, wanted](const caf::error&) { end_shortening(self, wanted.stream); };
  self->request(source, caf::infinite, wanted)
      .then(
          [self, source, wanted, epoch, failed](const snapshot_part& heard) {
            auto& state = self->state;
            // What it contains must be here before it.
            if (heard.sequence <= state.snapshots[wanted.stream] || heard.sequence > state.synced[wanted.stream])
              return end_shortening(self, wanted.stream);
            save_snapshot part{wanted.stream, heard.sequence, heard.at,      heard.bytes,
                               epoch,         wanted.part,    heard.is_last, false};
            self->request(state.parts.copy, caf::infinite, part)
                .then(
                    [self, source, wanted, epoch, heard](done) {
                      if (!heard.is_last)
                        return take_snapshot(self, source, {wanted.stream, heard.sequence, wanted.part + 1},
                                             epoch);
                      self->state.snapshots[wanted.stream] = heard.sequence;
                      end_shortening(self, wanted.stream);
                    },
                    failed);
          },
          failed);
}

} // namespace

void catch_up(self_ptr self) {
  auto& state = self->state;
  auto* from = find_source(self);
  if (from == nullptr)
    return begin_again(self, {ec::unavailable, state.behind + ", and no neighbour that has more is reached"});
  auto& catching = state.catching.emplace();
  catching.source = from->peer;
  catching.complete = state.archive.copies[from->member.name].complete;
  log_info("shared_journal", "the copy catches up", {{"from", from->member.name.str()}});
  read_mine(self, {}, [self] { read_theirs(self, {}, [self] { pull_next(self); }); });
}

void note_tail(self_ptr self, const std::string& stream, std::uint64_t last) {
  auto& state = self->state;
  auto tail = last - std::min(last, state.snapshots[stream]);
  auto limit = state.long_tails.find(stream);
  auto due = limit == state.long_tails.end() ? state.parts.settings.tail_events : limit->second;
  if (tail < due)
    return;
  state.long_tails[stream] = ~std::uint64_t{0}; // until it was asked for
  state.to_shorten.push_back(stream);
}

void shorten(self_ptr self) {
  auto& state = self->state;
  if (state.at != phase::following || state.is_shortening || state.to_shorten.empty())
    return;
  std::vector<copy_source_actor> sources;
  for (auto& peer : state.peers)
    if (peer.is_reached)
      sources.push_back(peer.peer);
  auto stream = state.to_shorten.front();
  state.to_shorten.pop_front();
  if (sources.empty())
    return end_shortening(self, stream);
  state.is_shortening = true;
  take_snapshot(self, sources[state.sources_tried++ % sources.size()], {stream, 0, 0},
                state.progress.of(stream).epoch);
}

} // namespace maestro::sharing
