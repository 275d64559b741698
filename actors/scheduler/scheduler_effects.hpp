// What a scheduler's decisions do to the world, one effect after another: it tells the directory, owns the peers,
// runs operations on the worker and keeps who waits for an end. For the scheduler's one writer only, which calls it
// when a decision is durable (actors/scheduler/scheduler_writer).
//
// Peers exist while there is something to do for them: they come with the first operation or look, the watcher at
// the start, and go when the scheduler wants no rooms, the pool has none and the runtime knows none (`rest`). A peer that
// ends by itself is started again.
#pragma once

#include "actors/context.hpp"
#include "actors/rules/scheduler_decisions.hpp"
#include "actors/rules/small_random.hpp"
#include "messages/actors.hpp"

#include <boost/container/flat_map.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <list>
#include <map>
#include <random>
#include <variant>

namespace maestro {

/// The scheduler's timers.
enum class scheduler_timer : std::uint8_t { clean_up, reopen, rest, halted };

/// Whom a decision answers.
struct nobody {};
using scheduler_asker = std::variant<nobody, caf::typed_response_promise<scheduler>,
                                     caf::typed_response_promise<operation_id>, caf::typed_response_promise<done>>;

class scheduler_writer;

class scheduler_effects {
public:
  using pointer = scheduler_actor::pointer;

  struct surroundings {
    pointer self = nullptr;
    const actor_context_ptr& context;
    const scheduler_name& name;
    room_pool_actor pool;
    caf::weak_actor_ptr directory; ///< it owns the scheduler, not the other way round
    small_random& random;
    scheduler_writer& writer; ///< hears what became of operations
  };

  explicit scheduler_effects(surroundings around);
  scheduler_effects(const scheduler_effects&) = delete;
  scheduler_effects& operator=(const scheduler_effects&) = delete;
  ~scheduler_effects();

  /// Nothing keeps an operation from running.
  bool may_run() const { return !is_halted_ && !lost_.worker; }
  /// What the worker has: an operation, and another one while that one waits.
  std::vector<operation_id> running() const;
  bool is_halted() const { return is_halted_; }
  /// A timer_fired of scheduler_timer::halted came: it may run again. Longer each time, until something is written.
  void end_halt() { is_halted_ = false; }
  bool is_after_halt() const { return halt_time_ != duration{}; }
  void note_written() { halt_time_ = {}; }

  /// `asker` is moved away by the effects that answer it later.
  void carry_out(const rules::scheduler_effect& effect, const rules::scheduler_table& table,
                 scheduler_asker& asker);

  /// A timer_fired of scheduler_timer::clean_up after about storage_cleanup_interval.
  void clean_up_later();

  /// A peer ended by itself: what it was doing is over, and a timer_fired of scheduler_timer::reopen follows.
  void note_down(const caf::actor_addr& peer, const caf::error& why);
  /// Spawns the peers that ended by themselves.
  void reopen(const rules::scheduler_table& table);
  /// The peers go, where no rooms are wanted, nothing is to be done and nobody knows of a room; else this is tried
  /// again later.
  void rest(const rules::scheduler_table& table, const std::function<bool()>& has_work);

private:
  using promise = caf::typed_response_promise<done>;

  void open(const rules::scheduler_table& table);
  void tell_pool(const rules::scheduler_table& table);
  void open_worker();
  void open_watcher();
  void close_peers(const rules::scheduler_table& table);
  void rest_later(duration wait);
  void look(const rules::scheduler_table& table);
  void halt();
  void cancel(const operation_id& id);
  void run(const rules::run_operation& what, const rules::scheduler_table& table);
  void answer_final(const cancel_operation& wish, promise asker);
  std::vector<promise> take_waiting(const operation_id& id);
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
  std::map<operation_id, std::uint64_t> running_; ///< and the number of its run
  std::uint64_t runs_ = 0;                        ///< what an earlier worker answers is stale
  duration halt_time_{};                          ///< of the last halt; zero: something was written since
  timestamp touched_rooms_at_ = never;            ///< when an operation last began that makes or ends rooms
  /// Peers that ended by themselves and are not started again yet.
  struct {
    bool worker = false;
    bool watcher = false;
  } lost_;
  bool is_halted_ = false;
  bool tries_to_rest_ = false; ///< a timer runs, or a question is asked
  boost::container::flat_map<operation_id, std::vector<promise>> waiting_; ///< for the end of that operation
  std::list<promise> asking_journal_;                                      ///< about an end long ago
};

} // namespace maestro
