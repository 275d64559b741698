// The one place where a room pool changes. Intents of a room wait for its turn (`submit`); what a rule decides is
// carried out here, in one order for every command (`carry_out`). Around the table it keeps what is not durable
// and can be rebuilt from it: the free rooms, the leases of host ports, the rooms that are being created. Used by
// actors/room_pool/room_pool (the commands) and pool_hands (the effects).
#pragma once

#include "actors/context.hpp"
#include "actors/event_log.hpp"
#include "actors/room_pool/long_work.hpp"
#include "actors/room_pool/pool_hands.hpp"
#include "actors/room_pool/pool_listeners.hpp"
#include "actors/room_pool/pool_traffic.hpp"
#include "actors/room_pool/room_probes.hpp"
#include "actors/room_tally.hpp"
#include "actors/rules/room_allocation.hpp"
#include "actors/rules/small_random.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace maestro {

class pool_writer final : private long_work_owner {
public:
  using pointer = room_pool_actor::pointer;

  pool_writer(pointer self, actor_context_ptr context, scheduler_name name, room_tally_ptr tally);
  pool_writer(const pool_writer&) = delete;
  pool_writer& operator=(const pool_writer&) = delete;
  ~pool_writer();

  /// Rebuilds the table and all that is kept around it, in slices. False: the stream has another owner by now.
  bool begin_recovery(loaded_stream loaded);
  recovery_step recover_some();

  /// What a decision may look at, now.
  rules::pool_view view() const;
  const rules::room_table& table() const { return log_.state(); }
  const rules::free_rooms& free() const { return free_; }
  timestamp last_ping_at(const room_id& id) const { return hands_.games().last_ping_at(id); }
  /// Of life: its last ping since the node's start, or that it could not be asked; else its creation.
  timestamp last_sign(const room_record& room) const;
  const scheduler_name& name() const { return name_; }
  const std::string& stream() const { return log_.stream(); }
  std::size_t waiting(const room_id& id) const { return traffic_ ? traffic_->gate.waiting(id) : 0; }
  pool_hands& hands() { return hands_; }
  small_random& random() { return random_; }

  long_work& work() { return work_; }
  /// What is under way; from the first call on it takes memory.
  pool_traffic& traffic();
  /// Why not all rooms of the newest creation were made; empty: they were.
  const std::string& last_creation_problem() const;

  void learn(const update_recipe& told);
  void learn(const scheduler_condition& judged) { tally_->write(judged); }
  void try_out(const scheduler& candidate);

  pool_listeners& listeners() { return listeners_; }
  /// What became of a wish for a room that was heard at `heard_at` (on the steady clock).
  void count_allocation(const result<allocated_room>& answer, duration heard_at) const;
  /// The ping has succeeded: who listens hears of it.
  void hand_on(observe_ping ping);

  /// A question to journal or host is asked, and answered: work that asks rests while there are many. CAF looks
  /// through all that is unanswered for each answer.
  void asked() { ++unanswered_; }
  void answered();

  /// When the room's turn comes: `decide(view)`, then carry it out; `answer` takes the decision's result.
  template <class Decide, class Answer>
  void submit(const room_id& id, Decide decide, Answer answer) {
    traffic().gate.enter(
        id, [this, decide = std::move(decide), answer = std::move(answer)] { carry_out(decide(view()), answer); });
  }
  template <class Decide>
  void submit(const room_id& id, Decide decide) {
    submit(id, std::move(decide), [](const result<done>&) {});
  }

  /// At once, journal, apply, tell the game rooms, answer, effects, next. A game room hears of the change before
  /// the asker does, so that the asker's next ping finds it. No events: nothing is closed and nothing waits.
  template <class Reply, class Answer>
  void carry_out(rules::pool_decision<Reply> decided, Answer answer) {
    act(decided.at_once);
    if (decided.events.empty()) {
      answer(decided.reply);
      act(decided.effects);
      return;
    }
    auto rooms = rooms_of(decided.events);
    auto stays = close(rooms);
    asked();
    ++begun_;
    log_.append(
        std::move(decided.events),
        [this, rooms, stays = std::move(stays), answer, reply = std::move(decided.reply),
         effects = std::move(decided.effects)]() mutable {
          count_stays(rooms, stays);
          tell_game_rooms(rooms);
          answer(reply);
          act(effects);
          open(rooms);
          answered();
          settle_one();
        },
        [this, rooms, answer, if_refused = std::move(decided.if_refused)](const failure& why) mutable {
          answer(result<Reply>(why));
          act(if_refused);
          open(rooms);
          answered();
          settle_one();
        });
  }
  void carry_out(rules::pool_decision<done> decided) {
    carry_out(std::move(decided), [](const result<done>&) {});
  }

  /// What was decided and waits goes to the journal.
  void flush() { log_.flush(); }

  /// When all that is on its way to the journal now was answered, and whoever asked for it.
  void when_settled(std::function<void()> then);

  void act(const std::vector<rules::pool_effect>& effects);

  // Effects that stay here.
  void take(const rules::take_ports& ports) { leases_.take(ports.node, ports.ports); }
  void release(const rules::release_ports& ports) { leases_.release(ports.node, ports.ports); }
  void begin_creation(const room_id& id) { traffic().creating.insert(id); }
  void end_creation(const room_id& id) { traffic().creating.erase(id); }

private:
  /// In which status a room is, and since when; `never`: it is not there yet.
  struct stay {
    room_status status{};
    timestamp since = never;
  };

  bool may_ask_now() const override;
  /// A timer_fired of pool_timer::long_work follows what waits in the mailbox.
  void go_on_with_work() override;
  static std::vector<room_id> rooms_of(const std::vector<pool_event>& events);
  /// How the rooms stand before the change.
  std::vector<stay> close(const std::vector<room_id>& rooms);
  /// Whoever has another status now, or has gone, is counted.
  void count_stays(const std::vector<room_id>& rooms, const std::vector<stay>& before) const;
  void open(const std::vector<room_id>& rooms);
  void settle_one();
  void tell_game_rooms(const std::vector<room_id>& rooms);
  void learn_allocation_ttl();
  void ask_all_rooms();
  /// Who places rooms next sees what is left.
  void say_requests();

  actor_context_ptr context_;
  scheduler_name name_;
  room_tally_ptr tally_;
  struct gathering {
    static constexpr bool may_wait = true;
    static void come_back(room_pool_actor::base* pool);
  };
  event_log<room_pool_actor::base, rules::room_table, gathering> log_;
  small_random random_;
  std::unique_ptr<pool_traffic> traffic_; ///< none before the first change
  rules::free_rooms free_;
  rules::port_leases leases_;
  rules::known_versions versions_;
  std::uint64_t told_living_ = 0; ///< `table().living_changes()` when it was said
  timestamp recovered_at_ = never;
  const room_record* last_recovered_ = nullptr; ///< of the rooms around which all is rebuilt; none yet
  pool_hands hands_;
  room_probes probes_;
  pool_listeners listeners_;
  std::size_t unanswered_ = 0;
  std::uint64_t begun_ = 0, settled_ = 0; ///< appends
  long_work work_;
};

} // namespace maestro
