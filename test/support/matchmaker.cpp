#include "test/support/matchmaker.hpp"

#include "eventforwarder/v1/eventforwarder.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>

namespace maestro {

namespace wire = eventforwarder;

struct matchmaker::parts final : wire::GRPCForwarder::Service {
  using context = grpc::ServerContext;

  grpc::Status SendRoomStatus(context* call, const wire::RoomStatus* what, wire::Response* to) override {
    return take(call, status("SendRoomStatus", *what), to);
  }
  grpc::Status SendRoomResync(context* call, const wire::RoomStatus* what, wire::Response* to) override {
    return take(call, status("SendRoomResync", *what), to);
  }
  grpc::Status SendRoomEvent(context* call, const wire::RoomEvent* what, wire::Response* to) override {
    auto one = room("SendRoomEvent", what->room());
    one.event = what->eventtype();
    return take(call, std::move(one), to);
  }
  grpc::Status SendPlayerEvent(context* call, const wire::PlayerEvent* what, wire::Response* to) override {
    auto one = room("SendPlayerEvent", what->room());
    one.event = wire::PlayerEvent::PlayerEventType_Name(what->eventtype());
    one.player_id = what->playerid();
    one.metadata = {what->metadata().begin(), what->metadata().end()};
    return take(call, std::move(one), to);
  }

  static told room(const char* method, const wire::Room& from) {
    return {method,
            from.game(),
            from.roomid(),
            from.host(),
            from.port(),
            from.roomtype(),
            {from.metadata().begin(), from.metadata().end()},
            {},
            {},
            {}};
  }
  static told status(const char* method, const wire::RoomStatus& from) {
    auto one = room(method, from.room());
    one.status = wire::RoomStatus::RoomStatusType_Name(from.statustype());
    return one;
  }

  grpc::Status take(context* call, told one, wire::Response* to) {
    std::unique_lock lock(mutex);
    while (is_held && is_held(one) && !call->IsCancelled())
      changed.wait_for(lock, std::chrono::milliseconds{10});
    if (call->IsCancelled())
      return grpc::Status::CANCELLED;
    calls.push_back(std::move(one));
    changed.notify_all();
    to->set_code(code);
    return grpc_code == 0 ? grpc::Status::OK
                          : grpc::Status(static_cast<grpc::StatusCode>(grpc_code), "on purpose");
  }

  void start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(), &port);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.RegisterService(this);
    server = builder.BuildAndStart();
  }

  void stop() {
    if (server)
      server->Shutdown(std::chrono::system_clock::now());
    server.reset();
  }

  int port = 0;
  std::unique_ptr<grpc::Server> server;
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::vector<told> calls;
  std::function<bool(const told&)> is_held;
  std::int32_t code = 200;
  int grpc_code = 0;
};

matchmaker::matchmaker() : parts_(std::make_unique<parts>()) {
  come_back();
}

matchmaker::~matchmaker() {
  let_go();
  die();
}

std::string matchmaker::address() const {
  return "127.0.0.1:" + std::to_string(parts_->port);
}

void matchmaker::answer(std::int32_t code) {
  std::scoped_lock lock(parts_->mutex);
  parts_->code = code;
}

void matchmaker::fail(int grpc_code) {
  std::scoped_lock lock(parts_->mutex);
  parts_->grpc_code = grpc_code;
}

void matchmaker::hold(std::function<bool(const told&)> is_held) {
  std::scoped_lock lock(parts_->mutex);
  parts_->is_held = std::move(is_held);
}

void matchmaker::let_go() {
  hold({});
  parts_->changed.notify_all();
}

void matchmaker::die() {
  parts_->stop();
}

void matchmaker::come_back() {
  parts_->start();
}

std::vector<matchmaker::told> matchmaker::all() const {
  std::scoped_lock lock(parts_->mutex);
  return parts_->calls;
}

std::size_t matchmaker::count() const {
  std::scoped_lock lock(parts_->mutex);
  return parts_->calls.size();
}

bool matchmaker::wait_for(std::size_t calls, std::chrono::milliseconds longest) const {
  std::unique_lock lock(parts_->mutex);
  return parts_->changed.wait_for(lock, longest, [&] { return parts_->calls.size() >= calls; });
}

} // namespace maestro
