// What a scheduler's decisions do to the world, one effect after another: it tells the directory, owns the peers,
// runs operations on the worker and keeps who waits for an end. For the scheduler's one writer only, which calls it
// when a decision is durable (actors/scheduler/scheduler_writer).
#pragma once

#include "actors/context.hpp"
#include "actors/rules/scheduler_decisions.hpp"
#include "actors/rules/small_random.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>
#include <random>
#include <variant>

namespace maestro {

/// The scheduler's timers.
enum class scheduler_timer : std::uint8_t { clean_up, reopen };

/// Whom a decision answers.
struct nobody {};
using scheduler_asker = std::variant<nobody, caf::typed_response_promise<scheduler>,
                                     caf::typed_response_promise<operation_id>, caf::typed_response_promise<done>>;

class scheduler_effects {
public:
  using pointer = scheduler_actor::pointer;

  struct surroundings {
    pointer self = nullptr;
    actor_context_ptr context;
    scheduler_name name;
    room_pool_actor pool;
    caf::weak_actor_ptr directory; ///< it owns the scheduler, not the other way round
    small_random& random;
    std::function<void(operation_outcome)> on_outcome;
  };

  explicit scheduler_effects(surroundings around);
  scheduler_effects(const scheduler_effects&) = delete;
  scheduler_effects& operator=(const scheduler_effects&) = delete;
  ~scheduler_effects();

  /// The worker is there and has nothing to do.
  bool may_run() const { return worker_ && !is_running_ && !is_halted_; }
  bool is_halted() const { return is_halted_; }

  /// `asker` is moved away by the effects that answer it later.
  void carry_out(const rules::scheduler_effect& effect, const rules::scheduler_table& table,
                 scheduler_asker& asker);

  /// A timer_fired of scheduler_timer::clean_up after about storage_cleanup_interval.
  void clean_up_later();

  /// A peer ended by itself: what it was doing is over, and a timer_fired of scheduler_timer::reopen follows.
  void note_down(const caf::actor_addr& peer, const caf::error& why);
  /// Spawns the peers that are missing.
  void reopen(const rules::scheduler_table& table);

private:
  using promise = caf::typed_response_promise<done>;

  void open(const rules::scheduler_table& table);
  void open_worker();
  void open_watcher();
  void look(const rules::scheduler_table& table);
  void cancel(const operation_id& id);
  void run(const rules::run_operation& what, const rules::scheduler_table& table);
  void answer_final(const operation_id& id, promise asker);
  void answer_waiting(const rules::answer_waiting& end);
  void refuse_waiting(const operation_id& id);
  void count(const rules::count_end& what);
  void log(const rules::log_note& note);
  template <class Message>
  void tell_directory(Message message);

  surroundings around_;
  health_controller_actor health_;
  execution_worker_actor worker_;
  runtime_watcher_actor watcher_;
  bool is_running_ = false;
  bool is_reopening_ = false;
  bool is_halted_ = false;
  std::uint64_t runs_ = 0;                               ///< what an earlier worker answers is stale
  std::map<operation_id, std::vector<promise>> waiting_; ///< for the end of that operation
};

} // namespace maestro
