#include "actors/cluster/shared_journal.hpp"

#include "actors/cluster/shared_journal_state.hpp"

#include <fmt/format.h>

#include <memory>

namespace maestro {

using namespace sharing;

namespace {

/// Of this node's copy, when it has what this node wrote to the stream.
template <class Answer, class Request>
caf::result<Answer> answer_of_copy(self_ptr self, const std::string& stream, Request& request) {
  if (!self->state.unsynced.contains(stream))
    return self->delegate(self->state.parts.copy, std::move(request));
  auto answer = self->make_response_promise<Answer>();
  when_synced(self, stream, [self, answer, request = std::move(request)]() mutable {
    answer.delegate(self->state.parts.copy, std::move(request));
  });
  return answer;
}

std::string stream_of(const scheduler_name& scheduler) {
  return "scheduler/" + scheduler.str();
}

/// All that this node had written to any stream by now is in its copy.
void when_all_synced(self_ptr self, const std::function<void()>& then) {
  std::vector<std::string> streams;
  for (auto& [stream, one] : self->state.unsynced)
    streams.push_back(stream);
  if (streams.empty())
    return then();
  auto left = std::make_shared<std::size_t>(streams.size());
  for (auto& stream : streams)
    when_synced(self, stream, [left, then] {
      if (--*left == 0)
        then();
    });
}

caf::result<stream_list> list(self_ptr self, list_streams& query) {
  auto answer = self->make_response_promise<stream_list>();
  when_all_synced(self, [self, answer, query = std::move(query)]() mutable {
    answer.delegate(self->state.parts.copy, std::move(query));
  });
  return answer;
}

// In the order in which appends are refused: that the store takes nothing is no excuse for a copy that is behind.
caf::result<journal_status> status(self_ptr self) {
  auto& state = self->state;
  for (auto* why : {&state.replaced, &state.behind})
    if (!why->empty())
      return journal_status{true, *why, false, -1, true};
  if (!state.refusal.empty())
    return journal_status{true, state.refusal, true};
  if (!state.is_open || state.seen == 0)
    return journal_status{true, "the cluster's journal is not open yet: " + state.said};
  return self->delegate(state.parts.copy, get_journal_status{});
}

void fire(self_ptr self, const timer_fired& fired) {
  auto& state = self->state;
  switch (static_cast<timer>(fired.kind)) {
  case timer::commit: return commit(self, fired.number);
  case timer::again:
    if (state.under_way && state.under_way->id == fired.number)
      send_again(self);
    return;
  case timer::begin:
    if (state.round == fired.number)
      begin(self);
    return;
  case timer::watch: return look_again(self, fired.number);
  case timer::tick: return tick(self);
  case timer::copy: return copy_gathered(self);
  }
}

shared_journal_actor::behavior_type shared_journal(self_ptr self, shared_journal_parts parts) {
  auto& state = self->state;
  state.parts = std::move(parts);
  auto& me = state.parts.self;
  state.process = fmt::format("{}-{}", me.node_id, me.started_at.time_since_epoch().count());
  self->set_exit_handler([self](const caf::exit_msg& ended) {
    refuse_loads(self);
    self->quit(ended.reason);
  });
  begin(self);
  tick(self);
  return {
      [self](append_events& batch) { return append(self, batch); },
      [self](const load_stream& wanted) { return load(self, wanted); },
      [self](save_snapshot& part) {
        auto stream = part.stream;
        if (part.is_last) {
          self->state.snapshots[stream] = part.sequence;
          self->state.long_tails.erase(stream);
        }
        return answer_of_copy<done>(self, stream, part);
      },
      [self](list_streams& query) { return list(self, query); },
      [self](read_events& query) {
        auto stream = query.stream;
        return answer_of_copy<event_page>(self, stream, query);
      },
      [self](watch_events& wish) -> caf::result<done> {
        return self->delegate(self->state.parts.copy, std::move(wish));
      },
      [self](list_operations& query) {
        return answer_of_copy<operation_page>(self, stream_of(query.scheduler), query);
      },
      [self](get_operation& query) { return answer_of_copy<operation>(self, stream_of(query.scheduler), query); },
      [self](purge_operations& request) {
        return answer_of_copy<operations_purged>(self, stream_of(request.scheduler), request);
      },
      [self](get_journal_status) { return status(self); },
      [self](list_copies& query) -> caf::result<copy_list> {
        return self->delegate(self->state.parts.copy, std::move(query));
      },
      [self](read_snapshot& query) -> caf::result<snapshot_part> {
        return self->delegate(self->state.parts.copy, std::move(query));
      },
      [self](read_finished& query) -> caf::result<finished_list> {
        return self->delegate(self->state.parts.copy, std::move(query));
      },
      [self](make_checkpoint) -> caf::result<checkpoint_made> {
        auto answer = self->make_response_promise<checkpoint_made>();
        when_all_synced(self,
                        [self, answer]() mutable { answer.delegate(self->state.parts.copy, make_checkpoint{}); });
        return answer;
      },
      [](const restore_copy&) -> caf::result<done> {
        return to_caf({ec::unimplemented, "a copy takes from others by itself"});
      },
      [](const save_watermark&) -> caf::result<done> {
        return to_caf({ec::unimplemented, "a copy says by itself how far it is"});
      },
      [self](const timer_fired& fired) { fire(self, fired); },
      [self](const store_changes& changes) { hear(self, changes); },
      [self](const store_contact& contact) {
        if (contact.is_there)
          look(self); // something may have been missed
      },
      [](lease_lost) {},
      [self](const known_peers& known) {
        self->state.peers = known.peers;
        self->state.are_peers_known = true;
        if (!self->state.behind.empty() && !self->state.catching && self->state.at == phase::beginning)
          begin(self);
      },
  };
}

} // namespace

shared_journal_actor spawn_shared_journal(caf::actor_system& system, shared_journal_parts parts) {
  return system.spawn(shared_journal, std::move(parts));
}

} // namespace maestro
