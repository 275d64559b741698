#include "actors/cluster/peer_door.hpp"

#include "actors/cluster/answer_desk.hpp"
#include "actors/cluster/scheduler_requests.hpp"
#include "actors/cluster/served_schedulers.hpp"
#include "actors/put_question.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace maestro {

namespace {

/// A neighbour that has sent so many lots since it was told something waits for a word (peer.cpp, `lots_ahead`). Before that it is told with
/// what it has asked for.
constexpr std::size_t lots_before_word = 2;

struct peer_door_state {
  static inline const char* name = "peer_door";
  peer_door_state() {}

  cluster_context_ptr context;
  cluster_directory_actor directory; ///< none before `open_peer_door`
  local_directory_actor local;
  std::unordered_map<std::string, game_room_actor> rooms; ///< by `scheduler/room`
  std::unique_ptr<answer_desk> desk;
  std::vector<std::pair<caf::strong_actor_ptr, lot_answers>> answers;
  std::vector<std::pair<caf::strong_actor_ptr, std::size_t>>
      lots; ///< of each neighbour, since it was told something
  bool is_answer_due = false;
};
using self_ptr = peer_door_actor::stateful_pointer<peer_door_state>;

/// The answer is this actor's, whoever made it.
template <class Answer, class Whom, class Request>
caf::result<Answer> answer_for(self_ptr self, const Whom& whom, const Request& request) {
  auto answer = self->make_response_promise<Answer>();
  put_question(self, whom, caf::infinite, request)
      .then([answer](Answer& heard) mutable { answer.deliver(std::move(heard)); },
            [answer](const caf::error& why) mutable { answer.deliver(to_caf(from_caf(why))); });
  return answer;
}

template <class Answer, class Request>
caf::result<Answer> answer_here(self_ptr self, const Request& request) {
  if (!self->state.local)
    return to_caf({ec::unavailable, "the node is starting"});
  return answer_for<Answer>(self, self->state.local, request);
}

failure not_served(const scheduler_name& scheduler) {
  return {ec::deposed, fmt::format("scheduler {} is not served by this node", scheduler.str())};
}

/// Of a scheduler that this node does not serve nothing is said and nothing done: whoever asks looks again.
template <class Answer, class Request>
caf::result<Answer> answer_of_owner(self_ptr self, const scheduler_name& scheduler, const Request& request) {
  if (!self->state.context->served->has(scheduler))
    return to_caf(not_served(scheduler));
  return answer_here<Answer>(self, request);
}

template <class Answer, class Request>
caf::result<Answer> answer_by_host(self_ptr self, const Request& request) {
  return answer_for<Answer>(self, self->state.context->host, request);
}

/// What is on this node's disk.
template <class Answer, class Request>
caf::result<Answer> answer_by_copy(self_ptr self, const Request& request) {
  auto& copy = self->state.context->copy;
  if (!copy)
    return to_caf({ec::unimplemented, "this node keeps no copy of the cluster's journal"});
  return answer_for<Answer>(self, copy, request);
}

template <class News>
void tell_prober(self_ptr self, const News& news) {
  if (auto& prober = self->state.context->prober)
    self->send(prober, news);
}

std::string place_of(const scheduler_name& scheduler, const room_id& room) {
  return scheduler.str() + '/' + room.str();
}

void remember(self_ptr self, const scheduler_name& scheduler, const room_id& room, const game_room_actor& handle) {
  auto& rooms = self->state.rooms;
  if (rooms.size() >= self->state.context->settings.rooms_limit)
    rooms.clear();
  rooms[place_of(scheduler, room)] = handle;
}

caf::result<ping_result> find(self_ptr self, const find_remote_room& wanted) {
  if (!self->state.context->served->has(wanted.scheduler))
    return to_caf(not_served(wanted.scheduler));
  auto answer = self->make_response_promise<ping_result>();
  put_question(self, self->state.local, caf::infinite, find_room{wanted.scheduler, wanted.room})
      .then(
          [self, wanted, answer](const room_handle& found) mutable {
            remember(self, wanted.scheduler, wanted.room, found.room);
            answer.deliver(ping_result{true, found.wants_metadata});
          },
          [answer](const caf::error& why) mutable { answer.deliver(to_caf(from_caf(why))); });
  return answer;
}

using when_pinged = std::function<void(result<ping_result>)>;

void ping(self_ptr self, const game_room_actor& room, const relay_ping& relayed, const when_pinged& then,
          bool may_look_again);

void look_and_ping(self_ptr self, const relay_ping& relayed, const when_pinged& then) {
  if (!self->state.context->served->has(relayed.scheduler))
    return then(not_served(relayed.scheduler));
  put_question(self, self->state.local, caf::infinite, find_room{relayed.scheduler, relayed.room})
      .then(
          [self, relayed, then](const room_handle& found) {
            remember(self, relayed.scheduler, relayed.room, found.room);
            ping(self, found.room, relayed, then, false);
          },
          [then](const caf::error& why) { then(from_caf(why)); });
}

void ping(self_ptr self, const game_room_actor& room, const relay_ping& relayed, const when_pinged& then,
          bool may_look_again) {
  self->state.desk->ask(
      room, relayed.ping,
      [=](const caf::expected<ping_result>& told) {
        if (told)
          return then(*told);
        self->state.rooms.erase(place_of(relayed.scheduler, relayed.room));
        if (may_look_again && told.error() == caf::sec::request_receiver_down)
          return look_and_ping(self, relayed, then);
        then(from_caf(told.error()));
      },
      self->context());
}

void relay(self_ptr self, const relay_ping& relayed, const when_pinged& then) {
  auto known = self->state.rooms.find(place_of(relayed.scheduler, relayed.room));
  if (known == self->state.rooms.end())
    look_and_ping(self, relayed, then);
  else
    ping(self, known->second, relayed, then, true);
}

caf::result<ping_result> relay(self_ptr self, const relay_ping& relayed) {
  auto answer = self->make_response_promise<ping_result>();
  relay(self, relayed, [answer](const result<ping_result>& told) mutable {
    told ? answer.deliver(*told) : answer.deliver(to_caf(told.error()));
  });
  return answer;
}

/// What goes to that neighbour behind everything that is in the mailbox.
lot_answers& answers_to(self_ptr self, const caf::strong_actor_ptr& whom) {
  auto& state = self->state;
  if (!std::exchange(state.is_answer_due, true))
    self->send(self, timer_fired{});
  auto found =
      std::find_if(state.answers.begin(), state.answers.end(), [&](auto& one) { return one.first == whom; });
  return found != state.answers.end() ? found->second : state.answers.emplace_back(whom, lot_answers{}).second;
}

void refuse(self_ptr self, const caf::strong_actor_ptr& whom, std::uint64_t number, const failure& why) {
  answers_to(self, whom).refusals.push_back({number, to_caf(why)});
}

void allocate_for(self_ptr self, const caf::strong_actor_ptr& whom, const lot_allocation& asked) {
  auto& wish = asked.what;
  auto number = asked.number;
  if (!self->state.context->served->has(wish.scheduler))
    return refuse(self, whom, number, not_served(wish.scheduler));
  auto deadline = self->state.context->clock().steady + wish.patience;
  put_question(self, self->state.local, caf::infinite,
               allocate_room{wish.scheduler, deadline, wish.slots, asked.key})
      .then(
          [=](allocated_room& given) {
            answers_to(self, whom).allocations.push_back({number, std::move(given)});
          },
          [=](const caf::error& why) { refuse(self, whom, number, from_caf(why)); });
}

void note_lot(self_ptr self, const caf::strong_actor_ptr& whom) {
  auto& lots = self->state.lots;
  auto known = std::find_if(lots.begin(), lots.end(), [&](auto& one) { return one.first == whom; });
  if (known == lots.end())
    known = lots.insert(lots.end(), {whom, 0});
  if (++known->second >= lots_before_word)
    answers_to(self, whom); // that it was heard, if nothing else
}

void take_lot(self_ptr self, const relay_lot& lot) {
  auto whom = self->current_sender();
  if (!whom)
    return;
  note_lot(self, whom);
  for (auto& one : lot.pings)
    relay(self, one.what, [self, whom, number = one.number](const result<ping_result>& told) {
      if (told)
        answers_to(self, whom).pings.push_back({number, *told});
      else
        refuse(self, whom, number, told.error());
    });
  for (auto& one : lot.allocations)
    allocate_for(self, whom, one);
}

void answer_lots(self_ptr self) {
  self->state.desk->hear();
  self->state.is_answer_due = false;
  for (auto& [whom, answers] : std::exchange(self->state.answers, {})) {
    std::erase_if(self->state.lots, [&](auto& one) { return one.first == whom; });
    self->send(caf::actor_cast<lot_sender_actor>(whom), std::move(answers));
  }
}

caf::result<allocated_room> allocate(self_ptr self, const relay_allocation& wish) {
  auto deadline = self->state.context->clock().steady + wish.patience;
  return answer_of_owner<allocated_room>(self, wish.scheduler,
                                         allocate_room{wish.scheduler, deadline, wish.slots, wish.request});
}

caf::result<scheduler> create(self_ptr self, const create_scheduler& command) {
  if (!self->state.directory)
    return to_caf({ec::unavailable, "the node is starting"});
  return answer_for<scheduler>(self, self->state.directory, create_here{command});
}

caf::error not_for_neighbours() {
  return to_caf({ec::unimplemented, "neighbours do not ask this of one another"});
}

peer_door_actor::behavior_type peer_door(self_ptr self, const cluster_context_ptr& context) {
  self->state.context = context;
  self->state.desk = std::make_unique<answer_desk>(self->system(), self->address());
  auto here = [self]<class Answer>(const scheduler_name& scheduler, const auto& request) {
    return answer_of_owner<Answer>(self, scheduler, request);
  };
  return behavior_with<peer_door_actor>(
      std::tuple_cat(scheduler_requests(here), keyed_scheduler_requests(here)),
      [self](const relay_lot& lot) { take_lot(self, lot); }, [self](const timer_fired&) { answer_lots(self); },
      [self](const create_scheduler& x) { return create(self, x); },
      [self](const with_key<create_scheduler>& x) {
        auto command = x.what;
        command.request = x.key;
        return create(self, command);
      },
      [self](const with_key<relay_allocation>& x) {
        auto wish = x.what;
        wish.request = x.key;
        return allocate(self, wish);
      },
      [self](const open_peer_door& opened) {
        if (!self->state.directory) {
          self->state.directory = opened.directory;
          self->state.local = opened.local;
        }
      },
      [self](const list_schedulers& x) { return answer_here<scheduler_list>(self, x); },
      [self](const list_scheduler_infos& x) { return answer_here<scheduler_info_list>(self, x); },
      [self](const get_directory_status& x) { return answer_here<directory_status>(self, x); },
      [](const list_nodes&) -> caf::result<node_list> { return not_for_neighbours(); },
      [](const change_node&) -> caf::result<done> { return not_for_neighbours(); },
      [](const allocate_room&) -> caf::result<allocated_room> { return not_for_neighbours(); },
      [](const find_room&) -> caf::result<room_handle> { return not_for_neighbours(); },
      [self](const peer_hello&) {
        return peer_hello{self->state.context->cluster, self->state.context->self};
      },
      [self](const find_remote_room& wanted) { return find(self, wanted); },
      [self](const relay_ping& relayed) { return relay(self, relayed); },
      [self](const relay_allocation& wish) { return allocate(self, wish); },
      [self](const create_instance& wish) { return answer_by_host<done>(self, wish); },
      [self](const delete_instance& wish) { return answer_by_host<done>(self, wish); },
      [self](const list_instances& wish) { return answer_by_host<instance_list>(self, wish); },
      [self](const prepare_scheduler& wish) { return answer_by_host<done>(self, wish); },
      [self](const remove_scheduler& wish) { return answer_by_host<done>(self, wish); },
      [self](const read_machine_logs& wish) { return answer_by_host<room_logs>(self, wish.what); },
      [self](const read_machine_artifacts& wish) { return answer_by_host<artifact_piece>(self, wish.what); },
      [self](const list_copies& wish) { return answer_by_copy<copy_list>(self, wish); },
      [self](const read_events& wish) { return answer_by_copy<event_page>(self, wish); },
      [self](const read_snapshot& wish) { return answer_by_copy<snapshot_part>(self, wish); },
      [self](const read_finished& wish) { return answer_by_copy<finished_list>(self, wish); },
      [self](const instance_event& event) { self->send(self->state.context->events, event); },
      [self](const probed_ping& found) { tell_prober(self, found); },
      [self](const probed_silence& found) { tell_prober(self, found); },
      [self](const probe_there& wish) { tell_prober(self, wish); },
      [self](const stop_probing_there& wish) { tell_prober(self, wish); });
}

} // namespace

peer_door_actor spawn_peer_door(caf::actor_system& system, const cluster_context_ptr& context) {
  return system.spawn(peer_door, context);
}

} // namespace maestro
