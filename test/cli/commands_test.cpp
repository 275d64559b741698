#include "nodes/cli/failure.hpp"
#include "test/cli/command_fixture.hpp"
#include "test/support/scratch_folder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

using namespace maestro;
using namespace maestro::cli;
using ::testing::HasSubstr;

namespace {

using Commands = maestro::test::command_line;

constexpr const char* schedulers_body =
    R"({"schedulers":[{"name":"zeta","game":"g","state":"creating","version":"v1.0.0","portRange":null,"createdAt":"2026-01-01T00:59:15Z","maxSurge":"10%","roomsReplicas":100,"matchAllocation":{"maxMatches":1}},)"
    R"({"name":"arena","game":"arena","state":"in-sync","version":"v1.0.0","portRange":{"start":20000,"end":20999},"createdAt":"2025-12-31T22:00:00Z","maxSurge":"25%","roomsReplicas":5,"matchAllocation":{"maxMatches":3}}]})";
constexpr const char* infos_body =
    R"({"schedulers":[{"name":"arena","game":"arena","state":"in-sync","roomsReplicas":5,"roomsReady":3,"roomsOccupied":2,"roomsPending":0,"roomsTerminating":1,"autoscaling":null}]})";
constexpr const char* rooms_body =
    R"({"rooms":[{"id":"arena-bcdfg","status":"ready","instanceStatus":"ready","statusReason":"","version":"v1.0.0","host":"127.0.0.1","ports":[{"name":"game","protocol":"UDP","port":20001}],"runningMatches":0,"createdAt":"2026-01-01T00:00:00Z","statusSince":"2026-01-01T00:59:30Z","lastPingAt":"2026-01-01T00:59:59Z"},)"
    R"({"id":"arena-hjklm","status":"error","instanceStatus":"error","statusReason":"exit code 3","version":"v1.0.0","host":"","ports":[],"runningMatches":0,"createdAt":"2026-01-01T00:58:00Z","statusSince":"2026-01-01T00:59:00Z","lastPingAt":"0001-01-01T00:00:00Z"}]})";

} // namespace

TEST_F(Commands, SchedulerListIsAnAlignedTableSortedByName) {
  server_.on("GET /schedulers?game=", schedulers_body);
  server_.on("GET /schedulers/info?game=", infos_body);
  auto r = run({"scheduler", "list"});
  EXPECT_EQ(r.code, 0);
  EXPECT_EQ(r.out, "NAME    GAME    STATE      VERSION   WANTED   READY   OCCUPIED   PENDING   AGE\n"
                   "arena   arena   in-sync    v1.0.0    5        3       2          0         3h\n"
                   "zeta    g       creating   v1.0.0    100      0       0          0         45s\n");
  EXPECT_EQ(r.err, "");
  auto wide = run({"scheduler", "list", "-o", "wide"});
  EXPECT_NE(wide.out.find("HOST PORTS"), std::string::npos);
  EXPECT_NE(wide.out.find("20000-20999"), std::string::npos);
}

TEST_F(Commands, JsonIsTheServersAnswer) {
  server_.on("GET /schedulers?game=arena", schedulers_body);
  auto r = run({"scheduler", "list", "--game", "arena", "-o", "json"});
  EXPECT_EQ(r.code, 0);
  EXPECT_EQ(nlohmann::json::parse(r.out), nlohmann::json::parse(schedulers_body));
}

TEST_F(Commands, NoSchedulersSaysSoOnStderrAndSucceeds) {
  server_.on("GET /schedulers?game=", R"({"schedulers":[]})");
  server_.on("GET /schedulers/info?game=", R"({"schedulers":[]})");
  auto r = run({"scheduler", "list"});
  EXPECT_EQ(r.code, 0);
  EXPECT_EQ(r.out, "");
  EXPECT_EQ(r.err, "no schedulers; create one with: maestro scheduler create -f FILE\n");
}

