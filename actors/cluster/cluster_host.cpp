#include "actors/cluster/cluster_host.hpp"

#include "actors/put_question.hpp"
#include "actors/rules/cluster_table.hpp"
#include "actors/rules/instance_pages.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace maestro {

namespace {

struct cluster_host_state {
  static inline const char* name = "cluster_host";
  cluster_host_state() {}

  room_host_actor here;
  cluster_member self;
  std::shared_ptr<host_board> board;
  std::vector<known_peer> peers;
  resources_by_node requested;   ///< by rooms of other nodes' schedulers
  std::vector<std::string> away; ///< node ids of machines whose nodes are not in the cluster now
  bool is_told = false;
  bool is_draining = false; ///< this node
  node_clock clock;
  duration lost_after{};
  std::map<std::string, duration> unreached_since; ///< by node id, steady
};
constexpr std::size_t most_doors = 7; ///< that a game server is told of, besides its own node's
using self_ptr = cluster_host_actor::stateful_pointer<cluster_host_state>;

// A neighbour that was asked and whose link broke may have done it.
caf::error fate_unknown(const caf::error& error) {
  auto why = from_caf(error);
  if (why.code == ec::unavailable)
    why.code = ec::deadline_exceeded;
  return to_caf(why);
}

const known_peer* find_peer(self_ptr self, const std::string& node_id) {
  for (auto& one : self->state.peers)
    if (one.member.node_id == node_id)
      return &one;
  return nullptr;
}

failure not_reached(self_ptr self, const std::string& node_id) {
  auto* known = find_peer(self, node_id);
  return {ec::unavailable, known == nullptr ? fmt::format("the node with id {} is not in the cluster", node_id)
                                            : fmt::format("node {}, whose machine it is, is not reached",
                                                          known->member.name.str())};
}

template <class Request>
caf::result<done> send_to(self_ptr self, const std::string& node_id, const Request& wish) {
  auto& state = self->state;
  if (node_id == state.self.node_id)
    return self->delegate(state.here, wish);
  auto* to = find_peer(self, node_id);
  if (to == nullptr || !to->is_reached)
    return to_caf(not_reached(self, node_id));
  auto answer = self->make_response_promise<done>();
  put_question(self, to->peer, caf::infinite, wish)
      .then([answer](done) mutable { answer.deliver(done{}); },
            [answer](const caf::error& why) mutable { answer.deliver(fate_unknown(why)); });
  return answer;
}

/// One question to several machines; `each` hears of each answer, `finish` once, at the end.
template <class Answer>
struct round_of_all {
  std::size_t waiting = 1; ///< until all are asked
  std::function<void(const std::string& node_id, result<Answer>)> each;
  std::function<void()> finish;

