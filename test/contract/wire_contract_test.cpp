// The contract of the wire, spoken to the real binary: every row of proto/README.md that is served, as request and
// exact answer. Times and ids, which differ from run to run, are replaced by TIME and ID; everything else is
// compared whole. Rooms are simulated, so a room is unready until its first ping.
#include "test/contract/contract_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

class WireContract : public contract_fixture {};

TEST_F(WireContract, CreatedSchedulerIsShownEverywhere) {
  expect(ask("POST", "/schedulers", recipe("shown", 0)), 200,
         "{\"scheduler\":" + shown("shown", 0, "creating") + "}");
  ASSERT_TRUE(in_sync("shown"));
  expect(ask("GET", "/schedulers/shown"), 200, "{\"scheduler\":" + shown("shown", 0, "in-sync") + "}");
  expect(ask("GET", "/schedulers/shown?version=v1.0.0"), 200,
         "{\"scheduler\":" + shown("shown", 0, "in-sync") + "}");
  expect(ask("GET", "/schedulers/shown?version=v9.0.0"), 404, error(5, "scheduler shown not found"));
  expect(ask("GET", "/schedulers?name=shown"), 200,
         R"({"schedulers":[{"name":"shown","game":"g","state":"in-sync","version":"v1.0.0",)"
         R"("portRange":{"start":20000,"end":29999},"createdAt":"TIME","maxSurge":"10%","roomsReplicas":0,)"
         R"("matchAllocation":{"maxMatches":1}}]})");
  expect(ask("GET", "/schedulers?name=shown&version=v2.0.0"), 200, R"({"schedulers":[]})");
  expect(ask("GET", "/schedulers/shown/versions"), 200,
         R"({"versions":[{"version":"v1.0.0","isActive":true,"createdAt":"TIME"}]})");
  expect(ask("GET", "/schedulers/info?game=none"), 200, R"({"schedulers":[]})");
  expect(ask("POST", "/schedulers", recipe("shown", 0)), 409,
         error(6, "error creating scheduler shown: name already exists"));
}

TEST_F(WireContract, WholeRecipeSurvives) {
  const std::string more =
      R"(,"autoscaling":{"enabled":false,"min":1,"max":10,"cooldown":60,"policy":{"type":"roomOccupancy",)"
      R"("parameters":{"roomOccupancy":{"readyTarget":0.9}}}},"forwarders":[{"name":"f","enable":true,"type":"gRPC",)"
      R"("address":"127.0.0.1:1","options":{"timeout":"500","metadata":{"b":[1,null],"a":"x"}}}],)"
      R"("annotations":{"k":"v"},"labels":{"l":"m"},"matchAllocation":{"maxMatches":3})";
  ASSERT_EQ(ask("POST", "/schedulers", recipe("whole", 0, more)).status, 200);
  ASSERT_TRUE(in_sync("whole"));
  auto body = ask("GET", "/schedulers/whole").body;
  EXPECT_EQ(body.substr(body.find(",\"autoscaling\"")),
            R"(,"autoscaling":{"enabled":false,"min":1,"max":10,"policy":{"type":"roomOccupancy",)"
            R"("parameters":{"roomOccupancy":{"readyTarget":0.9,"downThreshold":0.99}}},"cooldown":60},)"
            R"("forwarders":[{"name":"f","enable":true,"type":"gRPC","address":"127.0.0.1:1",)"
            R"("options":{"timeout":"500","metadata":{"a":"x","b":[1,null]}}}],"annotations":{"k":"v"},)"
            R"("labels":{"l":"m"},"matchAllocation":{"maxMatches":3}}})");
}

