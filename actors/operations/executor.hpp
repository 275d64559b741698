// An executor carries out one operation of the catalogue. The EXECUTION WORKER makes one, starts it, and gets
// exactly one outcome; the SCHEDULER makes that outcome durable. Executors may be run again after a crash: what
// they ask of others is idempotent, or counted by the operation's id.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>

namespace maestro {

/// Whom executors ask.
struct executor_peers {
  execution_worker_actor::pointer self = nullptr;
  actor_context_ptr context;
  caf::weak_actor_ptr scheduler; ///< for progress lines
  room_pool_actor pool;
  health_controller_actor health;
  std::function<void(duration, std::function<void()>)> wait; ///< calls back once, later
};

class executor {
public:
  using outcome_callback = std::function<void(operation_outcome)>;

  executor(const executor_peers& peers, execute_operation order, outcome_callback done)
      : peers_(peers), order_(std::move(order)), done_(std::move(done)) {
    outcome_.id = order_.what.id;
    outcome_.definition = order_.what.definition;
  }
  virtual ~executor() = default;
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;

  virtual void start() = 0;

  /// Wishes for an end. The executor stops at its next step and then reports `canceled`.
  void cancel() { is_canceled_ = true; }

protected:
  /// Calls back with the outcome; nothing of the executor may be touched afterwards.
  void finish(operation_status status) {
    outcome_.status = status;
    auto done = std::move(done_);
    done(std::move(outcome_));
  }
  void fail(std::string line) {
    outcome_.history.push_back(std::move(line));
    finish(operation_status::error);
  }
  bool is_canceled() const { return is_canceled_; }

  executor_peers peers_;
  execute_operation order_;
  operation_outcome outcome_;

private:
  outcome_callback done_;
  bool is_canceled_ = false;
};

/// The executor of that definition.
std::unique_ptr<executor> make_executor(const executor_peers& peers, execute_operation order,
                                        executor::outcome_callback done);

// One factory for each family; the worker uses make_executor.
std::unique_ptr<executor> make_scheduler_executor(const executor_peers& peers, execute_operation order,
                                                  executor::outcome_callback done);
std::unique_ptr<executor> make_room_executor(const executor_peers& peers, execute_operation order,
                                             executor::outcome_callback done);

} // namespace maestro
