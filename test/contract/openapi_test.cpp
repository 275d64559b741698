// GET /openapi.json of the real binary: a valid OpenAPI document, whose schemas hold what the API really answers.
#include "test/support/node_process.hpp"
#include "test/support/wire_client.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

class Openapi : public ::testing::Test {
protected:
  static void SetUpTestSuite() { node = std::make_unique<node_process>(MAESTRO_BINARY); }
  static void TearDownTestSuite() { node.reset(); }
  Openapi() {
    auto pattern = (std::filesystem::temp_directory_path() / "maestro-openapi-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    folder_ = pattern;
  }
  ~Openapi() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  /// What the judge says, and its exit code as a last line.
  std::string judge(const std::string& document, const std::vector<std::pair<std::string, std::string>>& answers) {
    auto command = "python3 " OPENAPI_CHECK " " + file("document", document);
    for (auto& [schema, text] : answers)
      command += " " + schema + " " + file(schema, text);
    auto* pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string said;
    std::array<char, 4096> some;
    while (auto size = std::fread(some.data(), 1, some.size(), pipe))
      said.append(some.data(), size);
    return said + std::to_string(::pclose(pipe));
  }
  static std::string ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    return fetch(node->management_port(), method, target, body).body;
  }

  static std::unique_ptr<node_process> node;

private:
  std::string file(const std::string& name, const std::string& text) {
    auto path = folder_ + "/" + name + ".json";
    std::ofstream(path) << text;
    return path;
  }
  std::string folder_;
};

std::unique_ptr<node_process> Openapi::node;

constexpr const char* recipe =
    R"({"name":"drawn","game":"g","maxSurge":"10%","roomsReplicas":1,"portRange":{"start":20000,"end":29999},)"
    R"("autoscaling":{"enabled":true,"min":1,"max":3,"cooldown":5,"policy":{"type":"roomOccupancy","parameters":)"
    R"({"roomOccupancy":{"readyTarget":0.5}}}},"annotations":{"a":"b"},"forwarders":[{"name":"f","enable":false,)"
    R"("type":"gRPC","address":"127.0.0.1:1","options":{"timeout":"1000","metadata":{"x":1}}}],)"
    R"("spec":{"terminationGracePeriod":"1.5s","containers":[{"name":"c","image":"i","imagePullPolicy":"Always",)"
    R"("command":["./run"],"environment":[{"name":"A","value":"x"},{"name":"B","valueFrom":{"fieldRef":)"
    R"({"fieldPath":"metadata.name"}}}],"requests":{"memory":"1Mi","cpu":"1m"},"limits":{"memory":"2Mi","cpu":"2m"},)"
    R"("ports":[{"name":"p","protocol":"udp","port":1}]}]}})";

TEST_F(Openapi, ManagementDocumentIsValidAndHoldsWhatIsAnswered) {
  auto created = ask("POST", "/schedulers", recipe);
  std::string operations;
  ASSERT_TRUE(within(20s, [&] {
    operations = ask("GET", "/schedulers/drawn/operations?stage=final");
    return operations.find("create_scheduler") != std::string::npos;
  }));
  std::smatch id;
  ASSERT_TRUE(std::regex_search(operations, id, std::regex(R"re("id":"([^"]*)")re")));
  auto said = judge(
      ask("GET", "/openapi.json"),
      {{"CreateSchedulerRequest", recipe},
       {"CreateSchedulerResponse", created},
       {"GetSchedulerResponse", ask("GET", "/schedulers/drawn")},
       {"ListSchedulersResponse", ask("GET", "/schedulers")},
       {"GetSchedulersInfoResponse", ask("GET", "/schedulers/info")},
       {"GetSchedulerVersionsResponse", ask("GET", "/schedulers/drawn/versions")},
       {"ListOperationsResponse", operations},
       {"GetOperationResponse", ask("GET", "/schedulers/drawn/operations/" + id[1].str())},
       {"GetOperationTimelineResponse", ask("GET", "/schedulers/drawn/operations/" + id[1].str() + "/timeline")},
       {"ListRoomsResponse", ask("GET", "/schedulers/drawn/rooms")},
       {"GetPlanResponse", ask("GET", "/schedulers/drawn/plan?remove=2")},
       {"Error", ask("GET", "/schedulers/nowhere")}});
  EXPECT_EQ(said.back(), '0') << said;
}

TEST_F(Openapi, RoomsDocumentIsValidAndHoldsWhatIsAnswered) {
  auto rooms = [](const std::string& method, const std::string& target, const std::string& body) {
    return fetch(node->rooms_port(), method, target, body).body;
  };
  auto said =
      judge(rooms("GET", "/openapi.json", {}),
            {{"UpdateRoomWithPingResponse", rooms("PUT", "/scheduler/a/rooms/b/ping", R"({"status":"ready"})")},
             {"Error", rooms("POST", "/scheduler/nowhere/rooms/allocate", "{}")}});
  EXPECT_EQ(said.back(), '0') << said;
}

TEST_F(Openapi, JudgeRefusesWhatIsNotRight) {
  auto document = ask("GET", "/openapi.json");
  auto without = std::regex_replace(document, std::regex("\"operationId\":\"ListSchedulers\","), "");
  EXPECT_NE(judge(without, {}).back(), '0');
  EXPECT_NE(judge(document, {{"GetSchedulerResponse", R"({"scheduler":{"nmae":"x"}})"}}).back(), '0');
  EXPECT_NE(judge(document, {{"GetSchedulerResponse", R"({"scheduler":{"roomsReplicas":"6"}})"}}).back(), '0');
}

} // namespace
