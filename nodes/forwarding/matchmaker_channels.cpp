#include "nodes/forwarding/matchmaker_channels.hpp"

#include "eventforwarder/v1/eventforwarder.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_set>

namespace maestro {

namespace wire = eventforwarder;

namespace {

using namespace std::chrono_literals;

constexpr auto shortest_keepalive = 10s;
constexpr auto reconnect_min = 100ms;
constexpr auto reconnect_max = 5s;

const char* name_of(grpc::StatusCode code) {
  switch (code) {
  case grpc::OK: return "OK";
  case grpc::CANCELLED: return "Canceled";
  case grpc::UNKNOWN: return "Unknown";
  case grpc::INVALID_ARGUMENT: return "InvalidArgument";
  case grpc::DEADLINE_EXCEEDED: return "DeadlineExceeded";
  case grpc::NOT_FOUND: return "NotFound";
  case grpc::ALREADY_EXISTS: return "AlreadyExists";
  case grpc::PERMISSION_DENIED: return "PermissionDenied";
  case grpc::UNAUTHENTICATED: return "Unauthenticated";
  case grpc::RESOURCE_EXHAUSTED: return "ResourceExhausted";
  case grpc::FAILED_PRECONDITION: return "FailedPrecondition";
  case grpc::ABORTED: return "Aborted";
  case grpc::OUT_OF_RANGE: return "OutOfRange";
  case grpc::UNIMPLEMENTED: return "Unimplemented";
  case grpc::INTERNAL: return "Internal";
  case grpc::UNAVAILABLE: return "Unavailable";
  case grpc::DATA_LOSS: return "DataLoss";
  case grpc::DO_NOT_USE: break;
  }
  return "Unknown";
}

int in_ms(duration of) {
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(of).count());
}

// Connections are the channel's own, so that they end with it. The pings of the keepalive have no bound of their own:
// they are only sent while calls wait.
std::shared_ptr<grpc::Channel> connect(const std::string& address, const matchmaker_channel_config& config) {
  grpc::ChannelArguments arguments;
  arguments.SetLoadBalancingPolicyName("round_robin");
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS,
                   in_ms(std::max<duration>(config.keepalive_time, shortest_keepalive)));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, in_ms(config.keepalive_timeout));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, in_ms(reconnect_min));
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, in_ms(reconnect_max));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, in_ms(reconnect_max));
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0); // who calls decides what is tried again
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

/// One call under way; it is its own tag.
struct running_call {
  grpc::ClientContext context;
  wire::Response response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<wire::Response>> reader;
  matchmaker_channels::call_ended then;
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();

  matchmaker_answer answer() const {
    auto took = std::chrono::steady_clock::now() - since;
    return {name_of(status.error_code()), response.code(),
            status.ok() ? response.message() : status.error_message(), took};
  }
};

void fill(wire::Room& room, const matchmaker_call& what) {
  room.set_game(what.game);
  room.set_roomid(what.room.str());
  if (what.method == matchmaker_method::player_event)
    return;
  room.set_host(what.host);
  room.set_port(what.port);
  room.set_roomtype(what.room_type);
  room.mutable_metadata()->insert(what.metadata.begin(), what.metadata.end());
}

wire::RoomStatus status_message(const matchmaker_call& what) {
  wire::RoomStatus message;
  fill(*message.mutable_room(), what);
  switch (what.status) {
  case ping_status::unknown:
  case ping_status::ready: message.set_statustype(wire::RoomStatus::ready); break;
  case ping_status::occupied: message.set_statustype(wire::RoomStatus::occupied); break;
  case ping_status::terminating: message.set_statustype(wire::RoomStatus::terminating); break;
  case ping_status::terminated: message.set_statustype(wire::RoomStatus::terminated); break;
  }
  return message;
}

wire::RoomEvent event_message(const matchmaker_call& what) {
  wire::RoomEvent message;
  fill(*message.mutable_room(), what);
  message.set_eventtype(what.event);
  return message;
}

