// What a SCHEDULER does, behind its mailbox (actors/scheduler): the write lock, the queue, and running operations.
//
//   command ──> enter ──> (one write at a time) ──> log.append ──> reply, then next command or next operation
//   operation:  run_next ──started──> WORKER ──outcome──> conclude ──ended, follow-ups, transitions──> run_next
#pragma once

#include "actors/context.hpp"
#include "actors/event_log.hpp"
#include "actors/scheduler_state.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <random>

namespace maestro {

struct scheduler_core {
  using pointer = scheduler_actor::pointer;
  template <class T>
  using promise = caf::typed_response_promise<T>;

  scheduler_core(pointer self_ptr, actor_context_ptr ctx, scheduler_name named, room_pool_actor pool_of,
                 const scheduler_directory_actor& directory_of);
  scheduler_core(const scheduler_core&) = delete;
  scheduler_core& operator=(const scheduler_core&) = delete;
  ~scheduler_core();

  // -- commands; each waits for its turn and answers when durable ----------------------------------------------
  void create(const create_scheduler& command, promise<scheduler> answer);
  void enqueue(const enqueue_operation& command, promise<operation_id> answer);
  void remove(promise<operation_id> answer);
  void cancel(const operation_id& id, promise<done> answer);
  void progress(const record_progress& command, promise<done> answer);

  // -- reads -----------------------------------------------------------------------------------------------------
  operation_page list(operation_stage stage) const;
  /// The entity of that version (empty: the active one) or not_found.
  result<scheduler> entity(const std::string& version) const;
  version_list versions() const;

  /// After recovery or creation: spawns the peers and goes on with what was running.
  void open();
  void tell_directory();
  void clean_up_later();

  pointer self;
  actor_context_ptr context;
  scheduler_name name;
  event_log<scheduler_actor::base, scheduler_entity> log;

private:
  using action = std::function<void()>;

  timestamp now() const { return context->now(); }
  const scheduler_entity& state() const { return log.state(); }
  void enter(action act);
  void write(std::vector<scheduler_event> events, action then, std::function<void(failure)> refused,
             append_extras extras = {});
  void leave();
  void run_next();
  void execute(bool resumed);
  void conclude(operation_outcome outcome);
  void count_end(const operation& ended);
  void after_end(const operation& ended, bool was_deleted);
  void cancel_pending(const operation& pending, promise<done> answer);
  void answer_final(const operation_id& id, promise<done> answer);
  failure not_found() const;

  room_pool_actor pool_;
  caf::weak_actor_ptr directory_;
  health_controller_actor health_;
  execution_worker_actor worker_;
  runtime_watcher_actor watcher_;
  std::mt19937_64 random_;
  std::string game_; ///< outlives the entity, for the numbers of its last operation
  bool is_writing_ = false;
  bool is_halted_ = false; ///< the journal refused the end of an operation: nothing runs until a restart
  std::deque<action> waiting_;
  std::map<operation_id, std::vector<promise<done>>> cancels_;
};

} // namespace maestro
