#include "nodes/node.hpp"

#include "actors/cluster/served_schedulers.hpp"
#include "actors/context.hpp"
#include "actors/host_board.hpp"
#include "actors/metrics.hpp"
#include "actors/metrics_reporter.hpp"
#include "actors/recipe_budget.hpp"
#include "actors/scheduler_directory.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"
#include "nodes/clock_keeper.hpp"
#include "nodes/cluster/cluster_seat.hpp"
#include "nodes/cluster/machine_offer.hpp"
#include "nodes/cluster/unique_node.hpp"
#include "nodes/config/config.hpp"
#include "nodes/descriptor_budget.hpp"
#include "nodes/even_clock.hpp"
#include "nodes/forwarding/forwarder_client.hpp"
#include "nodes/journal/journal_keeper.hpp"
#include "nodes/logging.hpp"
#include "nodes/process_usage.hpp"
#include "runtime/runtime_events.hpp"
#include "runtime/runtimes.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro {

namespace {

using namespace std::chrono_literals;

constexpr auto shutdown_watchdog = 60s;
constexpr std::size_t naps = 40; ///< of 50 µs, of an actor thread that has just become idle
constexpr auto idle_wait = 1s;   ///< then it waits, and whoever brings work wakes it

// One core is left to the doors: with as many actor threads as cores the journaled requests wait for each other's
// lock and cost twice. A single actor thread polls (work-stealing policy, with nobody to steal from), which saves
// a wake-up for each request; several threads share one queue, because stealing collapses when threads outnumber
// free cores.
struct node_system_config : caf::actor_system_config {
  explicit node_system_config(bool is_alone) {
    register_messages(*this);
    if (!is_alone)
      load_network(*this);
    std::size_t threads = std::max(2u, std::thread::hardware_concurrency()) - 1;
    set("scheduler.policy", threads == 1 ? caf::atom("stealing") : caf::atom("sharing"));
    set("scheduler.max-threads", threads);
    set("scheduler.max-throughput", std::size_t{300});
    set("work-stealing.moderate-poll-attempts", naps);
    set("work-stealing.relaxed-sleep-duration", caf::timespan{idle_wait});
  }
};

// Of the journal's own: enough to tell nodes apart, short enough to stand in every room's record.
constexpr std::size_t node_id_length = 12;

even_clock::sources machine_clocks() {
  return {[] { return duration{std::chrono::steady_clock::now().time_since_epoch()}; },
          [] { return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()); }};
}

std::uint64_t true_seed() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32 | device();
}

// Taking over ten thousand rooms of a former node takes seconds; a runtime that has said nothing by then does not work.
constexpr auto runtime_start_limit = std::chrono::minutes{2};

/// A runtime that cannot work (unknown user, locked folder, what runs cannot be looked at) must not get schedulers.
result<done> await_runtime(caf::actor_system& system, const room_host_actor& host) {
  caf::scoped_actor self{system, true};
  result<done> outcome = done{};
  self->request(host, runtime_start_limit, list_instances{scheduler_name{"-"}})
      .receive([](const instance_list&) {}, [&](const caf::error& why) { outcome = from_caf(why); });
  return outcome;
}

/// A folder that was a cluster's has epochs above the first; a node that stands alone goes on with the highest.
owner_epoch highest_epoch(const rocksdb_journal& journal) {
  auto highest = first_epoch;
  list_copies query;
  do {
    auto page = journal.copies(query);
    if (!page)
      return highest; // whoever loads that stream says what is wrong with it
    for (auto& one : page->items)
      highest = std::max(highest, one.epoch);
    query.after = page->next;
  } while (!query.after.empty());
  return highest;
}

/// Whether rooms of the node's runtime take something of the machine.
bool counts_machine(const node_config& config) {
  bool counts = false;
  for_each_runtime(config.runtimes, [&](auto& one) {
    counts = counts || (one.runtime_name == config.runtime && one.takes_machine);
  });
  return counts;
}

std::vector<std::string> role_words(const std::set<node_role>& roles) {
  std::vector<std::string> words;
  for (auto role : roles)
    words.push_back(to_string(role));
  return words;
}

// The meter outlives the journal, so it must not hold it.
void show_journal(const std::shared_ptr<rocksdb_journal>& journal, const std::shared_ptr<metrics>& meter) {
  journal->watch_commits([meter](std::chrono::nanoseconds took, std::size_t bytes) {
    meter->journal_committed(std::chrono::duration_cast<duration>(took), bytes);
  });
  meter->watch_journal([weak = std::weak_ptr(journal)] {
    auto shown = weak.lock();
    if (!shown)
      return journal_usage{true, 0, 0};
    auto space = shown->space();
    return journal_usage{shown->status().read_only, static_cast<double>(space.free_bytes),
                         static_cast<double>(space.reserve_bytes)};
  });
}

} // namespace

