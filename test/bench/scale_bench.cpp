// What happens as work grows: one scheduler with 1,000 to 1,000,000 rooms, and 1,000 to 10,000 schedulers, on the
// real binary with its real journal and simulated rooms, every periodic task running (each 5 s, more often than by
// default). Rates are ratios to the fastest reference of the same round; what a single client waits is probed
// while the whole list is read; memory is anonymous memory over that of an idle node; a restart is a kill -9.
//
//   scale_bench [--nginx BINARY] [--json FILE] [--svg FILE] [--most-rooms N] [--most-schedulers N]
//
// The simulated runtime forgets its instances with the process, so after a restart every room is found to be gone:
// the time until the node is ready contains the loading, and what it costs to remove them is shown apart.
#include "test/bench/fleet.hpp"
#include "test/bench/references.hpp"
#include "test/bench/scale_report.hpp"
#include "test/support/wire_client.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

struct options {
  std::string nginx;
  std::string json = "bench-scale.json";
  std::string svg = "bench-scale.svg";
  std::int64_t most_rooms = 1'000'000;
  std::int64_t most_schedulers = 10'000;
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// A number of a file of /proc, in its own unit.
double proc_number(pid_t process, const std::string& file, const std::string& name) {
  std::ifstream lines("/proc/" + std::to_string(process) + "/" + file);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + ":"))
      return std::atof(line.c_str() + name.size() + 1);
  throw std::runtime_error("no " + name + " in /proc/PID/" + file);
}
double anonymous_bytes(pid_t process) {
  return proc_number(process, "status", "RssAnon") * 1024;
}

// Everything periodic each 5 s; nothing expires because nobody pings for a while.
std::map<std::string, std::string> busy_node() {
  auto environment = fast_rooms();
  environment["MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL"] = "5s";
  environment["MAESTRO_RUNTIMEWATCHER_RECONCILEINTERVAL"] = "5s";
  for (auto* name : {"ROOMPINGTIMEOUTMILLIS", "ROOMINITIALIZATIONTIMEOUTMILLIS", "ROOMALLOCATIONTTLMILLIS"})
    environment[std::string("MAESTRO_SERVICES_ROOMMANAGER_") + name] = "86400000";
  return environment;
}

void show(const scale_row& row) {
  for (auto& [name, value] : row.figures)
    std::printf("  %-34s %14.2f\n", name.c_str(), value);
  std::fflush(stdout);
}

void note(scale_row& row, const std::string& name, const measurement& seen, const measurement& base) {
  print(name, seen);
  row.figures[name + "_ratio"] = seen.load.requests_per_second / base.load.requests_per_second;
  row.figures[name + "_cpu_us"] = seen.cpu_us;
  row.figures[name + "_p99_ms"] = static_cast<double>(seen.load.p99.count()) / 1e3;
}

// Requests of one client at a slow pace while the whole list is read once and every periodic task has its turn.
void probe(scale_row& row, const node_process& node, const fleet& rooms) {
  std::thread reader([&] {
    auto begin = std::chrono::steady_clock::now();
    auto body = http_client(node.management_port(), 60s).get("/schedulers/" + rooms.scheduler + "/rooms").body;
    row.figures["list_s"] = seconds_since(begin);
    row.figures["list_mb"] = static_cast<double>(body.size()) / 1e6;
  });
  auto plan = ping_plan(node, rooms, true);
  plan.connections = 1;
  plan.time = 12s;
  auto seen = run_probe(plan, 10ms);
  reader.join();
  row.figures["probe_p99_ms"] = static_cast<double>(seen.p99.count()) / 1e3;
  row.figures["probe_longest_ms"] = static_cast<double>(seen.longest.count()) / 1e3;
}

void restart(scale_row& row, node_process& node) {
  node.kill();
  auto begin = std::chrono::steady_clock::now();
  node.start(600s);
  row.figures["restart_ready_s"] = seconds_since(begin);
  row.figures["restart_ready_cpu_s"] = cpu_seconds(node.pid());
}

