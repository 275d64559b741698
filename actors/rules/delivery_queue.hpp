// What waits to be told to one matchmaker, and whose turn it is (proto/README.md 6.5). Two kinds of things wait:
//
//   events   durable, read from the rooms' stream in its order; each is told until the matchmaker has answered
//   resyncs  a ping's: of each room only the newest, dropped when there are too many or when its call fails
//
// Per room one call at a time, in order: a resync comes after the room's last event before it. Between rooms there is
// no order, up to `calls` of them at the same time. A matchmaker that does not answer is tried with one call, after a
// pause that doubles; one that answers others gives up an event only after `tries`. The cursor is what need not be
// read again after a restart. Used by actors/event_forwarder.
#pragma once

#include "messages/forwarding_types.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

namespace maestro::rules {

struct delivery_limits {
  std::size_t calls = 64;               ///< under way at the same time
  std::size_t events = 1000;            ///< read and not told yet; then reading pauses
  std::size_t bytes = 16u << 20;        ///< of both kinds together
  std::size_t resyncs = 10'000;         ///< rooms with one that waits; then the oldest is dropped
  std::uint64_t events_behind = 100000; ///< an event that has so many newer ones in its stream is dropped
  int tries = 20;                       ///< of one event at a matchmaker that answers others meanwhile
  duration pause_min = std::chrono::milliseconds{100};
  duration pause_max = std::chrono::seconds{5};
};

/// How a call ended.
enum class call_end : std::uint8_t {
  answered, ///< whatever the answer was
  lost      ///< nobody knows whether it was heard
};
call_end end_of(const matchmaker_answer& answer);

class delivery_queue {
public:
  using call_number = std::uint64_t;
  struct turn {
    call_number call = 0;
    const room_event_reported* what = nullptr; ///< until `ended`
  };
  /// What was not told, since they were last asked for.
  struct losses {
    std::uint64_t events = 0;  ///< too far behind, or given up
    std::uint64_t resyncs = 0; ///< too many; those that a newer one replaced are none
  };

  delivery_queue(const delivery_limits& limits, std::uint64_t cursor);

  /// The next event of the stream; `sequence` grows.
  void add(std::uint64_t sequence, room_event_reported what);
  /// The stream was read up to here, whatever it held; events that are past its retention are lost.
  void read_up_to(std::uint64_t sequence);
  void lost_before(std::uint64_t first_available);
  /// The stream's newest event, as far as is known.
  void note_newest(std::uint64_t sequence);
  /// A ping after the room's events up to `after`.
  void resync(room_event_reported what, std::uint64_t after);

  /// Whose turn it is now (steady time); nothing when nobody's.
  std::optional<turn> next(duration now);
  void ended(call_number call, call_end how, duration now);
  /// When `next` is worth asking again though nothing else happens.
  std::optional<duration> wakes_at() const;

  /// Everything up to it was told or is lost.
  std::uint64_t cursor() const { return open_.empty() ? position_ : open_.begin()->first - 1; }
  /// When the oldest event that waits was reported; never: none waits.
  timestamp oldest_at() const { return open_.empty() ? never : open_.begin()->second; }
  std::uint64_t newest() const { return newest_; }
  bool wants_more() const { return events_ < limits_.events && bytes_ < limits_.bytes; }
  /// Events and resyncs in memory, and events of the stream that were not read yet.
  std::uint64_t length() const { return events_ + resyncs_.size() + (newest_ - std::min(newest_, position_)); }
  losses take_losses() { return std::exchange(losses_, {}); }

private:
  struct event {
    std::uint64_t sequence = 0;
    room_event_reported what;
    std::size_t bytes = 0;
    int tries = 0;
    std::optional<std::uint64_t> answers_seen{}; ///< when it was last lost; before that, when it was first told
  };
  struct waiting_resync {
    std::uint64_t after = 0;
    room_event_reported what;
    std::size_t bytes = 0;
    std::list<room_id>::iterator place; ///< in resyncs_
  };
  /// One room; there while something of it waits or is under way.
  struct lane {
    std::list<event> events;
    std::optional<waiting_resync> resync;
    bool is_busy = false;
    bool is_queued = false;                                                  ///< in turns_ or sleepers_
    std::optional<std::multimap<std::uint64_t, room_id>::iterator> behind{}; ///< its place in behind_
  };
  struct call {
    room_id room;
    std::optional<room_event_reported> resync; ///< else the room's first event
    std::uint64_t answers_before = 0;
    std::uint64_t pauses_before = 0;
  };

  void queue(const room_id& id, lane& of);
  void release(const room_id& id);
  void leave_behind(lane& of);
  void drop_event(lane& of);
  void drop_resync(lane& of);
  void drop_beyond_limits();
  bool is_resync_next(const lane& of) const;
  bool were_others_heard(lane& of, const call& which) const;
  void lose(const room_id& id, lane& of, const call& which, duration now);
  void wake(duration now);
  turn begin(const room_id& id, lane& of);

  delivery_limits limits_;
  std::uint64_t position_; ///< read up to
  std::uint64_t newest_;
  std::map<std::uint64_t, timestamp> open_; ///< events that are not done with
  std::unordered_map<room_id, lane> lanes_;
  std::list<room_id> turns_;                     ///< lanes that may have something to send
  std::multimap<duration, room_id> sleepers_;    ///< lanes that try again later
  std::multimap<std::uint64_t, room_id> behind_; ///< lanes whose resync waits until the stream is read so far
  std::list<room_id> resyncs_;                   ///< rooms with one, the oldest first
  std::map<call_number, call> calls_;
  call_number last_call_ = 0;
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;
  std::size_t width_; ///< calls that may be under way now
  duration pause_{};  ///< the last one, while nobody answers
  duration paused_until_{};
  std::uint64_t answers_ = 0;
  std::uint64_t pauses_ = 0;
  losses losses_;
};

} // namespace maestro::rules
