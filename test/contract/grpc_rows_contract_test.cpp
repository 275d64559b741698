// The rows of the contract through the gRPC doors (proto/README.md 1.9): what HTTP answers to a request, the rpc of
// that name answers to the same message, for every rule of 1.7, every refusal of a query and every event of a room.
#include "nodes/gateway/json.hpp"
#include "test/contract/broken_recipes.hpp"
#include "test/contract/contract_fixture.hpp"

#include "api/v1/operations.grpc.pb.h"
#include "api/v1/rooms.grpc.pb.h"
#include "api/v1/schedulers.grpc.pb.h"

#include <grpcpp/grpcpp.h>

namespace maestro {
namespace {

using namespace std::chrono_literals;
namespace v1 = api::v1;
using schedulers_stub = v1::SchedulersService::Stub;
using operations_stub = v1::OperationsService::Stub;
using rooms_stub = v1::RoomsService::Stub;

class GrpcRows : public contract_fixture {
protected:
  static std::shared_ptr<grpc::Channel> dial(std::uint16_t port) {
    return grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  }
  void SetUp() override {
    schedulers = v1::SchedulersService::NewStub(dial(node->management_grpc_port()));
    operations = v1::OperationsService::NewStub(dial(node->management_grpc_port()));
    game_rooms = v1::RoomsService::NewStub(dial(node->rooms_grpc_port()));
  }

  /// What the rpc answers to this message, as HTTP would show it; the status of an error as its body.
  template <class Stub, class Request, class Response>
  static std::string call(Stub& stub, grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*),
                          const std::string& request_json) {
    Request request;
    auto read = from_json(request_json, request);
    EXPECT_TRUE(read) << request_json;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 20s);
    Response response;
    auto status = (stub.*rpc)(&context, request, &response);
    return steady(status.ok() ? to_json(response) : error(status.error_code(), escaped(status.error_message())));
  }
  static std::string with(const std::string& json, const std::string& field, const std::string& value) {
    return "{\"" + field + "\":\"" + value + "\"" + (json == "{}" ? "" : ",") + json.substr(1);
  }

  std::unique_ptr<schedulers_stub> schedulers;
  std::unique_ptr<operations_stub> operations;
  std::unique_ptr<rooms_stub> game_rooms;
};

TEST_F(GrpcRows, EveryRuleRefusesAWholeRecipe) {
  for (auto& [from, to, text] : broken_recipes()) {
    SCOPED_TRACE(to);
    auto body = replaced(recipe("rules", 0), from, to);
    EXPECT_EQ(call(*schedulers, &schedulers_stub::CreateScheduler, body), error(3, escaped(text)));
    EXPECT_EQ(call(*schedulers, &schedulers_stub::NewSchedulerVersion, body), error(3, escaped(text)));
  }
}

TEST_F(GrpcRows, PatchesAreRefusedAndTakenAsOverHttp) {
  EXPECT_EQ(call(*schedulers, &schedulers_stub::CreateScheduler, recipe("patched", 0)),
            "{\"scheduler\":" + shown("patched", 0, "creating") + "}");
  ASSERT_TRUE(in_sync("patched"));
  for (auto* patch :
       {"{}", R"({"maxSurge":"10%"})", R"({"forwarders":[]})", R"({"maxSurge":"0","roomsReplicas":-1})",
        R"({"portRange":{}})", R"({"autoscaling":{}})", R"({"matchAllocation":{"maxMatches":36}})",
        R"({"spec":{"containers":[{"image":""},{}]}})"}) {
    auto over_http = steady(ask("PATCH", "/schedulers/patched", patch).body);
    EXPECT_NE(over_http.find("\"code\":"), std::string::npos) << over_http;
    EXPECT_EQ(call(*schedulers, &schedulers_stub::PatchScheduler, with(patch, "name", "patched")), over_http);
  }
  const std::string taken = R"({"operationId":"ID"})";
  EXPECT_EQ(call(*schedulers, &schedulers_stub::PatchScheduler, R"({"name":"patched","maxSurge":"20%"})"), taken);
  EXPECT_TRUE(within(20s, [] {
    return ask("GET", "/schedulers/patched/versions").body.find(R"({"version":"v1.1.0","isActive":true)") !=
           std::string::npos;
  }));
  EXPECT_TRUE(within(20s, [&] { // the switch before it may still be ending
    return call(*schedulers, &schedulers_stub::NewSchedulerVersion,
                replaced(recipe("patched", 0), R"("image":"i")", R"("image":"j")")) == taken;
  }));
  EXPECT_TRUE(within(20s, [] { return rooms("patched").size() == 1; })) << "a major one is tried out";
  auto active = ask("GET", "/schedulers/patched/operations?stage=active").body;
  auto id = first_match(active, R"re("id":"([^"]*)","status":"in_progress","definitionName":"create_new)re");
  EXPECT_EQ(call(*operations, &operations_stub::CancelOperation,
                 R"({"schedulerName":"patched","operationId":")" + id + "\"}"),
            "{}");
  EXPECT_EQ(call(*operations, &operations_stub::CancelOperation,
                 R"({"schedulerName":"patched","operationId":")" + id + "\"}"),
            error(10, R"(cannot cancel operation since status \"canceled\" is a final status)"));
  EXPECT_EQ(
      call(*operations, &operations_stub::CancelOperation, R"({"schedulerName":"patched","operationId":"x"})"),
      error(2, "failed to fetch operation from storage: operation x not found in scheduler patched"));
  EXPECT_EQ(
      call(*operations, &operations_stub::CancelOperation, R"({"schedulerName":"nobody","operationId":"x"})"),
      error(2, "failed to fetch scheduler from storage: scheduler nobody not found"));
}

