#include "actors/cluster/peer.hpp"

#include "actors/call_later.hpp"
#include "actors/cluster/remote_room.hpp"
#include "actors/cluster/scheduler_requests.hpp"
#include "actors/put_question.hpp"
#include "messages/log.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace maestro {

namespace {

enum class peer_timer : std::uint8_t { connect = 1, send, late };

/// For the answer to a greeting. Where both sides connect at the same moment CAF keeps one of two connections, and what was said on
/// the other is lost without a word.
constexpr auto greeting_patience = std::chrono::seconds{1};
constexpr std::size_t lot_size = 256; ///< requests in one message; the next ones go in another
constexpr std::size_t lots_ahead =
    2; ///< sent before the neighbour is heard (peer_door.cpp, `lots_before_word`); what is asked meanwhile goes together
constexpr auto late_interval = std::chrono::milliseconds{100};

/// A process that stood still finds old answers when it goes on: what they promise may be over.
struct waiting_answer {
  caf::response_promise promise;
  duration until{}; ///< nobody waits for it longer
};

struct peer_state {
  static inline const char* name = "peer";
  peer_state() {}
  ~peer_state() {
    if (tray)
      tray->close();
  }

  cluster_context_ptr context;
  cluster_member whom;
  cluster_directory_actor owner;
  peer_door_actor door; ///< while the link is up
  std::string reason = "not connected yet";
  duration pause{};
  std::unordered_map<std::uint64_t, waiting_answer> waiting;
  std::uint64_t last_request = 0;
  relay_lot lot; ///< goes behind everything that is in the mailbox, when the neighbour has room for it
  bool is_send_due = false;
  std::size_t lots_unheard = 0;           ///< sent since the neighbour was last heard
  std::deque<std::uint64_t> sent_in_lots; ///< in order; those that wait may become late
  bool is_looking_for_late = false;
  ping_tray_ptr tray; ///< pings of REMOTE ROOMs: like the lot they wait while the neighbour has enough
  remote_rooms rooms{0};
};
using self_ptr = peer_actor::stateful_pointer<peer_state>;

// Whatever stands here for something there (a REMOTE ROOM) has ended with it: who holds it looks again.
failure not_reached(self_ptr self) {
  return {ec::unavailable,
          fmt::format("node {} is not reached: {}", self->state.whom.name.str(), self->state.reason),
          failure_subject::actor};
}

failure answer_of_neighbour(self_ptr self, const caf::error& why) {
  if (why == caf::sec::request_timeout)
    return {ec::deadline_exceeded, fmt::format("node {} did not answer in time", self->state.whom.name.str())};
  auto told = from_caf(why);
  if (told.code == ec::deposed)
    told.subject = failure_subject::actor; // as above: it is another node's by now
  return told;
}

// What a converter takes is what the neighbour answers.
template <class T>
struct answers {
  using type = T;
};
template <class Convert, class Heard, class Told>
answers<Heard> answer_of_call(Told (Convert::*)(Heard&) const);
template <class Convert>
auto answer_type(Convert) -> decltype(answer_of_call(&Convert::operator()));

/// Nothing, or why the neighbour cannot be asked.
std::optional<failure> refusal(self_ptr self) {
  auto& state = self->state;
  if (!state.door)
    return not_reached(self);
  if (state.waiting.size() >= state.context->settings.requests_limit)
    return failure{ec::resource_exhausted, fmt::format("{} requests wait for node {} already",
                                                       state.waiting.size(), state.whom.name.str())};
  return {};
}

/// The number of the request.
std::uint64_t wait_for_answer(self_ptr self, caf::response_promise answer) {
  auto& state = self->state;
  auto until = state.context->clock().steady + state.context->settings.request_timeout;
  state.waiting.emplace(++state.last_request, waiting_answer{std::move(answer), until});
  return state.last_request;
}

void refuse(self_ptr self, std::uint64_t number, const caf::error& why) {
  if (auto found = self->state.waiting.extract(number); !found.empty())
    found.mapped().promise.deliver(to_caf(answer_of_neighbour(self, why)));
}

template <class Answer>
void settle(self_ptr self, std::uint64_t number, Answer&& outcome) {
  auto found = self->state.waiting.extract(number);
  if (found.empty())
    return;
  auto& [promise, until] = found.mapped();
  if (self->state.context->clock().steady <= until)
    promise.deliver(std::forward<Answer>(outcome));
  else
    promise.deliver(to_caf({ec::deadline_exceeded, "the answer came when nobody waited for it any more"}));
}

/// Asks the neighbour, which may be asked; `convert` makes of its answer what is answered here.
template <class Request, class Convert>
void ask_for(self_ptr self, caf::response_promise answer, const Request& request, Convert convert) {
  auto& state = self->state;
  auto number = wait_for_answer(self, std::move(answer));
  using told = typename decltype(answer_type(convert))::type;
  put_question(self, state.door, state.context->settings.request_timeout, request)
      .then([self, number, convert](told& heard) { settle(self, number, convert(heard)); },
            [self, number](const caf::error& why) { refuse(self, number, why); });
}

template <class Answer, class Request, class Convert>
caf::result<Answer> relay_as(self_ptr self, const Request& request, Convert convert) {
  if (auto why = refusal(self))
    return to_caf(*why);
  auto answer = self->make_response_promise<Answer>();
  ask_for(self, answer, request, convert);
  return answer;
}

bool is_empty(const relay_lot& lot) {
  return lot.pings.empty() && lot.allocations.empty();
}

void send_lot(self_ptr self) {
  auto& state = self->state;
  if (is_empty(state.lot) || !state.door)
    return;
  ++state.lots_unheard;
  self->send(state.door, std::exchange(state.lot, {}));
}

void look_for_late(self_ptr self) {
  if (!std::exchange(self->state.is_looking_for_late, true))
    call_later(self, late_interval, peer_timer::late);
}

/// Full lots go at once; who puts something into one that is not full sees to it that it goes.
template <class Request>
void put_in_lot(self_ptr self, std::vector<Request> relay_lot::*row, Request request,
                caf::response_promise answer) {
  auto& state = self->state;
  request.number = wait_for_answer(self, std::move(answer));
  state.sent_in_lots.push_back(request.number);
  (state.lot.*row).push_back(std::move(request));
  if (state.lot.pings.size() + state.lot.allocations.size() >= lot_size)
    send_lot(self);
  look_for_late(self);
}

/// Asks the neighbour with whatever else is asked at this moment.
template <class Answer, class Request>
caf::result<Answer> relay_in_lot(self_ptr self, std::vector<Request> relay_lot::*row, Request request) {
  auto& state = self->state;
  if (auto why = refusal(self))
    return to_caf(*why);
  auto answer = self->make_response_promise<Answer>();
  put_in_lot(self, row, std::move(request), answer);
  if (!is_empty(state.lot) && state.lots_unheard < lots_ahead && !std::exchange(state.is_send_due, true))
    self->send(self, timer_fired{static_cast<std::uint8_t>(peer_timer::send), 0});
  return answer;
}

void take_tray(self_ptr self) {
  auto me = caf::actor_cast<caf::strong_actor_ptr>(self);
  for (auto& ping : self->state.tray->take()) {
    caf::response_promise answer{me, std::move(ping.asker), {}, ping.id};
    if (auto why = refusal(self))
      answer.deliver(to_caf(*why));
    else if (self->state.whom.takes_lots)
      put_in_lot(self, &relay_lot::pings, lot_ping{0, std::move(ping.what)}, std::move(answer));
    else
      ask_for(self, std::move(answer), ping.what, [](ping_result& heard) -> ping_result { return heard; });
  }
}

void send_all(self_ptr self) {
  take_tray(self);
  send_lot(self);
}

/// What waits goes when the neighbour was heard, at the latest when those who wait too long are looked for.
void send_if_it_may(self_ptr self) {
  self->state.is_send_due = false;
  if (self->state.lots_unheard < lots_ahead)
    send_all(self);
  else
    look_for_late(self);
}

void hear(self_ptr self, lot_answers& heard) {
  for (auto& one : heard.pings)
    settle(self, one.number, one.what);
  for (auto& one : heard.allocations)
    settle(self, one.number, std::move(one.what));
  for (auto& one : heard.refusals)
    refuse(self, one.number, one.why);
  self->state.lots_unheard = 0;
  send_all(self);
}

/// All wait equally long: who was asked first is late first. A neighbour that is not heard is told all the same.
void refuse_late(self_ptr self) {
  auto& state = self->state;
  send_all(self);
  auto now = state.context->clock().steady;
  while (!state.sent_in_lots.empty()) {
    auto number = state.sent_in_lots.front();
    auto found = state.waiting.find(number);
    if (found != state.waiting.end() && found->second.until >= now)
      break;
    state.sent_in_lots.pop_front();
    refuse(self, number, caf::sec::request_timeout);
  }
  state.is_looking_for_late = !state.sent_in_lots.empty();
  if (state.is_looking_for_late)
    call_later(self, late_interval, peer_timer::late);
}

void answer_all(self_ptr self) {
  self->state.lot = {};
  self->state.lots_unheard = 0;
  for (auto& [number, answer] : std::exchange(self->state.waiting, {}))
    answer.promise.deliver(to_caf(not_reached(self)));
  take_tray(self); // without a link they are refused
}

void lose_link(self_ptr self, const std::string& why, bool has_ended = false);

void raise_link(self_ptr self, const peer_door_actor& door) {
  auto& state = self->state;
  state.door = door;
  state.pause = {};
  state.reason.clear();
  self->monitor(door);
  log_info("peer", "node reached", {{"peer", state.whom.name.str()}, {"address", state.whom.address}});
  self->send(state.owner, link_changed{state.whom.name, true, {}, false});
}

/// Nothing, or why the two cannot be neighbours.
std::string objection(self_ptr self, const peer_hello& heard) {
  auto& state = self->state;
  auto& mine = state.context->self;
  if (heard.cluster != state.context->cluster)
    return fmt::format("it belongs to cluster {}, not {}", heard.cluster, state.context->cluster);
  if (heard.member.format != mine.format)
    return fmt::format("it speaks format {} (version {}), this node {} (version {})", heard.member.format,
                       heard.member.version, mine.format, mine.version);
  if (heard.member.name != state.whom.name || heard.member.node_id != state.whom.node_id)
    return fmt::format("node {} ({}) answers at {}", heard.member.name.str(), heard.member.node_id,
                       state.whom.address);
  return {};
}

void greet(self_ptr self, const peer_door_actor& door) {
  auto& context = *self->state.context;
  put_question(self, door, greeting_patience, peer_hello{context.cluster, context.self})
      .then(
          [self, door](const peer_hello& heard) {
            auto why = objection(self, heard);
            why.empty() ? raise_link(self, door) : lose_link(self, why);
          },
          [self](const caf::error& why) { lose_link(self, answer_of_neighbour(self, why).text); });
}

void connect(self_ptr self) {
  auto& state = self->state;
  put_question(self, state.context->connector, caf::infinite, connect_peer{state.whom.address})
      .then([self](const peer_link& link) { greet(self, link.door); },
            [self](const caf::error& error) {
              auto why = from_caf(error);
              lose_link(self, why.text, why.code == ec::not_found);
            });
}

// Everybody who waits is told now: a broken link answers nothing by itself.
void lose_link(self_ptr self, const std::string& why, bool has_ended) {
  auto& state = self->state;
  bool is_news = state.door || state.reason != why;
  state.door = nullptr;
  state.reason = why;
  answer_all(self);
  if (is_news) {
    log_warn("peer", "node not reached", {{"peer", state.whom.name.str()}, {"error", why}});
    self->send(state.owner, link_changed{state.whom.name, false, why, has_ended});
  }
  auto& settings = state.context->settings;
  state.pause = std::clamp<duration>(state.pause * 2, settings.reconnect_min, settings.reconnect_max);
  call_later(self, state.pause, peer_timer::connect);
}

template <class Answer, class Request>
caf::result<Answer> relay(self_ptr self, const Request& request) {
  auto as_heard = [](Answer& heard) -> Answer { return std::move(heard); };
  if constexpr (keyed_request<Request>)
    if (!request.request.empty() && self->state.whom.takes_keys)
      return relay_as<Answer>(self, with_key<Request>{request.request, request}, as_heard);
  return relay_as<Answer>(self, request, as_heard);
}

/// Lost where the link is down.
template <class News>
void tell(self_ptr self, const News& news) {
  if (self->state.door)
    self->send(self->state.door, news);
}

caf::result<allocated_room> allocate(self_ptr self, const allocate_room& wish) {
  auto patience = self->state.context->settings.request_timeout;
  if (wish.deadline.count() > 0)
    patience = std::max<duration>(wish.deadline - self->state.context->clock().steady, duration{1});
  relay_allocation relayed{wish.scheduler, patience, wish.slots, wish.request};
  if (self->state.whom.takes_lots)
    return relay_in_lot<allocated_room>(self, &relay_lot::allocations, {0, wish.request, std::move(relayed)});
  return relay<allocated_room>(self, relayed);
}

caf::result<room_handle> find(self_ptr self, const find_room& wanted) {
  return relay_as<room_handle>(
      self, find_remote_room{wanted.scheduler, wanted.room}, [self, wanted](ping_result& found) -> room_handle {
        auto& state = self->state;
        return {state.rooms.get(self->system(), state.tray, wanted.scheduler, wanted.room), found.wants_metadata};
      });
}

peer_actor::behavior_type peer(self_ptr self, const cluster_context_ptr& context, const cluster_member& whom,
                               const cluster_directory_actor& owner) {
  self->state.context = context;
  self->state.whom = whom;
  self->state.owner = owner;
  self->state.tray = std::make_shared<ping_tray>(self->address(), static_cast<std::uint8_t>(peer_timer::send));
  self->state.rooms = remote_rooms(context->settings.rooms_limit);
  self->set_down_handler([self](const caf::down_msg& down) {
    if (self->state.door && down.source == self->state.door.address())
      lose_link(self, "the link broke");
  });
  self->set_exit_handler([self](const caf::exit_msg& ended) {
    self->state.reason = "it left the cluster";
    self->state.door = nullptr;
    answer_all(self);
    self->quit(ended.reason);
  });
  connect(self);
  auto hand_on = [self]<class Answer>(const scheduler_name&, const auto& request) {
    return relay<Answer>(self, request);
  };
  return behavior_with<peer_actor>(
      scheduler_requests(hand_on), [self](const allocate_room& wish) { return allocate(self, wish); },
      [self](lot_answers& heard) { hear(self, heard); },
      [self](const timer_fired& fired) {
        switch (static_cast<peer_timer>(fired.kind)) {
        case peer_timer::connect: return connect(self);
        case peer_timer::send: return send_if_it_may(self);
        case peer_timer::late: return refuse_late(self);
        }
      },
      [self](const create_scheduler& x) { return relay<scheduler>(self, x); },
      [self](const list_schedulers& x) { return relay<scheduler_list>(self, x); },
      [self](const list_scheduler_infos& x) { return relay<scheduler_info_list>(self, x); },
      [self](const get_directory_status& x) { return relay<directory_status>(self, x); },
      [self](const list_nodes& x) { return relay<node_list>(self, x); },
      [self](const change_node& x) { return relay<done>(self, x); },
      [self](const find_room& wanted) { return find(self, wanted); },
      [self](const create_instance& wish) { return relay<done>(self, wish); },
      [self](const delete_instance& wish) { return relay<done>(self, wish); },
      [self](const list_instances& wish) { return relay<instance_list>(self, wish); },
      [self](const prepare_scheduler& wish) { return relay<done>(self, wish); },
      [self](const remove_scheduler& wish) { return relay<done>(self, wish); },
      [self](const read_machine_logs& wish) { return relay<room_logs>(self, wish); },
      [self](const read_machine_artifacts& wish) { return relay<artifact_piece>(self, wish); },
      [self](const list_copies& wish) { return relay<copy_list>(self, wish); },
      [self](const read_events& wish) { return relay<event_page>(self, wish); },
      [self](const read_snapshot& wish) { return relay<snapshot_part>(self, wish); },
      [self](const read_finished& wish) { return relay<finished_list>(self, wish); },
      [self](const instance_event& event) { tell(self, event); },
      [self](const probed_ping& found) { tell(self, found); },
      [self](const probed_silence& found) { tell(self, found); },
      [self](const probe_there& wish) { tell(self, wish); },
      [self](const stop_probing_there& wish) { tell(self, wish); });
}

} // namespace

peer_actor spawn_peer(caf::actor_system& system, const cluster_context_ptr& context, const cluster_member& whom,
                      const cluster_directory_actor& owner) {
  return system.spawn(peer, context, whom, owner);
}

} // namespace maestro
