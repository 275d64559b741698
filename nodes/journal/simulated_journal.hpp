// A journal on a faulty disk in memory: the same interface and the same promises as the journal on disk
// (nodes/journal/journal_keeper; one exam tests both), kept by data that outlives the simulated node. It can crash
// the node at any write, before or after the write became durable, fail a sync (until the node is started again, or
// for a while, as a journal on disk that mends itself), and break its own promises on purpose to show that the
// invariants notice. Events are never past a retention here, so that full replay stays possible.
#pragma once

#include "messages/actors.hpp"
#include "messages/time.hpp"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace caf {
class actor_system;
}

namespace maestro::simulation {

enum class broken_rule {
  none,
  skip_sync,
  reply_early,
  forget_intent,
  forget_request, ///< whoever recovers knows of no request's key
  keep_refused,   ///< what a failed sync refused is there when the journal has mended itself
  // of a cluster
  no_fence,          ///< whoever was an owner may write
  acknowledge_early, ///< before the store has it
  trim_early,        ///< before enough disks have it
  obey_old_epoch,    ///< machines do what former owners say
  lose_nobody,       ///< what a lost machine had is waited for
};

/// What survives the node.
class simulated_disk {
public:
  struct stream {
    std::vector<std::string> records; ///< sequence 1 is the first; never trimmed
    std::uint64_t first = 1;      ///< the oldest that counts: a copy that was taken over may have less than all
    std::vector<timestamp> times; ///< of the records
    std::string snapshot;
    std::uint64_t snapshot_sequence = 0;
    std::string parts; ///< of a snapshot that is not complete
    std::uint64_t parts_sequence = 0;
    std::uint32_t parts_count = 0;
    owner_epoch epoch;
    bool has_ended = false;
  };

  std::map<std::string, stream> streams;
  std::map<scheduler_name, std::map<operation_id, finished_operation>> operations;
  std::int64_t watermark = -1;

  broken_rule broken = broken_rule::none;
  /// The write that ends the node, counted down at each sync; 0: none planned.
  std::uint64_t crash_after_syncs = 0;
  bool fail_next_sync = false;
  /// After a failed sync nothing is taken for so long; zero: until the node is started again.
  duration mends_after{};
  /// So many of the next ones take nothing, and the next takes all again: a cluster's store that is out of reach.
  std::uint64_t refused_syncs = 0;
  std::map<std::string, int> refused_loads{}; ///< streams that cannot be read, so many times more
  /// Set when the planned crash happened: the simulator ends the node before any other message is handled.
  bool has_crashed = false;
  std::uint64_t syncs = 0;
  std::uint64_t records_synced = 0;
  std::uint64_t batches_synced = 0; ///< appends, of which several may share a sync

  void write(const append_events& batch);
  void note_unsynced(const append_events& batch);
  /// Another disk, empty, in its place.
  void begin_anew() {
    streams.clear();
    operations.clear();
    watermark = -1;
    unsynced_.clear();
  }
  /// As it was then: somebody has put a backup in its place.
  void set_back(const simulated_disk& then) {
    streams = then.streams;
    operations = then.operations;
    watermark = then.watermark;
    unsynced_.clear();
  }
  /// What a power cut does to writes whose sync was skipped.
  void lose_unsynced();

private:
  std::map<std::string, std::uint64_t> unsynced_; ///< stream → first lost sequence
};

/// `random` draws latencies and what a crash leaves behind; it must outlive the actor. `now` decides which finished
/// operations are over.
journal_actor spawn_simulated_journal(caf::actor_system& system, std::shared_ptr<simulated_disk> disk,
                                      std::mt19937_64& random, wall_clock now);

} // namespace maestro::simulation