TEST_F(Commands, RoomListShowsAddressAgeAndReason) {
  server_.on("GET /schedulers/arena/rooms", rooms_body);
  auto r = run({"room", "list", "arena"});
  EXPECT_EQ(
      r.out,
      "ROOM          STATUS   INSTANCE   MATCHES   VERSION   ADDRESS               SINCE   AGE   REASON\n"
      "arena-bcdfg   ready    ready      0         v1.0.0    127.0.0.1:20001/udp   30s     1h\n"
      "arena-hjklm   error    error      0         v1.0.0    -                     1m      2m    exit code 3\n");
  auto ready = run({"rooms", "ls", "arena", "--status", "ready", "-o", "wide"});
  EXPECT_EQ(ready.out,
            "ROOM          STATUS   INSTANCE   MATCHES   VERSION   ADDRESS               SINCE   AGE   LAST PING\n"
            "arena-bcdfg   ready    ready      0         v1.0.0    127.0.0.1:20001/udp   30s     1h    1s\n");
}

TEST_F(Commands, ARoomThatDrainsSaysWhy) {
  const std::string room =
      R"({"id":"arena-bcdfg","status":"occupied","instanceStatus":"ready","runningMatches":"1",
    "version":"v1.0.0","draining":"rolling_update_replace"})";
  server_.on("GET /schedulers/arena/rooms", R"({"rooms":[)" + room + "]}");
  server_.on("GET /schedulers/arena/rooms/arena-bcdfg", R"({"room":)" + room + "}");
  EXPECT_NE(run({"room", "list", "arena"}).out.find("AGE   DRAINING\n"), std::string::npos);
  EXPECT_NE(run({"room", "get", "arena", "arena-bcdfg"}).out.find("= rolling_update_replace\n"),
            std::string::npos);
}

TEST_F(Commands, RoomWatchPrintsOneLineForEachChangeWhereNothingCanBeRedrawn) {
  auto rooms = [](const char* first, const char* second) {
    return std::string{R"({"rooms":[)"} + first + (*first != '\0' && *second != '\0' ? "," : "") + second + "]}";
  };
  server_.on("GET /schedulers/arena/rooms", rooms(R"({"id":"a","status":"pending"})", ""));
  server_.on("GET /schedulers/arena/rooms",
             rooms(R"({"id":"a","status":"ready"})", R"({"id":"b","status":"pending"})"));
  server_.on("GET /schedulers/arena/rooms", rooms("", R"({"id":"b","status":"pending"})"));
  auto r = run({"room", "list", "arena", "--watch", "--for", "2"});
  EXPECT_EQ(r.code, 0);
  std::vector<std::string> lines;
  std::istringstream in{r.out};
  for (std::string line; std::getline(in, line);)
    lines.push_back(line.substr(10, line.find("  -") - 10));
  ASSERT_EQ(lines.size(), 4u) << r.out;
  EXPECT_TRUE(lines[0].starts_with("a  pending"));
  EXPECT_TRUE(lines[1].starts_with("a  pending → ready"));
  EXPECT_TRUE(lines[2].starts_with("b  pending"));
  EXPECT_TRUE(lines[3].starts_with("a  ready → gone"));
  EXPECT_EQ(r.out.find('\x1b'), std::string::npos);
}

// What came before the first look is in the list, what was shown is not shown again, and nothing in between is missed.
TEST_F(Commands, RoomWatchShowsEveryStatusThatTheJournalHas) {
  auto change = [](int sequence, const char* id, const char* status) {
    return fmt::format(
        R"({{"sequence":"{0}","at":"2026-11-24T10:00:{0:02}Z","id":"{1}","status":"{2}","detail":""}})", sequence,
        id, status);
  };
  auto answer = [](const std::string& changes, int next) {
    return fmt::format(R"({{"changes":[{}],"next":"{}","isLast":true,"hasGap":false}})", changes, next);
  };
  server_.on("GET /schedulers/arena/changes?of=rooms", answer("", 10));
  server_.on("GET /schedulers/arena/changes?of=rooms&after=10",
             answer(change(11, "a", "unready") + "," + change(12, "a", "ready"), 12));
  server_.on("GET /schedulers/arena/changes?of=rooms&after=12",
             answer(change(13, "b", "pending") + "," + change(14, "b", "ready") + "," + change(15, "a", "active") +
                        "," + change(16, "a", "allocated") + "," + change(17, "a", "gone"),
                    17));
  server_.on("GET /schedulers/arena/changes?of=rooms&after=17", answer("", 17));
  server_.on("GET /schedulers/arena/rooms",
             R"({"rooms":[{"id":"a","status":"ready","statusSince":"2026-11-24T10:00:12Z"}]})");
  auto r = run({"room", "list", "arena", "--watch", "--for", "2"});
  EXPECT_EQ(r.code, 0);
  std::vector<std::string> lines;
  std::istringstream in{r.out};
  for (std::string line; std::getline(in, line);)
    lines.push_back(line.substr(10, line.find("  ", line.find("  ", 10) + 2) - 10));
  EXPECT_THAT(lines, ::testing::ElementsAre("a  ready", "b  pending", "b  pending → ready", "a  ready → active",
                                            "a  active → gone"))
      << r.out;
}

