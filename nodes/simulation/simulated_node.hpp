// One life of a simulated node: the real actors on a simulated runtime and a simulated journal, and a client that
// asks them without waiting. Ends as abruptly as a process that is killed: nothing it had not finished happens any
// more.
#pragma once

#include "actors/context.hpp"
#include "actors/put_question.hpp"
#include "nodes/even_clock.hpp"
#include "nodes/journal/simulated_journal.hpp"
#include "nodes/simulation/simulated_matchmakers.hpp"
#include "nodes/simulation/simulated_seat.hpp"
#include "nodes/simulation/virtual_system.hpp"
#include "runtime/simulated/simulated_world.hpp"

#include <caf/event_based_actor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <random>

namespace maestro::simulation {

class simulated_node {
public:
  /// `wall_ahead`: how far the machine's wall clock is ahead of virtual time; may change at any moment, outlives
  /// the node. `place`: in a cluster; none: it stands alone.
  simulated_node(timestamp start, const duration& wall_ahead, std::uint64_t seed, const actor_settings& settings,
                 std::shared_ptr<simulated_disk> disk, std::shared_ptr<simulated_world> world,
                 std::shared_ptr<simulated_matchmakers> matchmakers, std::mt19937_64& random,
                 cluster_place* place = nullptr);
  ~simulated_node();
  simulated_node(const simulated_node&) = delete;
  simulated_node& operator=(const simulated_node&) = delete;

  virtual_system& system() { return system_; }
  const scheduler_directory_actor& directory() const { return asked_; }
  const local_directory_actor& local_directory() const { return local_; }
  even_clock& clock() { return clock_; }

  /// Asks; `then` is called at some later step, unless the node ends before. Called from outside of any actor as
  /// well, where the client's last execution unit is long gone.
  template <class Answer, class Handle, class Request>
  void ask(const Handle& whom, Request request, std::function<void(const Answer&)> then,
           std::function<void(const failure&)> refused = {}) {
    auto* unit = client_->context();
    client_->context(nullptr);
    put_question(client_, whom, caf::infinite, std::move(request))
        .then([then = std::move(then)](const Answer& answer) { then(answer); },
              [refused = std::move(refused)](const caf::error& why) {
                if (refused)
                  refused(from_caf(why));
              });
    client_->context(unit);
  }

private:
  virtual_system system_;
  even_clock clock_;
  caf::actor client_handle_;
  caf::event_based_actor* client_ = nullptr;
  std::mt19937_64 random_;
  runtime_events_actor events_;
  runtime_events_actor host_events_; ///< of this machine; alone the same
  room_host_actor host_;
  prober_actor prober_;
  journal_actor journal_;
  forwarder_client_actor matchmakers_;
  std::unique_ptr<simulated_seat> seat_; ///< none: it stands alone
  local_directory_actor local_;
  scheduler_directory_actor asked_;
};

} // namespace maestro::simulation