TEST_F(WireContract, RefusalsOfCreate) {
  const std::string empty =
      R"(Validation Error:\nScheduler.Name: Name is a required field\n)"
      R"(Scheduler.Game: Game is a required field\n)"
      R"(Scheduler.Spec.TerminationGracePeriod: TerminationGracePeriod must be greater than 0\n)"
      R"(Scheduler.Spec.Containers: Containers is a required field\n)"
      R"(Scheduler.MaxSurge: MaxSurge is a required field)";
  expect(ask("POST", "/schedulers"), 400, error(3, empty));
  expect(ask("POST", "/schedulers", "{}"), 400, error(3, empty));
  expect(ask("POST", "/schedulers", recipe("Bad_Name", 0)), 400,
         error(3, R"(Validation Error:\nScheduler.Name: Name must follow the public RFC 1123 about naming )"
                  R"(conventions)"));
  expect(ask("POST", "/schedulers", recipe("neg", -1)), 400,
         error(3, R"(Validation Error:\nScheduler.RoomsReplicas: RoomsReplicas must be 0 or greater)"));
  expect(ask("POST", "/schedulers", recipe("as", 0, R"(,"autoscaling":{})")), 400,
         error(3, R"(Validation Error:\nAutoscaling.Min: Min must be 1 or greater\nAutoscaling.Policy.Type: Type )"
                  R"(must be one of [roomOccupancy fixedBuffer])"));
  expect(ask("GET", "/schedulers/neg"), 404, error(5, "scheduler neg not found"));
}

