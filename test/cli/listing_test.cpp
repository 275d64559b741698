// How lists are shown and watched: order, columns, names, paths, labels, counts and what is wrong.
#include "test/cli/command_fixture.hpp"

#include "nodes/cli/failure.hpp"
#include "nodes/cli/json_path.hpp"
#include "nodes/cli/label_filter.hpp"

#include <gmock/gmock.h>

namespace {

using maestro::cli::json;
using maestro::cli::json_template;
using maestro::cli::label_filter;
using ::testing::HasSubstr;
using ::testing::Not;
using Listing = maestro::test::command_line;

constexpr const char* rooms =
    R"({"rooms":[{"id":"r1","status":"ready","runningMatches":"10","ports":[{"name":"game","port":1},{"name":"query","port":2}]},)"
    R"({"id":"r2","status":"error","statusReason":"exit code 3","runningMatches":"9","ports":[]}]})";

constexpr const char* schedulers =
    R"({"schedulers":[{"name":"b","game":"g","state":"in-sync","version":"v1.0.0","roomsReplicas":2,"createdAt":"2026-01-01T00:59:00Z"},)"
    R"({"name":"a","game":"g","state":"in-sync","version":"v1.0.0","roomsReplicas":5,"createdAt":"2026-01-01T00:00:00Z"}]})";
constexpr const char* infos =
    R"({"schedulers":[{"name":"b","game":"g","state":"in-sync","roomsReplicas":2,"roomsReady":2},)"
    R"({"name":"a","game":"g","state":"in-sync","roomsReplicas":5,"roomsReady":1,"roomsOccupied":1,"roomsAllocated":1,"roomsUnready":1,"roomsError":1,)"
    R"("degraded":{"reason":"rooms end early: exit code 3","consecutiveFailures":4,"nextTryAt":"2026-01-01T01:00:08Z"}}]})";

std::string render(const std::string& text) {
  return json_template::parse(text).render(json::parse(rooms));
}

std::string wrong(const std::string& text) {
  try {
    return "no error: " + render(text);
  } catch (const maestro::cli::failure& e) {
    return e.what();
  }
}

} // namespace

TEST(JsonPath, FieldsIndexesStarsTextsAndRanges) {
  EXPECT_EQ(render("{.rooms[0].id}"), "r1");
  EXPECT_EQ(render("{.rooms[-1].id}"), "r2");
  EXPECT_EQ(render("{.rooms[*].id}"), "r1 r2");
  EXPECT_EQ(render("{.rooms[0].ports[*].port}"), "1 2");
  EXPECT_EQ(render("{.rooms[0]['id']}"), "r1");
  EXPECT_EQ(render(".rooms[1].status"), "error");
  EXPECT_EQ(render("{$.rooms[1].ports}"), "[]");
  EXPECT_EQ(render("first {.rooms[0].id}{\"\\n\"}"), "first r1\n");
  EXPECT_EQ(render("{range .rooms[*]}{.id}={.status};{end}"), "r1=ready;r2=error;");
  EXPECT_EQ(render("{.nothing.there[3]}"), "");
}

TEST(JsonPath, WhatIsWrongIsNamed) {
  EXPECT_THAT(wrong("{.rooms[0"), HasSubstr("missing }"));
  EXPECT_THAT(wrong("{.rooms[0}"), HasSubstr("missing ]"));
  EXPECT_THAT(wrong("{.rooms[x]}"), HasSubstr("[x] is neither an index"));
  EXPECT_THAT(wrong("{..id}"), HasSubstr("`..` is not supported"));
  EXPECT_THAT(wrong("{range .rooms[*]}"), HasSubstr("{range} without {end}"));
  EXPECT_THAT(wrong("{end}"), HasSubstr("{end} without {range}"));
}

TEST(Labels, EveryConditionMustHold) {
  auto labels = json::parse(R"({"team":"red","stage":"live"})");
  EXPECT_TRUE(label_filter::parse("team=red").holds(labels));
  EXPECT_TRUE(label_filter::parse("team==red,stage").holds(labels));
  EXPECT_TRUE(label_filter::parse("team!=blue,!owner").holds(labels));
  EXPECT_FALSE(label_filter::parse("team=red,stage!=live").holds(labels));
  EXPECT_FALSE(label_filter::parse("owner").holds(labels));
  EXPECT_TRUE(label_filter::parse("").holds(labels));
  EXPECT_THROW(label_filter::parse("=red"), maestro::cli::failure);
}

