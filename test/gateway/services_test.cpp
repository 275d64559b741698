// The services without a door: every rpc of the API has its row in a table, and deadlines are the caller's.
#include "messages/text.hpp"
#include "nodes/gateway/management_api.hpp"
#include "nodes/gateway/rooms_api.hpp"
#include "test/gateway/gateway_fixture.hpp"

#include "api/v1/nodes.pb.h"
#include "api/v1/operations.pb.h"
#include "api/v1/plans.pb.h"
#include "api/v1/room_management.pb.h"
#include "api/v1/rooms.pb.h"
#include "api/v1/schedulers.pb.h"
#include "api/v1/timelines.pb.h"

#include <nlohmann/json.hpp>

#include <regex>
#include <set>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

class Services : public GatewayTest {
protected:
  scheduler_directory_actor directory() { return keep(spawn_fake_directory(system, script)); }
  void run_until(const bool& is_over) {
    while (!is_over)
      io.run_one_for(10ms);
  }

  boost::asio::io_context io{1};
  actor_bridge bridge{system, io, 60s, 10};
};

TEST_F(Services, EveryRpcHasARow) {
  management_api management(bridge, directory());
  rooms_api rooms(io, bridge, directory(), 10);
  std::multiset<std::string> rows;
  for (auto* door : std::initializer_list<const json_api*>{&management, &rooms})
    for (auto* request : door->requests())
      rows.insert(request->full_name());
  std::multiset<std::string> rpcs;
  for (auto* message : {v1::ListSchedulersRequest::descriptor(), v1::ListOperationsRequest::descriptor(),
                        v1::ListRoomsRequest::descriptor(), v1::AllocateRoomRequest::descriptor(),
                        v1::GetRoomTimelineRequest::descriptor(), v1::ListNodesRequest::descriptor(),
                        v1::GetPlanRequest::descriptor()})
    for (int i = 0; i < message->file()->service_count(); ++i)
      for (int j = 0; j < message->file()->service(i)->method_count(); ++j)
        rpcs.insert(message->file()->service(i)->method(j)->input_type()->full_name());
  EXPECT_EQ(rows, rpcs);
}

TEST_F(Services, OpenapiDescribesEveryRowOfTheTable) {
  management_api operators(bridge, directory());
  rooms_api rooms(io, bridge, directory(), 10);
  open();
  for (auto& [door, port] : std::initializer_list<std::pair<const json_api*, std::uint16_t>>{
           {&operators, ports.management}, {&rooms, ports.rooms}}) {
    auto document = nlohmann::json::parse(fetch(port, "GET", "/openapi.json").body);
    std::multiset<std::string> described, rows;
    for (auto& [path, methods] : document["paths"].items())
      for (auto& [method, operation] : methods.items()) {
        described.insert(operation["operationId"].get<std::string>() + "Request");
        std::multiset<std::string> in_path, declared;
        static const std::regex parameter(R"(\{(\w+)\})");
        for (auto i = std::sregex_iterator(path.begin(), path.end(), parameter); i != std::sregex_iterator(); ++i)
          in_path.insert((*i)[1]);
        for (auto& one : operation["parameters"])
          if (one["in"] == "path")
            declared.insert(one["name"].get<std::string>());
        EXPECT_EQ(declared, in_path) << method << " " << path;
        auto answer = fetch(port, upper_case(method), std::regex_replace(path, parameter, "x"), "{}").body;
        EXPECT_EQ(answer.find("\"Not Found\""), std::string::npos) << method << " " << path;
        EXPECT_EQ(answer.find("\"Method Not Allowed\""), std::string::npos) << method << " " << path;
      }
    for (auto* request : door->requests())
      rows.insert(request->name());
    EXPECT_EQ(described, rows);
    static const std::regex reference(R"re("#/components/schemas/(\w+)")re");
    auto text = document.dump();
    for (auto i = std::sregex_iterator(text.begin(), text.end(), reference); i != std::sregex_iterator(); ++i)
      EXPECT_TRUE(document["components"]["schemas"].contains((*i)[1].str())) << (*i)[1];
  }
}

TEST_F(Services, CallerMayWaitShorterThanTheDoorsDo) {
  script->silent = true;
  schedulers_service schedulers(bridge, directory());
  bool is_over = false;
  auto began = std::chrono::steady_clock::now();
  call_context context;
  context.deadline = began + 50ms;
  schedulers.get_scheduler(context, v1::GetSchedulerRequest(), [&](result<v1::GetSchedulerResponse>&& answer) {
    is_over = true;
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ec::deadline_exceeded);
    EXPECT_EQ(answer.error().text, "no answer before the caller's deadline");
  });
  run_until(is_over);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 50ms);
}

TEST_F(Services, RoomThatDoesNotAnswerInTimeIsLookedUpAgainAtTheNextPing) {
  auto log = std::make_shared<ping_log>();
  auto room = keep(spawn_fake_room(system, log));
  script->find = [&](const find_room&) -> result<room_handle> { return room_handle{room}; };
  rooms_service rooms(io, bridge, directory(), 10);
  v1::UpdateRoomWithPingRequest request;
  request.set_scheduler_name("s");
  request.set_room_name("s-1");
  request.set_status("ready");
  auto ping = [&](call_deadline by) {
    bool is_over = false;
    bool success = false;
    call_context context;
    context.deadline = by;
    rooms.update_room_with_ping(context, request, [&](result<v1::UpdateRoomWithPingResponse>&& answer) {
      is_over = true;
      success = answer && answer->success();
    });
    run_until(is_over);
    return success;
  };
  EXPECT_TRUE(ping({}));
  EXPECT_TRUE(ping({}));
  EXPECT_EQ(script->lookups, 1);
  {
    std::lock_guard silent(log->mutex);
    EXPECT_FALSE(ping(std::chrono::steady_clock::now() + 30ms));
  }
  EXPECT_TRUE(ping({}));
  EXPECT_EQ(script->lookups, 2);
}

} // namespace
