// What a cluster costs a request: durable allocations by 64 clients at the doors of three nodes beside the same at a node that
// stands alone, and pings that change nothing through the wrong door beside the right one. Real nodes, real etcd, simulated
// rooms, all on this machine; a round measures one after the other, so that what else runs there meets both alike.
//
//   cluster_load_bench <etcd binary> [--rounds 5] [--rooms 6000] [--seconds 3]
#include "test/bench/fleet.hpp"
#include "test/bench/references.hpp"
#include "test/support/etcd_process.hpp"
#include "test/support/wire_client.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

constexpr std::size_t node_count = 3;

struct plan {
  std::string etcd;
  int rounds = 5;
  int rooms = 6000; ///< allocated in a round, on each side
  int seconds = 3;  ///< of each ping measurement
};

/// One goal, its ratios by round, and the latencies beside them.
struct figure {
  std::string name;
  double goal;
  std::vector<double> ratios{};
  std::vector<double> p99_ms{};

  void keep(const measurement& measured, const measurement& beside) {
    auto& seen = measured.load;
    auto& base = beside.load;
    ratios.push_back(seen.requests_per_second / base.requests_per_second);
    p99_ms.push_back(static_cast<double>(seen.p99.count()) / 1e3);
    fmt::print("  {:<28} {:7.0f}/s p50 {:.1f} ms p99 {:.1f} ms cpu {:.1f} us, "
               "beside {:.0f}/s p99 {:.1f} ms cpu {:.1f} us; {} errors\n",
               name, seen.requests_per_second, static_cast<double>(seen.p50.count()) / 1e3, p99_ms.back(),
               measured.cpu_us, base.requests_per_second, static_cast<double>(base.p99.count()) / 1e3,
               beside.cpu_us, seen.errors + base.errors);
    std::fflush(stdout);
  }

  void print() {
    std::sort(ratios.begin(), ratios.end());
    std::sort(p99_ms.begin(), p99_ms.end());
    fmt::print("{:<30} median ratio {:.2f} (goal {:.2f})   median p99 {:.1f} ms\n", name,
               ratios[ratios.size() / 2], goal, p99_ms[p99_ms.size() / 2]);
  }
};

class cluster {
public:
  explicit cluster(const std::string& etcd) : etcd_(etcd) {
    for (std::size_t i = 0; i < node_count; ++i) {
      auto environment = fast_rooms();
      environment["MAESTRO_CLUSTER_ETCD_ENDPOINTS"] = etcd_.endpoint();
      environment["MAESTRO_CLUSTER_NODE"] = name_of(i);
      environment["MAESTRO_CLUSTER_LISTEN"] = fmt::format("127.0.0.1:{}", free_port());
      nodes_.push_back(std::make_unique<node_process>(measured_binary(MAESTRO_BINARY), environment));
    }
    auto all_see_all = [&] {
      return std::all_of(nodes_.begin(), nodes_.end(), [](auto& one) {
        auto body = fetch(one->management_port(), "GET", "/nodes").body;
        std::size_t ready = 0;
        for (auto at = body.find(R"("status":"ready")"); at != body.npos;
             at = body.find(R"("status":"ready")", at + 1))
          ++ready;
        return ready == node_count;
      });
    };
    if (!within(60s, all_see_all))
      throw std::runtime_error("the nodes do not find one another");
  }

  node_process& node(std::size_t which) { return *nodes_[which]; }

  std::vector<pid_t> processes() const {
    std::vector<pid_t> all;
    for (auto& one : nodes_)
      all.push_back(one->pid());
    return all;
  }

  std::vector<std::uint16_t> doors() const {
    std::vector<std::uint16_t> all;
    for (auto& one : nodes_)
      all.push_back(one->rooms_port());
    return all;
  }

