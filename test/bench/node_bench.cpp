// The budgets of a node's hot paths, against the real binary with its real journal and simulated rooms: a ping
// that changes nothing, a ping that changes the room's status, and an allocation, each beside the bare Beast
// server in the same round with the same client and 64 connections. Prints rates, latencies, the node's processor
// time for each request, and the ratios.
//
//   node_bench [rounds] [rooms to allocate in each round]
#include "test/bench/bare_server.hpp"
#include "test/bench/bench_process.hpp"
#include "test/bench/load_client.hpp"
#include "test/support/node_process.hpp"
#include "test/support/wire_client.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

constexpr int clients = 64;

struct measurement {
  load_result load;
  double cpu_us = 0;
};

measurement measure(pid_t server, load_plan plan) {
  plan.connections = clients;
  auto before = cpu_seconds(server);
  auto load = run_load(plan);
  auto used = cpu_seconds(server) - before;
  return {load, used * 1e6 / static_cast<double>(std::max<std::uint64_t>(load.requests, 1))};
}

void print(const char* name, const measurement& seen) {
  std::printf("%-15s %8.0f requests/s   p50 %6lld us   p99 %6lld us   cpu %6.2f us/request   errors %llu\n", name,
              seen.load.requests_per_second, static_cast<long long>(seen.load.p50.count()),
              static_cast<long long>(seen.load.p99.count()), seen.cpu_us,
              static_cast<unsigned long long>(seen.load.errors));
  std::fflush(stdout);
}

std::string ping_request(const std::string& scheduler, const std::string& room, const std::string& status) {
  auto body = R"({"status":")" + status + R"(","timestamp":"1700000000"})";
  return "PUT /scheduler/" + scheduler + "/rooms/" + room +
         "/ping HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool succeeded(int, unsigned status, std::string_view body) {
  return status == 200 && body == R"({"success":true})";
}

std::vector<std::string> room_ids(const node_process& node, const std::string& scheduler) {
  std::vector<std::string> ids;
  auto body = fetch(node.management_port(), "GET", "/schedulers/" + scheduler + "/rooms").body;
  constexpr std::string_view mark = R"({"id":")";
  for (auto at = body.find(mark); at != body.npos; at = body.find(mark, at + 1))
    ids.push_back(body.substr(at + mark.size(), body.find('"', at + mark.size()) - at - mark.size()));
  return ids;
}

std::string info_of(const node_process& node, const std::string& scheduler, const std::string& field) {
  auto body = fetch(node.management_port(), "GET", "/schedulers/info?game=" + scheduler).body;
  std::smatch found;
  return std::regex_search(body, found, std::regex("\"" + field + "\":(\\d+)")) ? found[1].str() : "";
}

/// Creates a scheduler and waits until all its rooms were pinged ready; the game has the scheduler's name.
std::vector<std::string> make_rooms(const node_process& node, const std::string& scheduler, int count) {
  auto recipe = R"({"name":")" + scheduler + R"(","game":")" + scheduler + R"(","maxSurge":"1","roomsReplicas":)" +
                std::to_string(count) +
                R"(,"portRange":{"start":1024,"end":65000},"spec":{"terminationGracePeriod":"1s","containers":[{)"
                R"("name":"c","image":"i","imagePullPolicy":"Never","requests":{"memory":"1","cpu":"1"},)"
                R"("limits":{"memory":"1","cpu":"1"},"ports":[]}]}})";
  auto created = fetch(node.management_port(), "POST", "/schedulers", recipe);
  if (created.status != 200)
    throw std::runtime_error("create: " + created.body);
  std::vector<std::string> ids;
  if (!within(120s, [&] { return (ids = room_ids(node, scheduler)).size() >= static_cast<std::size_t>(count); }))
    throw std::runtime_error("only " + std::to_string(ids.size()) + " rooms of " + std::to_string(count) +
                             " came");
  auto ready = std::to_string(count);
  if (!within(60s, [&] {
        std::size_t next = 0;
        std::string request;
        load_plan plan;
        plan.port = node.rooms_port();
        plan.connections = clients;
        plan.warm_up = 0ms;
        plan.time = 60s;
        plan.most_requests = ids.size();
        plan.next_request = [&](int) -> const std::string& {
          return request = ping_request(scheduler, ids[next++ % ids.size()], "ready");
        };
        run_load(plan);
        return info_of(node, scheduler, "roomsReady") == ready;
      }))
    throw std::runtime_error("rooms do not become ready: " + info_of(node, scheduler, "roomsReady") + " of " +
                             ready);
  return ids;
}

