// CLUSTER STORE: the port to where a cluster agrees (etcd; nodes/cluster/etcd_store, in memory for tests
// test/cluster/simulated_store). Keys are paths relative to the cluster's own place. Revisions grow with every
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

/// All keys that begin with it, as of one revision.
struct read_store {
  std::string prefix;
};
MAESTRO_INSPECT(read_store, x.prefix)

struct store_listing {
  std::int64_t revision = 0;
  std::vector<store_entry> entries; ///< by key
};
MAESTRO_INSPECT(store_listing, x.revision, x.entries)

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
/// about whether it happened: read.
struct change_store {
  std::vector<store_condition> conditions;
  std::vector<store_write> writes;
};
MAESTRO_INSPECT(change_store, x.conditions, x.writes)

struct store_outcome {
  bool is_applied = false;
  std::int64_t revision = 0; ///< of the writes, where applied
};
MAESTRO_INSPECT(store_outcome, x.is_applied, x.revision)

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
};
MAESTRO_INSPECT(watch_store, x.prefix, x.subscriber)

using cluster_store_actor = caf::typed_actor<ask<read_store>::with<store_listing>,
                                             ask<change_store>::with<store_outcome>, ask<watch_store>::with<done>,
                                             tell<timer_fired>>; // INTERNAL: keep the lease, hear of the watch

} // namespace maestro
