// How a round of the copy begins: with what the store and this node's disk say of one another. A cluster without a journal is founded
// with this node's, a new disk joins, one that is older than it was says so, one that is behind takes from another.
#include "actors/cluster/shared_journal_state.hpp"
#include "actors/put_question.hpp"
#include "actors/rules/journal_trim.hpp"
#include "messages/cluster_codec.hpp"
#include "messages/epoch_era.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace maestro::sharing {

namespace {

/// Until the directory has written this node's key; it waits for nothing.
constexpr auto name_interval = std::chrono::milliseconds{50};

void begin_in(self_ptr self, duration pause) {
  auto& state = self->state;
  ++state.round;
  state.at = phase::beginning;
  state.is_looking = false;
  call_later(self, pause, timer::begin, state.round);
}

/// Who has the name is said by its key among the members, which another process may hold: what it has in the journal under
/// that name is not this node's to take. `then` with the condition that the name is still this node's. One of a former life
/// on the same disk counts: a node that starts again does not wait until it is over.
void with_name(self_ptr self, std::function<void(const store_condition&)> then) {
  auto key = member_key(self->state.parts.self.name);
  ask_in_round<store_listing>(self, self->state.parts.reading, read_store{key}, [=](const store_listing& found) {
    auto entry =
        std::find_if(found.entries.begin(), found.entries.end(), [&](auto& one) { return one.key == key; });
    if (entry == found.entries.end())
      return begin_in(self, name_interval);
    auto news = read_news({0, false, {*entry}, {}});
    auto* seen = news.facts.empty() ? nullptr : std::get_if<member_seen>(&news.facts.front());
    auto& me = self->state.parts.self;
    if (seen != nullptr && seen->member->node_id == me.node_id)
      return then({key, entry->revision});
    begin_again(self,
                {ec::failed_precondition, fmt::format("another node has the name {}{}", me.name.str(),
                                                      seen == nullptr ? "" : ", at " + seen->member->address)});
  });
}

void found(self_ptr self, owner_epoch highest, bool is_empty, const store_condition& name) {
  auto& state = self->state;
  auto era = next_era(highest);
  if (era > 0 && !state.parts.settings.may_found) {
    state.behind =
        "the store has no journal, and this node's disk has one of a cluster: bring back what the store had, or, "
        "where it is lost for good, found the cluster again: maestro cluster init --from DATA_DIR";
    return begin_again(self, {ec::unavailable, state.behind});
  }
  auto& me = state.parts.self;
  change_store wanted{{name, {trimmed_key, 0}},
                      {{store_write_kind::put, trimmed_key, trimmed_value(is_empty ? 0 : 1)},
                       {store_write_kind::put, copy_key(me.name), copy_value({me.node_id, 1, 0})},
                       {store_write_kind::put, era_key, era_value(era, state.process)}}};
  // First: the disk may have been of another store, whose revisions were others.
  ask_in_round<done>(self, state.parts.copy, save_watermark{1}, [self, wanted](done) {
    ask_in_round<store_outcome>(self, self->state.parts.reading, wanted, [self](const store_outcome& outcome) {
      if (outcome.is_applied && self->state.parts.watch.founded)
        self->state.parts.watch.founded();
      begin_again(self, {ec::aborted, "founded"});
    });
  });
}

/// Where there was no journal in this cluster, this node's is the first copy.
void found_archive(self_ptr self, const std::string& after = {}, owner_epoch highest = {}, bool is_empty = true) {
  self->state.behind.clear();
  ask_in_round<copy_list>(
      self, self->state.parts.copy, list_copies{after, positions_per_page}, [=](const copy_list& page) {
        auto most = highest;
        for (auto& one : page.items)
          most = std::max(most, one.epoch);
        bool is_nothing = is_empty && page.items.empty();
        if (!page.next.empty())
          return found_archive(self, page.next, most, is_nothing);
        with_name(self, [=](const store_condition& name) { found(self, most, is_nothing, name); });
      });
}

/// The disk is not what it was: nobody is to count on it, nor to take from it what it does not have.
void take_back(self_ptr self, const journal_copy& told, std::int64_t watermark) {
  auto& state = self->state;
  log_warn("shared_journal",
           "this node's disk is older than what the cluster has been told of it; what it lacks is taken "
           "from another one's",
           {{"watermark", watermark}, {"told", told.complete}});
  auto key = copy_key(state.parts.self.name);
  change_store wanted{{{key, told.revision}},
                      {{store_write_kind::put, key, copy_value({state.parts.self.node_id, watermark, 0})}}};
  fence_trims(wanted, state.archive);
  ask_in_round<store_outcome>(self, state.parts.reading, wanted, [self](const store_outcome&) {
    begin_again(self, {ec::aborted, "the disk is older"});
  });
}

/// Takes the writer's key, so that nothing of an earlier life happens any more.
void open_writing(self_ptr self, const store_condition& name) {
  auto& state = self->state;
  auto& me = state.parts.self.name;
  auto known = state.archive.writers[me];
  change_store wanted{
      {name, {writer_key(me), known.revision}},
      {{store_write_kind::put, writer_key(me), writer_value({state.process, known.number, 0, 0})}}};
  put_question(self, state.parts.store, caf::infinite, wanted)
      .then(
          [self, known](const store_outcome& outcome) {
            if (!outcome.is_applied)
              return begin_again(self, {ec::aborted, "a transaction of an earlier life has just happened"});
            self->state.is_open = true;
            self->state.chain = outcome.revision;
            self->state.number = known.number;
            begin_listing(self);
          },
          [self](const caf::error& why) { begin_again(self, from_caf(why)); });
}

void refuse_to_join(self_ptr self, std::string why) {
  self->state.behind = std::move(why);
  begin_again(self, {ec::failed_precondition, self->state.behind});
}

/// What was acknowledged since then is on disks only, on each another part of it, and epochs are given out a second time.
void refuse_older_store(self_ptr self, std::int64_t watermark) {
  refuse_to_join(
      self,
      fmt::format("etcd is at revision {}, and this node's disk has the cluster's journal up to {}: etcd was "
                  "set back to an earlier state. Bring back what it had, or found the cluster again from the "
                  "node whose disk is at the highest of these revisions, with an etcd that knows nothing of "
                  "the cluster (maestro cluster init --from DATA_DIR)",
                  self->state.archive.revision, watermark));
}

// What the disk says counts where it is less. One of an earlier version says nothing.
void recall_complete(self_ptr self, const journal_copy& told, const journal_status& disk) {
  auto& state = self->state;
  if (disk.watermark > state.archive.revision)
    return refuse_older_store(self, disk.watermark);
  bool is_set_back = disk.watermark >= 0 && std::max(disk.watermark, state.complete) < told.complete;
  if (is_set_back)
    return take_back(self, told, disk.watermark);
  state.told = told.complete;
  state.saved = disk.watermark;
  state.complete = std::max(state.complete, told.complete);
  if (state.complete < state.archive.trimmed)
    fall_behind(self);
  if (!state.behind.empty())
    return catch_up(self);
  if (state.is_open)
    return begin_listing(self);
  with_name(self, [self](const store_condition& name) { open_writing(self, name); });
}

/// What the store has forgotten is on disks only: the last one is not given up for an empty one (as by forget_node). The one
/// that is counted on instead is still one of the cluster's when this one takes its place.
void take_place(self_ptr self, const store_condition& name) {
  auto& archive = self->state.archive;
  auto& me = self->state.parts.self;
  auto told = archive.copies.find(me.name);
  if (rules::keeps_alone(me.name, archive))
    return refuse_to_join(
        self, fmt::format("what etcd has forgotten of the journal is on no other disk than the one that node {} "
                          "had (id {}), and this one is empty: start the node with that data directory until "
                          "another node has caught up; where that disk is lost, found the cluster again from a "
                          "backup or from the node that has the most, with an etcd that knows nothing of the "
                          "cluster (maestro cluster init --from DATA_DIR)",
                          me.name.str(), told->second.node_id));
  change_store wanted{{name, {copy_key(me.name), told == archive.copies.end() ? 0 : told->second.revision}},
                      {{store_write_kind::put, copy_key(me.name), copy_value({me.node_id, 0, 0})}}};
  fence_trims(wanted, archive);
  if (auto keeper = rules::keeper_beside(me.name, archive))
    wanted.conditions.push_back({copy_key(*keeper), archive.copies.at(*keeper).revision});
  // What the disk says of another store is not said of this one.
  ask_in_round<done>(self, self->state.parts.copy, save_watermark{0}, [self, wanted](done) {
    ask_in_round<store_outcome>(self, self->state.parts.reading, wanted, [self](const store_outcome& outcome) {
      if (outcome.is_applied)
        self->state.behind.clear();
      begin_again(self, {ec::aborted, "joined"});
    });
  });
}

/// A disk that is new here must be empty: what it has is not the cluster's, and nobody may lose it by a mistake.
void join_archive(self_ptr self) {
  ask_in_round<copy_list>(self, self->state.parts.copy, list_copies{{}, 1}, [self](const copy_list& page) {
    if (!page.items.empty())
      return refuse_to_join(
          self, fmt::format("this node's data directory holds a journal that is not this cluster's (stream {}): "
                            "give it an empty one",
                            page.items.front().stream));
    with_name(self, [self](const store_condition& name) { take_place(self, name); });
  });
}

} // namespace

void begin(self_ptr self) {
  self->state.at = phase::beginning;
  watch(self);
  when_copied(self, [self] {
    ask_in_round<store_listing>(
        self, self->state.parts.reading, read_store{archive_keys, 0, 0}, [self](const store_listing& listing) {
          auto& state = self->state;
          state.archive = read_archive(listing);
          if (state.archive.trimmed_revision == 0)
            return found_archive(self);
          auto told = state.archive.copies.find(state.parts.self.name);
          if (told == state.archive.copies.end() || told->second.node_id != state.parts.self.node_id)
            return join_archive(self);
          ask_in_round<journal_status>(
              self, state.parts.copy, get_journal_status{},
              [self, copy = told->second](const journal_status& disk) { recall_complete(self, copy, disk); });
        });
  });
}

void begin_again(self_ptr self, const failure& why) {
  auto& state = self->state;
  if (why.code != ec::aborted && std::exchange(state.said, why.text) != why.text)
    log_warn("shared_journal", "begins again", {{"error", why.text}});
  begin_in(self, why.code == ec::aborted ? duration{1} : state.parts.settings.retry_max);
}

} // namespace maestro::sharing