TEST_F(Commands, RoomWatchOfNoSchedulerFailsUnlessItIsAwaited) {
  EXPECT_EQ(run({"room", "list", "arena", "--watch", "--for", "1"}).code, 4);
  server_.on("GET /schedulers/arena/rooms", R"({"code":5,"message":"scheduler arena not found","details":[]})",
             404);
  server_.on("GET /schedulers/arena/rooms", R"({"rooms":[{"id":"a","status":"pending"}]})");
  auto awaited = run({"room", "list", "arena", "--watch", "--await", "--for", "1"});
  EXPECT_EQ(awaited.code, 0);
  EXPECT_NE(awaited.out.find("a  pending"), std::string::npos) << awaited.out;
}

TEST_F(Commands, RoomWatchRedrawsOnATerminal) {
  server_.on("GET /schedulers/arena/rooms", rooms_body);
  auto r = run({"room", "list", "arena", "--watch", "--for", "1"}, "", true);
  EXPECT_NE(r.out.find("\x1b[5A"), std::string::npos) << r.out;
  EXPECT_NE(r.out.find("1 \x1b[31merror"), std::string::npos) << r.out;
}

TEST_F(Commands, RoomWatchNeverDrawsMoreThanTheTerminalHolds) {
  std::string rooms;
  for (int i = 100; i < 200; ++i)
    rooms +=
        (rooms.empty() ? "" : ",") + std::string{R"({"id":"r)"} + std::to_string(i) + R"(","status":"ready"})";
  server_.on("GET /schedulers/arena/rooms", R"({"rooms":[)" + rooms + "]}");
  height_ = 20;
  auto r = run({"room", "list", "arena", "--watch", "--for", "0.4"}, "", true);
  EXPECT_NE(r.out.find("\x1b[17A"), std::string::npos) << r.out;
  EXPECT_NE(r.out.find("… and 87 more"), std::string::npos) << r.out;
}

TEST_F(Commands, CreateSendsTheRecipeAndNamesTheOperation) {
  server_.on("POST /schedulers",
             R"({"scheduler":{"name":"arena","roomsReplicas":5,"spec":{"version":"v1.0.0"}}})");
  server_.on("GET /schedulers/arena/operations?stage=pending", R"({"operations":[]})");
  server_.on("GET /schedulers/arena/operations?stage=active", R"({"operations":[]})");
  server_.on(
      "GET /schedulers/arena/operations?stage=final",
      R"({"operations":[{"id":"op-old","definitionName":"create_scheduler","createdAt":"2026-01-01T00:00:00Z"},)"
      R"({"id":"op-new","definitionName":"create_scheduler","createdAt":"2026-01-01T00:59:00Z"},)"
      R"({"id":"op-add","definitionName":"add_rooms","createdAt":"2026-01-01T00:59:30Z"}]})");
  auto r = run({"scheduler", "create", "-f", "-", "--var", "N=5"}, "name: arena\nroomsReplicas: ${N}\n");
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "scheduler arena created: 5 rooms wanted, version v1.0.0\n"
                   "operation op-new\n"
                   "follow it with: maestro operation watch arena op-new\n");
  EXPECT_EQ(server_.requests().front().body, R"({"name":"arena","roomsReplicas":5})");
}

