// The budgets of a node's hot paths, against the real binary with its real journal and simulated rooms: a ping
// that changes nothing, a ping that changes the room's status, and an allocation, each beside the fastest of the
// references (test/bench/references) in the same round with the same client and 64 connections. Prints rates,
// latencies, the processor time for each request, and the ratios.
//
//   node_bench [rounds] [rooms to allocate in each round] [nginx binary]
#include "test/bench/fleet.hpp"
#include "test/bench/references.hpp"

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
    std::printf("%-15s median ratio %.2f   (budget %.2f)\n", name, ratios[ratios.size() / 2], least);
  }
};

void run(int rounds, int rooms, const std::string& nginx) {
  references bases(nginx);
  auto environment = fast_rooms();
  environment["MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL"] = "1s";
  node_process node(measured_binary(MAESTRO_BINARY), environment);
  auto pinged = make_fleet(node, "pinged", 1000, 120s);
  budget unchanged{"ping unchanged", 0.95, {}};
  budget changing{"ping changing", 0.6, {}};
  budget allocate{"allocate", 0.6, {}};
  for (int i = 0; i < rounds; ++i) {
    std::printf("round %d\n", i + 1);
    auto pool = make_fleet(node, "pool" + std::to_string(i), rooms, 120s);
    auto base = bases.fastest(2s);
    auto compare = [&](budget& kept, const load_plan& plan) {
      auto seen = measure(node.pid(), plan);
      print(kept.name, seen);
      kept.ratios.push_back(seen.load.requests_per_second / base.load.requests_per_second);
    };
    compare(unchanged, ping_plan(node, pinged, false));
    compare(changing, ping_plan(node, pinged, true));
    compare(allocate, allocate_plan(node, pool.scheduler, static_cast<std::uint64_t>(rooms - bench_clients)));
  }
  for (auto* kept : {&unchanged, &changing, &allocate})
    kept->print();
}

} // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? std::atoi(argv[1]) : 3, argc > 2 ? std::atoi(argv[2]) : 20000, argc > 3 ? argv[3] : "");
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "node_bench: %s\n", failed.what());
    return 1;
  }
}
