// The gRPC doors in front of fakes, spoken to by generated clients: every rpc reaches the function that stands behind it,
// what goes wrong has HTTP's code and text, and everything that a client can use much of has a bound.
#include "test/gateway/gateway_fixture.hpp"
#include "test/support/grpc_reflection.hpp"
#include "test/support/node_process.hpp"

#include "api/v1/operations.grpc.pb.h"
#include "api/v1/rooms.grpc.pb.h"
#include "api/v1/schedulers.grpc.pb.h"
#include "health/v1/health.pb.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_unary_call.h>

#include <future>
#include <set>

namespace {

using namespace maestro;
using namespace std::chrono_literals;
namespace v1 = api::v1;
namespace health = grpc::health::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GrpcDoor : public GatewayTest {
protected:
  GrpcDoor() {
    settings.management_grpc_port = free_port();
    settings.rooms_grpc_port = free_port();
    settings.shutdown_timeout = 5s;
  }

  /// A connection of its own.
  static std::shared_ptr<grpc::Channel> dial(std::uint16_t port) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(),
                                     arguments);
  }
  std::unique_ptr<v1::SchedulersService::Stub> schedulers() {
    return v1::SchedulersService::NewStub(dial(ports.management_grpc));
  }
  std::unique_ptr<v1::RoomsService::Stub> rooms() { return v1::RoomsService::NewStub(dial(ports.rooms_grpc)); }

  static grpc::Status get_scheduler(v1::SchedulersService::Stub& stub, std::chrono::milliseconds patience = 5s) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + patience);
    v1::GetSchedulerRequest request;
    request.set_scheduler_name("s");
    v1::GetSchedulerResponse response;
    return stub.GetScheduler(&context, request, &response);
  }
  bool eventually_idle() {
    return within(30s, [&] { return observer->in_flight() == 0; });
  }
};

/// A call that is left alone: started, and waited for later.
class open_call {
public:
  explicit open_call(v1::SchedulersService::Stub& stub) {
    context.set_deadline(std::chrono::system_clock::now() + 30s);
    reader_ = stub.AsyncGetScheduler(&context, v1::GetSchedulerRequest(), &queue_);
    reader_->Finish(&response_, &status_, nullptr);
  }
  grpc::Status wait() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    return status_;
  }
  grpc::ClientContext context;

private:
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::GetSchedulerResponse>> reader_;
  v1::GetSchedulerResponse response_;
  grpc::Status status_;
};

/// A client that asks and allows no byte of an answer: HTTP/2 by hand.
class deaf_client {
public:
  enum kind : char { data = 0, headers = 1, reset = 3, settings = 4 };

  explicit deaf_client(std::uint16_t port) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    send(frame(settings, 0, 0, std::string("\0\x04\0\0\0\0", 6))); // INITIAL_WINDOW_SIZE 0
  }
  /// With an empty message.
  void call(const std::string& path) {
    constexpr char is_last = 1, are_all_headers = 4;
    std::string fields;
    for (auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{":method", "POST"},
                                                          {":scheme", "http"},
                                                          {":path", path},
                                                          {":authority", "localhost"},
                                                          {"te", "trailers"},
                                                          {"content-type", "application/grpc"}})
      fields += literal(name, value);
    send(frame(headers, are_all_headers, stream_, fields));
    send(frame(data, is_last, stream_, std::string(5, '\0')));
    stream_ += 2;
  }
  /// Frames of that kind that have come so far.
  int heard(kind which) {
    std::string more(socket_.available(), '\0');
    boost::asio::read(socket_, boost::asio::buffer(more));
    heard_ += more;
    int count = 0;
    for (std::size_t at = 0; at + head <= heard_.size(); at += head + number_at(at, 3))
      count += heard_[at + 3] == which ? 1 : 0;
    return count;
  }