  /// A fleet, and which node owns it.
  std::pair<fleet, std::size_t> make(const std::string& name, std::int64_t rooms) {
    fleet made{name, {}};
    create_scheduler(*nodes_[0], name, rooms);
    std::size_t owner = node_count;
    auto is_somewhere = [&] {
      for (std::size_t i = 0; i < node_count && owner == node_count; ++i) {
        auto mark = fmt::format(R"(scheduler="{}")", name);
        if (fetch(nodes_[i]->internal_port(), "GET", "/metrics").body.find(mark) != std::string::npos)
          owner = i;
      }
      return owner != node_count;
    };
    if (!within(60s, is_somewhere))
      throw std::runtime_error("nobody owns " + name);
    wait_for_rooms(*nodes_[owner], name, rooms, 120s);
    made.rooms = room_ids(*nodes_[owner], name);
    ping_all_ready(*nodes_[owner], made, 120s);
    return {made, owner};
  }

private:
  static std::string name_of(std::size_t which) { return fmt::format("n{}", which + 1); }

  etcd_process etcd_;
  std::vector<std::unique_ptr<node_process>> nodes_;
};

/// As many schedulers as there are nodes, by all connections alike; each connection keeps to one of them.
measurement allocate(const std::vector<pid_t>& nodes, const std::vector<std::uint16_t>& doors,
                     const std::vector<std::string>& schedulers, std::uint64_t most) {
  std::vector<std::string> requests;
  for (auto& name : schedulers)
    requests.push_back("POST /scheduler/" + name +
                       "/rooms/allocate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
  load_plan load;
  load.ports = doors;
  load.connections = bench_clients;
  load.warm_up = 0ms;
  load.time = 60s;
  load.most_requests = most;
  load.next_request = [&](int connection) -> const std::string& {
    return requests[static_cast<std::size_t>(connection) / node_count % requests.size()];
  };
  return measure(nodes, load);
}

std::vector<std::string> names_of_round(int round) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < node_count; ++i)
    names.push_back(fmt::format("pool{}-{}", round, i));
  return names;
}

void run(const plan& wanted) {
  node_process lone(measured_binary(MAESTRO_BINARY), fast_rooms());
  cluster all(wanted.etcd);
  auto [pinged, owner] = all.make("pinged", 1000);
  auto wrong = (owner + 1) % node_count;
  figure allocations{"allocation, 64 clients", 0.3};
  figure pings{"ping through the wrong door", 0.4};
  auto per_scheduler = wanted.rooms / static_cast<int>(node_count);
  for (int i = 0; i < wanted.rounds; ++i) {
    fmt::print("round {}\n", i + 1);
    auto right_plan = ping_plan(all.node(owner), pinged, false);
    auto wrong_plan = ping_plan(all.node(wrong), pinged, false);
    right_plan.time = wrong_plan.time = std::chrono::seconds{wanted.seconds};
    auto right = measure(all.node(owner).pid(), right_plan);
    pings.keep(measure({all.node(wrong).pid(), all.node(owner).pid()}, wrong_plan), right);

    auto names = names_of_round(i);
    for (auto& name : names) {
      make_fleet(lone, name, per_scheduler, 120s);
      all.make(name, per_scheduler);
    }
    // Each client keeps to one scheduler: none is asked for more than it has.
    auto most = static_cast<std::uint64_t>(wanted.rooms) * 3 / 4;
    auto alone = allocate({lone.pid()}, {lone.rooms_port()}, names, most);
    allocations.keep(allocate(all.processes(), all.doors(), names, most), alone);
  }
  pings.print();
  allocations.print();
}

} // namespace

int main(int argc, char** argv) {
  plan wanted;
  CLI::App app("What a cluster costs a request");
  app.add_option("etcd", wanted.etcd, "the etcd binary")->required();
  app.add_option("--rounds", wanted.rounds, "how often everything is measured")->check(CLI::Range(1, 100));
  app.add_option("--rooms", wanted.rooms, "rooms on each side in each round")->check(CLI::Range(600, 100'000));
  app.add_option("--seconds", wanted.seconds, "of each measurement of pings")->check(CLI::Range(1, 60));
  CLI11_PARSE(app, argc, argv);
  try {
    run(wanted);
  } catch (const std::exception& failed) {
    fmt::print(stderr, "cluster_load_bench: {}\n", failed.what());
    return 1;
  }
}
