// How much our doors cost: pings through a real gateway to a real CAF actor that answers at once, beside the bare
// Beast server, each in a process of its own, with the same client. No journal, no rules: the doors alone.
//
//   door_bench [rounds]                 prints the rates and their ratio
//   door_bench --serve doors            serves until killed, for perf
#include "test/bench/bare_server.hpp"
#include "test/bench/bench_process.hpp"
#include "test/bench/load_client.hpp"
#include "test/gateway/gateway_fixture.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

using namespace maestro;

void print_port(std::uint16_t port) {
  std::printf("port %u\n", port);
  std::fflush(stdout);
}

[[noreturn]] void serve_doors(announce_port opened) {
  fake_config config;
  caf::actor_system system(config);
  auto script = std::make_shared<directory_script>();
  auto log = std::make_shared<ping_log>();
  log->keep = false;
  std::map<std::string, game_room_actor> rooms;
  for (int i = 0; i < 64; ++i)
    rooms["s-" + std::to_string(i)] = spawn_fake_room(system, log);
  script->find = [&](const find_room& x) -> result<room_handle> { return room_handle{rooms.at(x.room.str())}; };
  gateway_config settings;
  settings.management_port = settings.rooms_port = settings.internal_port = 0;
  settings.management_grpc_port = settings.rooms_grpc_port = 0;
  gateway doors(system, settings, spawn_fake_directory(system, script), spawn_fake_journal(system, script),
                std::make_shared<metrics>());
  auto ports = doors.start();
  if (!ports)
    std::abort();
  opened(ports->rooms);
  for (;;)
    ::pause();
}

struct measurement {
  load_result load;
  double cpu_us = 0; ///< the server's processor time for one request
};

measurement measure(const bench_process& asked) {
  std::vector<std::string> requests;
  const std::string body = R"({"status":"ready","timestamp":"1700000000"})";
  for (int i = 0; i < 64; ++i)
    requests.push_back("PUT /scheduler/s/rooms/s-" + std::to_string(i) +
                       "/ping HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body);
  load_plan plan;
  plan.port = asked.port();
  plan.warm_up = std::chrono::milliseconds(0);
  plan.next_request = [&](int i) -> const std::string& { return requests[static_cast<std::size_t>(i)]; };
  plan.on_answer = [](int, unsigned status, std::string_view text) {
    return status == 200 && text == R"({"success":true})";
  };
  auto before = cpu_seconds(asked.pid());
  auto load = run_load(plan);
  auto used = cpu_seconds(asked.pid()) - before;
  return {load, used * 1e6 / static_cast<double>(load.requests)};
}

void print(const char* name, const measurement& seen) {
  std::printf("%-12s %8.0f requests/s   p50 %5lld us   p99 %5lld us   cpu %5.2f us/request   errors %llu\n", name,
              seen.load.requests_per_second, static_cast<long long>(seen.load.p50.count()),
              static_cast<long long>(seen.load.p99.count()), seen.cpu_us,
              static_cast<unsigned long long>(seen.load.errors));
  std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--serve") == 0)
    serve_doors(print_port);
  int rounds = argc > 1 ? std::atoi(argv[1]) : 3;
  bench_process bare([](announce_port opened) { run_bare_server(opened); });
  bench_process doors(serve_doors);
  std::vector<double> ratios;
  for (int i = 0; i < rounds; ++i) {
    auto constant = measure(bare);
    auto ping = measure(doors);
    print("bare Beast", constant);
    print("ping", ping);
    ratios.push_back(ping.load.requests_per_second / constant.load.requests_per_second);
    std::printf("ratio        %8.2f\n", ratios.back());
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("median ratio %8.2f  (budget 0.80)\n", ratios[ratios.size() / 2]);
}
