// New versions, patches, switches and the end of one room, as the management door asks for them (proto/README.md 1.5: M4
// to M6).
#include "test/gateway/gateway_fixture.hpp"

#include <gtest/gtest.h>

namespace {

using namespace maestro;

class VersionRoutes : public GatewayTest {
protected:
  void expect(const http_answer& answer, unsigned status, const std::string& body) {
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body, body);
  }
};

constexpr const char* whole_recipe = R"({"game":"g","maxSurge":"10%","roomsReplicas":6,
  "portRange":{"start":1,"end":1000},"spec":{"terminationGracePeriod":"100s",
  "containers":[{"name":"c","image":"i","imagePullPolicy":"Always","requests":{"memory":"1","cpu":"1"},
  "limits":{"memory":"1","cpu":"1"}}]}})";

scheduler stored_recipe() {
  scheduler s;
  s.name = scheduler_name("s1");
  s.game = "g";
  s.spec.version = "v1.2.0";
  s.spec.containers = {{"c", "i", "Always", {"run"}, {}, {"1", "1"}, {"1", "1"}, {}}};
  s.rooms_replicas = 6;
  s.max_surge = "10%";
  s.labels = std::map<std::string, std::string>{{"k", "v"}};
  return s;
}

TEST_F(VersionRoutes, NewVersionAsksForTheWholeRecipeByTheNameInThePath) {
  new_scheduler_version asked;
  script->new_version = [&](const new_scheduler_version& x) -> result<operation_id> {
    asked = x;
    return operation_id("op");
  };
  open();
  expect(management("POST", "/schedulers/s1", whole_recipe), 200, R"({"operationId":"op"})");
  EXPECT_EQ(asked.recipe.name.str(), "s1");
  EXPECT_EQ(asked.recipe.rooms_replicas, 6);
  EXPECT_FALSE(asked.is_patch);
  EXPECT_EQ(management("POST", "/schedulers/s1", "{}").status, 400);
}

TEST_F(VersionRoutes, PatchAsksForTheActiveVersionWithWhatThePatchMakesOfIt) {
  new_scheduler_version asked;
  script->get = [](const get_scheduler&) -> result<scheduler> { return stored_recipe(); };
  script->new_version = [&](const new_scheduler_version& x) -> result<operation_id> {
    asked = x;
    return operation_id("op");
  };
  open();
  expect(management("PATCH", "/schedulers/s1",
                    R"({"roomsReplicas":9,"spec":{"containers":[{"image":"j"}]},"labels":{}})"),
         200, R"({"operationId":"op"})");
  auto wanted = stored_recipe();
  wanted.rooms_replicas = 9;
  wanted.spec.containers[0].image = "j";
  wanted.labels->clear();
  EXPECT_EQ(asked.recipe, wanted);
  EXPECT_EQ(asked.base_version, "v1.2.0");
  EXPECT_TRUE(asked.is_patch);
}

TEST_F(VersionRoutes, APatchFollowsTheActiveVersionWhenItChangesMeanwhile) {
  int reads = 0;
  script->get = [&](const get_scheduler&) -> result<scheduler> {
    auto active = stored_recipe();
    active.spec.version = "v1." + std::to_string(++reads) + ".0";
    return active;
  };
  std::string last_base;
  script->new_version = [&](const new_scheduler_version& x) -> result<operation_id> {
    last_base = x.base_version;
    if (x.base_version != "v1.3.0")
      return failure{ec::aborted, "another version is active"};
    return operation_id("op");
  };
  open();
  expect(management("PATCH", "/schedulers/s1", R"({"roomsReplicas":9})"), 200, R"({"operationId":"op"})");
  EXPECT_EQ(last_base, "v1.3.0");
  reads = 10;
  expect(management("PATCH", "/schedulers/s1", R"({"roomsReplicas":9})"), 409,
         error_json(10, "another version is active"));
}

