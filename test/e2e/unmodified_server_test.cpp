// Game servers that nobody here wrote and that know nothing of Maestro: they become ready, are allocated, are occupied while there
// are players, are found out when they hang, and outlive the node, by `spec.health` alone.
#include "test/e2e/live_node.hpp"

#include <gtest/gtest.h>

#include <csignal>

using namespace maestro::test;

namespace {

json recipe_of(const node& n, const std::string& name, std::vector<std::string> command, const char* protocol,
               json health) {
  auto recipe = n.recipe(name, 1);
  auto& spec = recipe["spec"];
  spec["containers"][0]["command"] = std::move(command);
  spec["containers"][0]["limits"] = {{"memory", "1Gi"}, {"cpu", "1"}};
  spec["containers"][0]["ports"][0]["protocol"] = protocol;
  spec["health"] = std::move(health);
  return recipe;
}

json the_room(const node& n, const std::string& scheduler) {
  auto rooms = n.rooms(scheduler);
  return rooms.empty() ? json{} : rooms.begin()->second;
}

bool becomes(const node& n, const std::string& scheduler, const std::string& status, seconds limit = seconds{30}) {
  return eventually(limit, [&] { return the_room(n, scheduler).value("status", "") == status; });
}

pid_t server_of(const node& n, const std::string& scheduler) {
  auto servers = n.servers(scheduler);
  return servers.empty() ? 0 : servers.begin()->second;
}

void create(node& n, const json& recipe) {
  auto file = n.write("recipe.json", recipe.dump());
  auto created = n.cli({"scheduler", "create", "-f", file, "--wait-rooms", "--wait-timeout", "60"});
  ASSERT_EQ(created.code, 0) << created.output << n.log();
}

unsigned allocate(const node& n, const std::string& scheduler) {
  return n.rooms_api("POST", "/scheduler/" + scheduler + "/rooms/allocate", json::object()).status;
}

} // namespace

// Python's own web server: it pings nobody, and knows its port only by what Maestro writes into its command line.
TEST(UnmodifiedServer, LivesByItsHttpProbe) {
  node n;
  n.start();
  create(n, recipe_of(n, "web",
                      {"python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", "/usr",
                       "$(MAESTRO_PORT_GAME)"},
                      "tcp",
                      {{"probe", "http"},
                       {"port", "game"},
                       {"interval", "200ms"},
                       {"initialDelay", "20s"},
                       {"timeouts", {{"allocation", "2s"}}}}));
  ASSERT_TRUE(becomes(n, "web", "ready"));

  // Allocated, and ready again after the recipe's own time.
  EXPECT_EQ(allocate(n, "web"), 200u);
  EXPECT_EQ(the_room(n, "web")["status"], "allocated");
  EXPECT_TRUE(becomes(n, "web", "ready", seconds{10}));

  // It hangs: not handed out, and why; then it comes back.
  auto server = server_of(n, "web");
  ASSERT_GT(server, 1);
  ::kill(server, SIGSTOP);
  ASSERT_TRUE(becomes(n, "web", "unready")) << the_room(n, "web").dump();
  EXPECT_EQ(the_room(n, "web")["statusReason"], "http on port game: no answer, 3 times in a row");
  EXPECT_EQ(allocate(n, "web"), 500u);
  auto id = the_room(n, "web")["id"].get<std::string>();
  auto timeline = n.cli({"room", "timeline", "web", id});
  EXPECT_NE(timeline.output.find("http on port game: no answer"), std::string::npos) << timeline.output;
  ::kill(server, SIGCONT);
  EXPECT_TRUE(becomes(n, "web", "ready"));

  // The node dies, the server does not, and is asked again.
  n.kill_now();
  n.start();
  EXPECT_TRUE(becomes(n, "web", "ready"));
  EXPECT_EQ(server_of(n, "web"), server);
  ::kill(server, SIGSTOP);
  EXPECT_TRUE(becomes(n, "web", "unready"));
  ::kill(server, SIGCONT);
  EXPECT_TRUE(becomes(n, "web", "ready"));
  EXPECT_EQ(n.cli({"scheduler", "delete", "web", "--wait", "--yes"}).code, 0);
}

TEST(UnmodifiedServer, AnUnknownVariableIsRefusedWithItsPlace) {
  node n;
  n.start();
  auto file =
      n.write("recipe.json", recipe_of(n, "web", {"sleep", "$(NO_SUCH)"}, "tcp", {{"probe", "process"}}).dump());
  EXPECT_EQ(n.cli({"scheduler", "create", "-f", file}).code, 0);
  EXPECT_TRUE(eventually(seconds{30}, [&] {
    return n.cli({"scheduler", "get", "web"})
               .output.find("command[1]: $(NO_SUCH) names no variable; write $$(NO_SUCH) for the text itself") !=
           std::string::npos;
  })) << n.cli({"scheduler", "get", "web"}).output;
}
