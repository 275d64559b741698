#include "nodes/gateway/gateway.hpp"

#include "nodes/gateway/grpc_server.hpp"
#include "nodes/gateway/http_server.hpp"
#include "nodes/gateway/internal_api.hpp"
#include "nodes/gateway/management_api.hpp"
#include "nodes/gateway/management_grpc.hpp"
#include "nodes/gateway/rooms_api.hpp"
#include "nodes/gateway/rooms_grpc.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace maestro {

namespace {

constexpr std::chrono::milliseconds health_timeout{2000};
constexpr std::chrono::milliseconds operators_rest{20}; ///< so much later their first call is seen

} // namespace

struct gateway::parts {
  parts(caf::actor_system& actors, gateway_config settings, scheduler_directory_actor schedulers,
        journal_actor memory, std::shared_ptr<metrics> numbers, std::shared_ptr<const access_policy> who)
      : system(actors), config(std::move(settings)), directory(std::move(schedulers)), journal(std::move(memory)),
        meter(std::move(numbers)), policy(std::move(who)) {}

  void build();
  void build_grpc();
  result<gateway_ports> open();
  result<done> open_grpc(gateway_ports& ports);
  void run();
  std::size_t stop(std::chrono::milliseconds grace);
  std::size_t stop_grpc(std::chrono::steady_clock::time_point until);

  caf::actor_system& system;
  const gateway_config config;
  scheduler_directory_actor directory;
  journal_actor journal;
  std::shared_ptr<metrics> meter;
  std::shared_ptr<const access_policy> policy;

  // Destroyed from the last to the first: doors use bridges and io_contexts, workers own them.
  struct door_share {
    door_share(const parts& all, const door_limits& limits)
        : load(limits.buffer_bytes), service{all.config, limits, load, *all.policy, all.meter.get()} {}
    door_load load;
    const http_service service;
  };
  door_share management{*this, config.management};
  door_share internal{*this, config.internal};
  door_share game_rooms{*this, config.rooms};
  std::unique_ptr<io_worker> operators;
  std::unique_ptr<io_worker> watchers;
  std::vector<std::unique_ptr<io_worker>> rooms;
  std::unique_ptr<actor_bridge> health;
  std::vector<std::unique_ptr<http_door>> doors;
  std::vector<std::unique_ptr<http_listener>> listeners; ///< management, internal, rooms
  std::unique_ptr<grpc_server> management_calls;         ///< none: closed
  std::unique_ptr<grpc_server> rooms_calls;
  bool running = false;
};

void gateway::parts::build() {
  operators = std::make_unique<io_worker>(system, config);
  watchers = std::make_unique<io_worker>(system, config);
  health = std::make_unique<actor_bridge>(system, watchers->io(), health_timeout, config.max_in_flight);
  auto keep = [this](auto door) {
    doors.push_back(std::move(door));
    return doors.back().get();
  };
  auto* operators_door = keep(std::make_unique<management_api>(operators->bridge(), directory, config.recipes));
  auto* watchers_door = keep(std::make_unique<internal_api>(watchers->io(), *health, directory, journal, meter));
  std::vector<http_listener::place> places;
  for (std::uint32_t i = 0; i < config.io_threads; ++i) {
    auto& worker = *rooms.emplace_back(std::make_unique<io_worker>(system, config));
    auto share = config.room_cache_size / config.io_threads;
    places.push_back({&worker, keep(std::make_unique<rooms_api>(worker.io(), worker.bridge(), directory, share))});
  }
  auto listen = [this](const char* name, io_worker& home, const door_share& share,
                       std::vector<http_listener::place> where) {
    listeners.push_back(
        std::make_unique<http_listener>(name, home, share.service, make_session<tcp_stream>, std::move(where)));
  };
  listen("management API", *operators, management, {{operators.get(), operators_door}});
  listen("internal API", *watchers, internal, {{watchers.get(), watchers_door}});
  listen("rooms API", *rooms.front(), game_rooms, std::move(places));
  build_grpc();
}