TEST_F(VersionRoutes, APatchWithoutAChangeIs409) {
  open();
  for (auto* nothing : {"", "{}", R"({"forwarders":[]})", R"({"game":"other"})"})
    expect(management("PATCH", "/schedulers/s1", nothing), 409, error_json(6, "no change found to scheduler s1"));
}

TEST_F(VersionRoutes, AMergePatchClearsWhatItNamesAndKeepsTheRest) {
  auto stored = stored_recipe();
  stored.port_range = port_range{1, 9};
  stored.autoscaling = autoscaling{true, 1, 2, 3, {"fixedBuffer", {}, fixed_buffer_policy{4}}};
  stored.spec.containers[0].environment = {{"EMPTY", "", {}, {}}};
  new_scheduler_version asked;
  script->get = [&](const get_scheduler&) -> result<scheduler> { return stored; };
  script->new_version = [&](const new_scheduler_version& x) -> result<operation_id> {
    asked = x;
    return operation_id("op");
  };
  open();
  auto patch = [&](const std::string& body) {
    return management("PATCH", "/schedulers/s1", body, {{"Content-Type", "application/merge-patch+json"}});
  };
  expect(patch(R"({"portRange":null,"labels":null,"roomsReplicas":7,"autoscaling":{"min":2}})"), 200,
         R"({"operationId":"op"})");
  auto wanted = stored;
  wanted.port_range.reset();
  wanted.labels.reset();
  wanted.rooms_replicas = 7;
  wanted.autoscaling->min = 2;
  auto comparable = [](scheduler s) {
    s.name = {};
    s.game = {};
    s.spec.version = s.spec.restart_policy = {};
    return s;
  };
  EXPECT_EQ(comparable(asked.recipe), comparable(wanted));
  EXPECT_EQ(asked.base_version, "v1.2.0");
  expect(patch(R"({"autoscaling":null,"spec":{"containers":[]}})"), 200, R"({"operationId":"op"})");
  EXPECT_FALSE(asked.recipe.autoscaling);
  EXPECT_TRUE(asked.recipe.spec.containers.empty());
  EXPECT_EQ(asked.recipe.labels, stored.labels);
  stored.labels = stored.annotations = std::map<std::string, std::string>{{"kept", "1"}, {"gone", "2"}};
  expect(patch(R"({"labels":{"gone":null},"annotations":{"gone":null,"absent":null}})"), 200,
         R"({"operationId":"op"})");
  EXPECT_EQ(asked.recipe.labels, (std::map<std::string, std::string>{{"kept", "1"}}));
  EXPECT_EQ(asked.recipe.annotations, asked.recipe.labels);
  stored.labels = stored.annotations = std::nullopt;
  expect(patch(R"({"labels":{"absent":null},"annotations":{},"roomsReplicas":9})"), 200,
         R"({"operationId":"op"})");
  EXPECT_FALSE(asked.recipe.labels) << "that would be another version";
  EXPECT_TRUE(asked.recipe.annotations);
  for (auto* wrong : {"[]", "{\"roomsReplicas\":\"x\"}", "{", "3"})
    EXPECT_EQ(patch(wrong).status, 400) << wrong;
}

TEST_F(VersionRoutes, SwitchAsksForThatVersion) {
  switch_active_version asked;
  script->switch_version = [&](const switch_active_version& x) -> result<operation_id> {
    asked = x;
    return operation_id("op");
  };
  open();
  expect(management("PUT", "/schedulers/s1", R"({"version":"v1.0.0"})"), 200, R"({"operationId":"op"})");
  EXPECT_EQ(asked.name.str(), "s1");
  EXPECT_EQ(asked.version, "v1.0.0");
}

TEST_F(VersionRoutes, ARoomIsEndedByItsName) {
  request_room_end asked;
  script->end_room = [&](const request_room_end& x) -> result<operation_id> {
    asked = x;
    return operation_id("op");
  };
  open();
  expect(management("DELETE", "/schedulers/s1/rooms/s1-abc"), 200, R"({"operationId":"op"})");
  EXPECT_EQ(asked.room.str(), "s1-abc");
}

} // namespace