load_plan bare_plan(std::uint16_t port) {
  static const auto request = ping_request("s", "s-abcde", "ready");
  load_plan plan;
  plan.port = port;
  plan.next_request = [](int) -> const std::string& { return request; };
  plan.on_answer = succeeded;
  return plan;
}

load_plan ping_plan(const node_process& node, const std::vector<std::string>& ids, bool changing) {
  struct script {
    std::vector<std::string> ready, occupied;
    std::vector<bool> turn = std::vector<bool>(clients);
  };
  auto said = std::make_shared<script>();
  for (int i = 0; i < clients; ++i) {
    said->ready.push_back(ping_request("pinged", ids[static_cast<std::size_t>(i)], "ready"));
    said->occupied.push_back(ping_request("pinged", ids[static_cast<std::size_t>(i)], "occupied"));
  }
  load_plan plan;
  plan.port = node.rooms_port();
  plan.on_answer = succeeded;
  plan.next_request = [said, changing](int connection) -> const std::string& {
    auto i = static_cast<std::size_t>(connection);
    said->turn[i] = changing && !said->turn[i];
    return said->turn[i] ? said->occupied[i] : said->ready[i];
  };
  return plan;
}

load_plan allocate_plan(const node_process& node, const std::string& scheduler, int rooms) {
  auto request = std::make_shared<std::string>("POST /scheduler/" + scheduler +
                                               "/rooms/allocate HTTP/1.1\r\nHost: localhost\r\n"
                                               "Content-Length: 2\r\n\r\n{}");
  load_plan plan;
  plan.port = node.rooms_port();
  plan.warm_up = 0ms;
  plan.time = 60s;
  plan.most_requests = static_cast<std::uint64_t>(rooms - clients);
  plan.next_request = [request](int) -> const std::string& { return *request; };
  return plan;
}

struct budget {
  const char* name;
  double least;
  std::vector<double> ratios;
  void print() {
    std::sort(ratios.begin(), ratios.end());
    std::printf("%-15s median ratio %.2f   (budget %.2f)\n", name, ratios[ratios.size() / 2], least);
  }
};

void run(int rounds, int rooms) {
  bench_process bare(run_bare_server);
  node_process node(MAESTRO_BINARY, {{"MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL", "1s"},
                                     {"MAESTRO_OPERATIONS_ROOMS_ADD_LIMIT", "100000"},
                                     {"MAESTRO_OPERATIONS_ROOMS_ADD_BATCHSIZE", "1000"},
                                     {"MAESTRO_SIMULATED_PENDINGDELAYMAX", "0s"},
                                     {"MAESTRO_SIMULATED_READYDELAYMAX", "0s"},
                                     {"MAESTRO_SIMULATED_PENDINGDELAYMIN", "0s"},
                                     {"MAESTRO_SIMULATED_READYDELAYMIN", "0s"}});
  auto pinged = make_rooms(node, "pinged", 1000);
  budget unchanged{"ping unchanged", 0.8, {}};
  budget changing{"ping changing", 0.5, {}};
  budget allocate{"allocate", 0.3, {}};
  for (int i = 0; i < rounds; ++i) {
    auto pool = "pool" + std::to_string(i);
    make_rooms(node, pool, rooms);
    auto constant = measure(bare.pid(), bare_plan(bare.port()));
    print("bare Beast", constant);
    auto compare = [&](budget& kept, load_plan plan) {
      auto seen = measure(node.pid(), std::move(plan));
      print(kept.name, seen);
      kept.ratios.push_back(seen.load.requests_per_second / constant.load.requests_per_second);
    };
    compare(unchanged, ping_plan(node, pinged, false));
    compare(changing, ping_plan(node, pinged, true));
    compare(allocate, allocate_plan(node, pool, rooms));
  }
  for (auto* kept : {&unchanged, &changing, &allocate})
    kept->print();
}

} // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? std::atoi(argv[1]) : 3, argc > 2 ? std::atoi(argv[2]) : 20000);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "node_bench: %s\n", failed.what());
    return 1;
  }
}
