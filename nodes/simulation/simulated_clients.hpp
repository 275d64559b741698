// Everybody who asks simulated nodes for something: operators, matchmakers and game servers. What they do is drawn, what
// they are told goes to the invariants. They outlive the nodes, and do not wait for answers.
#pragma once

#include "messages/commands.hpp"
#include "nodes/simulation/invariants.hpp"
#include "nodes/simulation/simulated_node.hpp"
#include "nodes/simulation/simulation.hpp"
#include "runtime/simulated/simulated_world.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace maestro::simulation {

/// What clients see of the world.
struct client_surroundings {
  std::mt19937_64& random;
  invariants& checks;
  simulation_report& report;
  std::vector<std::shared_ptr<simulated_world>> worlds;
  std::vector<scheduler_name> names; ///< of the schedulers there may be
  std::function<timestamp()> now;
  /// A node that answers, for a question of anyone; none: nobody does now.
  std::function<simulated_node*()> door;
  /// The same for a game server that runs in that world.
  std::function<simulated_node*(const simulated_world&)> door_of;
  std::function<void(const std::string&)> trace;
};

class simulated_clients {
public:
  explicit simulated_clients(client_surroundings around) : around_(std::move(around)) {}

  void create();
  /// Sometimes two at once, of which one may win.
  void edit();
  void switch_version();
  void remove();
  void cancel();
  void allocate();
  /// One of the last requests that named a key is sent again, whatever became of it.
  void repeat();
  /// A game server tells matchmakers something; what it tells is numbered.
  void report_event();
  void kill_instance();
  /// Every game server that has something to say by now.
  void ping_due_rooms();
  /// The machines of these game servers sleep, and they with them.
  void sleep(duration time);
  /// The node is gone: what it gave is not asked any more.
  void forget(const simulated_node& node);
  /// Players do not come and go any more.
  void settle() { is_settling_ = true; }
  /// What is said last is looked at: only where whoever answers is known to be up to date.
  void set_looks_at_pings(bool looks) { looks_at_pings_ = looks; }

  std::vector<instance> instances() const;

private:
  /// A game server of the simulated world and the matches of those who hold it, also of those who are on their way.
  struct game_server {
    timestamp next_ping = never;
    std::vector<int> matches; ///< of those who hold it, how many pings each match still lasts
    std::uint64_t pings_sent = 0;
    std::map<std::uint64_t, timestamp> unanswered; ///< pings, and when they were sent
    timestamp old_news_at = never;                 ///< when a ping was answered that is long outdated
    std::uint64_t events_reported = 0;
    timestamp began = never; ///< when it was last started again
    game_room_actor game;    ///< of this life of the node
    simulated_node* through = nullptr;
  };

  std::uint64_t draw(std::uint64_t below) { return around_.random() % below; }
  bool chance(double p) { return static_cast<double>(draw(1'000'000)) < p * 1e6; }
  scheduler_name any_name() { return around_.names[draw(around_.names.size())]; }
  const instance* any_instance(const std::vector<instance>& all) {
    return all.empty() ? nullptr : &all[draw(all.size())];
  }
  timestamp restarted_at(const room_id& id) const;

  template <class Answer, class Request>
  void ask(Request request, std::function<void(const Answer&)> then,
           std::function<void(const failure&)> refused = {}) {
    if (auto* node = around_.door())
      node->template ask<Answer>(node->directory(), std::move(request), std::move(then), std::move(refused));
  }

  /// Half of all wishes have one.
  request_key draw_key();
  /// Sends it, and remembers how where it may come again.
  void send(const request_key& key, std::function<void()> how);
  /// Of answers to a wish that came again only the first is news.
  bool is_first_answer(const request_key& key) { return key.empty() || answered_.insert(key).second; }
  void note_operation(const scheduler_name& name, const request_key& key, const operation_id& id);

  void hold(const scheduler_name& name, const room_id& id, std::int32_t slots, timestamp asked_at);
  game_server& server_of(const room_id& id);
  void ping(const instance& one, simulated_node& door, game_server& server);
  void walk_in(const instance& one, game_server& server);
  void send_ping(const scheduler_name& scheduler, const room_id& id, game_server& server, const ping_room& said);
  /// A door that stands still may still hold a ping: what it says comes after what was said through other doors.
  bool may_hear_old_news(const game_server& server) const;
  void note_answered(game_server& server, std::uint64_t number);
  void look_at_last_ping(const scheduler_name& scheduler, const room_id& id, const ping_room& said,
                         std::uint64_t number);

  client_surroundings around_;
  std::map<room_id, game_server> servers_;
  std::vector<std::function<void()>> wishes_; ///< the last ones
  std::set<request_key> answered_;
  std::uint64_t last_key_ = 0;
  bool is_settling_ = false;
  bool looks_at_pings_ = true;
};

} // namespace maestro::simulation
