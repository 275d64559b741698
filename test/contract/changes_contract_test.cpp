// Changes of a scheduler that meet one another, and those that fail: who made his for another version than the active one
// is told so, and an operation that failed says why.
#include "test/contract/contract_fixture.hpp"

namespace {

using namespace maestro;

class ChangesContract : public contract_fixture {};

TEST_F(ChangesContract, AChangeMadeForAnotherVersionIsRefused) {
  const std::string at = "/schedulers/raced";
  ASSERT_EQ(ask("POST", "/schedulers", recipe("raced", 0)).status, 200);
  ASSERT_TRUE(in_sync("raced"));
  auto first = ask("PATCH", at, R"({"maxSurge":"20%","baseVersion":"v1.0.0"})");
  expect(first, 200, R"({"operationId":"ID"})");
  ASSERT_TRUE(within(std::chrono::seconds{20}, [&] {
    return ask("GET", at).body.find(R"("version":"v1.1.0")") != std::string::npos && in_sync("raced");
  }));
  auto overtaken = error(10, "the active version of scheduler raced is v1.1.0, not v1.0.0");
  expect(ask("PATCH", at, R"({"maxSurge":"30%","baseVersion":"v1.0.0"})"), 409, overtaken);
  expect(ask("PATCH", at, R"({"labels":{"a":"b"},"base_version":"v1.0.0"})",
             {{"Content-Type", "application/merge-patch+json"}}),
         409, overtaken);
  expect(ask("POST", at, recipe("raced", 3, R"(,"baseVersion":"v1.0.0")")), 409, overtaken);
  expect(ask("PUT", at, R"({"version":"v1.0.0","baseVersion":"v1.0.0"})"), 409, overtaken);
  auto body = ask("GET", at).body;
  EXPECT_NE(body.find(R"("maxSurge":"20%")"), std::string::npos) << body;
  expect(ask("PUT", at, R"({"version":"v1.0.0","baseVersion":"v1.1.0"})"), 200, R"({"operationId":"ID"})");
}

TEST_F(ChangesContract, AnOperationThatFailedSaysWhy) {
  const std::string at = "/schedulers/failing";
  ASSERT_EQ(ask("POST", "/schedulers", recipe("failing", 0)).status, 200);
  ASSERT_TRUE(in_sync("failing"));
  auto answer = ask("PUT", at, R"({"version":"v9.0.0"})");
  ASSERT_TRUE(ended("failing", answer, "error"));
  const std::string why =
      R"("error":{"code":"not_found","message":"error fetching scheduler version to be switched to: )"
      R"(scheduler failing not found in version v9.0.0"})";
  auto id = first_match(answer.body, R"re("operationId":"([^"]*)")re");
  auto alone = ask("GET", at + "/operations/" + id).body;
  EXPECT_NE(alone.find(why), std::string::npos) << alone;
  auto listed = ask("GET", at + "/operations?stage=final").body;
  EXPECT_NE(listed.find(why), std::string::npos) << listed;
  auto created = first_match(listed, R"re(\{("id":"[^"]*","status":"finished"[^}]*)\})re");
  EXPECT_FALSE(created.empty()) << listed;
  EXPECT_EQ(created.find("error"), std::string::npos) << created;
}

} // namespace