wire::PlayerEvent player_message(const matchmaker_call& what) {
  wire::PlayerEvent message;
  fill(*message.mutable_room(), what);
  message.set_playerid(what.player_id);
  message.set_eventtype(what.what_player == player_event::joined ? wire::PlayerEvent::PLAYER_JOINED
                                                                 : wire::PlayerEvent::PLAYER_LEFT);
  message.mutable_metadata()->insert(what.metadata.begin(), what.metadata.end());
  return message;
}

} // namespace

struct matchmaker_channels::parts {
  struct channel {
    std::shared_ptr<grpc::Channel> connection;
    std::unique_ptr<wire::GRPCForwarder::Stub> stub;
    std::size_t users = 0;
  };

  explicit parts(const matchmaker_channel_config& how) : config(how), listener([this] { hear_of_ends(); }) {}
  ~parts() {
    {
      std::scoped_lock lock(mutex);
      is_ending = true;
      for (auto* call : running)
        call->context.TryCancel();
    }
    call_is_due.notify_one();
    listener.join();
    queue.Shutdown();
  }

  void run(running_call* call) {
    {
      std::scoped_lock lock(mutex);
      running.insert(call);
    }
    call_is_due.notify_one();
    call->reader->Finish(&call->response, &call->status, call);
  }

  // Without calls the queue is left alone: who waits for a queue takes turns with the gRPC doors at the process's
  // sockets, and a turn changes threads.
  void hear_of_ends() {
    for (std::unique_lock lock(mutex);;) {
      call_is_due.wait(lock, [this] { return is_ending || !running.empty(); });
      if (running.empty())
        return;
      lock.unlock();
      void* tag = nullptr;
      bool ok = false; // always, for the end of a call that was begun
      queue.Next(&tag, &ok);
      std::unique_ptr<running_call> call(static_cast<running_call*>(tag));
      lock.lock();
      running.erase(call.get());
      lock.unlock();
      call->then(call->answer());
      lock.lock();
    }
  }

  const matchmaker_channel_config config;
  std::map<std::string, channel> channels;
  grpc::CompletionQueue queue;
  std::mutex mutex; ///< guards what follows, but not the listener
  std::condition_variable call_is_due;
  std::unordered_set<running_call*> running;
  bool is_ending = false;
  std::thread listener;
};

matchmaker_channels::matchmaker_channels(const matchmaker_channel_config& config)
    : parts_(std::make_unique<parts>(config)) {}

matchmaker_channels::~matchmaker_channels() = default;

std::size_t matchmaker_channels::size() const {
  return parts_->channels.size();
}

void matchmaker_channels::use(const std::string& address) {
  auto& channel = parts_->channels[address];
  if (channel.users++ > 0)
    return;
  channel.connection = connect(address, parts_->config);
  channel.stub = wire::GRPCForwarder::NewStub(channel.connection);
}

void matchmaker_channels::release(const std::string& address) {
  auto found = parts_->channels.find(address);
  if (found != parts_->channels.end() && --found->second.users == 0)
    parts_->channels.erase(found);
}

void matchmaker_channels::call(const matchmaker_call& what, call_ended then) {
  auto found = parts_->channels.find(what.address);
  if (found == parts_->channels.end())
    return then({"Unavailable", 0, "nobody uses the address " + what.address, {}});
  auto call = std::make_unique<running_call>();
  call->then = std::move(then);
  call->context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(what.timeout.count(), GPR_TIMESPAN)));
  auto& stub = *found->second.stub;
  switch (what.method) {
  case matchmaker_method::room_status:
    call->reader = stub.AsyncSendRoomStatus(&call->context, status_message(what), &parts_->queue);
    break;
  case matchmaker_method::room_resync:
    call->reader = stub.AsyncSendRoomResync(&call->context, status_message(what), &parts_->queue);
    break;
  case matchmaker_method::room_event:
    call->reader = stub.AsyncSendRoomEvent(&call->context, event_message(what), &parts_->queue);
    break;
  case matchmaker_method::player_event:
    call->reader = stub.AsyncSendPlayerEvent(&call->context, player_message(what), &parts_->queue);
    break;
  }
  parts_->run(call.release()); // the queue's, until it is heard of
}

} // namespace maestro
