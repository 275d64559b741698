// What there is to know of a room and to do with it: describe, logs, allocate; and the node's status.
#include "test/cli/command_fixture.hpp"

#include "nodes/cli/log_text.hpp"

#include <gmock/gmock.h>

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace maestro::cli;
using Rooms = maestro::test::command_line;

} // namespace

TEST(LogText, LastLinesAreLines) {
  EXPECT_EQ(last_lines("a\nb\nc\n", 2), "b\nc\n");
  EXPECT_EQ(last_lines("a\nb\nc", 1), "c");
  EXPECT_EQ(last_lines("a\nb\n", 9), "a\nb\n");
  EXPECT_EQ(last_lines("a\n", 0), "");
  EXPECT_EQ(last_lines("", 3), "");
  EXPECT_EQ(prefixed_lines("a\nb\n", "x "), "x a\nx b\n");
}

TEST(LogText, WhatIsNewStandsBehindWhatWasRead) {
  EXPECT_EQ(text_behind("", "a\n"), "a\n");
  EXPECT_EQ(text_behind("a\n", "a\nb\n"), "b\n");
  EXPECT_EQ(text_behind("a\n", "a\n"), "");
  EXPECT_EQ(text_behind("1\n2\n3\n", "2\n3\n4\n"), "2\n3\n4\n")
      << "cut, and too short to tell: repeated, not lost";
  std::string line = std::string(600, 'x') + "\n";
  EXPECT_EQ(text_behind("old\n" + line, line + "new\n"), "new\n") << "the front was cut off";
  EXPECT_EQ(text_behind("gone\n", "other\n"), "other\n");
}

