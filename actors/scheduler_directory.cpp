#include "actors/scheduler_directory.hpp"

#include "actors/metrics.hpp"
#include "actors/put_question.hpp"
#include "actors/room_tally.hpp"
#include "actors/rules/degradation.hpp"
#include "actors/rules/scheduler_decisions.hpp"
#include "actors/scheduler_entries.hpp"
#include "actors/timeline_reader.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <iterator>

namespace maestro {

using namespace local;

namespace {

const std::string stream_prefix = "scheduler/";

bool is_recovering(self_ptr self) {
  return !self->state.is_listed || !self->state.unrecovered.empty();
}

/// The entry that may serve, or why none does.
result<directory_entry*> find_entry(self_ptr self, const scheduler_name& name) {
  if (is_recovering(self))
    return failure{ec::unavailable, "the node is recovering its schedulers"};
  auto found = self->state.schedulers.find(name);
  if (found == self->state.schedulers.end())
    return unknown(self, name);
  if (!found->second.adopters.empty())
    return failure{ec::deposed, fmt::format("scheduler {} is being taken over by this node", name.str())};
  if (found->second.is_recovered_again)
    return failure{ec::unavailable, fmt::format("scheduler {} is recovered again", name.str())};
  if (!found->second.recipe && found->second.broken.empty()) {
    if (self->state.what == recovery::of_all)
      return not_found(name);
    // In a cluster it may be one that is there already.
    return failure{ec::deposed, fmt::format("whether scheduler {} is new is not known yet", name.str())};
  }
  if (!found->second.broken.empty())
    return failure{ec::internal, found->second.broken};
  return &found->second;
}

/// The scheduler is there; it serves when its pool is, too. Where that one cannot be recovered, note_down hears of it.
void end_adoption(self_ptr self, const scheduler_name& name) {
  auto found = self->state.schedulers.find(name);
  if (found == self->state.schedulers.end() || found->second.adopters.empty())
    return;
  auto& pool = found->second.pool;
  put_question(self, pool, caf::infinite, count_rooms{})
      .then(
          [self, name, whom = pool.address()](const room_counts&) {
            auto still = self->state.schedulers.find(name);
            if (still != self->state.schedulers.end() && still->second.pool.address() == whom)
              tell_adopters(self, name, done{});
          },
          [](const caf::error&) {});
}

void note_recovered(self_ptr self, const scheduler_name& name) {
  if (self->state.unrecovered.erase(name) > 0 && !is_recovering(self))
    log_info("scheduler_directory", "schedulers recovered", {{"count", self->state.schedulers.size()}});
}

void recover_all(self_ptr self, const stream_list& streams) {
  self->state.is_listed = true;
  for (auto& stream : streams.names) {
    scheduler_name name{stream.substr(stream_prefix.size())};
    self->state.unrecovered.insert(name);
    add_entry(self, name, self->state.context->epoch, true);
  }
}

void note_down(self_ptr self, const caf::down_msg& down) {
  if (note_left(self, down.source))
    return;
  for (auto& [name, entry] : self->state.schedulers) {
    if (down.source != entry.owner.address() && down.source != entry.pool.address())
      continue;
    note_broken(self, name, entry, from_caf(down.reason));
    return note_recovered(self, name);
  }
}

void create(self_ptr self, const create_scheduler& command, caf::typed_response_promise<scheduler> answer) {
  auto& name = command.recipe.name;
  auto& state = self->state;
  auto refuse = [&](const failure& why) { answer.deliver(to_caf(why)); };
  if (is_recovering(self))
    return refuse({ec::unavailable, "the node is recovering its schedulers"});
  auto known = state.schedulers.find(name);
  if (known != state.schedulers.end() && !command.request.empty()) {
    auto repeated = command;
    repeated.is_to_repeat = true; // one that is about to go makes no other
    if (find_entry(self, name))
      return (void)answer.delegate(known->second.owner, repeated);
    if (!known->second.recipe && known->second.broken.empty())
      return refuse({ec::unavailable, fmt::format("scheduler {} is being created", name.str())});
  }
  if (known != state.schedulers.end())
    return refuse(
        {ec::already_exists, fmt::format("error creating scheduler {}: name already exists", name.str())});
  if (wait_for_leaving(self, name, command.epoch, [=] { create(self, command, answer); }))
    return;
  auto limit = state.context->settings.schedulers_limit;
  if (static_cast<std::int64_t>(state.schedulers.size()) >= limit)
    return refuse({ec::resource_exhausted, fmt::format("this node may have {} schedulers at most", limit)});
  auto& entry = add_entry(self, name, command.epoch, false);
  auto creation = entry.creation = std::make_shared<scheduler_creation>(scheduler_creation{answer});
  put_question(self, entry.owner, caf::infinite, command)
      .then([self, name, creation](const scheduler& recipe) { end_creation(self, name, creation, recipe); },
            [self, name, creation](const caf::error& why) { end_creation(self, name, creation, from_caf(why)); });
}

scheduler_condition condition_of(self_ptr self, const directory_entry& entry) {
  return rules::shown(entry.tally->condition(), entry.tally->read(), self->state.context->now());
}

const failure recovering{ec::unavailable, "the node is recovering its schedulers"};

caf::result<scheduler_list> list(self_ptr self, const list_schedulers& filter) {
  if (is_recovering(self))
    return to_caf(recovering);
  scheduler_list all;
  auto& schedulers = self->state.schedulers;
  auto first = filter.name.empty() ? schedulers.begin() : schedulers.find(scheduler_name{filter.name});
  auto end = filter.name.empty() || first == schedulers.end() ? schedulers.end() : std::next(first);
  for (; first != end; ++first) {
    auto& [name, entry] = *first;
    bool is_wanted = entry.recipe && (filter.game.empty() || filter.game == (*entry.recipe)->game) &&
                     (filter.version.empty() || filter.version == (*entry.recipe)->spec.version);
    if (!is_wanted)
      continue;
    all.items.push_back(*entry.recipe);
    all.conditions.push_back(condition_of(self, entry));
  }
  all.unreachable = moving(self, filter.name);
  return all;
}

caf::result<scheduler_info_list> list_infos(self_ptr self, const list_scheduler_infos& filter) {
  if (is_recovering(self))
    return to_caf(recovering);
  scheduler_info_list all;
  auto& schedulers = self->state.schedulers;
  auto next = filter.after.empty() ? schedulers.begin() : schedulers.upper_bound(filter.after);
  for (; next != schedulers.end() && (filter.limit == 0 || all.items.size() < filter.limit); ++next) {
    auto& entry = next->second;
    if (entry.recipe && (filter.game.empty() || filter.game == (*entry.recipe)->game))
      all.items.push_back({*entry.recipe, entry.tally->read(), condition_of(self, entry)});
  }
  all.unreachable = moving(self, {});
  return all;
}

/// Hands the request to the scheduler, or to its pool.
template <class Answer, class Request>
caf::result<Answer> ask_owner(self_ptr self, const scheduler_name& name, const Request& request) {
  auto entry = find_entry(self, name);
  if (!entry)
    return to_caf(entry.error());
  return self->delegate((*entry)->owner, request);
}

template <class Answer, class Request>
caf::result<Answer> ask_host(self_ptr self, const Request& request) {
  return self->delegate(self->state.context->host, request);
}

template <class Answer, class Request>
caf::result<Answer> ask_pool(self_ptr self, const scheduler_name& name, const Request& request) {
  auto entry = find_entry(self, name);
  if (!entry)
    return to_caf(entry.error());
  return self->delegate((*entry)->pool, request);
}

bool is_missing(self_ptr self, const scheduler_name& name) {
  auto entry = find_entry(self, name);
  return !entry && entry.error().code == ec::not_found;
}

caf::result<operation_id> remove(self_ptr self, const delete_scheduler& command) {
  if (is_missing(self, command.name))
    return to_caf({ec::not_found,
                   "no scheduler found, can not delete nonexistent scheduler: " + not_found(command.name).text});
  return ask_owner<operation_id>(self, command.name, command);
}

caf::result<operation_id> change_version(self_ptr self, const new_scheduler_version& command) {
  if (is_missing(self, command.recipe.name))
    return to_caf(rules::no_scheduler_to_change(command.recipe.name));
  return ask_owner<operation_id>(self, command.recipe.name, command);
}

// The pool knows whether there is such a room; its end is an operation of the scheduler.
caf::result<operation_id> end_room(self_ptr self, const request_room_end& wish) {
  auto entry = find_entry(self, wish.scheduler);
  if (!entry)
    return to_caf(entry.error());
  auto answer = self->make_response_promise<operation_id>();
  put_question(self, (*entry)->pool, caf::infinite, get_room{wish.scheduler, wish.room})
      .then(
          [self, answer, wish](const room_view&) mutable {
            if (auto still = find_entry(self, wish.scheduler))
              answer.delegate((*still)->owner, wish);
            else
              answer.deliver(to_caf(still.error()));
          },
          [self, answer, wish](const caf::error& why) mutable {
            auto still = find_entry(self, wish.scheduler);
            if (wish.request.empty() || !still || from_caf(why).code != ec::not_found)
              return void(answer.deliver(why));
            auto repeated = wish;
            repeated.is_to_repeat = true;
            answer.delegate((*still)->owner, repeated);
          });
  return answer;
}

const timeline_reader_actor& timelines_of(self_ptr self) {
  if (!self->state.timelines)
    self->state.timelines = spawn_timeline_reader(self->system(), self->state.context);
  return self->state.timelines;
}

/// What one that was let go, or that broke, has said before it ended says nothing of its successor.
bool is_told_by_owner(self_ptr self, const scheduler_name& name) {
  auto found = self->state.schedulers.find(name);
  auto& sender = self->current_sender();
  return found != self->state.schedulers.end() && sender && found->second.owner.address() == sender->address();
}

void note_changed(self_ptr self, const shared_value<scheduler>& recipe) {
  if (!is_told_by_owner(self, recipe->name))
    return;
  auto& entry = self->state.schedulers.find(recipe->name)->second;
  entry.recipe = recipe;
  entry.is_recovered_again = false;
  end_adoption(self, recipe->name);
  note_recovered(self, recipe->name);
}

void forget(self_ptr self, const scheduler_name& name) {
  remove_entry(self, name);
  note_recovered(self, name);
}

// Final ones stand in the journal, also those of a scheduler that is gone.
caf::result<operation_page> operations_of(self_ptr self, const list_operations& wanted) {
  if (wanted.stage == operation_stage::final)
    return self->delegate(self->state.context->journal, wanted);
  if (is_missing(self, wanted.scheduler))
    return operation_page{};
  return ask_owner<operation_page>(self, wanted.scheduler, wanted);
}

caf::result<operation> operation_of(self_ptr self, const get_operation& wanted) {
  if (is_missing(self, wanted.scheduler))
    return self->delegate(self->state.context->journal, wanted);
  return ask_owner<operation>(self, wanted.scheduler, wanted);
}

caf::result<allocated_room> allocate(self_ptr self, const allocate_room& wish) {
  if (!is_missing(self, wish.scheduler))
    return ask_pool<allocated_room>(self, wish.scheduler, wish);
  self->state.context->meter->allocation_answered(wish.scheduler, allocation_outcome::unknown_scheduler,
                                                  duration{});
  return to_caf({ec::unknown, fmt::format("no ready rooms available for scheduler {}", wish.scheduler.str())});
}

node_list alone(self_ptr self) {
  return {{}, {{self->state.context->self, node_status::ready, {}, self->state.schedulers.size(), true}}};
}

local_directory_actor::behavior_type scheduler_directory(self_ptr self, const actor_context_ptr& context,
                                                         recovery what) {
  self->state.context = context;
  self->state.what = what;
  self->set_down_handler([self](const caf::down_msg& down) { note_down(self, down); });
  if (what == recovery::of_all)
    self->request(context->journal, caf::infinite, list_streams{stream_prefix})
        .await([self](const stream_list& streams) { recover_all(self, streams); },
               [self](const caf::error& why) { self->quit(why); });
  else
    recover_all(self, {});
  return {
      [self](const allocate_room& wish) { return allocate(self, wish); },
      [self](const find_room& wanted) { return ask_pool<room_handle>(self, wanted.scheduler, wanted); },
      [self](const create_scheduler& command) -> caf::result<scheduler> {
        auto answer = self->make_response_promise<scheduler>();
        create(self, command, answer);
        return answer;
      },
      [self](const get_scheduler& wanted) { return ask_owner<scheduler>(self, wanted.name, wanted); },
      [self](const list_schedulers& filter) { return list(self, filter); },
      [self](const list_scheduler_infos& filter) { return list_infos(self, filter); },
      [self](const list_versions& wanted) { return ask_owner<version_list>(self, wanted.name, wanted); },
      [self](const delete_scheduler& command) { return remove(self, command); },
      [self](const new_scheduler_version& command) { return change_version(self, command); },
      [self](const switch_active_version& command) {
        return ask_owner<operation_id>(self, command.name, command);
      },
      [self](const request_room_end& wish) { return end_room(self, wish); },
      [self](const list_operations& wanted) { return operations_of(self, wanted); },
      [self](const get_operation& wanted) { return operation_of(self, wanted); },
      [self](const cancel_operation& wish) { return ask_owner<done>(self, wish.scheduler, wish); },
      [self](const report_room_event& command) { return ask_pool<done>(self, command.scheduler, command); },
      [self](const list_rooms& wanted) { return ask_pool<room_list>(self, wanted.scheduler, wanted); },
      [self](const get_room& wanted) { return ask_pool<room_view>(self, wanted.scheduler, wanted); },
      [self](const explain_rooms& asked) { return ask_pool<rooms_explanation>(self, asked.scheduler, asked); },
      [self](const list_strangers& wanted) { return ask_pool<stranger_list>(self, wanted.scheduler, wanted); },
      [self](const adopt_stranger& wish) { return ask_pool<done>(self, wish.scheduler, wish); },
      [self](const end_stranger& wish) { return ask_pool<done>(self, wish.scheduler, wish); },
      [self](const read_room_logs& wanted) { return ask_host<room_logs>(self, wanted); },
      [self](const read_artifacts& wanted) { return ask_host<artifact_piece>(self, wanted); },
      [self](const get_room_timeline& wanted) -> caf::result<timeline> {
        return self->delegate(timelines_of(self), wanted);
      },
      [self](const get_operation_timeline& wanted) -> caf::result<timeline> {
        return self->delegate(timelines_of(self), wanted);
      },
      [self](const list_changes& wanted) -> caf::result<change_list> {
        return self->delegate(timelines_of(self), wanted);
      },
      [self](get_directory_status) {
        return directory_status{is_recovering(self), self->state.schedulers.size(), {}};
      },
      [self](const list_nodes&) { return alone(self); },
      [](const change_node&) -> caf::result<done> {
        return to_caf({ec::failed_precondition, "this node stands alone: there is no cluster to change"});
      },
      [self](const scheduler_changed& change) { note_changed(self, change.recipe); },
      [self](const scheduler_gone& gone) {
        if (is_told_by_owner(self, gone.name))
          forget(self, gone.name);
      },
      [self](const host_lost& lost) {
        for (auto& [name, entry] : self->state.schedulers)
          self->send(entry.pool, lost);
      },
      [self](const adopt_scheduler& wish) -> caf::result<done> {
        auto answer = self->make_response_promise<done>();
        adopt(self, wish, answer);
        return answer;
      },
      [self](const release_scheduler& wish) -> caf::result<done> {
        auto answer = self->make_response_promise<done>();
        release(self, wish.name, answer);
        return answer;
      },
      [self](const timer_fired&) { look_at_broken(self); },
  };
}

} // namespace

local_directory_actor spawn_scheduler_directory(caf::actor_system& system, const actor_context_ptr& context,
                                                recovery what) {
  return system.spawn(scheduler_directory, context, what);
}

} // namespace maestro