scale_row one_scheduler(references& bases, std::int64_t rooms) {
  scale_row row{1, rooms, {}};
  std::printf("\none scheduler, %lld rooms\n", static_cast<long long>(rooms));
  node_process node(measured_binary(MAESTRO_BINARY), busy_node());
  auto idle = anonymous_bytes(node.pid());
  auto cpu = cpu_seconds(node.pid());
  auto begin = std::chrono::steady_clock::now();
  fleet made{"fleet-of-twenty-five-char", {}}; // names as long as the budget for a room's memory says
  create_scheduler(node, made.scheduler, rooms);
  wait_for_rooms(node, made.scheduler, rooms, 600s);
  row.figures["create_s"] = seconds_since(begin);
  row.figures["create_cpu_us_each"] = (cpu_seconds(node.pid()) - cpu) * 1e6 / static_cast<double>(rooms);
  row.figures["bytes_each"] = (anonymous_bytes(node.pid()) - idle) / static_cast<double>(rooms);
  made.rooms = room_ids(node, made.scheduler);
  ping_all_ready(node, made, 300s);
  row.figures["bytes_each_pinged"] = (anonymous_bytes(node.pid()) - idle) / static_cast<double>(rooms);
  auto base = bases.fastest(2s);
  row.figures["base_cpu_us"] = base.cpu_us;
  note(row, "unchanged", measure(node.pid(), ping_plan(node, made, false)), base);
  auto most = static_cast<std::uint64_t>(std::clamp<std::int64_t>(rooms - 2 * bench_clients, 0, 20'000));
  note(row, "allocate", measure(node.pid(), allocate_plan(node, made.scheduler, most)), base);
  note(row, "changing", measure(node.pid(), ping_plan(node, made, true)), base);
  probe(row, node, made);
  restart(row, node);
  show(row);
  return row;
}

std::string scheduler_named(std::int64_t number) {
  return "s" + std::to_string(number);
}

scale_row many_schedulers(std::int64_t schedulers, std::int64_t rooms_each) {
  scale_row row{schedulers, schedulers * rooms_each, {}};
  std::printf("\n%lld schedulers, %lld rooms each\n", static_cast<long long>(schedulers),
              static_cast<long long>(rooms_each));
  auto environment = busy_node();
  environment["MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL"] = "1m";
  environment["MAESTRO_REPORTER_METRICS_INTERVALMILLIS"] = "10000";
  environment["MAESTRO_RUNTIMEWATCHER_RECONCILEINTERVAL"] = "30s";
  node_process node(measured_binary(MAESTRO_BINARY), environment);
  auto idle = anonymous_bytes(node.pid());
  auto begin = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < schedulers; ++i)
    create_scheduler(node, scheduler_named(i), rooms_each);
  for (std::int64_t i = 0; i < schedulers; ++i)
    if (!within(300s, [&] {
          return static_cast<std::int64_t>(room_ids(node, scheduler_named(i)).size()) >= rooms_each;
        }))
      throw std::runtime_error("rooms of " + scheduler_named(i) + " do not come");
  row.figures["create_s"] = seconds_since(begin);
  row.figures["bytes_each_scheduler"] = (anonymous_bytes(node.pid()) - idle) / static_cast<double>(schedulers);
  auto read = [&](std::uint16_t port, const char* path, const std::string& name) {
    auto from = std::chrono::steady_clock::now();
    auto body = http_client(port, 60s).get(path).body;
    row.figures[name + "_s"] = seconds_since(from);
    row.figures[name + "_mb"] = static_cast<double>(body.size()) / 1e6;
  };
  std::this_thread::sleep_for(12s); // one report of the metrics
  read(node.internal_port(), "/metrics", "metrics");
  read(node.management_port(), "/schedulers", "schedulers");
  read(node.management_port(), "/schedulers/info", "infos");
  auto written = proc_number(node.pid(), "io", "write_bytes");
  auto cpu = cpu_seconds(node.pid());
  auto from = std::chrono::steady_clock::now();
  fleet probed{scheduler_named(0), room_ids(node, scheduler_named(0))};
  fleet asked{probed.scheduler, std::vector(bench_clients, probed.rooms.at(0))};
  auto plan = ping_plan(node, asked, false);
  plan.connections = 1;
  plan.time = 60s;
  auto seen = run_probe(plan, 20ms);
  auto minutes = seconds_since(from) / 60;
  row.figures["idle_written_mb_per_minute"] =
      (proc_number(node.pid(), "io", "write_bytes") - written) / 1e6 / minutes;
  row.figures["idle_cpu_percent"] = (cpu_seconds(node.pid()) - cpu) / (minutes * 60) * 100;
  row.figures["probe_p99_ms"] = static_cast<double>(seen.p99.count()) / 1e3;
  row.figures["probe_longest_ms"] = static_cast<double>(seen.longest.count()) / 1e3;
  restart(row, node);
  show(row);
  return row;
}

void run(const options& wanted) {
  std::vector<scale_row> rows;
  auto keep = [&](scale_row row) {
    rows.push_back(std::move(row));
    write_json(wanted.json, rows);
    write_svg(wanted.svg, rows);
  };
  references bases(wanted.nginx);
  for (std::int64_t rooms = 1000; rooms <= wanted.most_rooms; rooms *= 10)
    keep(one_scheduler(bases, rooms));
  for (std::int64_t schedulers = 1000; schedulers <= wanted.most_schedulers; schedulers *= 10)
    for (std::int64_t rooms_each : {1, 100})
      if (schedulers * rooms_each <= wanted.most_rooms)
        keep(many_schedulers(schedulers, rooms_each));
  std::printf("\nfigures in %s, picture in %s\n", wanted.json.c_str(), wanted.svg.c_str());
}

} // namespace

int main(int argc, char** argv) {
  options wanted;
  CLI::App app("What happens as work grows");
  app.add_option("--nginx", wanted.nginx, "the nginx binary among the references");
  app.add_option("--json", wanted.json, "file for the figures");
  app.add_option("--svg", wanted.svg, "file for the picture");
  app.add_option("--most-rooms", wanted.most_rooms, "the largest number of rooms");
  app.add_option("--most-schedulers", wanted.most_schedulers, "the largest number of schedulers");
  CLI11_PARSE(app, argc, argv);
  try {
    run(wanted);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "scale_bench: %s\n", failed.what());
    return 1;
  }
}
