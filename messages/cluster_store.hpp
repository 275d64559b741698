// CLUSTER STORE: the port to where a cluster agrees (etcd; nodes/cluster/etcd_store, in memory for tests
// nodes/simulation/simulated_store). Keys are paths relative to the cluster's own place. Revisions grow with every
// change of any key. No reading, watching or lease decides what is safe: only the conditions of a `change_store` do,
// which hold at the moment of its writes or nothing is written.
#pragma once

#include "messages/actors.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

struct store_entry {
  std::string key;
  std::string value;
  std::int64_t revision = 0; ///< at which the key was last written
};
MAESTRO_INSPECT(store_entry, x.key, x.value, x.revision)

/// All keys that begin with it, as of one revision, by key. With a limit: those that were written after a revision, in
/// order of their revisions, those of one revision together; whoever wants more asks again after the last.
struct read_store {
  std::string prefix;
  std::int64_t after = 0;  ///< a revision; counts with a limit only
  std::uint32_t limit = 0; ///< of entries; 0: all. More than one change can write, or it may never end
};
MAESTRO_INSPECT(read_store, x.prefix, x.after, x.limit)

struct store_listing {
  std::int64_t revision = 0;
  std::vector<store_entry> entries;
  bool has_more = false;
};
MAESTRO_INSPECT(store_listing, x.revision, x.entries, x.has_more)

/// The key was last written at that revision; 0: there is no such key.
struct store_condition {
  std::string key;
  std::int64_t revision = 0;
};
MAESTRO_INSPECT(store_condition, x.key, x.revision)

enum class store_write_kind : std::uint8_t {
  put = 1,
  put_leased, ///< it ends with this node: some time (the lease) after it was last heard of
  erase,
};

struct store_write {
  store_write_kind kind = store_write_kind::put;
  std::string key;
  std::string value;
};
MAESTRO_INSPECT(store_write, x.kind, x.key, x.value)

/// Where all conditions hold all writes happen, else none. A failure (`unavailable`, `deadline_exceeded`) says nothing
/// about whether it happened: read. With `resource_exhausted` (the store is full) and `invalid_argument` it did not.
struct change_store {
  std::vector<store_condition> conditions;
  std::vector<store_write> writes;
};
MAESTRO_INSPECT(change_store, x.conditions, x.writes)

struct store_outcome {
  bool is_applied = false;
  std::int64_t revision = 0;        ///< of the writes, where applied
  std::vector<store_entry> found{}; ///< where not: the keys of the conditions, as they were then
};
MAESTRO_INSPECT(store_outcome, x.is_applied, x.revision, x.found)

/// What became of keys; in order of revisions, each at most once. A whole one replaces everything known before.
struct store_changes {
  std::int64_t revision = 0;
  bool is_whole = false;
  std::vector<store_entry> present;
  std::vector<std::string> gone;
};
MAESTRO_INSPECT(store_changes, x.revision, x.is_whole, x.present, x.gone)

/// Whether the store answers; said when it changes.
struct store_contact {
  bool is_there = false;
  std::string reason; ///< why not
};
MAESTRO_INSPECT(store_contact, x.is_there, x.reason)

/// What was written with the lease is, or may be, gone.
struct lease_lost {};
MAESTRO_INSPECT_EMPTY(lease_lost)

using store_subscriber_actor = caf::typed_actor<tell<store_changes>, tell<store_contact>, tell<lease_lost>>;

/// Tell of everything that is and becomes of the keys that begin with the prefix. One subscriber; the next one replaces
/// it. The first changes are whole.
struct watch_store {
  std::string prefix;
  store_subscriber_actor subscriber;
  /// Of what is there nothing is told: whole changes are empty, and say that something may have been missed. What was told before may
  /// be told again after them.
  bool is_of_changes_only = false;
};
MAESTRO_INSPECT(watch_store, x.prefix, x.subscriber, x.is_of_changes_only)

/// Nobody will ask for what was before that revision and is not any more: its space may be used again.
struct compact_store {
  std::int64_t revision = 0;
};
MAESTRO_INSPECT(compact_store, x.revision)

using cluster_store_actor =
    caf::typed_actor<ask<read_store>::with<store_listing>, ask<change_store>::with<store_outcome>,
                     ask<watch_store>::with<done>, ask<compact_store>::with<done>,
                     tell<timer_fired>>; // INTERNAL: keep the lease, hear of the watch

} // namespace maestro