TEST_F(Commands, CreateWithWaitFollowsTheOperationAndTheRooms) {
  server_.on("POST /schedulers",
             R"({"scheduler":{"name":"arena","roomsReplicas":1,"spec":{"version":"v1.0.0"}}})");
  server_.on("GET /schedulers/arena", R"({"scheduler":{"name":"arena","roomsReplicas":1}})");
  server_.on(
      "GET /schedulers/arena/operations?stage=pending",
      R"({"operations":[{"id":"op1","definitionName":"create_scheduler","createdAt":"2026-01-01T00:59:00Z"}]})");
  operation("op1", "pending");
  operation("op1", "in_progress");
  operation("op1", "finished");
  server_.on("GET /schedulers/arena/rooms", R"({"rooms":[]})");
  server_.on("GET /schedulers/arena/rooms", R"({"rooms":[{"id":"a","status":"ready"}]})");
  auto r = run({"scheduler", "create", "-f", "-", "--wait-rooms"}, "name: arena\n");
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "scheduler arena created: 1 rooms wanted, version v1.0.0\n"
                   "create_scheduler op1: pending, Starting operation\n"
                   "create_scheduler op1: in_progress, Starting operation\n"
                   "create_scheduler op1 of arena: finished after 1.500s\n"
                   "rooms of arena: 0/1 ready\n"
                   "rooms of arena: 1/1 ready\n");
}

TEST_F(Commands, WhoWaitsForRoomsThatCannotBeMadeIsToldWhy) {
  server_.on("POST /schedulers", R"({"scheduler":{"name":"arena","roomsReplicas":1}})");
  server_.on("GET /schedulers/arena", R"({"scheduler":{"name":"arena","roomsReplicas":1}})");
  server_.on("GET /schedulers/arena",
             R"({"scheduler":{"name":"arena","roomsReplicas":1,"degraded":{"reason":"no port is free"}}})");
  server_.on(
      "GET /schedulers/arena/operations?stage=pending",
      R"({"operations":[{"id":"op1","definitionName":"create_scheduler","createdAt":"2026-01-01T00:59:00Z"}]})");
  operation("op1", "finished");
  server_.on("GET /schedulers/arena/rooms", R"({"rooms":[]})");
  auto r = run({"scheduler", "create", "-f", "-", "--wait-rooms", "--wait-timeout", "2s"}, "name: arena\n");
  EXPECT_EQ(r.code, exit_timeout);
  EXPECT_THAT(r.out, HasSubstr("rooms of arena: 0/1 ready; no port is free\n"));
  EXPECT_EQ(r.err,
            "maestro: scheduler arena after 2s: 0/1 ready; no port is free. See: maestro scheduler get arena\n");
}

TEST_F(Commands, RefusalIsTheServersTextAndCodeOne) {
  server_.on("POST /schedulers",
             R"({"code":6,"message":"error creating scheduler arena: name already exists","details":[]})", 409);
  auto r = run({"scheduler", "create", "-f", "-"}, "name: arena");
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.out, "");
  EXPECT_EQ(r.err, "maestro: error creating scheduler arena: name already exists\n");
}

TEST_F(Commands, NotFoundIsCodeFour) {
  server_.on("GET /schedulers/nope", R"({"code":5,"message":"scheduler nope not found","details":[]})", 404);
  auto r = run({"scheduler", "get", "nope"});
  EXPECT_EQ(r.code, 4);
  EXPECT_EQ(r.err, "maestro: scheduler nope not found\n");
}

TEST_F(Commands, NobodyThereIsCodeThree) {
  auto r = run({"scheduler", "list", "--server", "http://127.0.0.1:1"});
  EXPECT_EQ(r.code, 3);
  EXPECT_TRUE(r.err.starts_with("maestro: cannot connect to http://127.0.0.1:1: Connection refused\n")) << r.err;
}

TEST_F(Commands, AServerThatNeverAnswersIsGivenUp) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor silent{io, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  auto url = "127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  auto began = std::chrono::steady_clock::now();
  auto r = run({"scheduler", "list", "--server", url, "--request-timeout", "0.3"});
  EXPECT_EQ(r.code, 3);
  EXPECT_TRUE(r.err.starts_with("maestro: no answer from http://" + url + ": no answer within 0.3s")) << r.err;
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{5});
}

