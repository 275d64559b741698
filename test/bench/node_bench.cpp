// The budgets of a node's hot paths, against the real binary with its real journal and simulated rooms: a ping
// that changes nothing, a ping that changes the room's status, and an allocation, each beside the fastest of the
// references (test/bench/references) in the same round with the same client and 64 connections. Ping and allocation also
// over gRPC, beside gRPC alone with a completion queue and beside the same over HTTP. Prints rates, latencies, the
// processor time for each request, and the ratios.
//
//   node_bench [rounds] [rooms to allocate in each round] [nginx binary]
//   node_bench --changing SECONDS    only this ping, as long as a profiler wants; prints the node's pid first
#include "test/bench/fleet.hpp"
#include "test/bench/grpc_load.hpp"
#include "test/bench/references.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

struct budget {
  const char* name;
  double least;
  std::vector<double> ratios;
  void print() {
    std::sort(ratios.begin(), ratios.end());
    std::printf("%-22s median ratio %.2f", name, ratios[ratios.size() / 2]);
    least > 0 ? std::printf("   (budget %.2f)\n", least) : std::printf("\n");
  }
};

constexpr const char* ping_rpc = "/api.v1.RoomsService/UpdateRoomWithPing";
constexpr const char* allocate_rpc = "/api.v1.RoomsService/AllocateRoom";

measurement measure_grpc(pid_t server, const load_plan& plan, const char* rpc) {
  auto before = cpu_seconds(server);
  auto load = run_grpc_load(plan, rpc);
  auto used = cpu_seconds(server) - before;
  return {load, used * 1e6 / static_cast<double>(std::max<std::uint64_t>(load.answered, 1))};
}

void run(int rounds, int rooms, const std::string& nginx) {
  bench_process bare_grpc(run_bare_grpc_server);
  references bases(nginx);
  auto environment = fast_rooms();
  environment["MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL"] = "1s";
  node_process node(measured_binary(MAESTRO_BINARY), environment);
  auto pinged = make_fleet(node, "pinged", 1000, 120s);
  budget unchanged{"ping unchanged", 0.95, {}};
  budget changing{"ping changing", 0.6, {}};
  budget allocate{"allocate", 0.6, {}};
  budget grpc_ping{"gRPC ping / bare gRPC", 0.8, {}};
  budget grpc_allocate{"gRPC allocate / bare", 0.6, {}};
  budget ping_doors{"gRPC ping / HTTP's", 0, {}};
  budget allocate_doors{"gRPC allocate / HTTP's", 0, {}};
  for (int i = 0; i < rounds; ++i) {
    std::printf("round %d\n", i + 1);
    auto pool = make_fleet(node, "pool" + std::to_string(i), rooms, 120s);
    auto base = bases.fastest(2s);
    auto keep = [](budget& kept, const measurement& seen, const measurement& beside) {
      kept.ratios.push_back(seen.load.requests_per_second / beside.load.requests_per_second);
    };
    auto compare = [&](budget& kept, const load_plan& plan) {
      auto seen = measure(node.pid(), plan);
      print(kept.name, seen);
      keep(kept, seen, base);
      return seen;
    };
    auto most = static_cast<std::uint64_t>(rooms - bench_clients);
    auto http_ping = compare(unchanged, ping_plan(node, pinged, false));
    compare(changing, ping_plan(node, pinged, true));
    auto http_allocate = compare(allocate, allocate_plan(node, pool.scheduler, most));

    auto bare_plan = grpc_ping_plan(node, pinged);
    bare_plan.port = bare_grpc.port();
    bare_plan.time = 2s;
    auto bare = measure_grpc(bare_grpc.pid(), bare_plan, ping_rpc);
    print("gRPC alone", bare);
    auto ping = measure_grpc(node.pid(), grpc_ping_plan(node, pinged), ping_rpc);
    print("gRPC ping", ping);
    keep(grpc_ping, ping, bare);
    keep(ping_doors, ping, http_ping);
    auto other_pool = make_fleet(node, "calls" + std::to_string(i), rooms, 120s);
    auto allocated = measure_grpc(node.pid(), grpc_allocate_plan(node, other_pool.scheduler, most), allocate_rpc);
    print("gRPC allocate", allocated);
    keep(grpc_allocate, allocated, bare);
    keep(allocate_doors, allocated, http_allocate);
  }
  for (auto* kept : {&unchanged, &changing, &allocate, &grpc_ping, &grpc_allocate, &ping_doors, &allocate_doors})
    kept->print();
}

void ping_for(std::chrono::seconds time) {
  node_process node(measured_binary(MAESTRO_BINARY), fast_rooms());
  auto pinged = make_fleet(node, "pinged", 1000, 120s);
  std::printf("node %d\n", static_cast<int>(node.pid()));
  std::fflush(stdout);
  auto plan = ping_plan(node, pinged, true);
  plan.time = time;
  print("ping changing", measure(node.pid(), plan));
}

} // namespace

int main(int argc, char** argv) {
  int rounds = 3;
  int rooms = 20000;
  std::string nginx;
  CLI::App app("The budgets of a node's hot paths");
  app.add_option("rounds", rounds, "how often everything is measured")->check(CLI::Range(1, 1000));
  app.add_option("rooms", rooms, "rooms to allocate in each round")->check(CLI::Range(1000, 1'000'000));
  app.add_option("nginx", nginx, "the nginx binary among the references");
  int changing = 0;
  app.add_option("--changing", changing, "only pings that change the status, for so many seconds")
      ->check(CLI::Range(1, 3600));
  CLI11_PARSE(app, argc, argv);
  try {
    if (changing > 0)
      return ping_for(std::chrono::seconds{changing}), 0;
    run(rounds, rooms, nginx);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "node_bench: %s\n", failed.what());
    return 1;
  }
}
