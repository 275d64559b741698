// The commands that change a scheduler which is there: apply, edit, scale, switch, rollback, and following what they began.
#include "test/cli/command_fixture.hpp"

#include "nodes/cli/recipe.hpp"
#include "nodes/cli/recipe_difference.hpp"
#include "nodes/cli/recipe_value.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using json = nlohmann::ordered_json;

constexpr const char* recipe = R"(name: arena
game: g
roomsReplicas: 2
maxSurge: 25%
portRange: {start: 20000, end: 20999}
spec:
  terminationGracePeriod: 10s
  containers:
    - name: server
      image: game:1
      imagePullPolicy: Always
      command: [./run]
      requests: {memory: 1Mi, cpu: 1m}
      limits: {memory: 1Mi, cpu: 1m}
      ports: [{name: game, protocol: udp, port: 7777}]
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

class Apply : public maestro::test::command_line {
protected:
  void SetUp() override { active(recipe_json()); }

  static json recipe_json(const std::string& text = recipe) {
    return json::parse(maestro::cli::recipe_to_json(text, "r", {}));
  }
  /// As the server answers it: with its own fields and defaults.
  void active(json value, const std::string& version = "v1.2.0") {
    value = maestro::cli::recipe_of_scheduler(maestro::cli::scheduler_of_recipe(value));
    value["state"] = "in-sync";
    value["createdAt"] = "2026-01-01T00:00:00Z";
    value["spec"]["version"] = version;
    server_.on("GET /schedulers/arena", json{{"scheduler", value}}.dump());
  }
  void no_operations() {
    for (auto* stage : {"active", "pending", "final"})
      server_.on(std::string{"GET /schedulers/arena/operations?stage="} + stage, R"({"operations":[]})");
  }
  std::vector<maestro::test::received_request> changes() const {
    std::vector<maestro::test::received_request> sent;
    for (auto& request : server_.requests())
      if (request.method != "GET")
        sent.push_back(request);
    return sent;
  }
};

constexpr const char* rooms_up =
    R"({"rooms":[{"id":"a","status":"ready","version":"v1.2.0"},{"id":"b","status":"occupied","version":"v1.2.0"}]})";

} // namespace

TEST_F(Apply, WhatIsTheSameIsLeftAlone) {
  auto r = run({"scheduler", "apply", "-f", "-"}, recipe);
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "scheduler arena unchanged: the recipe is that of the active version\n");
  EXPECT_TRUE(changes().empty());
}

TEST_F(Apply, CreatesWhatIsNotThere) {
  server_.on("GET /schedulers/other", R"({"code":5,"message":"scheduler other not found","details":[]})", 404);
  server_.on("POST /schedulers", R"({"scheduler":{"name":"other"}})");
  for (auto* stage : {"active", "pending", "final"})
    server_.on(std::string{"GET /schedulers/other/operations?stage="} + stage,
               R"({"operations":[{"id":"op1","definitionName":"create_scheduler"}]})");
  auto r = run({"scheduler", "apply", "-f", "-"}, replaced(recipe, "arena", "other"));
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("scheduler other created: there is no scheduler of that name\n"));
  ASSERT_EQ(changes().size(), 1U);
  EXPECT_EQ(changes()[0].target, "/schedulers");
}

TEST_F(Apply, PatchesWhatIsMinor) {
  server_.on("PATCH /schedulers/arena", R"({"operationId":"op7"})");
  auto r = run({"scheduler", "apply", "-f", "-"}, replaced(recipe, "roomsReplicas: 2", "roomsReplicas: 9"));
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out,
            "scheduler arena: a minor version after v1.2.0: only what is about the number of rooms differs: rooms "
            "stay as they are\n"
            "  ~ roomsReplicas: 2 -> 9\n"
            "operation op7\n"
            "follow it with: maestro scheduler rollout status arena\n");
  ASSERT_EQ(changes().size(), 1U);
  EXPECT_EQ(changes()[0].method, "PATCH");
  EXPECT_EQ(changes()[0].body, R"({"roomsReplicas":9,"baseVersion":"v1.2.0"})");
}

TEST_F(Apply, SendsAWholeVersionForWhatIsMajor) {
  server_.on("POST /schedulers/arena", R"({"operationId":"op8"})");
  auto text = replaced(replaced(recipe, "game:1", "game:2"), "maxSurge", "labels: {team: red}\nmaxSurge");
  auto r = run({"scheduler", "apply", "-f", "-", "-o", "json"}, text);
  EXPECT_EQ(r.code, 0) << r.err;
  auto told = json::parse(r.out);
  EXPECT_EQ(told["action"], "new-version");
  EXPECT_EQ(told["versionKind"], "major");
  EXPECT_EQ(told["operationId"], "op8");
  EXPECT_EQ(told["changes"].size(), 2U) << told;
  ASSERT_EQ(changes().size(), 1U);
  EXPECT_EQ(changes()[0].target, "/schedulers/arena");
  auto sent = recipe_json(text);
  sent["baseVersion"] = "v1.2.0";
  EXPECT_EQ(json::parse(changes()[0].body), sent);
}

