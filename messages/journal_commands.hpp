// What is asked of the JOURNAL KEEPER and what it answers: batches to make durable, streams to recover, finished
// operations to read back. Plain data; the actors' interfaces stand in messages/actors.hpp.
#pragma once

#include "messages/inspect.hpp"
#include "messages/operation_types.hpp"
#include "messages/owner_epoch.hpp"
#include "messages/record_list.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

MAESTRO_INSPECT(finished_operation, x.what, x.listed, x.expires_at)

/// One atomic batch of one stream. `first_sequence` is the sequence of the first record (a stream begins at 1).
/// Answered only when synced; any error answer means that nothing of it will ever be visible to a reader. Refused
/// with `deposed` when the stream has seen a higher epoch.
struct append_events {
  std::string stream;
  std::uint64_t first_sequence = 0;
  timestamp at = never;
  std::vector<std::string> records; ///< encoded journal.v1 events
  std::vector<finished_operation> finished;
  scheduler_name drop_operations_of; ///< not empty: its finished operations are dropped first
  owner_epoch epoch = first_epoch;
  /// These streams end with this batch (usually its own and those that belong to it): they are not listed any more,
  /// and everything of them leaves the disk after the retention. An append after that takes one up again where it
  /// ended.
  std::vector<std::string> ends_streams{};
  std::uint64_t appends = 1; ///< that were gathered in it; not stored
};
MAESTRO_INSPECT(append_events, x.stream, x.first_sequence, x.at, x.records, x.finished, x.drop_operations_of,
                x.epoch, x.ends_streams, x.appends)

struct events_appended {
  std::uint64_t last_sequence = 0;
};
MAESTRO_INSPECT(events_appended, x.last_sequence)

/// With everything that was durable before that epoch began, whoever wrote it: a new owner waits for what the one before
/// has left.
struct load_stream {
  std::string stream;
  owner_epoch epoch{}; ///< of whoever will write it; 0: whatever is there
};
MAESTRO_INSPECT(load_stream, x.stream, x.epoch)

struct loaded_stream {
  std::string snapshot;                ///< encoded; empty when there is none
  std::uint64_t snapshot_sequence = 0; ///< last sequence contained in it
  record_list tail;                    ///< records after the snapshot
  std::uint64_t last_sequence = 0;
  owner_epoch epoch{};    ///< the highest the stream has seen; 0 when there is no such stream
  bool has_ended = false; ///< and was not taken up again
};
MAESTRO_INSPECT(loaded_stream, x.snapshot, x.snapshot_sequence, x.tail, x.last_sequence, x.epoch, x.has_ended)

/// The state after `sequence`, whole or in parts that follow one another (0, 1, … until `is_last`). It counts, and
/// shortens the stream's tail, when its last part is there; a part 0 begins anew.
struct save_snapshot {
  std::string stream;
  std::uint64_t sequence = 0;
  timestamp at = never;
  std::string snapshot; ///< the bytes of all parts in order are the encoded snapshot
  owner_epoch epoch = first_epoch;
  std::uint32_t part = 0;
  bool is_last = true;
  bool is_taken_over = false; ///< from another node's disk: the stream's events may be past their retention
};
MAESTRO_INSPECT(save_snapshot, x.stream, x.sequence, x.at, x.snapshot, x.epoch, x.part, x.is_last, x.is_taken_over)

/// Durable events of one stream from sequence `from` on, oldest first; also of a stream that has ended, within the
/// retention. At most `limit` of them and at most what the journal hands out at once, but one at least if there is
/// one: whoever wants more asks again after the last.
struct read_events {
  std::string stream;
  std::uint64_t from = 1;
  std::uint32_t limit = 1000;
};
MAESTRO_INSPECT(read_events, x.stream, x.from, x.limit)

struct stored_event {
  std::uint64_t sequence = 0;
  timestamp at = never;
  std::string record; ///< an encoded journal.v1 event
  bool operator==(const stored_event&) const = default;
};
MAESTRO_INSPECT(stored_event, x.sequence, x.at, x.record)

/// Sequences follow one another without a gap. `first_available` above the sequence asked for (or above the one
/// after the last page): what stood between is past its retention and gone.
struct event_page {
  std::string stream;
  std::vector<stored_event> items;
  std::uint64_t first_available = 0; ///< the oldest event that is still there; last + 1 when none is
  std::uint64_t last = 0;            ///< the newest durable event; 0: there is no such stream
};
MAESTRO_INSPECT(event_page, x.stream, x.items, x.first_available, x.last)

