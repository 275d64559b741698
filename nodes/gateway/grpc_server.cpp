#include "nodes/gateway/grpc_server.hpp"

#include "messages/log.hpp"
#include "nodes/gateway/grpc_worker.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>

namespace maestro {

namespace pb = google::protobuf;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds shortest_ping{10}; ///< between two keepalives of a client
constexpr std::size_t reflection_threads = 4;     ///< of gRPC's own, for the reflection service

void log_for_grpc(gpr_log_func_args* said) {
  if (said->severity == GPR_LOG_SEVERITY_ERROR)
    log_warn("grpc", said->message);
}

} // namespace

struct grpc_server::parts {
  grpc_door door;
  door_state state;
  std::deque<raw_service> services;
  std::vector<std::unique_ptr<grpc_worker>> workers;
  std::unique_ptr<grpc::Server> server;

  std::vector<grpc_worker::method> add_methods();
  void set_bounds(grpc::ServerBuilder& builder) const;
};

grpc_server::grpc_server(caf::actor_system& system, grpc_door door, const api_maker& make)
    : parts_(std::make_unique<parts>(std::move(door))) {
  for (std::uint32_t i = 0; i < parts_->door.threads; ++i)
    parts_->workers.push_back(std::make_unique<grpc_worker>(system, parts_->door, parts_->state, make));
}

grpc_server::~grpc_server() {
  stop(steady::now());
}

std::vector<grpc_worker::method> grpc_server::parts::add_methods() {
  std::vector<grpc_worker::method> methods;
  const pb::ServiceDescriptor* last = nullptr;
  for (auto& row : workers.front()->api().rows()) {
    if (row.method->service() != last)
      services.emplace_back();
    std::size_t number = row.method->service() == last ? methods.back().number + 1 : 0;
    last = row.method->service();
    services.back().add(row.path);
    methods.push_back({&services.back(), number});
  }
  return methods;
}

void grpc_server::parts::set_bounds(grpc::ServerBuilder& builder) const {
  auto millis = [](auto span) {
    return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(span).count());
  };
  auto whole = [](std::uint64_t number) { return static_cast<int>(std::min<std::uint64_t>(number, INT32_MAX)); };
  builder.SetMaxReceiveMessageSize(whole(door.limits.message_bytes));
  grpc::ResourceQuota quota(door.name);
  quota.Resize(door.limits.buffer_bytes).SetMaxThreads(static_cast<int>(reflection_threads));
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  for (auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) // small bytes that become many
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  // Twice what is served, so that one client's excess is refused in words and does not just wait.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, whole(std::uint64_t{2} * door.limits.calls));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, whole(door.config.max_header_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, millis(door.config.idle_timeout));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, millis(door.config.read_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, millis(shortest_ping));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0); // two nodes must not share a port unnoticed
}

// gRPC does not say why it could not listen, so the address is tried first.
result<done> grpc_server::open(std::uint16_t port) {
  auto& bind_address = parts_->door.config.bind_address;
  auto refused = [&](const std::string& why) {
    return failure{ec::unavailable,
                   fmt::format("{}: cannot listen on {}:{}: {}", parts_->door.name, bind_address, port, why)};
  };
  boost::system::error_code error;
  auto address = boost::asio::ip::make_address(bind_address, error);
  if (error)
    return refused(error.message());
  {
    using boost::asio::ip::tcp;
    boost::asio::io_context io;
    tcp::acceptor probe(io);
    tcp::endpoint endpoint(address, port);
    probe.open(endpoint.protocol(), error);
    probe.set_option(tcp::acceptor::reuse_address(true), error);
    if (probe.bind(endpoint, error); error)
      return refused(error.message());
  }
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function(log_for_grpc);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
  auto methods = parts_->add_methods();
  grpc::ServerBuilder builder;
  parts_->set_bounds(builder);
  for (auto& service : parts_->services)
    builder.RegisterService(&service);
  for (auto& worker : parts_->workers)
    worker->attach(builder.AddCompletionQueue());
  int chosen = 0;
  auto where =
      address.is_v6() ? fmt::format("[{}]:{}", bind_address, port) : fmt::format("{}:{}", bind_address, port);
  builder.AddListeningPort(where, grpc::InsecureServerCredentials(), &chosen);
  parts_->server = builder.BuildAndStart();
  if (!parts_->server || chosen == 0)
    return refused("gRPC refuses it");
  for (auto& worker : parts_->workers)
    worker->listen(methods);
  return done{};
}

void grpc_server::run(const std::string& thread_name) {
  for (auto& worker : parts_->workers)
    worker->start(thread_name);
}

// gRPC would wait for idle clients to acknowledge the end, so they are cut as soon as no call is left.
std::size_t grpc_server::stop(steady::time_point until) {
  auto& state = parts_->state;
  if (parts_->server) {
    state.is_ending = true;
    auto left = std::max<steady::duration>(until - steady::now(), steady::duration::zero());
    auto by = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(left.count(), GPR_TIMESPAN));
    std::thread shutdown([&] { parts_->server->Shutdown(by); });
    {
      std::unique_lock lock(state.mutex);
      state.none_left.wait_until(lock, until, [&] { return state.calls == 0; });
    }
    grpc_server_cancel_all_calls(parts_->server->c_server());
    shutdown.join();
  }
  for (auto& worker : parts_->workers)
    worker->stop();
  parts_->server.reset();
  return state.cut;
}

} // namespace maestro
