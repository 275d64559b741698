// The contract of the wire over gRPC, spoken to the real binary by clients generated from proto/api/v1: every method,
// and the same answer through both doors. Rooms are simulated, so a room is unready until its first ping.
#include "nodes/gateway/json.hpp"
#include "test/support/grpc_reflection.hpp"
#include "test/support/node_process.hpp"
#include "test/support/wire_client.hpp"

#include "api/v1/operations.grpc.pb.h"
#include "api/v1/room_management.grpc.pb.h"
#include "api/v1/rooms.grpc.pb.h"
#include "api/v1/schedulers.grpc.pb.h"
#include "api/v1/timelines.grpc.pb.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <regex>
#include <sys/wait.h>

namespace {

using namespace maestro;
using namespace std::chrono_literals;
namespace v1 = api::v1;

/// Leases and the number of an ongoing operation's attempts move between two looks.
std::string steady(const std::string& text) {
  static const std::regex lease(R"("lease":\{"ttl":"[^"]*"\})");
  return std::regex_replace(text, lease, "\"lease\":LEASE");
}

class GrpcContract : public ::testing::Test {
protected:
  static void SetUpTestSuite() {
    node = std::make_unique<node_process>(
        MAESTRO_BINARY, std::map<std::string, std::string>{{"MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL", "200ms"}});
    schedulers = v1::SchedulersService::NewStub(dial(node->management_grpc_port()));
    operations = v1::OperationsService::NewStub(dial(node->management_grpc_port()));
    rooms = v1::RoomsService::NewStub(dial(node->rooms_grpc_port()));
  }
  static void TearDownTestSuite() {
    schedulers.reset();
    operations.reset();
    rooms.reset();
    node.reset();
  }
  static std::shared_ptr<grpc::Channel> dial(std::uint16_t port) {
    return grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  }

