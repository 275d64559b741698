// Rooms for benchmarks: a scheduler on a live node whose simulated rooms were all pinged ready, and the load plans
// that are run against them. What every benchmark of a whole node starts from.
#pragma once

#include "test/bench/load_client.hpp"
#include "test/support/node_process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace maestro {

/// Connections of every measurement.
constexpr int bench_clients = 64;

/// One scheduler and its rooms; `game` has the scheduler's name.
struct fleet {
  std::string scheduler;
  std::vector<std::string> rooms;
};

/// The binary to measure: the given one, or what the environment's BENCH_BINARY names (a state before a change).
std::string measured_binary(const char* built);

/// What makes ten thousands of simulated rooms appear at once: no delays, large batches, a limit of a million.
std::map<std::string, std::string> fast_rooms();

/// Asks for the scheduler only; throws std::runtime_error with the node's text.
void create_scheduler(const node_process& node, const std::string& name, std::int64_t replicas);

/// Waits until so many rooms exist (counted by the node itself).
void wait_for_rooms(const node_process& node, const std::string& name, std::int64_t count,
                    std::chrono::seconds limit);

/// The ids of all rooms, from one whole list.
std::vector<std::string> room_ids(const node_process& node, const std::string& scheduler);

/// Pings each room ready once and waits until the node says that all are.
void ping_all_ready(const node_process& node, const fleet& rooms, std::chrono::seconds limit);

/// All of the above.
fleet make_fleet(const node_process& node, const std::string& name, std::int64_t replicas,
                 std::chrono::seconds limit);

/// A number of `GET /schedulers/info` for that scheduler, -1 when it is not there.
std::int64_t info_of(const node_process& node, const std::string& scheduler, const std::string& field);

std::string ping_request(const std::string& scheduler, const std::string& room, const std::string& status);

/// Answers of the doors to a ping that was taken.
bool ping_succeeded(int connection, unsigned status, std::string_view body);

/// Pings by all connections, each with rooms of its own, spread over the whole fleet in an order without pattern;
/// `changing`: ready and occupied in turn, so that each ping is a durable change. The rooms must outlive the plan.
load_plan ping_plan(const node_process& node, const fleet& rooms, bool changing);

/// Allocations until `most` were made.
load_plan allocate_plan(const node_process& node, const std::string& scheduler, std::uint64_t most);

/// The two over gRPC, for run_grpc_load: pings that change nothing, and allocations.
load_plan grpc_ping_plan(const node_process& node, const fleet& rooms);
load_plan grpc_allocate_plan(const node_process& node, const std::string& scheduler, std::uint64_t most);

} // namespace maestro