  void settle() {
    if (--waiting == 0)
      finish();
  }
};

template <class Answer, class Whom, class Request>
void ask_one(self_ptr self, const std::shared_ptr<round_of_all<Answer>>& round, const Whom& whom,
             const std::string& node_id, const Request& wish) {
  ++round->waiting;
  put_question(self, whom, caf::infinite, wish)
      .then(
          [round, node_id](Answer& heard) {
            round->each(node_id, std::move(heard));
            round->settle();
          },
          [round, node_id](const caf::error& why) {
            round->each(node_id, from_caf(why));
            round->settle();
          });
}

template <class Answer, class Request>
void ask_peers(self_ptr self, const Request& wish, std::function<void(result<Answer>)> each,
               std::function<void()> finish) {
  auto round = std::make_shared<round_of_all<Answer>>();
  round->each = [each = std::move(each)](const std::string&, result<Answer> heard) { each(std::move(heard)); };
  round->finish = std::move(finish);
  for (auto& one : self->state.peers)
    if (one.is_reached)
      ask_one(self, round, one.peer, one.member.node_id, wish);
  round->settle();
}

template <class Answer, class Request>
void ask_all(self_ptr self, const Request& wish, std::function<void(const std::string&, result<Answer>)> each,
             std::function<void()> finish) {
  auto round = std::make_shared<round_of_all<Answer>>();
  round->each = std::move(each);
  round->finish = std::move(finish);
  ask_one(self, round, self->state.here, self->state.self.node_id, wish);
  for (auto& one : self->state.peers)
    if (one.is_reached)
      ask_one(self, round, one.peer, one.member.node_id, wish);
  round->settle();
}

// Whoever could not be asked now is asked when its rooms are; what failed here alone is a failure.
template <class Request>
caf::result<done> tell_all(self_ptr self, const Request& wish) {
  auto answer = self->make_response_promise<done>();
  auto trouble = std::make_shared<std::optional<failure>>();
  ask_all<done>(
      self, wish,
      [trouble, here = self->state.self.node_id](const std::string& node_id, result<done> heard) {
        if (!heard && (node_id == here || heard.error().code == ec::deposed))
          *trouble = heard.error();
      },
      [trouble, answer]() mutable {
        if (*trouble)
          answer.deliver(to_caf(**trouble));
        else
          answer.deliver(done{});
      });
  return answer;
}

caf::result<instance_list> list(self_ptr self, const list_instances& wish) {
  if (!self->state.is_told)
    return to_caf({ec::unavailable, "the node has not heard of its cluster's machines yet"});
  auto answer = self->make_response_promise<instance_list>();
  auto pages = std::make_shared<rules::instance_pages>(wish.limit);
  for (auto& one : self->state.peers)
    if (!one.is_reached)
      pages->miss(one.member.node_id);
  for (auto& node_id : self->state.away)
    pages->miss(node_id);
  auto& here = self->state.self.node_id;
  auto trouble = std::make_shared<std::optional<failure>>();
  ask_all<instance_list>(
      self, wish,
      [pages, trouble, here](const std::string& node_id, result<instance_list> heard) {
        if (heard)
          pages->add(std::move(*heard), node_id);
        else if (node_id == here)
          *trouble = heard.error();
        else
          pages->miss(node_id);
      },
      [pages, trouble, answer]() mutable {
        if (*trouble)
          answer.deliver(to_caf(**trouble));
        else
          answer.deliver(pages->take());
      });
  return answer;
}

/// Of an instance that nobody's record names: whoever has it ends it.
caf::result<done> end_anywhere(self_ptr self, const delete_instance& wish) {
  auto answer = self->make_response_promise<done>();
  auto outcome = std::make_shared<result<done>>(failure{ec::not_found, "no machine that is reached has it"});
  ask_all<done>(
      self, wish,
      [outcome](const std::string&, result<done> heard) {
        if (heard || (!*outcome && outcome->error().code == ec::not_found))
          *outcome = std::move(heard);
      },
      [outcome, answer]() mutable {
        if (*outcome)
          answer.deliver(done{});
        else
          answer.deliver(to_caf(outcome->error()));
      });
  return answer;
}

/// The first that knows it; this machine's own reason where nobody does. `there`: how a neighbour is asked the same.
template <class Answer, class Request, class There>
caf::result<Answer> read_anywhere(self_ptr self, const Request& wish, const There& there) {
  auto answer = self->make_response_promise<Answer>();
  put_question(self, self->state.here, caf::infinite, wish)
      .then([answer](Answer& found) mutable { answer.deliver(std::move(found)); },
            [self, there, answer](const caf::error& why) mutable {
              auto outcome = std::make_shared<result<Answer>>(from_caf(why));
              ask_peers<Answer>(
                  self, there,
                  [outcome](result<Answer> heard) {
                    if (heard && !*outcome)
                      *outcome = std::move(heard);
                  },
                  [outcome, answer]() mutable {
                    if (*outcome)
                      answer.deliver(std::move(**outcome));
                    else
                      answer.deliver(to_caf(outcome->error()));
                  });
            });
  return answer;
}

/// As `placement_host::lost_at`, as far as this node has seen.
duration lost_at(self_ptr self, const std::string& node_id, bool is_reached) {
  auto& state = self->state;
  if (is_reached) {
    state.unreached_since.erase(node_id);
    return duration::max();
  }
  return state.unreached_since.try_emplace(node_id, state.clock().steady).first->second + state.lost_after;
}

rules::placement_host host_of(const cluster_member& member) {
  rules::placement_host host;
  host.node_id = member.node_id;
  host.name = member.name.str();
  host.zone = member.zone;
  host.labels = member.labels;
  host.offer = member.offer;
  host.runs_rooms = member.has_role(rules::host_role);
  return host;
}

/// Why it takes no rooms now; empty: it does.
std::string not_now(const rules::placement_host& host, bool is_reached, bool is_draining) {
  if (!host.runs_rooms)
    return "runs no rooms";
  if (!is_reached)
    return "is not reached";
  return is_draining ? "is draining" : "";
}

void write_board(self_ptr self) {
  auto& state = self->state;
  std::vector<rules::placement_host> hosts;
  auto add = [&](rules::placement_host host, bool is_reached, bool is_draining) {
    host.not_now = not_now(host, is_reached, is_draining);
    host.takes_rooms = host.not_now.empty();
    host.lost_at = lost_at(self, host.node_id, is_reached || host.is_here);
    if (auto requested = state.requested.find(host.node_id); requested != state.requested.end())
      host.requested = requested->second;
    hosts.push_back(std::move(host));
  };
  auto here = host_of(state.self);
  here.is_here = true;
  add(std::move(here), true, state.is_draining);
  for (auto& one : state.peers)
    add(host_of(one.member), one.is_reached, one.is_draining);
  for (auto& node_id : state.away) {
    rules::placement_host host;
    host.node_id = node_id;
    add(std::move(host), false, false);
  }
  state.board->write(std::move(hosts));
}

/// Beginning behind this node's name, so that not all fall back to the same one.
std::vector<std::string> other_doors(self_ptr self) {
  std::map<node_name, std::string> by_name;
  for (auto& one : self->state.peers)
    if (!one.member.rooms_api.empty())
      by_name[one.member.name] = one.member.rooms_api;
  std::vector<std::string> doors;
  auto next = by_name.upper_bound(self->state.self.name);
  for (std::size_t i = 0; i < std::min(by_name.size(), most_doors); ++i, ++next) {
    if (next == by_name.end())
      next = by_name.begin();
    doors.push_back(next->second);
  }
  return doors;
}

cluster_host_actor::behavior_type cluster_host(self_ptr self, const room_host_actor& here,
                                               const cluster_member& member, std::shared_ptr<host_board> board,
                                               const node_clock& clock, duration lost_after) {
  self->state.here = here;
  self->state.self = member;
  self->state.board = std::move(board);
  self->state.clock = clock;
  self->state.lost_after = lost_after;
  write_board(self);
  return {
      [self](const create_instance& wish) {
        return send_to(self, wish.placed_on.empty() ? self->state.self.node_id : wish.placed_on, wish);
      },
      [self](const delete_instance& wish) {
        return wish.placed_on.empty() ? end_anywhere(self, wish) : send_to(self, wish.placed_on, wish);
      },
      [self](const list_instances& wish) { return list(self, wish); },
      [self](const prepare_scheduler& wish) { return tell_all(self, wish); },
      [self](const remove_scheduler& wish) { return tell_all(self, wish); },
      [self](const read_room_logs& wish) { return read_anywhere<room_logs>(self, wish, read_machine_logs{wish}); },
      [self](const read_artifacts& wish) {
        return read_anywhere<artifact_piece>(self, wish, read_machine_artifacts{wish});
      },
      [](const timer_fired&) {}, // other hosts'
      [self](known_peers& known) {
        self->state.is_told = true;
        self->state.peers = std::move(known.peers);
        self->state.away = std::move(known.away);
        self->state.is_draining = known.is_draining;
        self->state.requested = std::move(known.requested);
        auto& peers = self->state.peers;
        std::erase_if(self->state.unreached_since, [&](auto& one) {
          auto& away = self->state.away;
          return std::find(away.begin(), away.end(), one.first) == away.end() &&
                 std::none_of(peers.begin(), peers.end(),
                              [&](auto& peer) { return peer.member.node_id == one.first; });
        });
        write_board(self);
        self->state.board->write_doors(other_doors(self));
      },
  };
}

} // namespace

cluster_host_actor spawn_cluster_host(caf::actor_system& system, const room_host_actor& here,
                                      const cluster_member& self, std::shared_ptr<host_board> board,
                                      const node_clock& clock, duration lost_after) {
  return system.spawn(cluster_host, here, self, std::move(board), clock, lost_after);
}

} // namespace maestro