TEST_F(WireContract, OperationsOfACreation) {
  ASSERT_EQ(ask("POST", "/schedulers", recipe("ops", 0)).status, 200);
  ASSERT_TRUE(in_sync("ops"));
  std::string final;
  ASSERT_TRUE(within(20s, [&] {
    final = ask("GET", "/schedulers/ops/operations?stage=final").body;
    return final.find("create_scheduler") != std::string::npos;
  }));
  EXPECT_EQ(steady(final), R"({"page":1,"pageSize":15,"total":1,"operations":[{"id":"ID","status":"finished",)"
                           R"("definitionName":"create_scheduler","schedulerName":"ops","createdAt":"TIME"}]})");
  auto id = first_match(final, R"re("id":"([^"]*)")re");
  expect(
      ask("GET", "/schedulers/ops/operations/" + id), 200,
      R"({"operation":{"id":"ID","status":"finished","definitionName":"create_scheduler","schedulerName":"ops",)"
      R"("createdAt":"TIME","input":{"scheduler":{"Annotations":null,"Autoscaling":null,)"
      R"("CreatedAt":"0001-01-01T00:00:00Z","Forwarders":[],"Game":"g","Labels":null,)"
      R"("LastDownscaleAt":"0001-01-01T00:00:00Z","MatchAllocation":{"MaxMatches":1},"MaxSurge":"10%",)"
      R"("Name":"ops","PortRange":{"End":29999,"Start":20000},"RollbackVersion":"","RoomsReplicas":0,)"
      R"("Spec":{"Affinity":"","Containers":[{"Command":["./run"],"Environment":null,"Image":"i",)"
      R"("ImagePullPolicy":"IfNotPresent","Limits":{"CPU":"200m","Memory":"200Mi"},"Name":"c",)"
      R"("Ports":[{"HostPort":0,"HostPortRange":null,"Name":"p","Port":12345,"Protocol":"udp"}],)"
      R"("Requests":{"CPU":"100m","Memory":"100Mi"}}],"RestartPolicy":"Never",)"
      R"("TerminationGracePeriod":1000000000,"Toleration":"","Version":"v1.0.0"},"State":"in-sync"}},)"
      R"("executionHistory":[{"createdAt":"TIME","event":"Created"},{"createdAt":"TIME",)"
      R"("event":"Starting operation"},{"createdAt":"TIME","event":"Operation finished"}]}})");
  expect(ask("POST", "/schedulers/ops/operations/" + id + "/cancel"), 409,
         error(10, R"(cannot cancel operation since status \"finished\" is a final status)"));
  expect(ask("POST", "/schedulers/ops/operations/unknown/cancel"), 500,
         error(2, "failed to fetch operation from storage: operation unknown not found in scheduler ops"));
  expect(ask("POST", "/schedulers/nobody/operations/unknown/cancel"), 500,
         error(2, "failed to fetch scheduler from storage: scheduler nobody not found"));
  expect(ask("GET", "/schedulers/ops/operations/unknown"), 404,
         error(5, "operation unknown not found in scheduler ops"));
}

TEST_F(WireContract, OperationQueries) {
  expect(ask("GET", "/schedulers/nobody/operations?stage=final"), 200,
         R"({"page":1,"pageSize":15,"total":0,"operations":[]})");
  expect(ask("GET", "/schedulers/nobody/operations?stage=pending"), 200,
         R"({"page":1,"pageSize":0,"total":0,"operations":[]})");
  expect(ask("GET", "/schedulers/nobody/operations?stage=active"), 200,
         R"({"page":1,"pageSize":0,"total":0,"operations":[]})");
  struct row {
    const char* query;
    const char* text;
  };
  for (auto [query, text] :
       {row{"", "invalid stage filter: "},
        {"stage=x", "invalid stage filter: x"},
        {"stage=final&page=0", "page must be greater than 0"},
        {"stage=final&perPage=101", "page size must be between 0 and 100"},
        {"stage=active&perPage=1", "there is no pagination filter implemented for active stage"},
        {"stage=final&orderBy=created_at", "invalid sorting field: created_at"},
        {"stage=final&orderBy=createdAt%20x", "invalid sorting order: x"},
        {"stage=final&orderBy=a%20b%20c", "invalid sorting parameters number"},
        {"stage=a&stage=b", R"(too many values for field \"stage\": a, b)"}})
    expect(ask("GET", "/schedulers/nobody/operations?" + std::string(query)), 400, error(3, text));
}

TEST_F(WireContract, RoomsArePingedFoundAndAllocated) {
  auto ids = with_ready_rooms("play", 2);
  ASSERT_EQ(ids.size(), 2U);
  auto path = "/scheduler/play/rooms/" + ids[0];
  expect(ask_rooms("PUT", path + "/ping", R"({"status":"occupied","runningMatches":1,"metadata":{"a":1}})"), 200,
         R"({"success":true})");
  auto room = ask("GET", "/schedulers/play/rooms/" + ids[0]);
  EXPECT_EQ(room.status, 200);
  EXPECT_EQ(first_match(room.body, R"re("status":"([^"]*)")re"), "occupied");
  EXPECT_EQ(first_match(room.body, R"re("runningMatches":"([^"]*)")re"), "1");
  auto address = ask_rooms("GET", path + "/address");
  EXPECT_EQ(address.status, 200);
  EXPECT_TRUE(std::regex_match(
      address.body,
      std::regex(
          R"(\{"ports":\[\{"name":"p","protocol":"UDP","port":2\d{4}\}\],"host":"[^"]+","ipv6Label":""\})")))
      << address.body;
  auto allocated = ask_rooms("POST", "/scheduler/play/rooms/allocate");
  EXPECT_EQ(allocated.status, 200);
  EXPECT_EQ(
      allocated.body.find(R"({"roomId":")" + ids[1] + R"(","success":true,"message":"","ports":[{"name":"p",)"),
      0U)
      << allocated.body;
  expect(ask_rooms("POST", "/scheduler/play/rooms/allocate"), 500,
         error(2, "no ready rooms available for scheduler play"));
  expect(ask_rooms("PUT", path + "/ping", R"({"status":"ready"})"), 200, R"({"success":true})");
}

TEST_F(WireContract, SlotsOfOneRoomAreAllocatedUntilItIsFull) {
  auto ids = with_ready_rooms("shared", 2, R"(,"matchAllocation":{"maxMatches":3})");
  ASSERT_EQ(ids.size(), 2U);
  auto allocate = [](const std::string& body) {
    auto answer = ask_rooms("POST", "/scheduler/shared/rooms/allocate", body);
    return answer.status == 200 ? first_match(answer.body, R"re("roomId":"([^"]*)")re") : answer.body;
  };
  auto shown = [&](const std::string& id) {
    auto room = ask("GET", "/schedulers/shared/rooms/" + id).body;
    return first_match(room, R"re("status":"([^"]*)")re") + " " +
           first_match(room, R"re("runningMatches":"([^"]*)")re") + " " +
           first_match(room, R"re("allocatedSlots":([0-9]*))re");
  };
  auto ping = R"({"status":"ready","runningMatches":2})";
  EXPECT_EQ(allocate(R"({"slots":1})"), ids[0]);
  EXPECT_EQ(allocate(R"({"slots":1})"), ids[0]);
  EXPECT_EQ(shown(ids[0]), "allocated 0 2");
  EXPECT_EQ(allocate(R"({"slots":2})"), ids[1]);
  EXPECT_EQ(ask_rooms("PUT", "/scheduler/shared/rooms/" + ids[0] + "/ping", ping).status, 200);
  EXPECT_EQ(shown(ids[0]), "active 2 0");
  expect(ask_rooms("POST", "/scheduler/shared/rooms/allocate"), 500,
         error(2, "no ready rooms available for scheduler shared"));
  EXPECT_EQ(allocate(R"({"slots":1})"), ids[0]);
  EXPECT_EQ(shown(ids[0]), "active 2 1");
  EXPECT_EQ(allocate(R"({"slots":2})"), error(2, "no ready rooms available for scheduler shared"));
  EXPECT_EQ(allocate(R"({"slots":4})"),
            error(3, "slots must be 3 or less, the maxMatches of scheduler shared, not 4"));
  EXPECT_EQ(allocate(R"({"slots":0})"),
            error(3, "slots must be a whole number from 1 to the scheduler's maxMatches, not 0"));
}

TEST_F(WireContract, RefusalsOfTheRoomsDoor) {
  const std::string ready = R"({"status":"ready"})";
  expect(ask_rooms("PUT", "/scheduler/nobody/rooms/r/ping", ready), 200, R"({"success":false})");
  expect(ask_rooms("PUT", "/scheduler/nobody/rooms/r/ping", R"({"status":"Ready"})"), 400,
         error(3, "cannot convert string Ready to a valid GameRoomStatus representation"));
  expect(ask_rooms("PUT", "/scheduler/nobody/rooms/r/ping", R"({"status":1})"), 400,
         error(3, "proto: (line 1:11): invalid value for string field status: 1"));
  expect(ask_rooms("GET", "/scheduler/nobody/rooms/r/address"), 500,
         error(2, "error getting instance: instance r not found in scheduler nobody"));
  expect(ask_rooms("POST", "/scheduler/nobody/rooms/allocate"), 500,
         error(2, "no ready rooms available for scheduler nobody"));
  expect(ask_rooms("GET", "/scheduler/nobody/rooms/r/ping"), 501, error(12, "Method Not Allowed"));
  expect(ask_rooms("GET", "/nothing"), 404, error(5, "Not Found"));
}

TEST_F(WireContract, RefusalsOfTheManagementDoor) {
  expect(ask("GET", "/schedulers/nobody"), 404, error(5, "scheduler nobody not found"));
  expect(ask("GET", "/schedulers/"), 404, error(5, "scheduler  not found"));
  expect(ask("GET", "/schedulers/nobody/versions"), 404, error(5, "scheduler nobody not found"));
  expect(ask("DELETE", "/schedulers/nobody"), 404,
         error(5, "no scheduler found, can not delete nonexistent scheduler: scheduler nobody not found"));
  expect(ask("GET", "/schedulers/nobody/rooms"), 404, error(5, "scheduler nobody not found"));
  expect(ask("PUT", "/schedulers"), 501, error(12, "Method Not Allowed"));
  expect(ask("GET", "/nothing"), 404, error(5, "Not Found"));
  const std::string missing = "no scheduler found, can not create new version for inexistent scheduler: ";
  expect(ask("POST", "/schedulers/nobody", recipe("other", 1)), 404,
         error(5, missing + "scheduler nobody not found"));
  expect(ask("PATCH", "/schedulers/nobody", R"({"roomsReplicas":1})"), 404,
         error(5, missing + "scheduler nobody not found"));
  expect(ask("PATCH", "/schedulers/nobody", "{}"), 409, error(6, "no change found to scheduler nobody"));
  expect(ask("PUT", "/schedulers/nobody", R"({"version":"v1.0.0"})"), 404, error(5, "scheduler nobody not found"));
}

TEST_F(WireContract, DeletedSchedulerLeavesItsOperationAndItsNameIsFree) {
  with_ready_rooms("brief", 1);
  auto deleted = ask("DELETE", "/schedulers/brief");
  expect(deleted, 200, R"({"operationId":"ID"})");
  auto id = first_match(deleted.body, R"re("operationId":"([^"]*)")re");
  ASSERT_TRUE(within(30s, [&] { return ask("GET", "/schedulers/brief").status == 404; }));
  ASSERT_TRUE(within(30s, [&] {
    return ask("GET", "/schedulers/brief/operations/" + id).body.find("\"finished\"") != std::string::npos;
  }));
  expect(ask("GET", "/schedulers/brief/operations?stage=final"), 200,
         R"({"page":1,"pageSize":15,"total":1,"operations":[{"id":"ID","status":"finished",)"
         R"("definitionName":"delete_scheduler","schedulerName":"brief","createdAt":"TIME"}]})");
  EXPECT_EQ(ask("POST", "/schedulers", recipe("brief", 0)).status, 200);
  EXPECT_TRUE(in_sync("brief"));
}

// M4, M5, M6 and M8: what a version is, how one follows another, what is refused.
TEST_F(WireContract, VersionsOfAScheduler) {
  const std::string at = "/schedulers/versioned";
  ASSERT_EQ(ask("POST", "/schedulers", recipe("versioned", 0)).status, 200);
  ASSERT_TRUE(in_sync("versioned"));
  auto id_of = [](const auto& answer) { return first_match(answer.body, R"re("operationId":"([^"]*)")re"); };
  auto ended = [&](const std::string& id, const std::string& status) {
    return within(30s, [&] {
      return ask("GET", at + "/operations/" + id).body.find("\"status\":\"" + status + "\"") != std::string::npos;
    });
  };
  auto active = [&](const std::string& version, const std::string& surge) {
    return within(30s, [&] {
      auto body = ask("GET", at).body;
      return body.find("\"version\":\"" + version + "\"") != std::string::npos &&
             body.find("\"maxSurge\":\"" + surge + "\"") != std::string::npos &&
             body.find("\"state\":\"in-sync\"") != std::string::npos;
    });
  };
  for (auto nothing : {R"({})", R"({"roomsReplicas":0})", R"({"maxSurge":"10%","game":"other"})"})
    expect(ask("PATCH", at, nothing), 409, error(6, "no change found to scheduler versioned"));
  expect(ask("PATCH", at, R"({"maxSurge":"x","roomsReplicas":-1})"), 400,
         error(3, R"(invalid patched scheduler: Key: 'Scheduler.RoomsReplicas' Error:Field validation for )"
                  R"('RoomsReplicas' failed on the 'min' tag\nKey: 'Scheduler.MaxSurge' Error:Field validation )"
                  R"(for 'MaxSurge' failed on the 'max_surge' tag)"));
  auto minor = ask("PATCH", at, R"({"maxSurge":"20%"})");
  expect(minor, 200, R"({"operationId":"ID"})");
  EXPECT_TRUE(active("v1.1.0", "20%")) << ask("GET", at).body;
  expect(ask("GET", at + "/versions"), 200,
         R"({"versions":[{"version":"v1.1.0","isActive":true,"createdAt":"TIME"},)"
         R"({"version":"v1.0.0","isActive":false,"createdAt":"TIME"}]})");
  EXPECT_NE(ask("GET", at + "?version=v1.0.0").body.find(R"("maxSurge":"10%")"), std::string::npos);
  expect(ask("GET", at + "?version=v9.0.0"), 404, error(5, "scheduler versioned not found"));
  auto shown = ask("GET", at + "/operations/" + id_of(minor)).body;
  EXPECT_NE(shown.find(R"("definitionName":"create_new_scheduler_version")"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("RollbackVersion":"v1.0.0")"), std::string::npos) << shown;
  EXPECT_NE(shown.find("enqueued switch active version operation with id: "), std::string::npos) << shown;

  auto unknown = ask("PUT", at, R"({"version":"v9.0.0"})");
  expect(unknown, 200, R"({"operationId":"ID"})");
  EXPECT_TRUE(ended(id_of(unknown), "error"));
  auto back = ask("PUT", at, R"({"version":"v1.0.0"})");
  EXPECT_TRUE(ended(id_of(back), "finished"));
  EXPECT_TRUE(active("v1.0.0", "10%")) << ask("GET", at).body;
  auto same = ask("POST", at, recipe("ignored", 0));
  EXPECT_TRUE(ended(id_of(same), "finished")) << same.body;
  EXPECT_TRUE(active("v1.0.0", "10%"));

  auto major = ask("PATCH", at, R"({"spec":{"containers":[{"image":"j"}]}})");
  auto id = id_of(major);
  ASSERT_TRUE(within(30s, [&] { return rooms("versioned").size() == 1; })) << "the room that tries it out";
  auto conflict = [&](const std::string& what) {
    return ", \"message\":\"cannot " + what + ": there is already an ongoing version operation (id: " + id +
           ") for scheduler versioned\"";
  };
  for (auto& [method, body, what] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"POST", recipe("ignored", 1), "create new scheduler version"},
           {"PATCH", R"({"roomsReplicas":1})", "patch scheduler"},
           {"PUT", R"({"version":"v1.1.0"})", "switch active version"}}) {
    auto refused = ask(method, at, body);
    EXPECT_EQ(refused.status, 400) << method;
    EXPECT_NE(refused.body.find(conflict(what).substr(2)), std::string::npos) << refused.body;
    EXPECT_EQ(refused.body.find(R"({"code":9,)"), 0U) << refused.body;
  }
  EXPECT_NE(ask("GET", at).body.find(R"("state":"creating")"), std::string::npos);
  expect(ask("POST", at + "/operations/" + id + "/cancel"), 200, "{}");
  EXPECT_TRUE(ended(id, "canceled"));
  EXPECT_TRUE(active("v1.0.0", "10%"));
  EXPECT_TRUE(within(30s, [&] { return rooms("versioned").empty(); }));
}

TEST_F(WireContract, TimelinesOfWhatLivesAndOfWhatHasEnded) {
  auto ids = with_ready_rooms("past", 1);
  ASSERT_EQ(ids.size(), 1U);
  auto of_room = "/schedulers/past/rooms/" + ids[0] + "/timeline";
  auto living = ask("GET", of_room);
  EXPECT_EQ(living.status, 200);
  EXPECT_EQ(steady(living.body).find(R"({"timeline":{"events":[{"at":"TIME","event":"room_created","cause":")"),
            0U)
      << living.body;
  EXPECT_TRUE(living.body.ends_with(R"(],"knownSince":null,"leftOut":"0"}})")) << living.body;
  auto deleted = ask("DELETE", "/schedulers/past");
  auto id = first_match(deleted.body, R"re("operationId":"([^"]*)")re");
  ASSERT_TRUE(within(30s, [&] { return ask("GET", "/schedulers/past").status == 404; }));
  auto ended = ask("GET", of_room);
  EXPECT_EQ(ended.status, 200);
  auto events_so_far = living.body.substr(0, living.body.rfind(']'));
  EXPECT_EQ(ended.body.find(events_so_far), 0U) << ended.body;
  EXPECT_GT(ended.body.size(), living.body.size());
  auto operation = ask("GET", "/schedulers/past/operations/" + id + "/timeline");
  EXPECT_EQ(operation.status, 200);
  for (auto event : {"operation_enqueued", "operation_started", "operation_ended"})
    EXPECT_NE(operation.body.find(std::string("\"event\":\"") + event), std::string::npos) << operation.body;
  expect(ask("GET", "/schedulers/past/rooms/nobody/timeline"), 404,
         error(5, "room nobody not found in scheduler past"));
  expect(ask("GET", "/schedulers/nobody/operations/x/timeline"), 404,
         error(5, "operation x not found in scheduler nobody"));
}

TEST_F(WireContract, PagesOfRooms) {
  auto ids = with_ready_rooms("paged", 3);
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  auto second = ask("GET", "/schedulers/paged/rooms?page=2&perPage=2");
  EXPECT_EQ(second.body.find(R"({"rooms":[{"id":")" + ids[2] + R"(",)"), 0U) << second.body;
  EXPECT_TRUE(second.body.ends_with(R"(],"page":2,"pageSize":2,"total":3})")) << second.body;
  expect(ask("GET", "/schedulers/paged/rooms?page=3&perPage=2"), 200,
         R"({"rooms":[],"page":3,"pageSize":2,"total":3})");
  expect(ask("GET", "/schedulers/paged/rooms?page=0"), 400, error(3, "page must be greater than 0"));
}

TEST_F(WireContract, InternalDoor) {
  for (auto path : {"/health", "/healthz", "/readyz"}) {
    auto answer = fetch(node->internal_port(), "GET", path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.body, "OK") << path;
  }
  ask("GET", "/schedulers");
  auto metrics = fetch(node->internal_port(), "GET", "/metrics").body;
  EXPECT_NE(metrics.find("http_request_duration_seconds"), std::string::npos);
  EXPECT_NE(metrics.find(R"(service="management-api")"), std::string::npos);
  EXPECT_NE(metrics.find("\nmaestro_build_info{version=\""), std::string::npos);
}

} // namespace
