#include "actors/cluster/cluster_prober.hpp"

#include "actors/put_question.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <map>
#include <set>
#include <utility>

namespace maestro {

namespace {

constexpr auto subscribe_patience = std::chrono::seconds{10};

using room_key = std::pair<scheduler_name, room_id>;

/// A room of this node's that runs elsewhere.
struct room_elsewhere {
  probe_there order;
  std::string node_id;
  asked_room_actor game;
};

/// A room of another node's that runs here.
struct room_here {
  probe_there order;
  asked_room_actor stand_in;
};

struct cluster_prober_state {
  static inline const char* name = "cluster_prober";
  cluster_prober_state() {}

  prober_actor here;
  std::string node_id;
  std::uint64_t rooms_limit = 0;
  cluster_directory_actor directory; ///< none before it is told
  std::map<std::string, peer_actor> peers;
  std::set<std::string> reached; ///< of the same
  std::map<room_key, room_elsewhere> elsewhere;
  std::map<caf::actor_addr, room_key> games; ///< of the same
  std::map<room_key, room_here> guests;
};
using self_ptr = cluster_prober_actor::stateful_pointer<cluster_prober_state>;

// What the prober takes for the game room: it hands on to whoever owns the room now.
asked_room_actor::behavior_type stand_in(asked_room_actor::pointer self, const cluster_directory_actor& directory,
                                         const room_key& room) {
  return {
      [=](const ping_room& what) {
        self->send(directory, probed_ping{room.second, room.first, what});
        return ping_result{true, false};
      },
      [=](const report_silence& what) {
        self->send(directory, probed_silence{room.second, room.first, what});
      },
  };
}

template <class News>
void tell_machine(self_ptr self, const std::string& node_id, const News& news) {
  if (self->state.reached.contains(node_id))
    self->send(self->state.peers.at(node_id), news);
}

bool is_same(const probe_there& a, const probe_there& b) {
  return a.how == b.how && a.ports == b.ports && a.port == b.port && a.busy_matches == b.busy_matches;
}

// -- rooms of this node's -------------------------------------------------------------------------------------

void forget_elsewhere(self_ptr self, const room_key& room) {
  auto known = self->state.elsewhere.extract(room);
  if (known.empty())
    return;
  auto address = known.mapped().game.address();
  self->demonitor(address);
  self->state.games.erase(address);
}

void end_guest(self_ptr self, const room_key& room) {
  if (auto guest = self->state.guests.extract(room); !guest.empty())
    self->send_exit(guest.mapped().stand_in, caf::exit_reason::user_shutdown); // the prober forgets it with that
}

void begin(self_ptr self, const begin_probing& wish) {
  auto& state = self->state;
  room_key room{wish.scheduler, wish.id};
  forget_elsewhere(self, room);
  if (wish.placed_on.empty() || wish.placed_on == state.node_id) {
    self->send(state.here, wish);
    return end_guest(self, room); // it has come to live with its owner
  }
  probe_there order{wish.id,   wish.scheduler,    wish.how,         wish.ports,
                    wish.port, wish.busy_matches, wish.has_answered};
  self->monitor(wish.game);
  state.games.emplace(wish.game.address(), room);
  tell_machine(self, wish.placed_on, order);
  state.elsewhere.emplace(room, room_elsewhere{std::move(order), wish.placed_on, wish.game});
}

void end(self_ptr self, const end_probing& wish) {
  auto& state = self->state;
  room_key room{wish.scheduler, wish.id};
  auto known = state.elsewhere.find(room);
  if (known == state.elsewhere.end())
    return self->send(state.here, wish);
  tell_machine(self, known->second.node_id, stop_probing_there{wish.id, wish.scheduler});
  forget_elsewhere(self, room);
}

// Whoever moves the scheduler away ends its game rooms: the next owner says the same again, so nothing is stopped there.
void note_end(self_ptr self, const caf::actor_addr& game) {
  if (auto room = self->state.games.extract(game); !room.empty())
    self->state.elsewhere.erase(room.mapped());
}

/// What a machine forgot with its former life, or never heard.
void learn_peers(self_ptr self, const known_peers& known) {
  auto& state = self->state;
  auto before = std::exchange(state.reached, {});
  state.peers.clear();
  std::set<std::string> news;
  for (auto& one : known.peers) {
    auto& node_id = one.member.node_id;
    state.peers[node_id] = one.peer;
    if (!one.is_reached)
      continue;
    state.reached.insert(node_id);
    if (!before.contains(node_id))
      news.insert(node_id);
  }
  if (news.empty())
    return;
  for (auto& [room, one] : state.elsewhere)
    if (news.contains(one.node_id))
      tell_machine(self, one.node_id, one.order);
}

template <class What>
void tell_game(self_ptr self, const room_key& room, const What& what) {
  if (auto known = self->state.elsewhere.find(room); known != self->state.elsewhere.end())
    caf::anon_send(known->second.game, what);
}

// -- rooms of this machine that others own --------------------------------------------------------------------

void begin_here(self_ptr self, const probe_there& order) {
  auto& state = self->state;
  room_key room{order.scheduler, order.id};
  auto known = state.guests.find(room);
  if (!state.directory || (known != state.guests.end() && is_same(known->second.order, order)))
    return;
  if (known == state.guests.end() && state.guests.size() >= state.rooms_limit)
    return log_warn("cluster_prober", "too many rooms of other nodes are asked here; one more is not",
                    {{"room", order.id.str()}, {"limit", state.rooms_limit}});
  end_guest(self, room);
  auto proxy = self->system().spawn(stand_in, state.directory, room);
  self->send(state.here, begin_probing{order.id,
                                       order.scheduler,
                                       order.how,
                                       order.ports,
                                       order.port,
                                       order.busy_matches,
                                       order.has_answered,
                                       proxy,
                                       {}});
  state.guests.emplace(room, room_here{order, proxy});
}

cluster_prober_actor::behavior_type cluster_prober(self_ptr self, const prober_actor& here,
                                                   const runtime_events_actor& events,
                                                   const cluster_member& member, std::uint64_t rooms_limit) {
  self->state.here = here;
  self->state.node_id = member.node_id;
  self->state.rooms_limit = rooms_limit;
  self->set_down_handler([self](const caf::down_msg& down) { note_end(self, down.source); });
  auto me = caf::actor_cast<instance_subscriber_actor>(caf::actor_cast<caf::strong_actor_ptr>(self));
  put_question(self, events, subscribe_patience, subscribe_instances{scheduler_name(), me})
      .then([](done) {}, [self](const caf::error& why) { self->quit(why); });
  return {
      [self](const begin_probing& wish) { begin(self, wish); },
      [self](const end_probing& wish) { end(self, wish); },
      [](const timer_fired&) {},
      [self](const known_peers& known) { learn_peers(self, known); },
      [self](const probe_there& order) { begin_here(self, order); },
      [self](const stop_probing_there& order) {
        end_guest(self, {order.scheduler, order.id});
      },
      [self](const probed_ping& found) {
        tell_game(self, {found.scheduler, found.id}, found.what);
      },
      [self](const probed_silence& found) {
        tell_game(self, {found.scheduler, found.id}, found.what);
      },
      [self](const instance_event& event) {
        if (event.type == instance_event_type::deleted)
          end_guest(self, {event.what.scheduler, event.what.id});
      },
      [self](const open_peer_door& opened) { self->state.directory = opened.directory; },
  };
}

} // namespace

cluster_prober_actor spawn_cluster_prober(caf::actor_system& system, const prober_actor& here,
                                          const runtime_events_actor& events, const cluster_member& self,
                                          std::uint64_t rooms_limit) {
  return system.spawn(cluster_prober, here, events, self, rooms_limit);
}

} // namespace maestro