TEST_F(Commands, AChangeWhoseAnswerIsLostIsAskedForAgainAndHasOneKey) {
  server_.on("POST /schedulers/arena/operations/op1/cancel", "", 0);
  server_.on("POST /schedulers/arena/operations/op1/cancel", "", 0);
  server_.on("POST /schedulers/arena/operations/op1/cancel", "{}");
  EXPECT_EQ(run({"operation", "cancel", "arena", "op1"}).out, "operation op1 of scheduler arena canceled\n");
  auto asked = server_.requests();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[0].key.size(), 36u) << asked[0].key;
  EXPECT_EQ(asked[1].key, asked[0].key);
  EXPECT_EQ(asked[2].key, asked[0].key);

  server_.on("POST /schedulers/arena/operations/op2/cancel", "", 0);
  auto lost = run({"operation", "cancel", "arena", "op2", "--request-timeout", "0.8"});
  EXPECT_EQ(lost.code, 3) << "not for ever";
  auto other = server_.requests();
  ASSERT_GT(other.size(), 4u);
  EXPECT_NE(other.back().key, asked[0].key);

  server_.on("GET /schedulers/arena", "", 0);
  auto before = server_.requests().size();
  EXPECT_EQ(run({"scheduler", "get", "arena"}).code, 3);
  ASSERT_EQ(server_.requests().size(), before + 1) << "who only looks is told at once";
  EXPECT_EQ(server_.requests().back().key, "");
}

TEST_F(Commands, WrongUsageIsCodeTwo) {
  for (auto& arguments :
       std::vector<std::vector<std::string>>{{"frobnicate"},
                                             {"scheduler"},
                                             {"scheduler", "get"},
                                             {"scheduler", "list", "-o", "xml"},
                                             {"scheduler", "list", "--server", "ftp://x"},
                                             {"scheduler", "list", "--server", "host:99999"},
                                             {"scheduler", "create", "-f", "/no/such/file.yaml"},
                                             {"scheduler", "create", "-f", "-", "--var", "novalue"},
                                             {"node", "--runtime", "quantum"},
                                             {"node", "--rooms-port", "70000"}}) {
    auto r = run(arguments, "name: a");
    EXPECT_EQ(r.code, 2) << ::testing::PrintToString(arguments) << r.out << r.err;
    EXPECT_NE(r.err, "") << ::testing::PrintToString(arguments);
    EXPECT_EQ(r.out, "") << ::testing::PrintToString(arguments);
  }
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Commands, ARecipeErrorNamesFileLineAndFieldAndSendsNothing) {
  scratch_folder scratch;
  auto file = (scratch.path() / "bad_recipe.yaml").string();
  std::ofstream{file} << "name: arena\nroomsReplicas: many\n";
  auto r = run({"scheduler", "create", "-f", file});
  EXPECT_EQ(r.code, 2);
  EXPECT_EQ(r.err, "maestro: " + file + ":2:1: roomsReplicas: \"many\" is not a whole number\n");
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Commands, WatchTellsByItsCodeHowTheOperationEnded) {
  struct row {
    const char* status;
    int code;
  };
  for (auto& [status, code] : {row{"finished", 0}, row{"error", 1}, row{"canceled", 6}, row{"evicted", 6}}) {
    auto id = std::string{"op-"} + status;
    operation(id, "in_progress");
    operation(id, status);
    auto r = run({"operation", "watch", "arena", id});
    EXPECT_EQ(r.code, code) << status;
    EXPECT_NE(r.out.find(id + " of arena: " + status), std::string::npos) << r.out;
  }
}

TEST_F(Commands, WatchGivesUpInTimeAndSaysThatTheOperationGoesOn) {
  operation("op1", "in_progress");
  auto r = run({"operation", "watch", "arena", "op1", "--wait-timeout", "5"});
  EXPECT_EQ(r.code, 5);
  EXPECT_EQ(r.err, "maestro: operation op1 is still in_progress after 5s; it goes on without us\n");
}

