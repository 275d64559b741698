// The load client of the gRPC benchmarks, and the server that our gRPC doors are measured against: gRPC alone with one
// completion queue, answering a constant to any ping.
#pragma once

#include "test/bench/bench_process.hpp"
#include "test/bench/load_client.hpp"

#include <string>

namespace maestro {

/// As run_load: one call in flight on each of so many connections, one thread. `next_request` gives the message's bytes,
/// `on_answer` sees the status (0: OK) and the answer's bytes.
load_result run_grpc_load(const load_plan& plan, const std::string& path);

[[noreturn]] void run_bare_grpc_server(announce_port opened);

} // namespace maestro
