// Rooms of this machine whose scheduler was deleted while nobody reached it. Nobody owns them, so nobody else ends them. Two
// looks must find them, each with the store's own word that the scheduler has no owner, and a journal that is complete and
// does not have it: what could not be asked is never taken for gone. The host ends them with their grace period.
#include "actors/cluster/cluster_state.hpp"
#include "actors/put_question.hpp"
#include "messages/epoch_era.hpp"
#include "messages/log.hpp"

#include <algorithm>
#include <memory>

namespace maestro::clustered {

namespace {

constexpr auto look_interval = std::chrono::seconds{30};
constexpr std::uint64_t instances_per_page = 1000;
constexpr std::size_t proofs_at_once = 16; ///< schedulers of one look; the rest are for the next one

/// Schedulers that have rooms here and no owner that this node has heard of.
using room_counts = std::map<scheduler_name, std::size_t>;

struct orphan_look {
  room_counts found;
  std::size_t waiting = 0; ///< proofs
  std::set<scheduler_name> gone;
};
using look_ptr = std::shared_ptr<orphan_look>;

void finish(self_ptr self, const look_ptr& look) {
  self->state.orphaned = std::move(look->gone);
  self->state.is_looking_for_orphans = false;
}

void settle(self_ptr self, const look_ptr& look) {
  if (--look->waiting == 0)
    finish(self, look);
}

/// The epoch is above each that an owner of the name has had, and below that of whoever makes it anew.
void end_rooms(self_ptr self, const scheduler_name& name, std::size_t rooms, std::int64_t revision) {
  auto epoch = epoch_of(self->state.table.era(), revision);
  log_warn("cluster_directory", "ending rooms whose scheduler was deleted while this machine was away",
           {{"scheduler", name.str()}, {"rooms", std::to_string(rooms)}, {"epoch", std::to_string(epoch.number)}});
  put_question(self, self->state.context->host, self->state.context->settings.request_timeout,
               remove_scheduler{name, epoch})
      .then([](done) {},
            [name](const caf::error& why) {
              log_warn("cluster_directory", "rooms without a scheduler were not ended; they are looked at again",
                       {{"scheduler", name.str()}, {"error", from_caf(why).text}});
            });
}

void judge(self_ptr self, const look_ptr& look, const scheduler_name& name, std::int64_t revision) {
  auto& state = self->state;
  if (state.table.owner(name) != nullptr || state.in_creation.contains(name) || state.is_store_lost)
    return;
  auto rooms = look->found[name];
  if (state.orphaned.contains(name))
    return end_rooms(self, name, rooms, revision);
  look->gone.insert(name);
  log_warn("cluster_directory", "rooms whose scheduler is gone; unless it comes back they are ended",
           {{"scheduler", name.str()}, {"rooms", std::to_string(rooms)}});
}

/// The store first: what this node's journal has then is not older.
void prove(self_ptr self, const look_ptr& look, const scheduler_name& name) {
  auto& context = *self->state.context;
  auto unknown = [self, look](const caf::error&) { settle(self, look); };
  put_question(self, context.store, context.settings.store_timeout, read_store{owner_key(name)})
      .then(
          [=, &context](const store_listing& found) {
            for (auto& entry : found.entries)
              if (entry.key == owner_key(name))
                return settle(self, look);
            auto stream = "scheduler/" + name.str();
            put_question(self, context.journal, context.settings.store_timeout, list_streams{stream})
                .then(
                    [=, revision = found.revision](const stream_list& streams) {
                      if (std::find(streams.names.begin(), streams.names.end(), stream) == streams.names.end())
                        judge(self, look, name, revision);
                      settle(self, look);
                    },
                    unknown);
          },
          unknown);
}

void prove_all(self_ptr self, const look_ptr& look) {
  look->waiting = 1;
  std::size_t asked = 0;
  for (auto& [name, rooms] : look->found)
    if (++asked <= proofs_at_once) {
      ++look->waiting;
      prove(self, look, name);
    }
  settle(self, look);
}

void list_page(self_ptr self, const look_ptr& look, const room_id& after) {
  put_question(self, self->state.context->host, self->state.context->settings.request_timeout,
               list_instances{{}, after, instances_per_page})
      .then(
          [self, look](const instance_list& page) {
            for (auto& one : page.items)
              if (self->state.table.owner(one.scheduler) == nullptr)
                ++look->found[one.scheduler];
            if (page.is_last || page.items.empty())
              prove_all(self, look);
            else
              list_page(self, look, page.items.back().id);
          },
          [self](const caf::error&) { self->state.is_looking_for_orphans = false; });
}

} // namespace

void look_for_orphans(self_ptr self) {
  auto& state = self->state;
  auto& context = *state.context;
  auto now = context.clock().steady;
  bool may_look = context.host && context.moves_schedulers && state.table.is_known() && state.is_in_contact &&
                  state.is_joined && !state.is_store_lost && !state.is_looking_for_orphans;
  if (!may_look || now - state.orphans_looked_at < look_interval)
    return;
  state.orphans_looked_at = now;
  state.is_looking_for_orphans = true;
  put_question(self, context.journal, context.settings.store_timeout, get_journal_status{})
      .then(
          [self](const journal_status& journal) {
            if (journal.read_only) // not open yet, or behind: it may lack what there is
              self->state.is_looking_for_orphans = false;
            else
              list_page(self, std::make_shared<orphan_look>(), {});
          },
          [self](const caf::error&) { self->state.is_looking_for_orphans = false; });
}

} // namespace maestro::clustered