TEST_F(Rooms, WhySaysHowTheNumberCameAboutAndWhoGoesNext) {
  const std::string answer =
      R"({"plan":{"version":"v2.0.0","wanted":4,"steps":[{"reason":"fixedBuffer","rooms":7,"text":"2 and 5 more"},)"
      R"({"reason":"max","rooms":4,"text":"autoscaling.max is 4"}],"there":{"counted":6,"up":5,"starting":1,)"
      R"("draining":1},"change":{"remove":1,"drains":1,"cause":"scale_down","waitsFor":"","lookAgainAt":null},)"
      R"("rooms":[{"id":"r1","status":"ready","version":"v1.0.0","action":"remove","reason":"other_major",)"
      R"("since":"2026-01-01T00:59:00Z"}],"total":2,"nextLookAt":"2026-01-01T01:00:30Z"}})";
  server_.on("GET /schedulers/arena/plan?limit=20", answer);
  auto r = run({"scheduler", "why", "arena"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "Scheduler = arena v2.0.0\n"
                   "Wanted    = 4\n"
                   "There     = 6 count, 5 up, 1 starting, 1 draining\n"
                   "Change    = 1 end, 1 go on draining (scale_down)\n"
                   "Next look = in 30s\n\n"
                   "WHY           ROOMS   BECAUSE\n"
                   "fixedBuffer   7       2 and 5 more\n"
                   "max           4       autoscaling.max is 4\n\n"
                   "ROOM   STATUS   VERSION   ACTION   REASON        SINCE\n"
                   "r1     ready    v1.0.0    remove   other_major   1m\n"
                   "and 1 more\n");
  server_.on("GET /schedulers/arena/plan?limit=5&remove=3", answer);
  EXPECT_THAT(run({"scheduler", "why", "arena", "--remove", "3", "--limit", "5", "-o", "json"}).out,
              HasSubstr("\"wanted\": 4"));
  EXPECT_EQ(run({"scheduler", "why", "arena", "--remove", "3", "--rooms", "5"}).code, 2);
}

TEST_F(Rooms, LogsShowTheLastLinesAndFollow) {
  server_.on("GET /schedulers/arena/rooms/r1/logs", R"({"logs":"one\ntwo\n"})");
  server_.on("GET /schedulers/arena/rooms/r1/logs", R"({"logs":"one\ntwo\nthree\n"})");
  EXPECT_EQ(run({"room", "logs", "arena", "r1", "--tail", "1", "-f", "--for", "2s"}).out, "two\nthree\n");
}

TEST_F(Rooms, LogsSinceAndOfTheRunBefore) {
  server_.on("GET /schedulers/arena/rooms/r1/logs?container=game&sinceSeconds=90", R"({"logs":"new\n"})");
  server_.on("GET /schedulers/arena/rooms/r1/logs?previous=true", R"({"logs":"old\n"})");
  EXPECT_EQ(run({"room", "logs", "arena", "r1", "-c", "game", "--since", "90s"}).out, "new\n");
  EXPECT_EQ(run({"room", "logs", "arena", "r1", "--previous"}).out, "old\n");
  EXPECT_EQ(run({"room", "logs", "arena", "r1", "--previous", "-f"}).code, 2);
}

TEST_F(Rooms, LogsOfAllContainersNameThem) {
  server_.on("GET /schedulers/arena/rooms/r1", R"({"room":{"id":"r1","version":"v1.0.0"}})");
  server_.on("GET /schedulers/arena?version=v1.0.0",
             R"({"scheduler":{"spec":{"containers":[{"name":"game"},{"name":"side"}]}}})");
  server_.on("GET /schedulers/arena/rooms/r1/logs?container=game", R"({"logs":"g\n"})");
  server_.on("GET /schedulers/arena/rooms/r1/logs?container=side", R"({"logs":"s\n"})");
  EXPECT_EQ(run({"room", "logs", "arena", "r1", "--all-containers"}).out, "game  g\nside  s\n");
}

TEST_F(Rooms, DescribeShowsContainersPortsAndEvents) {
  server_.on(
      "GET /schedulers/arena/rooms/r1",
      R"({"room":{"id":"r1","status":"error","statusReason":"exit code 3","version":"v1.0.0","host":"127.0.0.1","ports":[{"name":"game","protocol":"UDP","port":20001}]}})");
  server_.on(
      "GET /schedulers/arena?version=v1.0.0",
      R"({"scheduler":{"spec":{"containers":[{"name":"game","image":"i","command":["./run","-x"],"limits":{"cpu":"1","memory":"1Mi"}}]}}})");
  server_.on(
      "GET /schedulers/arena/rooms/r1/timeline",
      R"({"timeline":{"events":[{"at":"2026-01-01T00:00:00Z","event":"room_created","cause":"add_rooms","detail":""}]}})");
  auto r = run({"room", "describe", "arena", "r1"});
  EXPECT_EQ(r.code, 0) << r.err;
  for (auto* part :
       {"= exit code 3\n", "./run -x", "game   UDP        127.0.0.1   20001\n", "room_created   add_rooms\n"})
    EXPECT_THAT(r.out, HasSubstr(part));
}

TEST_F(Rooms, AllocateSendsTheSlots) {
  server_.on("POST /scheduler/arena/rooms/allocate",
             R"({"roomId":"r1","success":true,"message":"","ports":[],"host":"10.0.0.1"})");
  EXPECT_EQ(run({"room", "allocate", "arena", "--slots", "2", "--rooms-server", server_.url(), "-o", "name"}).out,
            "r1\n");
  EXPECT_EQ(server_.requests().front().body, R"({"slots":2})");
  EXPECT_NE(run({"room", "allocate", "arena", "--slots", "0", "--rooms-server", server_.url()}).code, 0);
}

TEST_F(Rooms, AllocateAsksTheRoomsApi) {
  server_.on(
      "POST /scheduler/arena/rooms/allocate",
      R"({"roomId":"r1","success":true,"message":"","ports":[{"name":"game","protocol":"UDP","port":20001}],"host":"10.0.0.1"})");
  auto r = run({"room", "allocate", "arena", "--rooms-server", server_.url()});
  EXPECT_EQ(r.out, "room r1 allocated: 10.0.0.1:20001/udp\n") << r.err;
  EXPECT_EQ(run({"room", "allocate", "arena", "--rooms-server", server_.url(), "-o", "name"}).out, "r1\n");
  server_.on("POST /scheduler/none/rooms/allocate",
             R"({"code":2,"message":"no ready rooms available for scheduler none","details":[]})", 500);
  auto none = run({"room", "allocate", "none", "--rooms-server", server_.url()});
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("no ready rooms available"));
}

