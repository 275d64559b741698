// The clients of deploy/sdk against a real node: what the server says becomes the room's state, a node that dies and comes back
// changes nothing, and the end is told. The server is told what to say on its standard input, as an operator would (room attach).
#include "test/e2e/live_node.hpp"
#include "test/support/open_program.hpp"

#include <gtest/gtest.h>

#include <filesystem>

using namespace maestro::test;
namespace fs = std::filesystem;

namespace {

struct sdk {
  const char* name;
  std::vector<std::string> command;
};

const sdk sdks[] = {
    {"cpp", {MAESTRO_SDK_SERVER}},
    {"python", {"python3", "-B", MAESTRO_SOURCE_DIR "/test/sdk/sdk_server.py", MAESTRO_SOURCE_DIR "/deploy/sdk"}}};

class Sdk : public ::testing::TestWithParam<sdk> {
protected:
  /// `apis`: what the server is told of doors, as in a cluster; empty: nothing.
  void start(const std::string& apis = {}) {
    n.start();
    auto recipe = n.recipe("game", 1);
    if (!apis.empty())
      recipe["spec"]["containers"][0]["environment"] = {
          {{"name", "MAESTRO_ROOMS_APIS"}, {"value", apis + std::to_string(n.rooms_port())}}};
    recipe["matchAllocation"] = {{"maxMatches", 3}};
    auto command = GetParam().command;
    for (auto& word : command)
      word = fs::exists(word) ? open_program(word) : word;
    recipe["spec"]["containers"][0]["command"] = command;
    recipe["spec"]["containers"][0]["stdin"] = true;
    ASSERT_EQ(n.management("POST", "/schedulers", recipe).status, 200u);
    ASSERT_TRUE(eventually(seconds{30}, [&] { return is_in_log("port "); })) << n.log();
  }
  json room() const {
    auto rooms = n.rooms("game");
    return rooms.empty() ? json::object() : rooms.begin()->second;
  }
  bool becomes(const std::string& status) const {
    return eventually(seconds{20}, [&] { return room().value("status", "") == status; });
  }
  bool is_in_log(const std::string& text) const {
    auto id = room().value("id", "");
    return !id.empty() && n.cli({"room", "logs", "game", id}).output.find(text) != std::string::npos;
  }
  /// By the command that operators have.
  void say(const std::string& word) const {
    program what;
    what.command = {"/bin/sh", "-c",
                    "echo " + word + " | " MAESTRO_BINARY " room attach game " + room()["id"].get<std::string>() +
                        " --linger 100ms --data-dir " + n.data()};
    auto said = run(what, seconds{20});
    EXPECT_EQ(said.code, 0) << said.output;
  }

  node n;
};

} // namespace

TEST_P(Sdk, TellsWhatTheServerIs) {
  start();
  say("ready");
  EXPECT_TRUE(becomes("ready"));
  say("two");
  EXPECT_TRUE(becomes("active"));
  EXPECT_EQ(room()["runningMatches"], "2");

  n.kill_now();
  n.start();
  say("map"); // is told with the next ping, which the new node answers
  EXPECT_TRUE(becomes("active"));
  EXPECT_TRUE(eventually(seconds{10}, [&] { return room().contains("lastPingAt"); })) << room().dump();
  say("ready");
  EXPECT_TRUE(becomes("ready"));

  auto id = room()["id"].get<std::string>();
  EXPECT_EQ(n.cli({"room", "end", "game", id, "--wait", "--yes"}).code, 0);
  auto timeline = n.cli({"room", "timeline", "game", id}).output;
  EXPECT_NE(timeline.find("ping terminating"), std::string::npos) << timeline;
  EXPECT_NE(n.cli({"room", "logs", "game", id}).output.find("end told"), std::string::npos);
}

TEST_P(Sdk, TellsAnotherDoorWhereItsOwnDoesNotAnswer) {
  start("http://127.0.0.1:1,http://127.0.0.1:"); // nobody listens on the first
  say("occupied");
  EXPECT_TRUE(becomes("active")); // one of three matches
  say("ready");
  EXPECT_TRUE(becomes("ready"));
}

INSTANTIATE_TEST_SUITE_P(Each, Sdk, ::testing::ValuesIn(sdks),
                         [](auto& each) { return std::string(each.param.name); });
