// From another node's disk: what the store has forgotten and this node's copy does not have. Of each stream its scheduler's
// finished operations, its events, its newest snapshot; a few streams at once. What is interrupted is done again; what was
// taken over by then is not asked for again. Another round's source may be behind this one's, and find a stream whole by
// its events: so operations come first, and events only as far as the source had them before it was asked for those.
#include "actors/cluster/shared_journal_state.hpp"
#include "actors/put_question.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace maestro::sharing {

namespace {

constexpr std::uint32_t events_per_page = 1000;
constexpr std::uint32_t operations_per_page = 500;
constexpr std::size_t operations_at_once = 20000;
constexpr std::size_t streams_at_once = 8;
constexpr std::string_view scheduler_streams = "scheduler/";

using step = std::function<void()>;
using step_of_pull = std::function<void(const pull&)>;

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

/// What is wanted of the stream, if anything is. Under a higher epoch than theirs this node has all of it: a part that was
/// taken over has a lower one.
std::optional<pull> compare(const catching_up& catching, const copy_place& theirs) {
  auto found = catching.mine.find(theirs.stream);
  if (found == catching.mine.end())
    return pull{theirs, true};
  auto& mine = found->second;
  if (!is_torn(mine) && mine.epoch > theirs.epoch)
    return {};
  bool is_other = mine.last > theirs.last && mine.epoch < theirs.epoch; // it began anew there
  if (is_torn(mine) || is_other || theirs.first > mine.last + 1)
    return pull{theirs, true, 1, 0, mine.epoch};
  bool is_equal = mine.last >= theirs.last && mine.epoch == theirs.epoch && mine.has_ended == theirs.has_ended;
  if (is_equal)
    return {};
  return pull{theirs, false, mine.last + 1, mine.snapshot, mine.epoch};
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

/// A round that is given up ends when it is answered: it must not come between what the next one asks and does.
template <class Answer, class Request, class Then>
void put_into_copy(self_ptr self, const Request& request, Then then) {
  ++self->state.copying;
  auto round = self->state.round;
  put_question(self, self->state.parts.copy, caf::infinite, request)
      .then(
          [self, round, then](const Answer&) {
            note_written(self);
            if (self->state.round == round)
              then();
          },
          [self, round](const caf::error& why) {
            if (self->state.round == round)
              begin_again(self, from_caf(why));
            note_written(self);
          });
}

void pull_stream(self_ptr self, const pull& what, const step& then);

// -- operations --------------------------------------------------------------------------------------------------

void put_operations(self_ptr self, const std::shared_ptr<append_events>& rows, const step& then) {
  ask_in_round<event_page>(self, self->state.parts.copy, read_events{rows->stream, ~std::uint64_t{0}, 1},
                           [self, rows, then](const event_page& mine) {
                             rows->first_sequence = mine.last + 1;
                             put_into_copy<events_appended>(self, *rows, then);
                           });
}

/// As the other has them, in the place of those that are here: at once, so that none is missing where it is interrupted.
/// Where there are too many for that none is dropped.
void pull_operations(self_ptr self, const std::shared_ptr<append_events>& rows, const std::string& after,
                     const step& then) {
  read_finished wanted{scheduler_of_stream(rows->stream), after, operations_per_page};
  ask_in_round<finished_list>(self, self->state.catching->source, wanted, [=](const finished_list& page) {
    rows->finished.insert(rows->finished.end(), page.items.begin(), page.items.end());
    bool is_whole = page.next.empty();
    if (!is_whole && rows->finished.size() < operations_at_once)
      return pull_operations(self, rows, page.next, then);
    if (!is_whole)
      rows->drop_operations_of = {};
    put_operations(self, rows, [=, next = page.next] {
      rows->finished.clear();
      is_whole ? then() : pull_operations(self, rows, next, then);
    });
  });
}

std::shared_ptr<append_events> operations_of(const pull& what) {
  auto rows = std::make_shared<append_events>();
  rows->stream = what.theirs.stream;
  rows->epoch = std::max(what.epoch, what.theirs.epoch);
  rows->drop_operations_of = scheduler_of_stream(what.theirs.stream);
  return rows;
}

// -- events ------------------------------------------------------------------------------------------------------

void pull_events(self_ptr self, pull what, const step_of_pull& then);

/// Also without events: whose it is by now, and that it has ended. Before the last of them is here it is no more than it was.
restore_copy part_of(const pull& what, const event_page& page, bool& is_last) {
  auto& theirs = what.theirs;
  auto end = std::find_if(page.items.begin(), page.items.end(),
                          [&](auto& event) { return event.sequence > theirs.last; });
  restore_copy part{theirs.stream, what.is_anew,     {page.items.begin(), end},
                    theirs.epoch,  theirs.has_ended, theirs.ended_at};
  is_last = part.items.empty() || part.items.back().sequence >= std::min(page.last, theirs.last);
  if (!is_last) {
    part.epoch = std::min(theirs.epoch, std::max(what.epoch, first_epoch));
    part.has_ended = false;
  }
  return part;
}

void take_events(self_ptr self, pull what, const event_page& page, const step_of_pull& then) {
  bool is_last = false;
  auto part = part_of(what, page, is_last);
  auto& items = part.items;
  if (items.empty() && !what.is_anew && what.from > what.theirs.last + 1)
    return then(what);
  bool has_gap = !what.is_anew && !items.empty() && items.front().sequence != what.from;
  if (has_gap) {
    what.is_anew = true; // what would join them is past its retention there
    what.from = 1;
    what.snapshot = 0;
    return pull_events(self, what, then);
  }
  if (what.is_anew)
    what.is_torn = items.empty() || items.front().sequence > 1;
  if (!items.empty())
    what.from = items.back().sequence + 1;
  what.is_anew = false;
  put_into_copy<done>(self, part,
                      [self, what, is_last, then] { is_last ? then(what) : pull_events(self, what, then); });
}

void pull_events(self_ptr self, pull what, const step_of_pull& then) {
  ask_in_round<event_page>(self, self->state.catching->source,
                           read_events{what.theirs.stream, what.from, events_per_page},
                           [self, what, then](const event_page& page) { take_events(self, what, page, then); });
}

/// Where the last event that is here is another one there it began anew since: nothing of what is here is kept. Where it is past
/// its retention on either disk nobody can tell, and it goes on.
void compare_lives(self_ptr self, const pull& what, const step_of_pull& then) {
  if (what.is_anew || what.from <= 1)
    return then(what);
  read_events last{what.theirs.stream, what.from - 1, 1};
  ask_in_round<event_page>(self, self->state.parts.copy, last, [=](const event_page& mine) {
    if (mine.items.empty())
      return then(what);
    ask_in_round<event_page>(self, self->state.catching->source, last, [=](const event_page& page) {
      bool is_other = !page.items.empty() && page.items.front().sequence == last.from &&
                      mine.items.front().sequence == last.from && page.items.front() != mine.items.front();
      then(is_other ? pull{what.theirs, true, 1, 0, what.epoch} : what);
    });
  });
}

// -- one stream after the other ----------------------------------------------------------------------------------

/// It is of events that came since. Those that are here may count without it: then another one comes in time (shorten).
void pass_snapshot(self_ptr self, const pull& what, std::uint64_t sequence, const step& then) {
  if (!what.is_torn)
    return then();
  auto theirs = what.theirs;
  theirs.last = sequence;
  theirs.has_ended = false; // it may have gone on; where it has ended the store says so
  pull_stream(self, {theirs, true, 1, 0, what.epoch}, then);
}

void pull_snapshot(self_ptr self, const pull& what, std::uint64_t sequence, std::uint32_t part, const step& then) {
  ask_in_round<snapshot_part>(
      self, self->state.catching->source, read_snapshot{what.theirs.stream, sequence, part},
      [self, what, part, then](const snapshot_part& heard) {
        if (heard.sequence <= what.snapshot)
          return then();
        if (heard.sequence > what.theirs.last)
          return pass_snapshot(self, what, heard.sequence, then);
        save_snapshot next{what.theirs.stream, heard.sequence, heard.at,      heard.bytes,
                           what.theirs.epoch,  part,           heard.is_last, true};
        put_into_copy<done>(self, next, [self, what, heard, part, then] {
          heard.is_last ? then() : pull_snapshot(self, what, heard.sequence, part + 1, then);
        });
      });
}

void pull_stream(self_ptr self, const pull& what, const step& then) {
  auto pull_rest = [self, what, then] {
    auto pull_last = [self, then](const pull& taken) {
      bool has_newer = taken.theirs.snapshot > taken.snapshot;
      has_newer || taken.is_torn ? pull_snapshot(self, taken, 0, 0, then) : then();
    };
    compare_lives(self, what, [self, pull_last](const pull& compared) { pull_events(self, compared, pull_last); });
  };
  if (!what.theirs.stream.starts_with(scheduler_streams))
    return pull_rest();
  pull_operations(self, operations_of(what), {}, pull_rest);
}

// Said at once: whoever trims waits for this copy from now on, or the next round would have to be over before it trims again.
// All of it is synced.
void end_catching_up(self_ptr self) {
  auto& state = self->state;
  state.complete = std::max(state.complete, state.catching->complete);
  log_info("shared_journal", "the copy has caught up", {{"revision", state.complete}});
  auto go_on = [self] {
    self->state.catching.reset();
    self->state.behind.clear();
    begin(self);
  };
  if (state.complete <= state.told)
    return go_on();
  ask_in_round<done>(self, state.parts.copy, save_watermark{state.complete}, [self, go_on](done) {
    ask_in_round<store_outcome>(self, self->state.parts.reading, mark_of(self->state, self->state.complete),
                                [go_on](const store_outcome&) { go_on(); });
  });
}

void pull_more(self_ptr self) {
  auto& catching = *self->state.catching;
  if (catching.pulls.empty() && catching.under_way == 0)
    return end_catching_up(self);
  while (!catching.pulls.empty() && catching.under_way < streams_at_once) {
    auto what = std::move(catching.pulls.front());
    catching.pulls.pop_front();
    ++catching.under_way;
    pull_stream(self, what, [self] {
      --self->state.catching->under_way;
      pull_more(self);
    });
  }
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
  put_question(self, source, caf::infinite, wanted)
      .then(
          [self, source, wanted, epoch, failed](const snapshot_part& heard) {
            auto& state = self->state;
            // What it contains must be here before it.
            if (heard.sequence <= state.snapshots[wanted.stream] || heard.sequence > state.synced[wanted.stream])
              return end_shortening(self, wanted.stream);
            save_snapshot part{wanted.stream, heard.sequence, heard.at,      heard.bytes,
                               epoch,         wanted.part,    heard.is_last, false};
            put_question(self, state.parts.copy, caf::infinite, part)
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
  read_mine(self, {}, [self] { read_theirs(self, {}, [self] { pull_more(self); }); });
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
