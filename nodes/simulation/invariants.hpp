// What must be true of a node at every moment, by the numbers of actors/README.md: G1 no room is allocated to two
// holders, nor more slots of it than it takes matches; G2 nothing is visible before it is durable; G3 a request that comes
// again is carried out once and answered as before; G4 no leak; G5 an
// occupied room dies only with a named cause and no room as silent that pings; G6 replayed state equals live state; G7
// operations end; G8 no more rooms are made than an operation adds, none beyond what is wanted
// (nodes/simulation/room_bound), at rest there are as many as are wanted, and again soon after a machine is lost; G9 one operation at a time and unique
// host ports; the last acknowledged ping is the state.
// The simulator reports what clients were told and lets this file read the disk and the runtime after every step.
#pragma once

#include "actors/rules/room_table.hpp"
#include "actors/rules/scheduler_table.hpp"
#include "messages/forwarding_types.hpp"
#include "messages/runtime_types.hpp"
#include "messages/time.hpp"
#include "nodes/journal/simulated_journal.hpp"
#include "nodes/simulation/carried_requests.hpp"
#include "nodes/simulation/room_bound.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace maestro::simulation {

struct violation {
  std::string invariant; ///< G1 … G9
  std::string text;
};

class invariants {
public:
  invariants(const simulated_disk& disk, duration ping_timeout) : disk_(disk), ping_timeout_(ping_timeout) {}

  // -- what clients were told -----------------------------------------------------------------------------------
  void told_created(const scheduler_name& name) { acknowledge("created " + name.str()); }
  void told_enqueued(const operation_id& id) { acknowledge("enqueued " + id.str(), false); }
  void told_canceled(const operation_id& id) { acknowledge("canceled " + id.str(), false); }
  void told_allocated(const room_id& id) { acknowledge("allocated " + id.str()); }
  /// A client was given a room whose former holder has not given it back.
  void told_twice(const room_id& id) { report("G1", "room " + id.str() + " was handed out while it was held"); }
  /// So many matches play in the room or are on their way to it, by what clients were given.
  void told_matches(const scheduler_name& scheduler, const room_id& id, std::int64_t matches);
  /// The room as it is listed when its last ping was acknowledged and no other was sent since.
  void told_last_ping(const room_view& view, ping_status said, std::int64_t running);
  /// An event for matchmakers was acknowledged.
  void told_reported(const scheduler_name& scheduler, const room_id& room, const std::string& word);
  /// `sent`: virtual time.
  void told_pinged(const room_id& id, ping_status status, std::int64_t running, timestamp sent);

  /// What others have found.
  void note(const std::string& invariant, const std::string& text) { report(invariant, text); }
  /// A machine ended the room's instance for an owner: G12, that had been decided before.
  void told_ended(const scheduler_name& scheduler, const room_id& id);
  /// Whether a scheduler's rooms are all there are: a machine out of sight makes others be created in their place.
  void set_bounded(bool is_bounded) { is_bounded_ = is_bounded; }

  /// Virtual time and what the node's clock says at the same moment.
  void observe_clock(timestamp true_time, timestamp node_time);

  /// A request with a key was answered: it made that operation, was given that room.
  void told_answer(const scheduler_name& scheduler, const request_key& key, const std::string& answer) {
    requests_.note_answer(scheduler, key, answer);
  }

  // -- checks ---------------------------------------------------------------------------------------------------
  /// As soon as something is durable: what scheduler and pool did is then read in the order in which it happened.
  void read_new_events();
  /// After every step: events that became durable since, and the runtime's instances.
  void check_step(const std::vector<instance>& instances);
  /// After a crash, before the next life: everything told is still there; snapshot plus tail equals full replay.
  void check_crash();
  /// At rest: nothing is left to do, rooms and instances are the same set.
  void check_rest(const std::vector<instance>& instances);
  /// Those that are at rest and have the rooms that they want.
  std::set<scheduler_name> whole_schedulers() const;
  /// A node's machine has been lost for a while: schedulers that were whole are so without it (G8).
  void check_replaced(const std::set<scheduler_name>& whole, const std::string& lost_node);
  /// At rest: of every room the matchmaker has heard each event that is durable, in order.
  void check_told(const std::vector<matchmaker_call>& heard);
  /// Everything that clients were told is durable.
  void check_acknowledged();
  /// Of a disk: a snapshot and what follows it are equal to everything.
  void check_replay(const simulated_disk& disk);
  /// Of everything durable: equal for equal runs.
  std::uint64_t digest() const;
  /// No operation is queued or in progress.
  bool is_idle() const;
  /// A live pool's rooms against the replay.
  void check_live(const scheduler_name& name, const std::vector<room_view>& rooms);

  const std::vector<violation>& violations() const { return violations_; }

private:
  void report(std::string invariant, std::string text) {
    violations_.push_back({std::move(invariant), std::move(text)});
  }
  /// `counts`: each time is one of its own.
  void acknowledge(const std::string& fact, bool counts = true) {
    auto& times = acknowledged_[fact];
    times = counts ? times + 1 : 1;
    unproved_.push_back(fact);
  }
  void read_pool_event(const std::string& stream, const pool_event& event);
  void read_scheduler_event(const std::string& stream, const scheduler_event& event);
  void check_version_operations(const std::string& stream, const operation& enqueued);
  /// A scheduler that exists, with nothing left to do.
  void check_rooms_at_rest(const rules::scheduler_table& scheduler, const rules::room_table& pool);
  /// G8: a room was made for an operation in progress, and none more than that adds.
  void check_creation(const std::string& stream, const room_record& made);
  void follow_looks(const std::string& stream, const scheduler_event& event);
  void note_bound(const std::string& stream);
  void check_allocation(const std::string& stream, const room_allocated& event);
  /// How many matches the room takes; nothing where its version is forgotten.
  std::optional<std::int64_t> matches_max(const scheduler_name& scheduler, const room_record& room);
  void check_silence(const room_record& room, timestamp decided_at);

  const simulated_disk& disk_;
  std::map<std::string, std::size_t> read_; ///< records read, by stream
  std::map<std::string, rules::room_table> pools_;
  std::map<std::string, rules::scheduler_table> schedulers_;
  std::map<std::string, room_bound> bounds_; ///< by name of the scheduler; a crash changes nothing of them
  bool is_bounded_ = true;
  bool is_reading_again_ = false;                    ///< after a crash: each stream for itself
  std::map<std::string, std::int64_t> acknowledged_; ///< what clients were told, and how often
  std::vector<std::string> unproved_;                ///< of those that were not compared yet
  std::map<std::string, std::int64_t> durable_;      ///< the same facts as the disk has them
  /// By stream and room, in order; without those of schedulers that are gone, with whom they go.
  std::map<std::string, std::map<room_id, std::vector<std::string>>> reported_;
  carried_requests requests_{[this](const std::string& text) { report("G3", text); }};
  /// Schedulers that had no matchmaker at some time: what was not told by then is dropped, and a machine that is cut off may
  /// still believe in that time.
  std::set<std::string> unheard_;
  std::set<room_id> intended_;              ///< every room that was ever durably intended
  std::map<room_id, timestamp> last_heard_; ///< when the last acknowledged ping was sent, virtual time
  duration ping_timeout_;
  duration node_ahead_{};                ///< the node's clock against virtual time
  std::uint64_t steps_since_change_ = 0; ///< of node_ahead_
  std::vector<violation> violations_;
};

} // namespace maestro::simulation