struct node::parts {
  explicit parts(bool is_alone) : system_config(is_alone) {}

  node_system_config system_config;
  caf::actor_system system{system_config};
  std::shared_ptr<metrics> meter = std::make_shared<metrics>();
  caf::actor clock_keeper;
  journal_actor journal;
  runtime_events_actor events;
  runtime_events_actor host_events; ///< of this machine; alone the same
  room_host_actor host;
  prober_actor prober;
  forwarder_client_actor matchmakers;
  local_directory_actor directory;
  std::unique_ptr<cluster_seat> seat; ///< none: the node stands alone
  metrics_reporter_actor reporter;
  std::unique_ptr<gateway> doors;
  gateway_ports ports;

  // Waits until the actor is gone, so that what it holds is free when the next one ends.
  template <class Handle>
  void end(Handle& handle) {
    if (!handle)
      return;
    caf::scoped_actor self{system, true};
    self->monitor(handle);
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
    self->receive([](const caf::down_msg&) {});
  }
};

namespace {

/// What must be there before anything is opened.
result<done> prepare(node_config& config) {
  for (auto needed : {node_role::execution_worker, node_role::runtime_watcher})
    if (config.cluster.is_alone() && !config.has_role(needed))
      return failure{ec::invalid_argument,
                     fmt::format("roles: a node that stands alone needs {}", to_string(needed))};
  ::umask(077); // what is on the disk is nobody else's; rooms' folders get their modes one by one
  std::error_code problem;
  std::filesystem::create_directories(config.data_dir, problem);
  if (problem)
    return failure{ec::unavailable, fmt::format("data directory {}: {}", config.data_dir, problem.message())};
  if (auto usable = check(config.cluster); !usable)
    return usable.error();
  return share_descriptors(config);
}

void name_epochs_of(const cluster_seat& seat) {
  name_epochs([served = seat.served()](std::string_view scheduler) {
    return served->epoch_of(scheduler_name{std::string(scheduler)});
  });
}

} // namespace

node::node(bool is_alone) : parts_(std::make_unique<parts>(is_alone)) {}

const gateway_ports& node::ports() const {
  return parts_->ports;
}

result<std::unique_ptr<node>> node::start(node_config config) {
  if (auto prepared = prepare(config); !prepared)
    return prepared.error();
  std::unique_ptr<node> one(new node(config.cluster.is_alone()));
  auto& node_parts = *one->parts_;
  auto clock = std::make_shared<even_clock>(machine_clocks());
  node_parts.clock_keeper = spawn_clock_keeper(node_parts.system, clock, node_parts.meter);
  node_clock reading = [clock] { return clock->read(); };
  wall_clock now = [clock] { return clock->read().now; };
  auto journal = rocksdb_journal::open(config.journal);
  if (!journal)
    return journal.error();
  auto node_id = (*journal)->node_id().substr(0, node_id_length);
  auto epoch = config.cluster.is_alone() ? highest_epoch(**journal) : first_epoch;
  show_journal(*journal, node_parts.meter);
  node_parts.journal = spawn_journal_keeper(node_parts.system, std::move(*journal), config.journal, now);
  node_parts.events = spawn_runtime_events(node_parts.system);
  node_parts.host_events = config.cluster.is_alone() ? node_parts.events : spawn_runtime_events(node_parts.system);
  auto hosts = config.cluster.is_alone() ? nullptr : std::make_shared<host_board>();
  auto runtime = spawn_runtime(config.runtime, config.runtimes,
                               {node_parts.system, node_parts.host_events, reading, true_seed(), config.data_dir,
                                config.gateway.rooms_port,
                                [hosts] { return hosts ? hosts->other_doors() : std::vector<std::string>(); }});
  node_parts.host = runtime.host;
  node_parts.prober = runtime.prober;
  if (auto works = await_runtime(node_parts.system, node_parts.host); !works)
    return works.error();
  node_parts.matchmakers = spawn_forwarder_client(node_parts.system, config.matchmakers);
  auto self = describe_member(config.cluster, node_id, role_words(config.roles), now());
  self.offer = offer_of(config.cluster, counts_machine(config));
  if (config.has_role(node_role::rooms_api))
    self.rooms_api = rooms_api_of(config.cluster, config.gateway.bind_address, config.gateway.rooms_port);
  auto context = std::make_shared<actor_context>(actor_context{
      node_parts.journal, node_parts.host, node_parts.events, reading, config.settings, node_parts.meter,
      true_seed(), epoch, node_id, node_parts.matchmakers, self, node_parts.prober});
  context->recipes = std::make_shared<recipe_budget>(config.gateway.recipes.node_bytes);
  if (!config.cluster.is_alone()) {
    auto seat = cluster_seat::take(node_parts.system, config.cluster, config.data_dir, self,
                                   {node_parts.journal, node_parts.host, node_parts.prober, node_parts.host_events,
                                    node_parts.events, reading, node_parts.meter, hosts});
    if (!seat)
      return seat.error();
    node_parts.seat = std::move(*seat);
    name_epochs_of(*node_parts.seat);
    context->host = node_parts.seat->host();
    context->hosts = hosts;
    context->prober = node_parts.seat->prober();
    context->journal = node_parts.seat->journal();
    context->journal_is_shared = true;
  }
  node_parts.directory = spawn_scheduler_directory(
      node_parts.system, context, config.cluster.is_alone() ? recovery::of_all : recovery::of_adopted);
  scheduler_directory_actor directory = node_parts.directory;
  if (node_parts.seat) {
    node_parts.seat->begin(node_parts.directory);
    directory = node_parts.seat->directory();
  }
  node_parts.meter->watch_process(read_process_usage);
  node_parts.meter->bound_schedulers(config.settings.metrics_schedulers);
  if (config.has_role(node_role::metrics_reporter))
    node_parts.reporter = spawn_metrics_reporter(node_parts.system, node_parts.directory, node_parts.events,
                                                 node_parts.meter, config.settings);
  auto doors = config.gateway;
  doors.serve_management = config.has_role(node_role::management_api);
  doors.serve_rooms = config.has_role(node_role::rooms_api);
  node_parts.doors =
      std::make_unique<gateway>(node_parts.system, doors, directory, context->journal, node_parts.meter);
  auto ports = node_parts.doors->start();
  if (!ports)
    return ports.error();
  node_parts.ports = *ports;
  return one;
}