TEST_F(Rooms, EndAsksWherePlayersAreIn) {
  server_.on("GET /schedulers/arena/rooms/r1", R"({"room":{"id":"r1","status":"occupied"}})");
  server_.on("GET /schedulers/arena/rooms/r2", R"({"room":{"id":"r2","status":"ready"}})");
  server_.on("DELETE /schedulers/arena/rooms/r1", R"({"operationId":"op1"})");
  server_.on("DELETE /schedulers/arena/rooms/r2", R"({"operationId":"op2"})");
  auto refused = run({"room", "end", "arena", "r1", "r2"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("rooms with players will be ended: r1 (occupied); --yes does it"));
  EXPECT_EQ(run({"room", "end", "arena", "r2"}).out, "room r2 is being ended: operation op2\n");
  EXPECT_EQ(run({"room", "end", "arena", "r1", "--yes"}).out, "room r1 is being ended: operation op1\n");
}

TEST_F(Rooms, StatusSaysHowTheNodeIsAndWhoIsDegraded) {
  server_.on("GET /healthz", "OK");
  server_.on("GET /readyz", "OK");
  server_.on(
      "GET /schedulers/info?game=",
      R"({"schedulers":[{"name":"a","roomsReplicas":1,"roomsError":1,"degraded":{"reason":"1 room in error: exit code 3"}},{"name":"b","roomsReplicas":2,"roomsReady":2}]})");
  auto r = run({"status", "--internal-server", server_.url()});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("Schedulers = 2, 1 degraded\n"));
  EXPECT_THAT(r.out, HasSubstr("2/3 ready, 1 error\n"));
  EXPECT_THAT(r.out, HasSubstr("a           degraded: 1 room in error: exit code 3\n"));
  server_.on("GET /readyz", "Service Unavailable", 503);
  run({"status", "--internal-server", server_.url()});
  auto away = run({"status", "--internal-server", server_.url()});
  EXPECT_EQ(away.code, 1);
  EXPECT_THAT(away.out, HasSubstr("503 Service Unavailable"));
}

TEST_F(Rooms, SayByNameWhichNodeTheyAreOn) {
  server_.on("GET /nodes", R"({"cluster":"games","nodes":[{"name":"n1","nodeId":"0a1b"}]})");
  server_.on("GET /schedulers/arena/rooms", R"({"rooms":[{"id":"r1","status":"ready","nodeId":"0a1b"},
    {"id":"r2","status":"ready","nodeId":"ffff"}]})");
  server_.on("GET /schedulers/arena/rooms/r1", R"({"room":{"id":"r1","status":"ready","nodeId":"0a1b"}})");
  EXPECT_THAT(run({"room", "list", "arena", "-o", "wide"}).out,
              AllOf(HasSubstr(" NODE\n"), HasSubstr(" n1\n"), HasSubstr(" ffff\n")));
  EXPECT_THAT(run({"room", "list", "arena"}).out, Not(HasSubstr("NODE")));
  EXPECT_THAT(run({"room", "get", "arena", "r1"}).out, HasSubstr("= n1\n"));
}

TEST_F(Rooms, OtherDoorsAreThoseOfTheServersMachine) {
  server_.on("GET /schedulers/info?game=", R"({"schedulers":[]})");
  auto far = server_.url();
  far.replace(far.find("127.0.0.1"), 9, "127.9.9.9");
  EXPECT_THAT(run({"room", "allocate", "arena", "--server", far}).err, HasSubstr("http://127.9.9.9:8070"));
  auto near = server_.url();
  near.replace(near.find("127.0.0.1"), 9, "localhost");
  EXPECT_THAT(run({"status", "--server", near}).out, HasSubstr("http://localhost:8081"));
  EXPECT_THAT(run({"status", "--server", near, "--internal-server", server_.url()}).out, Not(HasSubstr("8081")));
}

TEST_F(Rooms, StatusOfAClusterSaysWhoIsThereAndHowTheStoreIs) {
  server_.on("GET /healthz", "OK");
  server_.on("GET /readyz", "OK");
  server_.on("GET /schedulers/info?game=", R"({"schedulers":[]})");
  server_.on("GET /nodes", R"({"cluster":"maestro","schedulersWithoutOwner":3,
    "store":{"answers":true,"reason":"","roundTripMicros":"1234"},"copying":{"inStore":"12","toCopy":"1"},
    "nodes":[{"name":"n1","status":"ready","isSelf":true},{"name":"n2","status":"draining"},
             {"name":"n3","status":"unreachable","reason":"the link broke","suspectedBy":["n1","n2"]}]})");
  auto r = run({"status", "--internal-server", server_.url()});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("= maestro, node n1 answers\n"));
  EXPECT_THAT(r.out, HasSubstr("1 ready, 1 draining, 1 unreachable; n2 draining, "
                               "n3 unreachable: the link broke (suspected by n1, n2)\n"));
  EXPECT_THAT(r.out, HasSubstr("= answers in 1.2 ms\n"));
  EXPECT_THAT(r.out, HasSubstr("= 12 batches in the store, 1 on its way to this node's disk\n"));
  EXPECT_THAT(r.out, HasSubstr("Without owner = 3 schedulers: their node is not in the cluster\n"));
  server_.on("GET /nodes", R"({"cluster":"maestro","store":{"answers":false,"reason":"timed out"},"nodes":[]})");
  run({"status", "--internal-server", server_.url()}); // the first answer once more
  EXPECT_THAT(run({"status", "--internal-server", server_.url()}).out,
              HasSubstr("= does not answer: timed out\n"));
}