TEST_F(GrpcRows, ListsOfOperationsAreRefusedAsOverHttp) {
  struct row {
    const char* message;
    const char* query;
  };
  for (auto [message, query] :
       {row{R"({"schedulerName":"nobody"})", ""}, row{R"({"schedulerName":"nobody","stage":"odd"})", "stage=odd"},
        row{R"({"schedulerName":"nobody","stage":"final","orderBy":"created_at"})",
            "stage=final&orderBy=created_at"},
        row{R"({"schedulerName":"nobody","stage":"final","orderBy":"createdAt x"})",
            "stage=final&orderBy=createdAt+x"},
        row{R"({"schedulerName":"nobody","stage":"final","orderBy":"a b c"})", "stage=final&orderBy=a+b+c"},
        row{R"({"schedulerName":"nobody","stage":"final","page":0})", "stage=final&page=0"},
        row{R"({"schedulerName":"nobody","stage":"final","perPage":101})", "stage=final&perPage=101"},
        row{R"({"schedulerName":"nobody","stage":"active","page":1})", "stage=active&page=1"},
        row{R"({"schedulerName":"nobody","stage":"final","page":2,"perPage":3})", "stage=final&page=2&perPage=3"},
        row{R"({"schedulerName":"nobody","stage":"pending"})", "stage=pending"}})
    EXPECT_EQ(call(*operations, &operations_stub::ListOperations, message),
              ask("GET", "/schedulers/nobody/operations?" + std::string(query)).body)
        << query;
}

TEST_F(GrpcRows, EventsAreAnsweredAsOverHttp) {
  auto ids = with_ready_rooms(
      "told", 1, R"(,"forwarders":[{"name":"mm","enable":true,"type":"gRPC","address":"127.0.0.1:1"}])");
  ASSERT_EQ(ids.size(), 1U);
  ASSERT_EQ(ask("POST", "/schedulers", recipe("quiet", 0)).status, 200);
  ASSERT_TRUE(in_sync("quiet"));
  auto named = [](const std::string& body, const std::string& scheduler, const std::string& room) {
    return with(with(body, "roomName", room), "schedulerName", scheduler);
  };
  for (auto& [scheduler, room] : {std::pair<std::string, std::string>{"told", ids[0]},
                                  {"told", "nobody"},
                                  {"quiet", "nobody"},
                                  {"nobody", "r"}}) {
    auto at = "/scheduler/" + scheduler + "/rooms/" + room;
    for (auto* body : {R"({"event":"any","metadata":{"a":[1]}})", R"({"event":"playerJoin"})",
                       R"({"event":"playerLeft","metadata":{"playerId":"p"}})",
                       R"({"event":"x","metadata":{"playerId":"p"},"timestamp":"5"})", "{}"}) {
      SCOPED_TRACE(scheduler + " " + room + " " + body);
      EXPECT_EQ(call(*game_rooms, &rooms_stub::ForwardRoomEvent, named(body, scheduler, room)),
                ask_rooms("POST", at + "/roomevent", body).body);
      EXPECT_EQ(call(*game_rooms, &rooms_stub::ForwardPlayerEvent, named(body, scheduler, room)),
                ask_rooms("POST", at + "/playerevent", body).body);
    }
    for (auto* body : {R"({"status":"Ready"})", R"({"status":"zzz"})", "{}"}) {
      SCOPED_TRACE(scheduler + " " + room + " " + body);
      EXPECT_EQ(call(*game_rooms, &rooms_stub::UpdateRoomStatus, named(body, scheduler, room)),
                ask_rooms("PUT", at + "/status", body).body);
    }
    for (auto* body : {R"({"status":"ready","runningMatches":"2"})", R"({"status":"Ready"})", "{}"}) {
      SCOPED_TRACE(scheduler + " " + room + " " + body);
      EXPECT_EQ(call(*game_rooms, &rooms_stub::UpdateRoomWithPing, named(body, scheduler, room)),
                ask_rooms("PUT", at + "/ping", body).body);
    }
  }
}

} // namespace
} // namespace maestro