TEST_F(Commands, WatchWithoutAnIdTakesTheNewestActiveOne) {
  server_.on(
      "GET /schedulers/arena/operations?stage=active",
      R"({"operations":[{"id":"op1","createdAt":"2026-01-01T00:00:00Z"},{"id":"op2","createdAt":"2026-01-01T00:10:00Z"}]})");
  operation("op2", "finished");
  auto r = run({"operation", "watch", "arena"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_NE(r.out.find("op2 of arena: finished"), std::string::npos);
}

TEST_F(Commands, WatchDrawsABarOfTheRoomsThatExist) {
  operation("op1", "in_progress", "add_rooms", R"({"amount":4})");
  operation("op1", "finished", "add_rooms", R"({"amount":4})");
  server_.on(
      "GET /schedulers/arena/rooms",
      R"({"rooms":[{"id":"old","createdAt":"2026-01-01T00:58:59Z"},{"id":"new","createdAt":"2026-01-01T00:59:02Z"}]})");
  auto r = run({"operation", "watch", "arena", "op1"}, "", true);
  EXPECT_NE(r.out.find("██████░░░░░░░░░░░░░░░░░░  25% add_rooms op1: 1/4 rooms (0s)"), std::string::npos) << r.out;
}

TEST_F(Commands, DeleteWithWaitEndsWithTheOperation) {
  server_.on("DELETE /schedulers/arena", R"({"operationId":"op9"})");
  server_.on("GET /schedulers/arena/rooms", rooms_body);
  operation("op9", "in_progress", "delete_scheduler");
  operation("op9", "finished", "delete_scheduler");
  auto r = run({"scheduler", "delete", "arena", "--wait"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "scheduler arena is being deleted\n"
                   "delete_scheduler op9: 0/2 rooms\n"
                   "delete_scheduler op9 of arena: finished after 1.500s\n");
}

TEST_F(Commands, OperationListMergesTheStages) {
  server_.on(
      "GET /schedulers/arena/operations?stage=active",
      R"({"operations":[{"id":"op2","status":"in_progress","definitionName":"add_rooms","lease":{"ttl":"2026-01-01T01:00:05Z"},"createdAt":"2026-01-01T00:59:50Z"}]})");
  server_.on("GET /schedulers/arena/operations?stage=pending", R"({"operations":[]})");
  server_.on(
      "GET /schedulers/arena/operations?stage=final&page=1&perPage=15",
      R"({"page":1,"pageSize":15,"total":40,"operations":[{"id":"op1","status":"finished","definitionName":"create_scheduler","createdAt":"2026-01-01T00:00:00Z"}]})");
  auto r = run({"operation", "list", "arena"});
  EXPECT_EQ(r.out, "ID    NAME               STATUS        AGE   LEASE UNTIL\n"
                   "op2   add_rooms          in_progress   10s   2026-01-01T01:00:05Z\n"
                   "op1   create_scheduler   finished      1h\n");
  EXPECT_EQ(r.err, "page 1: 1 of 40 final operations; --page 2 shows more\n");
}

TEST_F(Commands, AnOperationThatFailedSaysWhy) {
  const std::string failed =
      R"({"id":"op1","status":"error","definitionName":"add_rooms","schedulerName":"arena","createdAt":"2026-01-01T00:00:00Z",)"
      R"("error":{"code":"unavailable","message":"no host port is free"}})";
  for (auto* stage : {"active", "pending"})
    server_.on(std::string("GET /schedulers/arena/operations?stage=") + stage, R"({"operations":[]})");
  server_.on("GET /schedulers/arena/operations?stage=final&page=1&perPage=15",
             R"({"page":1,"pageSize":15,"total":1,"operations":[)" + failed + "]}");
  auto r = run({"operation", "list", "arena"});
  EXPECT_EQ(r.out, "ID    NAME        STATUS   AGE   ERROR\n"
                   "op1   add_rooms   error    1h    no host port is free\n");
  server_.on("GET /schedulers/arena/operations/op1", R"({"operation":)" + failed + "}");
  r = run({"operation", "get", "arena", "op1"});
  EXPECT_NE(r.out.find("no host port is free (unavailable)\n"), std::string::npos) << r.out;
}

TEST_F(Commands, CancelReportsTheServersRefusal) {
  server_.on("POST /schedulers/arena/operations/op1/cancel", "{}");
  server_.on(
      "POST /schedulers/arena/operations/op2/cancel",
      R"({"code":10,"message":"cannot cancel operation since status \"finished\" is a final status","details":[]})",
      409);
  EXPECT_EQ(run({"operation", "cancel", "arena", "op1"}).out, "operation op1 of scheduler arena canceled\n");
  auto refused = run({"operation", "cancel", "arena", "op2"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.err, "maestro: cannot cancel operation since status \"finished\" is a final status\n");
}

TEST_F(Commands, TimelinesAreTablesOfEvents) {
  server_.on(
      "GET /schedulers/arena/rooms/arena-bcdfg/timeline",
      R"({"timeline":{"events":[{"at":"2026-01-01T00:00:00Z","event":"room_created","cause":"add_rooms","detail":""},)"
      R"({"at":"2026-01-01T00:00:01.500Z","event":"room_status_changed","cause":"ping","detail":"unready -> ready"}],)"
      R"("knownSince":null,"leftOut":"0"}})");
  auto room = run({"room", "timeline", "arena", "arena-bcdfg"});
  EXPECT_EQ(room.code, 0) << room.err;
  EXPECT_EQ(room.out, "AT                         EVENT                 CAUSE       DETAIL\n"
                      "2026-01-01T00:00:00Z       room_created          add_rooms\n"
                      "2026-01-01T00:00:01.500Z   room_status_changed   ping        unready -> ready\n");
  EXPECT_EQ(room.err, "");
  server_.on(
      "GET /schedulers/arena/operations/0b9e/timeline",
      R"({"timeline":{"events":[{"at":"2026-01-01T00:00:00Z","event":"operation_enqueued","cause":"","detail":""},)"
      R"({"at":"2026-01-01T00:00:09Z","event":"operation_ended","cause":"","detail":""}],)"
      R"("knownSince":"2025-12-31T00:00:00Z","leftOut":"7"}})");
  auto operation = run({"operation", "timeline", "arena", "0b9e"});
  EXPECT_EQ(operation.out, "AT                     EVENT\n"
                           "2026-01-01T00:00:00Z   operation_enqueued\n"
                           "…                      (7 more)\n"
                           "2026-01-01T00:00:09Z   operation_ended\n");
  EXPECT_EQ(operation.err, "what happened before 2025-12-31T00:00:00Z is past the journal's retention\n");
}

TEST_F(Commands, RoomLogsPrintTheTextAsItIs) {
  server_.on("GET /schedulers/arena/rooms/r1/logs?container=game", R"({"logs":"first line\nsecond \"line\"\n"})");
  auto r = run({"room", "logs", "arena", "r1", "-c", "game"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "first line\nsecond \"line\"\n");
}

TEST_F(Commands, WhatGamesWriteSteersNoTerminal) {
  const std::string hostile = R"(\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp\nforged\ttab)";
  server_.on("GET /schedulers?game=", R"({"schedulers":[{"name":"arena","game":")" + hostile + R"("}]})");
  server_.on("GET /schedulers/info?game=", R"({"schedulers":[]})");
  server_.on("GET /schedulers/arena/rooms/r1/logs", R"({"logs":")" + hostile + R"("})");
  server_.on("GET /schedulers/arena/rooms/r1",
             R"({"room":{"id":"r1","status":"ready","statusReason":")" + hostile + R"("}})");
  const std::string shown = R"(\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp)";
  auto list = run({"scheduler", "list"});
  EXPECT_NE(list.out.find(shown + R"(\x0aforged\x09tab)"), std::string::npos) << list.out;
  EXPECT_EQ(std::count(list.out.begin(), list.out.end(), '\n'), 2) << "a line was forged";
  EXPECT_EQ(run({"room", "logs", "arena", "r1"}).out, shown + "\nforged\ttab");
  auto room = run({"room", "get", "arena", "r1"}, "", true);
  EXPECT_NE(room.out.find(shown), std::string::npos) << room.out;
  EXPECT_NE(room.out.find("\x1b[32mready"), std::string::npos) << "our own colours are meant";
  for (auto& one : {list.out, run({"room", "logs", "arena", "r1"}).out})
    EXPECT_EQ(one.find_first_of("\x1b\x07"), std::string::npos);
  EXPECT_NE(run({"room", "logs", "arena", "r1", "-o", "json"}).out.find(R"(\u001b]0;owned)"), std::string::npos);
}

TEST_F(Commands, NamesAreEncodedInPaths) {
  auto r = run({"room", "get", "a/b", "c d"});
  EXPECT_EQ(r.code, 4);
  EXPECT_EQ(server_.requests().front().target, "/schedulers/a%2Fb/rooms/c%20d");
}

TEST_F(Commands, AnAnswerThatIsNoJsonIsAnErrorNotACrash) {
  server_.on("GET /schedulers/arena", "<html>");
  auto r = run({"scheduler", "get", "arena"});
  EXPECT_EQ(r.code, 1);
  EXPECT_NE(r.err.find("the answer is no JSON"), std::string::npos);
}

TEST_F(Commands, NodeAndSimulateGetTheirOptions) {
  auto r = run({"node", "--config", "c.yaml", "--data-dir=d", "--management-port", "1", "--rooms-port", "2",
                "--internal-port", "3", "--bind", "0.0.0.0", "--roles", "management_api,rooms_api", "--runtime",
                "simulated"});
  EXPECT_EQ(r.code, 7) << r.err;
  EXPECT_EQ(node_.config_file, "c.yaml");
  EXPECT_EQ(node_.data_dir, "d");
  EXPECT_EQ(node_.management_port, 1);
  EXPECT_EQ(node_.rooms_port, 2);
  EXPECT_EQ(node_.internal_port, 3);
  EXPECT_EQ(node_.bind_address, "0.0.0.0");
  EXPECT_EQ(node_.roles, (std::vector<std::string>{"management_api", "rooms_api"}));
  EXPECT_EQ(node_.runtime, "simulated");
  EXPECT_EQ(run({"node"}).code, 7);
  EXPECT_FALSE(node_.data_dir || node_.config_file || node_.bind_address || node_.runtime || node_.rooms_port);
  EXPECT_TRUE(node_.roles.empty());

  EXPECT_EQ(run({"simulate", "--seed=42", "--runs", "3", "--steps", "9", "--break", "skip-sync"}).code, 8);
  EXPECT_EQ(simulate_.seed, 42u);
  EXPECT_EQ(simulate_.runs, 3u);
  EXPECT_EQ(simulate_.steps, 9u);
  EXPECT_EQ(simulate_.broken_rule, "skip-sync");
}

TEST_F(Commands, TheRulesToBreakAreTheSimulatorsOwn) {
  auto help = run({"simulate", "--help"}).out;
  help.erase(std::unique(help.begin(), help.end(),
                         [](char a, char b) { return std::isspace(a) != 0 && std::isspace(b) != 0; }),
             help.end()); // however wide the page is
  std::replace(help.begin(), help.end(), '\n', ' ');
  EXPECT_THAT(help, HasSubstr("noticed: skip-sync; with --nodes: no-fence"));
  EXPECT_EQ(run({"simulate", "--break", "no-fence"}).code, 8);
  EXPECT_EQ(simulate_.broken_rule, "no-fence");
  auto unknown = run({"simulate", "--break", "no-such"});
  EXPECT_EQ(unknown.code, exit_usage);
  EXPECT_THAT(unknown.err, HasSubstr("skip-sync"));
}

TEST_F(Commands, EveryCommandHasHelpWithAnExample) {
  for (auto& command : std::vector<std::vector<std::string>>{{"node"},
                                                             {"simulate"},
                                                             {"scheduler", "create"},
                                                             {"scheduler", "list"},
                                                             {"scheduler", "get"},
                                                             {"scheduler", "versions"},
                                                             {"scheduler", "delete"},
                                                             {"operation", "list"},
                                                             {"operation", "get"},
                                                             {"operation", "cancel"},
                                                             {"operation", "watch"},
                                                             {"room", "list"},
                                                             {"room", "get"},
                                                             {"room", "logs"},
                                                             {"completion"}}) {
    auto arguments = command;
    arguments.push_back("--help");
    auto r = run(arguments);
    EXPECT_EQ(r.code, 0);
    EXPECT_NE(r.out.find("\nExample"), std::string::npos) << ::testing::PrintToString(command);
    EXPECT_EQ(r.err, "");
  }
}

TEST_F(Commands, ConfigPrintsTheSampleAndNothingElse) {
  auto done = run({"config"});
  EXPECT_EQ(done.code, 0);
  EXPECT_EQ(done.out, "dataDir: \"./data\"\n");
  EXPECT_EQ(done.err, "");
}