node::~node() {
  auto& all = *parts_;
  if (all.doors)
    all.doors->stop();
  all.doors.reset();
  all.end(all.reporter);
  if (all.seat)
    all.seat->leave();
  all.end(all.directory);
  all.seat.reset();
  all.end(all.matchmakers);
  all.end(all.prober);
  all.end(all.host);
  if (all.host_events != all.events)
    all.end(all.host_events);
  all.end(all.events);
  all.end(all.journal);
  all.end(all.clock_keeper);
}

namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

void say_ready(const node_config& config, const gateway_ports& ports) {
  auto url = [&](std::uint16_t port) {
    return port == 0 ? std::string("closed") : fmt::format("http://{}:{}", config.gateway.bind_address, port);
  };
  auto target = [&](std::uint16_t port) {
    return port == 0 ? std::string("closed") : fmt::format("{}:{}", config.gateway.bind_address, port);
  };
  log_info("node", "node is ready",
           {{"management_api", url(ports.management)},
            {"rooms_api", url(ports.rooms)},
            {"internal_api", url(ports.internal)},
            {"management_grpc", target(ports.management_grpc)},
            {"rooms_grpc", target(ports.rooms_grpc)},
            {"data_dir", config.data_dir},
            {"runtime", config.runtime}});
}

// An end that hangs would keep the data directory locked; the journal is safe at any instant, so leaving is safe
// too.
void start_watchdog() {
  std::thread([] {
    std::this_thread::sleep_for(shutdown_watchdog);
    log_error("node", "shutdown took too long, leaving");
    _exit(1);
  }).detach();
}

} // namespace

int run_node(const node_config& config) {
  auto signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr); // before any thread exists, so that all inherit it
  std::signal(SIGPIPE, SIG_IGN);
  auto logging = config.logging;
  if (!config.cluster.is_alone())
    logging.node = describe_member(config.cluster, {}, {}, never).name.str();
  start_logging(logging);
  for (auto& warning : config.warnings)
    log_warn("node", warning);
  auto started = node::start(config);
  if (!started) {
    stop_logging();
    fmt::print(stderr, "{}maestro node: {}\n", journal_mark(log_level::error), started.error().text);
    return 1;
  }
  say_ready(config, (*started)->ports());
  int received = 0;
  sigwait(&signals, &received);
  log_info("node", "stopping; game servers go on and are adopted by the next start", {{"signal", received}});
  start_watchdog();
  started->reset();
  log_info("node", "stopped");
  stop_logging();
  return 0;
}

} // namespace maestro