  /// What one rpc answers: its response as HTTP would show it, or HTTP's error.
  template <class Stub, class Request, class Response>
  static std::string call(Stub& stub,
                          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                          const Request& request, Response* into = nullptr) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 20s);
    Response response;
    auto status = (stub.*method)(&context, request, &response);
    if (into != nullptr)
      *into = response;
    if (status.ok())
      return to_json(response);
    return "{\"code\":" + std::to_string(status.error_code()) + ",\"message\":\"" +
           std::regex_replace(status.error_message(), std::regex("\n|\""), "?") + "\",\"details\":[]}";
  }
  static std::string management(const std::string& method, const std::string& target,
                                const std::string& body = {}) {
    return steady(fetch(node->management_port(), method, target, body).body);
  }
  static std::string game_rooms(const std::string& method, const std::string& target,
                                const std::string& body = {}) {
    return fetch(node->rooms_port(), method, target, body).body;
  }
  static std::string flat(std::string text) { return std::regex_replace(text, std::regex(R"(\\n|\\")"), "?"); }

  static v1::CreateSchedulerRequest recipe(const std::string& name, int replicas) {
    v1::CreateSchedulerRequest request;
    request.set_name(name);
    request.set_game("g");
    request.set_max_surge("10%");
    request.set_rooms_replicas(replicas);
    request.mutable_port_range()->set_start(20000);
    request.mutable_port_range()->set_end(29999);
    request.mutable_spec()->mutable_termination_grace_period()->set_seconds(1);
    auto& container = *request.mutable_spec()->add_containers();
    container.set_name("c");
    container.set_image("i");
    container.set_image_pull_policy("IfNotPresent");
    for (auto* resources : {container.mutable_requests(), container.mutable_limits()}) {
      resources->set_memory("100Mi");
      resources->set_cpu("100m");
    }
    auto& port = *container.add_ports();
    port.set_name("p");
    port.set_protocol("udp");
    port.set_port(12345);
    return request;
  }
  static v1::GetSchedulerRequest named(const std::string& name, const std::string& version = {}) {
    v1::GetSchedulerRequest request;
    request.set_scheduler_name(name);
    request.set_version(version);
    return request;
  }
  static bool in_sync(const std::string& name) {
    return within(20s, [&] {
      return call(*schedulers, &v1::SchedulersService::Stub::GetScheduler, named(name)).find("\"in-sync\"") !=
             std::string::npos;
    });
  }
  /// Pings all of its rooms ready over gRPC; their ids.
  static std::vector<std::string> ready_rooms(const std::string& name, std::size_t count) {
    std::vector<std::string> ids;
    EXPECT_TRUE(within(30s, [&] {
      ids.clear();
      auto body = management("GET", "/schedulers/" + name + "/rooms");
      static const std::regex id(R"re("id":"([^"]*)")re");
      for (auto i = std::sregex_iterator(body.begin(), body.end(), id); i != std::sregex_iterator(); ++i)
        ids.push_back((*i)[1]);
      for (auto& room : ids)
        ping(name, room, "ready");
      v1::GetSchedulersInfoResponse infos;
      call(*schedulers, &v1::SchedulersService::Stub::GetSchedulersInfo, v1::GetSchedulersInfoRequest(), &infos);
      for (auto& info : infos.schedulers())
        if (info.name() == name && info.rooms_ready() == static_cast<int>(count))
          return ids.size() == count;
      return false;
    }));
    return ids;
  }
  static std::string ping(const std::string& scheduler, const std::string& room, const std::string& status) {
    v1::UpdateRoomWithPingRequest request;
    request.set_scheduler_name(scheduler);
    request.set_room_name(room);
    request.set_status(status);
    request.set_timestamp(1700000000);
    (*request.mutable_metadata()->mutable_fields())["region"].set_string_value("eu");
    return call(*rooms, &v1::RoomsService::Stub::UpdateRoomWithPing, request);
  }

  static std::unique_ptr<node_process> node;
  static std::unique_ptr<v1::SchedulersService::Stub> schedulers;
  static std::unique_ptr<v1::OperationsService::Stub> operations;
  static std::unique_ptr<v1::RoomsService::Stub> rooms;
};

std::unique_ptr<node_process> GrpcContract::node;
std::unique_ptr<v1::SchedulersService::Stub> GrpcContract::schedulers;
std::unique_ptr<v1::OperationsService::Stub> GrpcContract::operations;
std::unique_ptr<v1::RoomsService::Stub> GrpcContract::rooms;

TEST_F(GrpcContract, SchedulersAnswerTheSameThroughBothDoors) {
  using stub = v1::SchedulersService::Stub;
  v1::CreateSchedulerResponse created;
  call(*schedulers, &stub::CreateScheduler, recipe("both", 0), &created);
  EXPECT_EQ(created.scheduler().name(), "both");
  EXPECT_EQ(created.scheduler().spec().version(), "v1.0.0");
  EXPECT_EQ(created.scheduler().state(), "creating");
  ASSERT_TRUE(in_sync("both"));
  EXPECT_EQ(call(*schedulers, &stub::GetScheduler, named("both")), management("GET", "/schedulers/both"));
  EXPECT_EQ(call(*schedulers, &stub::GetScheduler, named("both", "v1.0.0")),
            management("GET", "/schedulers/both?version=v1.0.0"));
  v1::ListSchedulersRequest list;
  list.set_name("both");
  EXPECT_EQ(call(*schedulers, &stub::ListSchedulers, list), management("GET", "/schedulers?name=both"));
  v1::GetSchedulerVersionsRequest versions;
  versions.set_scheduler_name("both");
  EXPECT_EQ(call(*schedulers, &stub::GetSchedulerVersions, versions),
            management("GET", "/schedulers/both/versions"));
  v1::GetSchedulersInfoRequest infos;
  infos.set_game("g");
  EXPECT_EQ(call(*schedulers, &stub::GetSchedulersInfo, infos), management("GET", "/schedulers/info?game=g"));
}

TEST_F(GrpcContract, RefusalsAreTheSameThroughBothDoors) {
  using stub = v1::SchedulersService::Stub;
  call(*schedulers, &stub::CreateScheduler, recipe("twice", 0));
  auto same = [](const std::string& grpc_answer, const std::string& http_answer) {
    EXPECT_EQ(grpc_answer, flat(http_answer));
    EXPECT_NE(grpc_answer.find("\"code\":"), std::string::npos);
  };
  same(call(*schedulers, &stub::GetScheduler, named("nowhere")), management("GET", "/schedulers/nowhere"));
  same(call(*schedulers, &stub::GetScheduler, named("twice", "v9.0.0")),
       management("GET", "/schedulers/twice?version=v9.0.0"));
  same(call(*schedulers, &stub::CreateScheduler, v1::CreateSchedulerRequest()),
       management("POST", "/schedulers", "{}"));
  same(call(*schedulers, &stub::CreateScheduler, recipe("twice", 0)),
       management("POST", "/schedulers", to_json(recipe("twice", 0))));
  v1::NewSchedulerVersionRequest version;
  version.set_name("twice");
  same(call(*schedulers, &stub::NewSchedulerVersion, version), management("POST", "/schedulers/twice", "{}"));
  v1::PatchSchedulerRequest patch;
  patch.set_name("nowhere");
  same(call(*schedulers, &stub::PatchScheduler, patch), management("PATCH", "/schedulers/nowhere", "{}"));
  patch.set_rooms_replicas(1);
  same(call(*schedulers, &stub::PatchScheduler, patch),
       management("PATCH", "/schedulers/nowhere", R"({"roomsReplicas":1})"));
  v1::SwitchActiveVersionRequest to;
  to.set_scheduler_name("nowhere");
  to.set_version("v1.0.0");
  same(call(*schedulers, &stub::SwitchActiveVersion, to),
       management("PUT", "/schedulers/nowhere", R"({"version":"v1.0.0"})"));
  v1::DeleteSchedulerRequest gone;
  gone.set_scheduler_name("nowhere");
  same(call(*schedulers, &stub::DeleteScheduler, gone), management("DELETE", "/schedulers/nowhere"));
  v1::GetSchedulerVersionsRequest versions;
  versions.set_scheduler_name("nowhere");
  same(call(*schedulers, &stub::GetSchedulerVersions, versions),
       management("GET", "/schedulers/nowhere/versions"));
  v1::ListOperationsRequest list;
  list.set_scheduler_name("twice");
  list.set_stage("odd");
  same(call(*operations, &v1::OperationsService::Stub::ListOperations, list),
       management("GET", "/schedulers/twice/operations?stage=odd"));
  v1::GetOperationRequest operation;
  operation.set_scheduler_name("twice");
  operation.set_operation_id("none");
  same(call(*operations, &v1::OperationsService::Stub::GetOperation, operation),
       management("GET", "/schedulers/twice/operations/none"));
}

TEST_F(GrpcContract, OperationsAnswerTheSameThroughBothDoors) {
  using stub = v1::OperationsService::Stub;
  call(*schedulers, &v1::SchedulersService::Stub::CreateScheduler, recipe("worked", 0));
  ASSERT_TRUE(in_sync("worked"));
  v1::ListOperationsRequest list;
  list.set_scheduler_name("worked");
  list.set_stage("final");
  list.set_page(1);
  list.set_per_page(1);
  v1::ListOperationsResponse found;
  ASSERT_TRUE(within(30s, [&] {
    call(*operations, &stub::ListOperations, list, &found);
    return found.operations_size() == 1;
  }));
  EXPECT_EQ(call(*operations, &stub::ListOperations, list),
            management("GET", "/schedulers/worked/operations?stage=final&page=1&perPage=1"));
  v1::GetOperationRequest get;
  get.set_scheduler_name("worked");
  get.set_operation_id(found.operations(0).id());
  EXPECT_EQ(call(*operations, &stub::GetOperation, get),
            management("GET", "/schedulers/worked/operations/" + get.operation_id()));
  v1::CancelOperationRequest cancel;
  cancel.set_scheduler_name("worked");
  cancel.set_operation_id(get.operation_id());
  EXPECT_EQ(call(*operations, &stub::CancelOperation, cancel),
            flat(management("POST", "/schedulers/worked/operations/" + get.operation_id() + "/cancel")));
}

TEST_F(GrpcContract, RoomsAnswerTheSameThroughBothDoors) {
  using stub = v1::RoomsService::Stub;
  call(*schedulers, &v1::SchedulersService::Stub::CreateScheduler, recipe("played", 3));
  auto ids = ready_rooms("played", 3);
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_EQ(ping("played", ids[0], "ready"),
            game_rooms("PUT", "/scheduler/played/rooms/" + ids[0] + "/ping", R"({"status":"ready"})"));
  EXPECT_EQ(ping("played", "nobody", "ready"),
            game_rooms("PUT", "/scheduler/played/rooms/nobody/ping", R"({"status":"ready"})"));
  EXPECT_EQ(ping("played", ids[0], "happy"),
            game_rooms("PUT", "/scheduler/played/rooms/" + ids[0] + "/ping", R"({"status":"happy"})"));
  v1::GetRoomAddressRequest address;
  address.set_scheduler_name("played");
  address.set_room_name(ids[1]);
  EXPECT_EQ(call(*rooms, &stub::GetRoomAddress, address),
            game_rooms("GET", "/scheduler/played/rooms/" + ids[1] + "/address"));
  address.set_room_name("nobody");
  EXPECT_EQ(call(*rooms, &stub::GetRoomAddress, address),
            game_rooms("GET", "/scheduler/played/rooms/nobody/address"));
  v1::AllocateRoomRequest allocate;
  allocate.set_scheduler_name("played");
  std::set<std::string> taken;
  for (int i = 0; i < 3; ++i) {
    v1::AllocateRoomResponse room;
    call(*rooms, &stub::AllocateRoom, allocate, &room);
    EXPECT_TRUE(room.success());
    EXPECT_EQ(room.ports_size(), 1);
    EXPECT_EQ(room.host(), "127.0.0.1");
    taken.insert(room.room_id());
  }
  EXPECT_EQ(taken, std::set<std::string>(ids.begin(), ids.end()));
  EXPECT_EQ(call(*rooms, &stub::AllocateRoom, allocate), game_rooms("POST", "/scheduler/played/rooms/allocate"));
}

TEST_F(GrpcContract, SingleRoomsAndTimelinesAnswerTheSameThroughBothDoors) {
  call(*schedulers, &v1::SchedulersService::Stub::CreateScheduler, recipe("looked-at", 3));
  auto ids = ready_rooms("looked-at", 3);
  ASSERT_EQ(ids.size(), 3U);
  auto channel = dial(node->management_grpc_port());
  auto single = v1::RoomManagementService::NewStub(channel);
  auto timelines = v1::TimelinesService::NewStub(channel);
  const std::string at = "/schedulers/looked-at/rooms";

  v1::ListRoomsRequest list;
  list.set_scheduler_name("looked-at");
  auto unpaged = call(*single, &v1::RoomManagementService::Stub::ListRooms, list);
  EXPECT_TRUE(unpaged.ends_with(R"("page":1,"pageSize":100,"total":3})")) << unpaged;
  list.set_page(2);
  list.set_per_page(2);
  EXPECT_EQ(call(*single, &v1::RoomManagementService::Stub::ListRooms, list),
            management("GET", at + "?page=2&perPage=2"));
  v1::GetRoomRequest room;
  room.set_scheduler_name("looked-at");
  room.set_room_name(ids[0]);
  EXPECT_EQ(call(*single, &v1::RoomManagementService::Stub::GetRoom, room), management("GET", at + "/" + ids[0]));
  v1::GetRoomLogsRequest logs;
  logs.set_scheduler_name("looked-at");
  logs.set_room_name(ids[0]);
  EXPECT_EQ(flat(call(*single, &v1::RoomManagementService::Stub::GetRoomLogs, logs)),
            flat(management("GET", at + "/" + ids[0] + "/logs")));
  v1::GetRoomTimelineRequest past;
  past.set_scheduler_name("looked-at");
  past.set_room_name(ids[0]);
  auto told = call(*timelines, &v1::TimelinesService::Stub::GetRoomTimeline, past);
  EXPECT_EQ(told, management("GET", at + "/" + ids[0] + "/timeline"));
  EXPECT_NE(told.find(R"("event":"room_created")"), std::string::npos) << told;
  v1::EndRoomRequest end;
  end.set_scheduler_name("looked-at");
  end.set_room_name(ids[0]);
  v1::EndRoomResponse ending;
  call(*single, &v1::RoomManagementService::Stub::EndRoom, end, &ending);
  v1::GetOperationTimelineRequest operation;
  operation.set_scheduler_name("looked-at");
  operation.set_operation_id(ending.operation_id());
  EXPECT_TRUE(within(20s, [&] {
    return call(*timelines, &v1::TimelinesService::Stub::GetOperationTimeline, operation)
               .find("operation_ended") != std::string::npos;
  }));
}

TEST_F(GrpcContract, SlotsOfARoomAreAllocatedOverGrpc) {
  using stub = v1::RoomsService::Stub;
  auto shared = recipe("slotted", 1);
  shared.mutable_match_allocation()->set_max_matches(3);
  call(*schedulers, &v1::SchedulersService::Stub::CreateScheduler, shared);
  auto ids = ready_rooms("slotted", 1);
  ASSERT_EQ(ids.size(), 1u);
  v1::AllocateRoomRequest allocate;
  allocate.set_scheduler_name("slotted");
  for (auto slots : {2, 1}) {
    v1::AllocateRoomResponse room;
    allocate.set_slots(slots);
    call(*rooms, &stub::AllocateRoom, allocate, &room);
    EXPECT_EQ(room.room_id(), ids[0]);
  }
  auto same = [&](int slots) {
    allocate.set_slots(slots);
    auto body = R"({"slots":)" + std::to_string(slots) + "}";
    EXPECT_EQ(call(*rooms, &stub::AllocateRoom, allocate),
              game_rooms("POST", "/scheduler/slotted/rooms/allocate", body));
  };
  same(1); // it is full
  same(4); // more than a room takes
  grpc::ClientContext context;
  v1::AllocateRoomResponse room;
  allocate.set_slots(0);
  auto refused = rooms->AllocateRoom(&context, allocate, &room);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refused.error_message(), "slots must be 1 or greater, not 0");
}

TEST_F(GrpcContract, VersionsAreMadeAndSwitchedOverGrpc) {
  using stub = v1::SchedulersService::Stub;
  call(*schedulers, &stub::CreateScheduler, recipe("changed", 0));
  ASSERT_TRUE(in_sync("changed"));
  auto active = [](const std::string& version) {
    return within(20s, [&] {
      v1::GetSchedulerResponse found;
      call(*schedulers, &stub::GetScheduler, named("changed"), &found);
      return found.scheduler().spec().version() == version && found.scheduler().state() == "in-sync";
    });
  };
  v1::PatchSchedulerRequest patch;
  patch.set_name("changed");
  patch.set_max_surge("20%");
  v1::PatchSchedulerResponse patched;
  auto said = call(*schedulers, &stub::PatchScheduler, patch, &patched);
  EXPECT_EQ(patched.operation_id().size(), 36u) << said;
  ASSERT_TRUE(active("v1.1.0"));
  v1::SwitchActiveVersionRequest back;
  back.set_scheduler_name("changed");
  back.set_version("v1.0.0");
  v1::SwitchActiveVersionResponse switched;
  EXPECT_TRUE(within(20s, [&] { // the operation before it may still be ending
    said = call(*schedulers, &stub::SwitchActiveVersion, back, &switched);
    return switched.operation_id().size() == 36;
  })) << said;
  EXPECT_TRUE(active("v1.0.0"));
}

TEST_F(GrpcContract, DeleteAnswersAnOperation) {
  call(*schedulers, &v1::SchedulersService::Stub::CreateScheduler, recipe("short", 0));
  ASSERT_TRUE(in_sync("short"));
  v1::DeleteSchedulerRequest request;
  request.set_scheduler_name("short");
  v1::DeleteSchedulerResponse response;
  call(*schedulers, &v1::SchedulersService::Stub::DeleteScheduler, request, &response);
  EXPECT_EQ(response.operation_id().size(), 36u);
  EXPECT_TRUE(within(20s, [&] {
    return call(*schedulers, &v1::SchedulersService::Stub::GetScheduler, named("short")) ==
           R"({"code":5,"message":"scheduler short not found","details":[]})";
  }));
}

TEST_F(GrpcContract, ServicesAreFoundByReflection) {
  EXPECT_EQ(reflected_services(node->rooms_grpc_port()),
            (std::vector<std::string>{"api.v1.RoomsService", "grpc.health.v1.Health",
                                      "grpc.reflection.v1alpha.ServerReflection"}));
  EXPECT_EQ(reflected_methods(node->management_grpc_port(), "api.v1.SchedulersService").size(), 9u);
}

TEST_F(GrpcContract, CallsAreCountedBesideHttpRequests) {
  call(*schedulers, &v1::SchedulersService::Stub::ListSchedulers, v1::ListSchedulersRequest());
  auto text = fetch(node->internal_port(), "GET", "/metrics").body;
  for (auto* series : {"http_request_duration_seconds_count{code=\"0\",handler=\"ListSchedulers\",method=\"POST\","
                       "service=\"management-"
                       "grpc\"}",
                       "http_response_size_bytes_count{code=\"0\",handler=\"ListSchedulers\",method=\"POST\","
                       "service=\"management-grpc\"}",
                       "http_requests_inflight{handler=\"ListSchedulers\",service=\"management-grpc\"} 0"})
    EXPECT_NE(text.find(series), std::string::npos) << series;
}

TEST_F(GrpcContract, NodeEndsAtOnceThoughClientsStayConnected) {
  node_process other(MAESTRO_BINARY);
  auto stub = v1::SchedulersService::NewStub(dial(other.management_grpc_port()));
  call(*stub, &v1::SchedulersService::Stub::ListSchedulers, v1::ListSchedulersRequest());
  auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(other.stop(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 25s) << "api.gracefulShutdownTimeout is 30 s";
}

TEST_F(GrpcContract, DoorOfARoleThatTheNodeHasNotIsClosed) {
  node_process closed(MAESTRO_BINARY, {{"MAESTRO_ROLES", "rooms_api,execution_worker,runtime_watcher"}});
  auto says = [&](const std::string& text) { // a node that answers may not have said so yet
    return within(30s, [&] { return closed.log().find(text) != std::string::npos; });
  };
  EXPECT_TRUE(says("management_grpc=\"closed\"")) << closed.log();
  EXPECT_TRUE(says("rooms_grpc=\"127.0.0.1:" + std::to_string(closed.rooms_grpc_port()) + "\"")) << closed.log();
}

} // namespace
