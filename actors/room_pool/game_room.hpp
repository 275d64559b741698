// GAME ROOM: the actor of one game server. It notes the time of the last ping where its pool reads it, answers pings
// that repeat themselves without asking anybody, and hands every change to its ROOM POOL, who alone writes.
//
// It is an actor without a mailbox: a ping is decided on the thread that sends it, for there is nothing to wait for. So
// a door answers the pings of a million rooms whatever the pool is busy with, and a room costs some 300 bytes where an
// actor with a mailbox costs 1,300.
//
// Where matchmakers listen (actors/forwarding) it hands its pings on to them, beside its answers: what it knows of
// the room for that it is told when its pool has looked at a first ping.
//
// Made by the pool when somebody asks for the room, ended with the room; both live in one process always, and who
// takes over a scheduler makes its own.
#pragma once

#include "actors/context.hpp"
#include "messages/actors.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <memory>

namespace maestro {

class game_room : public caf::monitorable_actor {
public:
  /// What the rooms of a pool share.
  struct surroundings {
    actor_context_ptr context;
    room_pool_actor pool;
    /// Where pings are handed on to; nullptr while nobody listens.
    std::atomic<caf::abstract_actor*> listener{nullptr};
    /// Who is named above, written once and before: a door may be in the middle of a ping when the pool ends.
    caf::strong_actor_ptr listener_owner{};
    /// Of the versions that the pool knows: a ping that repeats itself may matter to an allocation that is older. Negative:
    /// not told yet.
    std::atomic<duration::rep> allocation_ttl{-1};

    duration shortest_allocation() const {
      duration told{allocation_ttl.load(std::memory_order_relaxed)};
      return told < duration::zero() ? context->settings.room_allocation_ttl : told;
    }
  };
  using surroundings_ptr = std::shared_ptr<surroundings>;

  /// What is handed on beside a ping.
  struct told {
    shared_value<told_room> room;
    bool end_reported = false;
    bool is_validation = false;
  };

  game_room(caf::actor_config& config, surroundings_ptr around, const room_record& room);

  const room_id& room() const { return room_; }
  /// What is durable now; on the pool's thread, before anybody who asked for the change is answered.
  void learn(const room_record& durable);
  /// The same for who listens: events of the room stand in its stream up to `sequence`.
  void tell_listener_of(const room_record& durable, std::uint64_t sequence);
  void forget_listener();
  /// Hands on a ping that succeeded, if anybody listens; from any thread.
  void hand_on(ping_status said, std::string metadata, caf::execution_unit* host);
  /// The pool has done with one of the pings that it was handed, whatever became of it.
  void conclude_ping();
  /// `never`: not since it was made.
  timestamp last_ping_at() const { return timestamp{duration{last_ping_.load(std::memory_order_relaxed)}}; }
  /// When the node last could not ask it: it may well be alive. `never`: always could.
  timestamp last_excuse_at() const { return timestamp{duration{last_excuse_.load(std::memory_order_relaxed)}}; }
  /// From here on who pings hears that the actor is gone.
  void end();

  // caf::monitorable_actor, from any thread
  using caf::monitorable_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override;
  const char* name() const override { return "game_room"; }

private:
  void ping(const caf::mailbox_element& what, ping_room& observed, caf::execution_unit* host);
  void note_silence(report_silence& seen, caf::execution_unit* host);

  surroundings_ptr around_;
  room_id room_;
  room_changed known_;           ///< guarded by the actor's own mutex
  std::uint32_t under_way_ = 0;  ///< pings that the pool has not done with; guarded likewise
  std::unique_ptr<told> told_;   ///< none before a listener was told of; guarded likewise
  std::uint64_t last_event_ = 0; ///< guarded likewise
  std::atomic<duration::rep> last_ping_{0};
  std::atomic<duration::rep> last_excuse_{0};
};

/// It lives as long as somebody holds it.
caf::strong_actor_ptr make_game_room(caf::actor_system& system, game_room::surroundings_ptr around,
                                     const room_record& room);

} // namespace maestro