TEST_F(Apply, ThatABlockGoesAwayCannotBePatched) {
  auto with = recipe_json();
  with["autoscaling"] = json::parse(
      R"({"enabled":true,"min":1,"max":4,"policy":{"type":"fixedBuffer","parameters":{"fixedBuffer":{"amount":2}}}})");
  maestro::cli::recipe_change change = maestro::cli::change_between(
      maestro::cli::scheduler_of_recipe(with), maestro::cli::scheduler_of_recipe(recipe_json()));
  EXPECT_FALSE(change.is_major);
  EXPECT_TRUE(maestro::cli::patch_for(change, recipe_json()).empty());
  auto back = maestro::cli::change_between(maestro::cli::scheduler_of_recipe(recipe_json()),
                                           maestro::cli::scheduler_of_recipe(with));
  auto patch = maestro::cli::patch_for(back, with);
  EXPECT_EQ(patch.size(), 1U);
  EXPECT_EQ(patch["autoscaling"], with["autoscaling"]);
}

TEST_F(Apply, PlanSaysWhatDiffersAndDoesNothing) {
  server_.on("GET /schedulers/arena/rooms", rooms_up);
  auto r = run({"scheduler", "apply", "-f", "-", "--plan"}, replaced(recipe, "game:1", "game:2"));
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out,
            "scheduler arena: v1.2.0 -> a major version\n"
            "  ~ spec.containers[0].image: \"game:1\" -> \"game:2\"\n"
            "one room would try the version out, then 2 rooms would be replaced, at most 25% more than wanted at "
            "once; 1 with players would be waited for\n"
            "nothing was done (--plan)\n");
  EXPECT_TRUE(changes().empty());
}

TEST_F(Apply, PlanOfAnotherNumberSaysWhatBecomesOfTheRooms) {
  auto fewer = replaced(recipe, "roomsReplicas: 2", "roomsReplicas: 1");
  auto r = run({"scheduler", "apply", "-f", "-", "--plan"}, fewer);
  EXPECT_THAT(r.out, HasSubstr("no room would be replaced\n")) << "a server that cannot tell";
  server_.on("GET /schedulers/arena/plan?limit=1&rooms=1",
             R"({"plan":{"wanted":1,"change":{"remove":1,"drain":2,"cause":"scale_down"}}})");
  r = run({"scheduler", "apply", "-f", "-", "--plan"}, fewer);
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("no room would be replaced; with 1 wanted: 1 end, 2 begin to drain (scale_down)\n"
                               "nothing was done (--plan)\n"));
  EXPECT_TRUE(changes().empty());
}

TEST_F(Apply, AMistakeIsSaidBeforeAnythingIsAsked) {
  auto r = run({"scheduler", "apply", "-f", "-"}, replaced(recipe, "maxSurge: 25%", "maxSurge: lots"));
  EXPECT_EQ(r.code, 2);
  EXPECT_THAT(r.err, HasSubstr("<stdin>:4:1: maxSurge: MaxSurge must be"));
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Apply, WaitFollowsTheOperationAndTheRooms) {
  server_.on("PATCH /schedulers/arena", R"({"operationId":"op7"})");
  operation("op7", "in_progress", "create_new_scheduler_version");
  operation("op7", "finished", "create_new_scheduler_version");
  no_operations();
  server_.on("GET /schedulers/arena/rooms", R"({"rooms":[{"id":"a","status":"ready","version":"v0.9.0"}]})");
  server_.on("GET /schedulers/arena/rooms", rooms_up);
  auto r = run({"scheduler", "scale", "arena", "--replicas", "3", "--wait"});
  EXPECT_EQ(r.code, 0) << r.out << r.err;
  EXPECT_THAT(r.out, HasSubstr("create_new_scheduler_version op7 of arena: finished after 1.500s\n"));
  EXPECT_THAT(
      r.out,
      HasSubstr("rollout of arena: v1.2.0: 0/2 up, v0.9.0: 1 left\nrollout of arena done: v1.2.0: 2/2 up\n"));
}

