// What is shown is what is done: the plan of a fleet with matches, then the change itself, with the real binary and real
// game servers. Rooms go in the order in which they were shown, and none with players ends.
#include "nodes/cli/render.hpp"
#include "test/e2e/live_node.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>

using namespace maestro::test;

namespace {

const std::vector<std::string> long_matches{"--match-ms=300000", "--ping-interval-ms=100"};

json plan(const node& n, const std::string& query) {
  return n.management("GET", "/schedulers/arena/plan" + query).body["plan"];
}

std::vector<std::string> with_action(const json& plan, const std::string& action) {
  std::vector<std::string> ids;
  for (auto& room : plan["rooms"])
    if (room["action"] == action)
      ids.push_back(room["id"]);
  return ids;
}

std::vector<std::string> with_status(const node& n, const std::string& status, const std::string& version = {}) {
  std::vector<std::string> ids;
  for (auto& [id, room] : n.rooms("arena"))
    if (room["status"] == status && (version.empty() || room["version"] == version))
      ids.push_back(id);
  return ids;
}

std::vector<std::string> draining(const node& n) {
  std::vector<std::string> ids;
  for (auto& [id, room] : n.rooms("arena"))
    if (room.value("draining", "") != "")
      ids.push_back(id);
  return ids;
}

/// When its end was decided.
maestro::timestamp end_decided_at(const node& n, const std::string& id) {
  auto told = n.management("GET", "/schedulers/arena/rooms/" + id + "/timeline").body["timeline"];
  for (auto& event : told["events"])
    if (event["event"] == "room_removal_started")
      return maestro::cli::time_of(event["at"]).value_or(maestro::never);
  return maestro::never;
}

std::string operation_status(const node& n, const answer& enqueued) {
  auto id = enqueued.body.value("operationId", "");
  return n.management("GET", "/schedulers/arena/operations/" + id).body["operation"].value("status", "");
}

bool change(const node& n, const json& patch) {
  auto enqueued = n.management("PATCH", "/schedulers/arena", patch);
  EXPECT_EQ(enqueued.status, 200u) << enqueued.body;
  return eventually(seconds{60}, [&] { return operation_status(n, enqueued) == "finished"; });
}

std::vector<std::string> sorted(std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

} // namespace

TEST(Plan, WhatIsShownIsRemovedInThatOrderAndNoRoomWithPlayersEnds) {
  node n;
  n.start();
  auto recipe = n.recipe("arena", 6, long_matches);
  recipe["maxSurge"] = "2";
  ASSERT_EQ(n.management("POST", "/schedulers", recipe).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", 6, "ready")) << n.log();
  process bots(n.bots("arena", {"--lanes", "2"}));
  ASSERT_TRUE(eventually(seconds{30}, [&] { return with_status(n, "occupied").size() == 2; })) << n.log();
  auto occupied = with_status(n, "occupied");

  // A scale-down: four rooms are free, and one that is played on is too many.
  auto shown = plan(n, "?rooms=1");
  auto ends = with_action(shown, "remove");
  EXPECT_EQ(ends, with_status(n, "ready")) << "the free ones, by their names";
  auto drains = with_action(shown, "drain");
  ASSERT_EQ(drains.size(), 1u) << shown;
  ASSERT_TRUE(change(n, {{"roomsReplicas", 1}}));
  ASSERT_TRUE(eventually(seconds{60}, [&] { return n.rooms("arena").size() == 2; })) << n.log();
  EXPECT_EQ(with_status(n, "occupied"), occupied) << "players play on";
  EXPECT_EQ(draining(n), drains);
  std::vector<maestro::timestamp> decided;
  for (auto& id : ends)
    decided.push_back(end_decided_at(n, id));
  EXPECT_TRUE(std::is_sorted(decided.begin(), decided.end())) << shown;
  EXPECT_NE(decided.front(), maestro::never);
  auto rest = plan(n, "");
  EXPECT_EQ(rest["change"]["waitsFor"], "players") << rest;
  EXPECT_EQ(rest["change"]["remove"], 0) << rest;

  // A roll-out with matches on rooms of the old version, one of which drains already.
  ASSERT_TRUE(
      change(n, {{"roomsReplicas", 4}, {"spec", {{"containers", json::array({{{"image", "arena:2"}}})}}}}));
  ASSERT_TRUE(eventually(seconds{90}, [&] { return with_status(n, "ready", "v2.0.0").size() >= 4; })) << n.log();
  auto fresh = with_status(n, "ready", "v2.0.0");
  shown = plan(n, "?rooms=1");
  EXPECT_TRUE(with_action(shown, "remove").empty()) << shown;
  auto to_drain = with_action(shown, "drain");
  auto already = with_action(shown, "drains");
  to_drain.insert(to_drain.end(), already.begin(), already.end());
  EXPECT_EQ(sorted(to_drain), occupied) << shown;
  EXPECT_EQ(with_action(plan(n, "?remove=4"), "remove").size(), 4u) << "asked by number, free ones go first";
  ASSERT_TRUE(change(n, {{"roomsReplicas", 1}}));
  ASSERT_TRUE(eventually(seconds{30}, [&] { return draining(n) == occupied; })) << plan(n, "");
  EXPECT_EQ(with_status(n, "occupied"), occupied);
  EXPECT_EQ(with_status(n, "ready", "v2.0.0"), fresh) << "a roll-out ends no successor";

  // For people.
  auto told = n.cli({"scheduler", "why", "arena", "--remove", "6"});
  EXPECT_EQ(told.code, 0) << told.output;
  EXPECT_NE(told.output.find("roomsReplicas is 1"), std::string::npos) << told.output;
  for (auto& id : occupied)
    EXPECT_NE(told.output.find(id), std::string::npos) << told.output;
}