private:
  static constexpr std::size_t head = 9; ///< length, kind, flags, stream

  void send(const std::string& bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }
  static std::string bytes_of(std::size_t number, std::size_t size) {
    std::string bytes;
    while (size-- > 0)
      bytes += static_cast<char>(number >> (8 * size));
    return bytes;
  }
  static std::string frame(kind which, char flags, std::size_t stream, const std::string& payload) {
    auto bytes = bytes_of(payload.size(), 3);
    bytes += which;
    bytes += flags;
    bytes += bytes_of(stream, 4);
    return bytes += payload;
  }
  /// HPACK: a name and a value in full, which nobody remembers.
  static std::string literal(const std::string& name, const std::string& value) {
    auto bytes = bytes_of(0, 1);
    bytes += bytes_of(name.size(), 1);
    bytes += name;
    bytes += bytes_of(value.size(), 1);
    return bytes += value;
  }
  std::size_t number_at(std::size_t at, std::size_t size) const {
    std::size_t number = 0;
    for (; size > 0; --size)
      number = number << 8 | static_cast<unsigned char>(heard_[at++]);
    return number;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_{io_};
  std::size_t stream_ = 1;
  std::string heard_;
};

/// A call whose bytes are the test's own.
grpc::Status untyped_call(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                          const grpc::Slice& request, grpc::ByteBuffer& response) {
  grpc::GenericStub untyped(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 30s);
  grpc::CompletionQueue queue;
  auto call = untyped.PrepareUnaryCall(&context, path, grpc::ByteBuffer(&request, 1), &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return status;
}

TEST_F(GrpcDoor, FailureHasTheCodeAndTheTextOfHttp) {
  std::vector<std::pair<ec, int>> codes{
      {ec::invalid_argument, 3}, {ec::not_found, 5}, {ec::already_exists, 6},    {ec::failed_precondition, 9},
      {ec::aborted, 10},         {ec::unknown, 2},   {ec::unimplemented, 12},    {ec::resource_exhausted, 8},
      {ec::unavailable, 14},     {ec::internal, 13}, {ec::deadline_exceeded, 4}, {ec::unauthenticated, 16}};
  ec now = ec::unknown;
  script->get = [&](const maestro::get_scheduler&) -> result<scheduler> {
    return failure{now, "scheduler s: ä \"x\""};
  };
  open();
  auto stub = schedulers();
  for (auto& [code, number] : codes) {
    now = code;
    auto status = get_scheduler(*stub);
    EXPECT_EQ(status.error_code(), number);
    EXPECT_EQ(status.error_message(), "scheduler s: ä \"x\"");
    EXPECT_EQ(management("GET", "/schedulers/s").body, error_json(number, "scheduler s: ä \"x\""));
  }
}

TEST_F(GrpcDoor, LongTextIsCutSoThatItFitsItsHeader) {
  script->get = [&](const maestro::get_scheduler&) -> result<scheduler> {
    std::string text;
    for (int i = 0; i < 5000; ++i)
      text += "ä";
    return failure{ec::not_found, text};
  };
  open();
  auto status = get_scheduler(*schedulers());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_GT(status.error_message().size(), 2000u);
  EXPECT_LT(status.error_message().size(), 2100u);
  EXPECT_THAT(status.error_message(), ::testing::EndsWith("ä…"));
}

TEST_F(GrpcDoor, ClientsDeadlineIsKeptAndItsPlaceIsFree) {
  settings.management_grpc.calls = 1;
  settings.request_timeout = 30s;
  script->silent = true;
  open();
  auto stub = schedulers();
  for (int i = 0; i < 3; ++i) {
    auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(get_scheduler(*stub, 100ms).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    EXPECT_LT(std::chrono::steady_clock::now() - began, settings.request_timeout);
    EXPECT_TRUE(eventually_idle());
  }
  EXPECT_EQ(observer->finished().size(), 3u);
}

TEST_F(GrpcDoor, OurDeadlineCapsTheClients) {
  settings.request_timeout = 100ms;
  script->silent = true;
  open();
  auto status = get_scheduler(*schedulers(), 30s);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(status.error_message(), "no answer within 100 ms");
}

TEST_F(GrpcDoor, AllocationKnowsWhenItsCallerGivesUp) {
  std::promise<std::chrono::nanoseconds> told;
  script->allocate = [&](const allocate_room& x) -> result<allocated_room> {
    told.set_value(x.deadline - std::chrono::steady_clock::now().time_since_epoch());
    return failure{ec::not_found, "none"};
  };
  open();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 1s);
  v1::AllocateRoomRequest request;
  request.set_scheduler_name("s");
  v1::AllocateRoomResponse response;
  auto status = rooms()->AllocateRoom(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNKNOWN);
  EXPECT_EQ(status.error_message(), "no ready rooms available for scheduler s");
  EXPECT_LE(told.get_future().get(), 1100ms); // gRPC sends it rounded
}

TEST_F(GrpcDoor, CancelledCallFreesItsPlaceThoughItsActorNeverAnswers) {
  settings.management_grpc.calls = 1;
  settings.request_timeout = 30s;
  script->silent = true;
  open();
  auto stub = schedulers();
  for (int i = 0; i < 3; ++i) {
    open_call call(*stub);
    ASSERT_TRUE(within(30s, [&] { return observer->in_flight() == 1; }));
    call.context.TryCancel();
    EXPECT_EQ(call.wait().error_code(), grpc::StatusCode::CANCELLED);
    EXPECT_TRUE(eventually_idle());
  }
  EXPECT_EQ(observer->finished().size(), 3u);
}

TEST_F(GrpcDoor, TooManyCallsAreRefusedAtOnceAndServedLater) {
  settings.management_grpc.calls = 2;
  settings.request_timeout = 30s;
  script->silent = true;
  script->list = [](const list_schedulers&) -> result<scheduler_list> { return scheduler_list{}; };
  open();
  auto stub = schedulers();
  open_call first(*stub), second(*stub);
  ASSERT_TRUE(within(30s, [&] { return observer->in_flight() == 2; }));
  for (int i = 0; i < 50; ++i) {
    auto status = get_scheduler(*stub);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(status.error_message(), "too many calls are being answered already, the limit is 2");
  }
  first.context.TryCancel();
  first.wait();
  EXPECT_TRUE(within(30s, [&] {
    grpc::ClientContext context;
    v1::ListSchedulersResponse response;
    return stub->ListSchedulers(&context, {}, &response).ok();
  }));
  second.context.TryCancel();
  second.wait();
}

TEST_F(GrpcDoor, AnswersThatNobodyTakesAreCutAndTheirPlacesAreFree) {
  settings.management_grpc.calls = 4;
  settings.write_timeout = 200ms;
  script->list = [](const list_schedulers&) -> result<scheduler_list> { return scheduler_list{}; };
  open();
  deaf_client deaf(ports.management_grpc);
  for (int i = 0; i < 4; ++i)
    deaf.call("/api.v1.SchedulersService/ListSchedulers");
  ASSERT_TRUE(within(30s, [&] { return observer->finished().size() == 4; }));
  auto stub = schedulers();
  EXPECT_TRUE(within(30s, [&] {
    grpc::ClientContext context;
    v1::ListSchedulersResponse response;
    return stub->ListSchedulers(&context, {}, &response).ok();
  }));
  EXPECT_TRUE(within(30s, [&] { return deaf.heard(deaf_client::reset) == 4; }));
  EXPECT_EQ(deaf.heard(deaf_client::data), 0);
}

TEST_F(GrpcDoor, TooLongRequestIsRefusedAndTheNextIsServed) {
  settings.management_grpc.message_bytes = 2000;
  open();
  auto stub = schedulers();
  for (int i = 0; i < 40; ++i) { // more than the places that listen for one rpc
    grpc::ClientContext context;
    v1::GetSchedulerRequest request;
    request.set_scheduler_name(std::string(3000, 'x'));
    v1::GetSchedulerResponse response;
    auto status = stub->GetScheduler(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  }
  EXPECT_EQ(get_scheduler(*stub).error_message(), "not scripted");
}

TEST_F(GrpcDoor, WhatIsNoMessageIsRefusedAndTheNextIsServed) {
  open();
  auto channel = dial(ports.management_grpc);
  for (int i = 0; i < 40; ++i) {
    grpc::Slice garbage(std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
    grpc::ByteBuffer response;
    auto status = untyped_call(channel, "/api.v1.SchedulersService/GetScheduler", garbage, response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(status.error_message(), "the request is no api.v1.GetSchedulerRequest");
  }
  EXPECT_EQ(get_scheduler(*v1::SchedulersService::NewStub(channel)).error_message(), "not scripted");
}

TEST_F(GrpcDoor, PolicyIsAskedWhoSpeaks) {
  struct strict final : access_policy {
    result<principal> admit(const credentials& shown) const override {
      if (shown.authorization != "Bearer right" || shown.peer != "127.0.0.1" || shown.service != "management-grpc")
        return failure{ec::unauthenticated, "a token is needed"};
      return principal{"op"};
    }
  };
  policy = std::make_shared<strict>();
  open();
  auto stub = schedulers();
  auto status = get_scheduler(*stub);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(status.error_message(), "a token is needed");
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer right");
  v1::GetSchedulerResponse response;
  EXPECT_EQ(stub->GetScheduler(&context, {}, &response).error_message(), "not scripted");
}

TEST_F(GrpcDoor, MetadataNamesTheRequest) {
  script->remove = [](const delete_scheduler& x) { return operation_id("for " + x.request.str()); };
  open();
  auto stub = schedulers();
  auto remove = [&](const char* key) {
    grpc::ClientContext context;
    context.AddMetadata("idempotency-key", key);
    v1::DeleteSchedulerResponse response;
    auto status = stub->DeleteScheduler(&context, {}, &response);
    return status.ok() ? response.operation_id() : status.error_message();
  };
  EXPECT_EQ(remove("abc-1"), "for abc-1");
  EXPECT_EQ(remove("a b"), "Idempotency-Key must be visible ASCII characters without blanks, not \"a b\"");
}

TEST_F(GrpcDoor, HealthIsTheNodesReadiness) {
  open();
  auto channel = dial(ports.rooms_grpc);
  auto check = [&](const std::string& service) {
    health::HealthCheckRequest request;
    request.set_service(service);
    grpc::Slice text(request.SerializeAsString());
    grpc::ByteBuffer response;
    auto status = untyped_call(channel, "/grpc.health.v1.Health/Check", text, response);
    if (!status.ok())
      return std::to_string(status.error_code()) + " " + status.error_message();
    grpc::Slice bytes;
    EXPECT_TRUE(response.DumpToSingleSlice(&bytes).ok());
    health::HealthCheckResponse answer;
    EXPECT_TRUE(answer.ParseFromArray(bytes.begin(), static_cast<int>(bytes.size())));
    return health::HealthCheckResponse::ServingStatus_Name(answer.status());
  };
  EXPECT_EQ(check(""), "SERVING");
  EXPECT_EQ(check("api.v1.RoomsService"), "SERVING");
  EXPECT_EQ(check("api.v1.SchedulersService"), "5 there is no service api.v1.SchedulersService here");
  script->read_only = true;
  EXPECT_EQ(check(""), "NOT_SERVING");
  script->read_only = false;
  script->recovering = true;
  EXPECT_EQ(check("api.v1.RoomsService"), "NOT_SERVING");
  grpc::ByteBuffer response;
  EXPECT_EQ(
      untyped_call(channel, "/grpc.health.v1.Health/Watch", grpc::Slice(std::string()), response).error_code(),
      grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(GrpcDoor, ClosedUnlessAPortIsGiven) {
  settings.management_grpc_port = settings.rooms_grpc_port = 0;
  open();
  EXPECT_EQ(ports.management_grpc, 0);
  EXPECT_EQ(ports.rooms_grpc, 0);
}

TEST_F(GrpcDoor, RpcsAreListedByReflection) {
  open();
  EXPECT_THAT(reflected_services(ports.management_grpc),
              ElementsAre("api.v1.NodesService", "api.v1.OperationsService", "api.v1.PlansService",
                          "api.v1.RoomManagementService", "api.v1.SchedulersService", "api.v1.TimelinesService",
                          "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"));
  EXPECT_THAT(reflected_services(ports.rooms_grpc), ElementsAre("api.v1.RoomsService", "grpc.health.v1.Health",
                                                                "grpc.reflection.v1alpha.ServerReflection"));
  EXPECT_THAT(reflected_methods(ports.rooms_grpc, "api.v1.RoomsService"),
              ElementsAre("AllocateRoom", "ForwardPlayerEvent", "ForwardRoomEvent", "GetRoomAddress",
                          "UpdateRoomStatus", "UpdateRoomWithPing"));
}

TEST_F(GrpcDoor, StopWaitsForCallsUnderWayAndTakesNoNewOnes) {
  settings.request_timeout = 3s;
  script->silent = true;
  open();
  auto stub = schedulers();
  open_call call(*stub);
  ASSERT_TRUE(within(30s, [&] { return observer->in_flight() == 1; }));
  auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(doors->stop(), 0u);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 100ms);
  EXPECT_EQ(call.wait().error_message(), "no answer within 3000 ms");
  EXPECT_EQ(get_scheduler(*stub, 500ms).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(GrpcDoor, StopCutsCallsThatTakeTooLong) {
  settings.request_timeout = 30s;
  settings.shutdown_timeout = 200ms;
  script->silent = true;
  open();
  auto stub = schedulers();
  open_call call(*stub);
  ASSERT_TRUE(within(30s, [&] { return observer->in_flight() == 1; }));
  EXPECT_EQ(doors->stop(), 1u);
  EXPECT_EQ(call.wait().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(observer->in_flight(), 0);
}

TEST_F(GrpcDoor, StopDoesNotWaitForClientsThatOnlyStayConnected) {
  settings.shutdown_timeout = 60s;
  open();
  auto stub = schedulers();
  get_scheduler(*stub);
  auto began = std::chrono::steady_clock::now();
  doors->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, settings.shutdown_timeout);
}

TEST_F(GrpcDoor, PortThatIsTakenIsNamed) {
  open();
  gateway_config again;
  again.management_port = again.rooms_port = again.internal_port = 0;
  again.management_grpc_port = 0;
  again.rooms_grpc_port = ports.rooms_grpc;
  gateway second(system, again, keep(spawn_fake_directory(system, script)),
                 keep(spawn_fake_journal(system, script)), observer->meter);
  auto opened = second.start();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text, "rooms gRPC API: cannot listen on 127.0.0.1:" + std::to_string(ports.rooms_grpc) +
                                     ": Address already in use");
}

TEST_F(GrpcDoor, ManyPingsAtOnceFromManyConnectionsAreAllAnswered) {
  settings.io_threads = 2;
  auto log = std::make_shared<ping_log>();
  log->keep = false;
  auto room = keep(spawn_fake_room(system, log));
  script->find = [&](const find_room&) -> result<room_handle> { return room_handle{room}; };
  open();
  std::vector<std::future<int>> clients;
  for (int i = 0; i < 4; ++i)
    clients.push_back(std::async(std::launch::async, [&] {
      auto stub = rooms();
      int succeeded = 0;
      for (int n = 0; n < 500; ++n) {
        grpc::ClientContext context;
        v1::UpdateRoomWithPingRequest request;
        request.set_scheduler_name("s");
        request.set_room_name("r");
        request.set_status("ready");
        v1::UpdateRoomWithPingResponse response;
        succeeded += stub->UpdateRoomWithPing(&context, request, &response).ok() && response.success() ? 1 : 0;
      }
      return succeeded;
    }));
  for (auto& client : clients)
    EXPECT_EQ(client.get(), 500);
  EXPECT_EQ(observer->finished().size(), 2000u);
  EXPECT_TRUE(eventually_idle());
}

} // namespace
