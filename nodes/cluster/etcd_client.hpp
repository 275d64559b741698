// One node's conversation with etcd over gRPC: a call after another, each with a deadline; an endpoint that does not
// answer gives its place to the next one. Blocks its caller, which is the ETCD STORE's own thread; watching has a thread
// of its own. Keys are whole here, with the cluster's prefix. Facts of the protocol: etcd's API reference, version 3.
#pragma once

#include "messages/cluster_store.hpp"
#include "messages/time.hpp"
#include "nodes/cluster/cluster_config.hpp"

#include <functional>
#include <memory>
#include <string>

namespace maestro {

/// The configuration is one that can be used, and its files can be read.
result<done> check(const etcd_config& config);

class etcd_client {
public:
  explicit etcd_client(const etcd_config& config);
  ~etcd_client();
  etcd_client(const etcd_client&) = delete;
  etcd_client& operator=(const etcd_client&) = delete;

  /// Tried at each endpoint once.
  result<store_listing> read(const read_store& wanted);
  /// Tried at one endpoint: whether a change that failed has happened is not known. `lease` is put at leased writes.
  result<store_outcome> change(const change_store& wanted, std::int64_t lease);
  /// The caller draws the number, so that one whose grant was not heard of can be asked for again: a lease that there is
  /// counts as granted.
  result<done> grant_lease(std::int64_t lease, duration length);
  /// False: there is no such lease any more.
  result<bool> keep_lease(std::int64_t lease);
  result<done> revoke_lease(std::int64_t lease);
  /// Also where it was compacted up to there before.
  result<done> compact(std::int64_t revision);

  /// Called on the watch's thread. `ended`: nothing more comes; the text says why.
  struct watcher {
    std::function<void(store_changes)> changed;
    std::function<void(const std::string& why)> ended;
  };
  /// Everything that happens after `revision`. Replaces the watch before, which is over when this returns.
  void watch(const std::string& prefix, std::int64_t revision, watcher whom);
  void end_watch();
  /// What is watched is not the endpoint that answers calls now: it has given its place to another one, and may be as silent
  /// to the watch, which would not notice for long.
  bool watches_elsewhere() const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace maestro
