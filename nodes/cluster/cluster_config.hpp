// What a node is told of its cluster at its start. Plain data; nodes/config fills it, nodes/cluster uses it.
#pragma once

#include "messages/cluster_types.hpp"
#include "messages/shared_journal_settings.hpp"
#include "messages/time.hpp"

#include <string>
#include <vector>

namespace maestro {

struct etcd_config {
  /// `http://host:port` or `https://host:port`, at least one; all with the same scheme.
  std::vector<std::string> endpoints;
  std::string ca_file;          ///< PEM; https only, empty: the system's
  std::string certificate_file; ///< PEM, this node's; empty: none
  std::string key_file;
  duration timeout = std::chrono::seconds{2}; ///< of one call at one endpoint
  duration lease = std::chrono::seconds{10};  ///< how long what a node says of itself outlives it
};

/// Mutual TLS between nodes: whoever has a certificate of that authority is a node of the cluster.
struct peer_tls_config {
  std::string ca_file;          ///< PEM of the cluster's own authority; empty: plain, on loopback only
  std::string certificate_file; ///< PEM, this node's
  std::string key_file;

  bool is_off() const { return ca_file.empty() && certificate_file.empty() && key_file.empty(); }
};

/// Keys cluster.*.
struct cluster_config {
  etcd_config etcd; ///< no endpoints: the node stands alone
  peer_tls_config tls;
  std::string name = "maestro";          ///< of the cluster; several may share one etcd
  std::string node;                      ///< of this node; empty: the machine's
  std::string listen = "127.0.0.1:8090"; ///< where neighbours reach it
  std::string advertise;                 ///< what neighbours are told of that; empty: the same
  std::string zone;
  std::vector<std::string> labels; ///< `key=value`
  std::string offer_cpu;           ///< a quantity, to rooms; empty: the machine's cores; 0: whatever they request
  std::string offer_memory;        ///< likewise
  std::string rooms_api; ///< base URL for other machines' game servers; empty: made of the address; `none`: no URL
  cluster_settings settings;
  shared_journal_settings journal;

  bool is_alone() const { return etcd.endpoints.empty(); }
};

} // namespace maestro