// Operators wait a moment rather than that every ping changes threads.
void gateway::parts::build_grpc() {
  bool calls_of_rooms = config.serve_rooms && config.rooms_grpc_port != 0;
  if (config.serve_management && config.management_grpc_port != 0)
    management_calls = std::make_unique<grpc_server>(
        system,
        grpc_door{"management gRPC API", config, config.management_grpc, *policy, meter.get(), 1,
                  calls_of_rooms ? operators_rest : operators_rest.zero()},
        [this](auto&, auto& bridge) {
          return std::make_unique<management_grpc>(bridge, directory, journal, config.recipes);
        });
  if (calls_of_rooms)
    rooms_calls = std::make_unique<grpc_server>(
        system, grpc_door{"rooms gRPC API", config, config.rooms_grpc, *policy, meter.get(), config.io_threads},
        [this](auto& io, auto& bridge) {
          return std::make_unique<rooms_grpc>(io, bridge, directory, journal,
                                              config.room_cache_size / config.io_threads);
        });
}

// A door that is not served stays closed; its port is told as 0.
result<gateway_ports> gateway::parts::open() {
  gateway_ports ports;
  std::tuple<bool, std::uint16_t, std::uint16_t*> wanted[] = {
      {config.serve_management, config.management_port, &ports.management},
      {true, config.internal_port, &ports.internal},
      {config.serve_rooms, config.rooms_port, &ports.rooms}};
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    auto& [is_served, port, where] = wanted[i];
    if (!is_served)
      continue;
    auto opened = listeners[i]->open(port);
    if (!opened)
      return opened.error();
    *where = *opened;
  }
  if (auto opened = open_grpc(ports); !opened)
    return opened.error();
  return ports;
}

result<done> gateway::parts::open_grpc(gateway_ports& ports) {
  if (management_calls) {
    if (auto opened = management_calls->open(config.management_grpc_port); !opened)
      return opened;
    ports.management_grpc = config.management_grpc_port;
  }
  if (rooms_calls) {
    if (auto opened = rooms_calls->open(config.rooms_grpc_port); !opened)
      return opened;
    ports.rooms_grpc = config.rooms_grpc_port;
  }
  return done{};
}

void gateway::parts::run() {
  for (auto& listener : listeners)
    listener->accept();
  operators->start("doors.operators");
  watchers->start("doors.internal");
  for (std::size_t i = 0; i < rooms.size(); ++i)
    rooms[i]->start("doors.rooms." + std::to_string(i));
  if (management_calls)
    management_calls->run("grpc.operators");
  if (rooms_calls)
    rooms_calls->run("grpc.rooms");
  running = true;
}

std::size_t gateway::parts::stop(std::chrono::milliseconds grace) {
  if (!running)
    return 0;
  running = false;
  auto until = std::chrono::steady_clock::now() + grace;
  std::size_t cut = 0;
  std::thread end_of_calls([&] { cut += stop_grpc(until); });
  auto close_on = [](io_worker& home, http_listener& listener) {
    std::promise<void> closed;
    boost::asio::post(home.io(), [&] {
      listener.close();
      closed.set_value();
    });
    closed.get_future().wait();
  };
  close_on(*operators, *listeners[0]);
  close_on(*watchers, *listeners[1]);
  close_on(*rooms.front(), *listeners[2]);
  std::vector<io_worker*> workers{operators.get(), watchers.get()};
  for (auto& worker : rooms)
    workers.push_back(worker.get());
  for (auto* worker : workers)
    worker->drain(until);
  end_of_calls.join();
  cut += management.load.connections + internal.load.connections + game_rooms.load.connections;
  for (auto* worker : workers)
    worker->stop();
  return cut;
}

std::size_t gateway::parts::stop_grpc(std::chrono::steady_clock::time_point until) {
  std::size_t cut = 0;
  for (auto* server : {management_calls.get(), rooms_calls.get()})
    cut += server != nullptr ? server->stop(until) : 0;
  return cut;
}

gateway::gateway(caf::actor_system& system, gateway_config config, scheduler_directory_actor directory,
                 journal_actor journal, std::shared_ptr<metrics> meter,
                 std::shared_ptr<const access_policy> policy)
    : parts_(std::make_unique<parts>(system, std::move(config), std::move(directory), std::move(journal),
                                     std::move(meter), std::move(policy))) {}

gateway::~gateway() {
  parts_->stop(std::chrono::milliseconds(0));
}

result<gateway_ports> gateway::start() {
  parts_->build();
  auto ports = parts_->open();
  if (ports)
    parts_->run();
  return ports;
}

std::size_t gateway::stop() {
  return parts_->stop(parts_->config.shutdown_timeout);
}

} // namespace maestro