TEST_F(Apply, ScaleWarnsWhereAutoscalingDecides) {
  auto r = run({"scheduler", "scale", "arena", "--replicas", "2"});
  EXPECT_EQ(r.out, "scheduler arena unchanged: 2 rooms are wanted\n");
  EXPECT_TRUE(changes().empty());
  server_.on("PATCH /schedulers/arena", R"({"operationId":"op7"})");
  EXPECT_THAT(run({"scheduler", "scale", "arena", "--replicas", "5"}).out,
              HasSubstr("scheduler arena: 2 -> 5 rooms wanted\n"));
  EXPECT_EQ(changes()[0].body, R"({"roomsReplicas":5})");
  EXPECT_EQ(run({"scheduler", "scale", "arena", "--replicas", "-1"}).code, 2);
  server_.on("GET /schedulers/auto",
             R"({"scheduler":{"name":"auto","roomsReplicas":1,"autoscaling":{"enabled":true,"min":1,"max":-1}}})");
  server_.on("PATCH /schedulers/auto", R"({"operationId":"op7"})");
  EXPECT_THAT(run({"scheduler", "scale", "auto", "--replicas", "5"}).err, HasSubstr("warning: autoscaling is on"));
}

TEST_F(Apply, EditAppliesWhatTheEditorLeft) {
  server_.on("PATCH /schedulers/arena", R"({"operationId":"op7"})");
  environment_["EDITOR"] = "true";
  EXPECT_EQ(run({"scheduler", "edit", "arena"}).out, "scheduler arena unchanged\n");
  environment_["EDITOR"] = "sed -i 's/maxSurge: 25%/maxSurge: 30%/'";
  auto r = run({"scheduler", "edit", "arena"});
  EXPECT_EQ(r.code, 0) << r.err;
  ASSERT_EQ(changes().size(), 1U) << r.out;
  EXPECT_EQ(changes()[0].body, R"({"maxSurge":"30%","baseVersion":"v1.2.0"})");
  environment_["VISUAL"] = "sed -i 's/maxSurge: 25%/maxSurge: no/'";
  auto wrong = run({"scheduler", "edit", "arena"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("what you wrote is in "));
  EXPECT_THAT(wrong.err, HasSubstr("maxSurge: MaxSurge must be"));
  auto at = wrong.err.find("is in ") + 6;
  auto kept = wrong.err.substr(at, wrong.err.find('\n', at) - at);
  EXPECT_TRUE(std::filesystem::remove(kept)) << kept;
  environment_["VISUAL"] = "false";
  EXPECT_EQ(run({"scheduler", "edit", "arena"}).code, 2);
  EXPECT_EQ(changes().size(), 1U);
}

TEST_F(Apply, SwitchAndRollbackKnowTheVersions) {
  server_.on(
      "GET /schedulers/arena/versions",
      R"({"versions":[{"version":"v2.0.0","isActive":true},{"version":"v1.1.0","isActive":false},{"version":"v1.0.0","isActive":false}]})");
  server_.on("PUT /schedulers/arena", R"({"operationId":"op9"})");
  EXPECT_THAT(run({"scheduler", "rollback", "arena"}).out, HasSubstr("scheduler arena: v2.0.0 -> v1.1.0\n"));
  EXPECT_EQ(changes().back().body, R"({"version":"v1.1.0","baseVersion":"v2.0.0"})");
  EXPECT_EQ(run({"scheduler", "switch", "arena", "1.0.0"}).code, 0);
  EXPECT_EQ(changes().back().body, R"({"version":"v1.0.0","baseVersion":"v2.0.0"})");
  EXPECT_THAT(run({"scheduler", "switch", "arena", "v2.0.0"}).out, HasSubstr("unchanged"));
  auto none = run({"scheduler", "switch", "arena", "v7.0.0"});
  EXPECT_EQ(none.code, 4);
  EXPECT_THAT(none.err, HasSubstr("has no version v7.0.0; it has v2.0.0, v1.1.0, v1.0.0"));
  EXPECT_EQ(changes().size(), 2U);
  server_.on("GET /schedulers/first/versions", R"({"versions":[{"version":"v1.0.0","isActive":true}]})");
  EXPECT_THAT(run({"scheduler", "rollback", "first"}).err, HasSubstr("v1.0.0 is its first version"));
}

TEST_F(Apply, RolloutStatusFollowsUntilTheRoomsAreThere) {
  no_operations();
  server_.on(
      "GET /schedulers/arena/rooms",
      R"({"rooms":[{"id":"o","status":"occupied","version":"v0.9.0"},{"id":"a","status":"ready","version":"v1.2.0"}]})");
  server_.on("GET /schedulers/arena/rooms", rooms_up);
  auto r = run({"scheduler", "rollout", "status", "arena"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "rollout of arena: v1.2.0: 1/2 up, v0.9.0: 1 left (1 with players)\n"
                   "rollout of arena done: v1.2.0: 2/2 up\n");
}

// A version and back again: what is left of the old one is what the new one wants, and stays.
TEST_F(Apply, RolloutStatusDoesNotWaitForRoomsThatAreNotReplaced) {
  no_operations();
  std::string stay =
      R"({"id":"a","status":"ready","version":"v0.9.0"},{"id":"b","status":"occupied","version":"v0.9.0"})";
  server_.on("GET /schedulers/arena/rooms",
             R"({"rooms":[)" + stay + R"(,{"id":"c","status":"terminating","version":"v0.9.0"}]})");
  server_.on("GET /schedulers/arena/rooms", R"({"rooms":[)" + stay + "]}");
  for (auto* plan : {R"({"plan":{"version":"v1.1.0","there":{"replaced":0}}})",
                     R"({"plan":{"version":"v1.2.0","there":{"counted":2,"replaced":1}}})",
                     R"({"plan":{"version":"v1.2.0","there":{"counted":1,"replaced":0}}})",
                     R"({"plan":{"version":"v1.2.0","there":{"counted":2,"silent":1,"replaced":0}}})",
                     R"({"plan":{"version":"v1.2.0","there":{"counted":2,"replaced":0}}})"})
    server_.on("GET /schedulers/arena/plan?limit=1", plan);
  auto r = run({"scheduler", "rollout", "status", "arena", "--wait-timeout", "1m"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "rollout of arena: v1.2.0: 0/2 up, v0.9.0: 3 left (1 with players)\n"
                   "rollout of arena: v1.2.0: 0/2 up, v0.9.0: 2 left (1 with players)\n"
                   "rollout of arena done: v1.2.0: 2/2 up\n");
}

TEST_F(Apply, RolloutStatusWaitsForRoomsThatEndThoughNoneIsReplaced) {
  no_operations();
  server_.on(
      "GET /schedulers/arena/rooms",
      R"({"rooms":[{"id":"c","status":"terminating","version":"v0.9.0"},{"id":"a","status":"ready","version":"v1.2.0"},{"id":"b","status":"ready","version":"v1.2.0"}]})");
  server_.on("GET /schedulers/arena/rooms", rooms_up);
  server_.on("GET /schedulers/arena/plan?limit=1",
             R"({"plan":{"version":"v1.2.0","there":{"counted":2,"replaced":0}}})");
  auto r = run({"scheduler", "rollout", "status", "arena", "--wait-timeout", "1m"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "rollout of arena: v1.2.0: 2/2 up, v0.9.0: 1 left\nrollout of arena done: v1.2.0: 2/2 up\n");
}

TEST_F(Apply, RolloutStatusGoesByNumbersWhereTheServerHasNoPlan) {
  no_operations();
  server_.on("GET /schedulers/arena/rooms", R"({"rooms":[{"id":"a","status":"ready","version":"v0.9.0"}]})");
  server_.on("GET /schedulers/arena/rooms", rooms_up);
  server_.on("GET /schedulers/arena/plan?limit=1", R"({"code":5,"message":"Not Found","details":[]})", 404);
  auto r = run({"scheduler", "rollout", "status", "arena", "--wait-timeout", "1m"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "rollout of arena: v1.2.0: 0/2 up, v0.9.0: 1 left\nrollout of arena done: v1.2.0: 2/2 up\n");
}

TEST_F(Apply, RolloutStatusTellsWhyAnOperationFailed) {
  server_.on("GET /schedulers/arena/rooms", rooms_up);
  server_.on(
      "GET /schedulers/arena/operations?stage=active",
      R"({"operations":[{"id":"op3","status":"in_progress","definitionName":"create_new_scheduler_version"}]})");
  server_.on("GET /schedulers/arena/operations?stage=pending", R"({"operations":[]})");
  operation("op3", "in_progress", "create_new_scheduler_version");
  operation("op3", "error", "create_new_scheduler_version");
  auto r = run({"scheduler", "rollout", "status", "arena"});
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.err, HasSubstr("create_new_scheduler_version op3 of scheduler arena ended error:\n  Created\n"));
}

TEST_F(Apply, WaitingIsGivenUpWhereRoomsKeepDying) {
  no_operations();
  for (int i = 0; i < 8; ++i)
    server_.on("GET /schedulers/arena/rooms",
               R"({"rooms":[{"id":"r)" + std::to_string(i) +
                   R"(","status":"error","statusReason":"exit code 3","version":"v1.2.0"}]})");
  auto r = run({"scheduler", "rollout", "status", "arena", "--wait-timeout", "10m"});
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.out, HasSubstr("1 room died: exit code 3"));
  EXPECT_THAT(r.err, HasSubstr("5 rooms died: exit code 3; rooms do not come up"));
}