/// All stream names that start with the prefix, sorted.
struct list_streams {
  std::string prefix;
};
MAESTRO_INSPECT(list_streams, x.prefix)
struct stream_list {
  std::vector<std::string> names;
};
MAESTRO_INSPECT(stream_list, x.names)

/// Drops finished operations of the scheduler whose time is over.
struct purge_operations {
  scheduler_name scheduler;
  timestamp now = never;
};
MAESTRO_INSPECT(purge_operations, x.scheduler, x.now)
struct operations_purged {
  std::uint64_t count = 0;
};
MAESTRO_INSPECT(operations_purged, x.count)

/// Where every stream stands on this node's disk, those that have ended included; `after` is the last page's `next`.
struct list_copies {
  std::string after;
  std::uint32_t limit = 1000;
};
MAESTRO_INSPECT(list_copies, x.after, x.limit)
struct copy_place {
  std::string stream;
  std::uint64_t first = 1; ///< the oldest event that is there; last + 1 when none is
  std::uint64_t snapshot = 0;
  std::uint64_t last = 0;
  owner_epoch epoch{};
  bool has_ended = false;
  timestamp ended_at = never;
};
MAESTRO_INSPECT(copy_place, x.stream, x.first, x.snapshot, x.last, x.epoch, x.has_ended, x.ended_at)
struct copy_list {
  std::vector<copy_place> items;
  std::string next; ///< empty: there are no more
};
MAESTRO_INSPECT(copy_list, x.items, x.next)

/// The stream's snapshot, piece by piece; `sequence` 0 begins with the newest one. Refused with `aborted` when there is a
/// newer one by now.
struct read_snapshot {
  std::string stream;
  std::uint64_t sequence = 0;
  std::uint32_t part = 0;
};
MAESTRO_INSPECT(read_snapshot, x.stream, x.sequence, x.part)
struct snapshot_part {
  std::uint64_t sequence = 0; ///< 0: there is none
  timestamp at = never;
  std::string bytes;
  bool is_last = true;
};
MAESTRO_INSPECT(snapshot_part, x.sequence, x.at, x.bytes, x.is_last)

/// All finished operations of a scheduler, unlisted ones too, by id; `after` is the last page's `next`.
struct read_finished {
  scheduler_name scheduler;
  std::string after;
  std::uint32_t limit = 1000;
};
MAESTRO_INSPECT(read_finished, x.scheduler, x.after, x.limit)
struct finished_list {
  std::vector<finished_operation> items;
  std::string next; ///< empty: there are no more
};
MAESTRO_INSPECT(finished_list, x.items, x.next)

/// Part of a stream as another node's disk has it: synced when answered. Its first event follows, or everything that was
/// there of the stream goes first; with epoch 0 it is not there any more.
struct restore_copy {
  std::string stream;
  bool is_anew = false; ///< what was there goes
  std::vector<stored_event> items;
  owner_epoch epoch{};
  bool has_ended = false;
  timestamp ended_at = never;
};
MAESTRO_INSPECT(restore_copy, x.stream, x.is_anew, x.items, x.epoch, x.has_ended, x.ended_at)

/// This disk has all that was written to the cluster's store up to that revision: kept on the disk itself, so that one that
/// is set back (a backup, a repair, a copy of the machine) does not pass for what it was. Synced when answered.
struct save_watermark {
  std::int64_t revision = 0;
};
MAESTRO_INSPECT(save_watermark, x.revision)

/// A copy of all that is durable now, for whoever takes it away (`maestro backup`). The journal says where: beside its
/// own folder, in place of the copy before. Refused when the journal takes no writes: then nobody knows what is durable.
struct make_checkpoint {};
MAESTRO_INSPECT_EMPTY(make_checkpoint)
struct checkpoint_made {
  std::string folder;
};
MAESTRO_INSPECT(checkpoint_made, x.folder)

struct get_journal_status {};
MAESTRO_INSPECT_EMPTY(get_journal_status)
struct journal_status {
  bool read_only = false;
  std::string reason;
  bool is_refused = false;     ///< by a store that all share: no other journal is better off
  std::int64_t watermark = -1; ///< of the disk (save_watermark); -1: none was ever saved there
  bool writes_nothing = false; ///< here, though elsewhere it would be written: not only a disk that is full
};
MAESTRO_INSPECT(journal_status, x.read_only, x.reason, x.is_refused, x.watermark, x.writes_nothing)

} // namespace maestro
