// The recipe of a scheduler: what a group of game rooms is made from (proto/README.md 2.1). Plain data, no CAF, no protobuf.
// Fields are what the API shows and what the journal keeps; every field survives a round trip
// (messages/journal_codec).
#pragma once

#include "messages/boxed_optional.hpp"
#include "messages/ids.hpp"
#include "messages/time.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace maestro {

/// What a host port can be.
constexpr std::int32_t lowest_port = 1, highest_port = 65535;

/// Host ports, both ends inclusive (proto/README.md 9.2). A recipe of an older journal may name some that no host has.
struct port_range {
  std::int32_t start = 0;
  std::int32_t end = 0;
  bool operator==(const port_range&) const = default;
};

struct secret_key_ref {
  std::string name;
  std::string key;
  bool operator==(const secret_key_ref&) const = default;
};

/// Precedence when several are set: value, secret, field (proto/README.md 1.7).
struct environment_variable {
  std::string name;
  std::optional<std::string> value;
  std::optional<std::string> field_path;
  std::optional<secret_key_ref> secret;
  bool operator==(const environment_variable&) const = default;
};

/// Kubernetes quantities as written by the operator, e.g. `100Mi`, `100m`; their syntax is checked by the runtime.
struct container_resources {
  std::string memory;
  std::string cpu;
  bool operator==(const container_resources&) const = default;
};

struct container_port {
  std::string name;
  std::string protocol; ///< tcp, udp, sctp, or tcpudp: both under one number
  std::int32_t port = 0;
  std::int32_t host_port = 0; ///< as sent; what a room really gets is in its record
  std::optional<port_range> host_port_range{};
  std::int32_t count = 0; ///< consecutive host ports; 0: one
  bool operator==(const container_port&) const = default;
};

constexpr std::int32_t most_consecutive_ports = 64;

/// How many host ports it is, also of a recipe that was not looked at yet.
inline std::int32_t host_ports_of(const container_port& wanted) {
  return std::clamp(wanted.count, 1, most_consecutive_ports);
}

struct container {
  std::string name;
  std::string image;
  std::string image_pull_policy;
  std::vector<std::string> command;
  std::vector<environment_variable> environment;
  container_resources requests;
  container_resources limits;
  std::vector<container_port> ports;
  bool takes_input = false; ///< operators may write to its standard input
  bool operator==(const container&) const = default;
};

/// How long the rooms of a recipe may take; zero: as long as the node is configured with.
struct room_timeouts {
  duration initialization{};
  duration ping{};
  duration allocation{};
  duration deletion{};
  bool operator==(const room_timeouts&) const = default;
};

/// How it is found out how a room is whose game server does not ping (proto/README.md 2.6). What a probe has no use for
/// is empty.
struct health_recipe {
  std::string probe; ///< quake3, a2s, minecraft, http, tcp, udp, exec, log or process; empty: the server pings
  std::string port;
  std::string container; ///< empty: the first one that fits
  std::string path;
  std::vector<std::string> command;
  std::string pattern;
  duration interval{};
  std::int32_t failures = 0;
  duration initial_delay{};
  std::string players; ///< occupied or matches; empty where the probe cannot count them
  room_timeouts timeouts;
  std::string send;            ///< of udp and tcp: bytes as messages/byte_text reads them
  std::string expect;          ///< how the answer begins, likewise; empty: any answer
  std::int32_t players_at = 0; ///< which byte of the answer is the number of players, from 1; 0: none
  /// Patterns of lines of the server's output that say that a player came, and that one went; of both or of none.
  std::vector<std::string> joined, left;
  bool operator==(const health_recipe&) const = default;
};

/// Whether the answer tells how many players there are.
inline bool answer_counts_players(const health_recipe& how) {
  auto& probe = how.probe;
  return probe == "quake3" || probe == "a2s" || probe == "minecraft" || probe == "exec" || how.players_at > 0;
}
/// Whether the server's output does.
inline bool output_counts_players(const health_recipe& how) {
  return !how.joined.empty();
}
inline bool counts_players(const health_recipe& how) {
  return answer_counts_players(how) || output_counts_players(how);
}

/// Which machines its rooms may run on, and how they are dealt out to them (proto/README.md 2.8).
struct placement_recipe {
  std::string strategy; ///< spread or packed
  std::map<std::string, std::string> node_labels;
  bool operator==(const placement_recipe&) const = default;
};

struct scheduler_spec {
  std::string version; ///< semantic version with a leading v
  duration termination_grace_period{};
  std::vector<container> containers;
  std::string toleration;
  std::string affinity;
  std::string restart_policy;                   ///< empty means Never
  boxed_optional<health_recipe> health{};       ///< absent: the server pings
  std::vector<std::string> artifacts{};         ///< patterns of files that outlive the room (proto/README.md 2.7)
  boxed_optional<placement_recipe> placement{}; ///< absent: spread over all machines
  bool operator==(const scheduler_spec&) const = default;
};

struct room_occupancy_policy {
  double ready_target = 0;   ///< a float32 on the wire, widened: 0.9 is 0.8999999761581421 (proto/README.md 5.3)
  double down_threshold = 0; ///< likewise; 0.99 (float32) where the operator gave none
  bool operator==(const room_occupancy_policy&) const = default;
};

struct fixed_buffer_policy {
  std::int32_t amount = 0;
  bool operator==(const fixed_buffer_policy&) const = default;
};

struct autoscaling_policy {
  std::string type; ///< roomOccupancy or fixedBuffer
  std::optional<room_occupancy_policy> room_occupancy;
  std::optional<fixed_buffer_policy> fixed_buffer;
  bool operator==(const autoscaling_policy&) const = default;
};

struct autoscaling {
  bool enabled = false;
  std::int32_t min = 0;
  std::int32_t max = 0;      ///< -1 = unlimited
  std::int32_t cooldown = 0; ///< seconds
  autoscaling_policy policy;
  bool operator==(const autoscaling&) const = default;
};

struct forwarder_options {
  std::int64_t timeout_ms = 1000;
  std::string metadata_json = "{}"; ///< one JSON object
  bool operator==(const forwarder_options&) const = default;
};

struct forwarder {
  std::string name;
  bool enabled = false;
  std::string type; ///< gRPC
  std::string address;
  std::optional<forwarder_options> options;
  bool operator==(const forwarder&) const = default;
};

enum class scheduler_phase : std::uint8_t { creating, in_sync, terminating, on_error };

/// `creating`, `in-sync`, `terminating`, `on-error`.
std::string to_string(scheduler_phase state);

struct scheduler {
  scheduler_name name;
  std::string game;
  scheduler_phase state = scheduler_phase::creating;
  std::string rollback_version;
  scheduler_spec spec;
  boxed_optional<maestro::autoscaling> autoscaling;
  std::optional<maestro::port_range> port_range;
  std::int32_t rooms_replicas = 0;
  timestamp created_at = never;
  timestamp last_downscale_at = never;
  std::string max_surge;
  std::vector<forwarder> forwarders;
  boxed_optional<std::map<std::string, std::string>>
      annotations; ///< absent and empty differ (proto/README.md 2.2)
  boxed_optional<std::map<std::string, std::string>> labels;
  std::int32_t max_matches = 1;
  bool operator==(const scheduler&) const = default;
};

struct scheduler_version_info {
  std::string version;
  bool is_active = false;
  timestamp created_at = never;
  bool operator==(const scheduler_version_info&) const = default;
};

} // namespace maestro