TEST_F(Listing, RoomsBySortFieldNamesPathsAndColumns) {
  server_.on("GET /schedulers/arena/rooms", rooms);
  EXPECT_EQ(run({"room", "list", "arena", "-o", "name"}).out, "r1\nr2\n");
  EXPECT_EQ(run({"room", "list", "arena", "-o", "name", "--sort-by", ".runningMatches"}).out, "r2\nr1\n")
      << "by number";
  EXPECT_EQ(run({"room", "list", "arena", "-o", "jsonpath={.rooms[*].id}", "--sort-by", "{.runningMatches}"}).out,
            "r2 r1\n");
  EXPECT_EQ(run({"room", "list", "arena", "--status", "error", "-o", "name"}).out, "r2\n");
  EXPECT_EQ(run({"room", "list", "arena", "-o", "custom-columns=ID:.id,PORTS:.ports[*].port"}).out,
            "ID   PORTS\nr1   1,2\nr2   <none>\n");
  EXPECT_EQ(run({"room", "list", "arena", "-o", "custom-columns=ID:.id", "--no-headers"}).out, "r1\nr2\n");
  EXPECT_THAT(run({"room", "list", "arena", "--no-headers"}).out, Not(HasSubstr("STATUS")));
  EXPECT_THAT(run({"room", "list", "arena", "--sort-by", ".nope"}).err,
              HasSubstr("none of them has such a field"));
  EXPECT_EQ(run({"room", "list", "arena", "-o", "custom-columns=ID"}).code, 2);
  EXPECT_EQ(run({"room", "list", "arena", "-o", "jsonpath={.x"}).code, 2);
}

TEST_F(Listing, SchedulersShowEveryRoomAndWhatIsWrong) {
  server_.on("GET /schedulers?game=", schedulers);
  server_.on("GET /schedulers/info?game=", infos);
  auto r = run({"scheduler", "list"});
  EXPECT_EQ(r.out,
            "NAME   GAME   STATE     VERSION   WANTED   READY   ALLOCATED   OCCUPIED   PENDING   UNREADY   ERROR  "
            " AGE   HEALTH\n"
            "a      g      in-sync   v1.0.0    5        1       1           1          0         1         1      "
            " 1h    "
            "degraded: rooms end early: exit code 3, 4 times in a row, next try in 8s\n"
            "b      g      in-sync   v1.0.0    2        2                   0          0                          "
            " 1m\n");
  EXPECT_EQ(run({"scheduler", "list", "-o", "name", "--sort-by", ".roomsReady"}).out, "a\nb\n");
  EXPECT_EQ(run({"scheduler", "list", "-o", "custom-columns=N:.name,R:.roomsReady", "--no-headers"}).out,
            "a   1\nb   2\n");
}

TEST_F(Listing, GetSaysHowTheSchedulerIs) {
  server_.on("GET /schedulers/a",
             R"({"scheduler":{"name":"a","game":"g","state":"in-sync","roomsReplicas":5,"spec":{}}})");
  server_.on("GET /schedulers/info?game=g", infos);
  auto r = run({"scheduler", "get", "a"});
  EXPECT_THAT(r.out, HasSubstr("= 1/5 ready, 1 allocated, 1 occupied, 1 unready, 1 error\n"));
  EXPECT_THAT(r.out, HasSubstr("= degraded: rooms end early: exit code 3, 4 times in a row, next try in 8s\n"));
}

TEST_F(Listing, SchedulersAreFilteredByTheirLabels) {
  server_.on("GET /schedulers?game=", schedulers);
  server_.on("GET /schedulers/a", R"({"scheduler":{"name":"a","labels":{"team":"red"}}})");
  server_.on("GET /schedulers/b", R"({"scheduler":{"name":"b","labels":{}}})");
  server_.on("GET /schedulers/info?game=", R"({"schedulers":[]})");
  EXPECT_EQ(run({"scheduler", "list", "-l", "team=red", "-o", "name"}).out, "a\n");
  EXPECT_EQ(run({"scheduler", "list", "-l", "!team", "-o", "jsonpath={.schedulers[*].name}"}).out, "b\n");
  EXPECT_EQ(run({"scheduler", "list", "-l", "=x"}).code, 2);
}

TEST_F(Listing, SchedulersAndOperationsAreWatched) {
  server_.on("GET /schedulers?game=", R"({"schedulers":[{"name":"a","state":"creating","roomsReplicas":1}]})");
  server_.on("GET /schedulers?game=", R"({"schedulers":[{"name":"a","state":"in-sync","roomsReplicas":1}]})");
  server_.on("GET /schedulers/info?game=", R"({"schedulers":[{"name":"a","roomsReplicas":1,"roomsReady":1}]})");
  auto watched = run({"scheduler", "list", "--watch", "--for", "1s"});
  EXPECT_EQ(watched.code, 0) << watched.err;
  EXPECT_THAT(watched.out, HasSubstr("a  creating 1/1 ready → in-sync 1/1 ready"));

  server_.on("GET /schedulers/a/operations?stage=active",
             R"({"operations":[{"id":"o1","status":"in_progress","definitionName":"add_rooms"}]})");
  server_.on("GET /schedulers/a/operations?stage=active", R"({"operations":[]})");
  server_.on("GET /schedulers/a/operations?stage=pending", R"({"operations":[]})");
  server_.on("GET /schedulers/a/operations?stage=final&page=1&perPage=15", R"({"operations":[],"total":0})");
  server_.on("GET /schedulers/a/operations?stage=final&page=1&perPage=15",
             R"({"operations":[{"id":"o1","status":"finished","definitionName":"add_rooms"}],"total":1})");
  auto operations = run({"operation", "list", "a", "-w", "--for", "1s", "-o", "json"});
  EXPECT_THAT(operations.out, HasSubstr(R"("operation":"o1","from":"in_progress","to":"finished")"));
}
