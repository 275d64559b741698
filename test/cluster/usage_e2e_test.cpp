// A cluster as operators and game servers use it: where rooms go and what is said when they fit nowhere, servers whose own
// node is away, servers that do not ping on other machines than their owner's, and what `maestro status` says.
#include "test/cluster/cluster_fixture.hpp"
#include "test/support/open_program.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>

#include <unistd.h>

namespace maestro {

namespace {

using ::testing::HasSubstr;
using environment = std::map<std::string, std::string>;

class ClusterUse : public Cluster {
protected:
  void start_with(const std::string& name, const environment& more) {
    auto all = environment_of(name);
    for (auto& [key, value] : more)
      all[key] = value;
    nodes[name] = std::make_unique<node_process>(MAESTRO_BINARY, all);
  }
  void await_nodes() {
    for (auto& [name, node] : nodes)
      ASSERT_TRUE(within(30s, [&, name = name] { return count(name, "ready") == static_cast<int>(nodes.size()); }))
          << node->log();
  }
  static json recipe(const std::string& name, int rooms) {
    auto all = json::parse(
        R"({"game":"g","maxSurge":"25%","spec":{"terminationGracePeriod":"2s","containers":[{"name":"c","image":"i",
            "imagePullPolicy":"Always","command":["x"],"requests":{"memory":"32Mi","cpu":"100m"},
            "limits":{"memory":"64Mi","cpu":"1"},"ports":[{"name":"game","protocol":"udp","port":7777}]}]},
            "portRange":{"start":20000,"end":26000}})");
    all["name"] = name;
    all["roomsReplicas"] = rooms;
    return all;
  }
  void make(const std::string& door, const json& recipe) {
    auto answer = ask(door, "POST", "/schedulers", recipe.dump());
    ASSERT_EQ(answer.status, 200u) << answer.body;
  }
  json rooms_of(const std::string& door, const std::string& scheduler) {
    auto answer = ask(door, "GET", "/schedulers/" + scheduler + "/rooms");
    return answer.status == 200 ? json::parse(answer.body)["rooms"] : json::array();
  }
  /// How many rooms each node has, by its name.
  std::map<std::string, int> by_node(const std::string& door, const std::string& scheduler) {
    std::map<std::string, std::string> names;
    auto all_nodes = list(door);
    for (auto& node : all_nodes["nodes"])
      names[node["nodeId"]] = node["name"];
    std::map<std::string, int> counts;
    for (auto& room : rooms_of(door, scheduler))
      ++counts[names[room["nodeId"]]];
    return counts;
  }
  bool are_all(const std::string& door, const std::string& scheduler, const std::string& status,
               std::size_t count) {
    auto rooms = rooms_of(door, scheduler);
    std::size_t found = 0;
    for (auto& room : rooms)
      found += room["status"] == status;
    return rooms.size() == count && found == count;
  }
  /// Empty: none that the node knows of.
  static std::string last_ping(const json& room) {
    return room["lastPingAt"].is_string() ? room["lastPingAt"].get<std::string>() : "";
  }
  std::string last_ping(const std::string& door, const std::string& scheduler, const std::string& id) {
    for (auto& room : rooms_of(door, scheduler))
      if (room["id"] == id)
        return last_ping(room);
    return "";
  }
  /// The command line, as an operator of that node would.
  std::string cli(const std::string& node, const std::string& arguments) {
    auto command = "MAESTRO_SERVER=http://127.0.0.1:" + std::to_string(nodes[node]->management_port()) +
                   " MAESTRO_INTERNAL_SERVER=http://127.0.0.1:" + std::to_string(nodes[node]->internal_port()) +
                   " " + MAESTRO_BINARY + " " + arguments + " 2>&1";
    std::string text;
    std::array<char, 4096> piece{};
    auto* pipe = ::popen(command.c_str(), "r");
    while (auto got = std::fread(piece.data(), 1, piece.size(), pipe))
      text.append(piece.data(), got);
    ::pclose(pipe);
    return text;
  }

  const environment processes{{"MAESTRO_RUNTIME", "process"}, {"MAESTRO_CLUSTER_HOSTLOSTAFTER", "5m"}};
};

TEST_F(ClusterUse, RoomsGoWhereTheyFitAndItIsSaidWhyNot) {
  start_with("n1", {{"MAESTRO_CLUSTER_OFFER_MEMORY", "64Mi"}});
  start_with("n2", {{"MAESTRO_CLUSTER_OFFER_MEMORY", "128Mi"}, {"MAESTRO_CLUSTER_OFFER_CPU", "8"}});
  await_nodes();
  make("n1", recipe("first", 3));
  ASSERT_TRUE(within(20s, [&] { return rooms_of("n2", "first").size() == 3; }));
  auto hears = [&](const std::string& name) {
    int machines = 0;
    auto all_nodes = list(name);
    for (auto& node : all_nodes["nodes"])
      machines += node["requested"]["memoryBytes"] != "0";
    return machines == 2;
  };
  ASSERT_TRUE(within(30s, [&] { return hears("n1") && hears("n2"); })) << list("n1").dump();
  make("n2", recipe("second", 5));
  ASSERT_TRUE(within(20s, [&] { return rooms_of("n1", "second").size() == 3; }));
  std::map<std::string, int> all;
  for (auto* scheduler : {"first", "second"})
    for (auto& [node, count] : by_node("n1", scheduler))
      all[node] += count;
  EXPECT_EQ(all, (std::map<std::string, int>{{"n1", 2}, {"n2", 4}}));
  auto said = HasSubstr("no machine has 0.1 cores and 32 MiB free: n1 has 0 of 64 MiB, n2 has 0 of 128 MiB");
  EXPECT_TRUE(
      within(30s, [&] { return cli("n1", "scheduler why second").find("noMachine") != std::string::npos; }));
  EXPECT_THAT(cli("n1", "scheduler why second"), said);
  std::string histories;
  std::istringstream operations(cli("n2", "operation list second --stage final -o name"));
  for (std::string id; std::getline(operations, id);)
    histories += cli("n2", "operation get second " + id);
  EXPECT_THAT(histories, said);
  EXPECT_THAT(cli("n1", "node get n2"), HasSubstr("Rooms may have = 8 cores, 128 MiB"));
  auto room = rooms_of("n1", "first")[0]["id"].get<std::string>();
  EXPECT_THAT(cli("n1", "room timeline first " + room), HasSubstr("(spread)"));
  EXPECT_EQ(rooms_of("n1", "second").size(), 3u);
  auto smaller = ask("n1", "PATCH", "/schedulers/first", R"({"roomsReplicas":1})");
  EXPECT_EQ(smaller.status, 200u) << smaller.body;
  EXPECT_TRUE(within(30s, [&] { return rooms_of("n1", "second").size() == 5; })) << "there is room again";
}

TEST_F(ClusterUse, LabelsAndPackingAreObeyed) {
  start_with("n1", {{"MAESTRO_CLUSTER_OFFER_CPU", "1"}});
  start_with("n2", {{"MAESTRO_CLUSTER_OFFER_CPU", "1"}, {"MAESTRO_CLUSTER_LABELS", "disk=fast"}});
  await_nodes();
  auto fast = recipe("fast", 2);
  fast["spec"]["placement"] = {{"nodeLabels", {{"disk", "fast"}}}};
  make("n1", fast);
  ASSERT_TRUE(within(20s, [&] { return rooms_of("n1", "fast").size() == 2; }));
  EXPECT_EQ(by_node("n1", "fast"), (std::map<std::string, int>{{"n2", 2}}));
  auto packed = recipe("packed", 6);
  packed["spec"]["placement"] = {{"strategy", "packed"}};
  ASSERT_TRUE(within(30s, [&] {
    auto all_nodes = list("n1");
    return all_nodes["nodes"][1]["requested"]["cpuMillis"] == "200" &&
           list("n2")["nodes"][1]["requested"]["cpuMillis"] == "200";
  }));
  make("n2", packed);
  ASSERT_TRUE(within(20s, [&] { return rooms_of("n1", "packed").size() == 6; }));
  EXPECT_EQ(by_node("n1", "packed"), (std::map<std::string, int>{{"n2", 6}}));
  auto shown = json::parse(ask("n1", "GET", "/schedulers/packed").body)["scheduler"];
  EXPECT_EQ(shown["spec"]["placement"]["strategy"], "packed");
  EXPECT_FALSE(json::parse(ask("n1", "GET", "/schedulers/fast").body)["scheduler"]["spec"].value("health", false));
}

TEST_F(ClusterUse, AServerWhoseNodeIsAwayPingsThroughAnotherDoor) {
  for (auto* name : {"n1", "n2"})
    start_with(name, processes);
  await_nodes();
  auto arena = recipe("arena", 2);
  arena["spec"]["containers"][0]["command"] = {test::open_program(MAESTRO_ARENA_SERVER)};
  make("n1", arena);
  ASSERT_TRUE(within(40s, [&] { return are_all("n1", "arena", "ready", 2); })) << nodes["n1"]->log();
  ASSERT_EQ(by_node("n1", "arena"), (std::map<std::string, int>{{"n1", 1}, {"n2", 1}}));
  std::string id;
  auto all_nodes = list("n1");
  for (auto& room : rooms_of("n1", "arena"))
    if (room["nodeId"] == all_nodes["nodes"][1]["nodeId"])
      id = room["id"];
  EXPECT_EQ(nodes["n2"]->stop(), 0);
  ASSERT_TRUE(within(30s, [&] { return !last_ping("n1", "arena", id).empty(); }));
  auto before = last_ping("n1", "arena", id);
  EXPECT_TRUE(within(20s, [&] { return last_ping("n1", "arena", id) > before; }))
      << "its server found another door";
  nodes["n2"]->start();
  EXPECT_TRUE(within(30s, [&] { return are_all("n2", "arena", "ready", 2); }));
  EXPECT_FALSE(last_ping("n1", "arena", id).empty()) << "the same room";
  ask("n1", "DELETE", "/schedulers/arena");
  EXPECT_TRUE(within(30s, [&] { return names("n1").empty(); }));
}

TEST_F(ClusterUse, ServersThatAreAskedLiveOnAnyMachineWhoeverOwnsThem) {
  for (auto* name : {"n1", "n2"})
    start_with(name, processes);
  await_nodes();
  auto web = recipe("web", 4);
  auto& container = web["spec"]["containers"][0];
  container["command"] = {"python3", "-m", "http.server", "$(MAESTRO_PORT_GAME)"};
  container["ports"][0]["protocol"] = "tcp";
  web["spec"]["health"] = {{"probe", "tcp"}, {"port", "game"}, {"interval", "0.5s"}};
  make("n1", web);
  ASSERT_TRUE(within(40s, [&] { return are_all("n1", "web", "ready", 4); })) << rooms_of("n1", "web").dump();
  EXPECT_EQ(by_node("n1", "web"), (std::map<std::string, int>{{"n1", 2}, {"n2", 2}}));
  std::string owner = schedulers_of("n1", "n1") == 1 ? "n1" : "n2", other = owner == "n1" ? "n2" : "n1";
  EXPECT_EQ(ask(owner, "POST", "/nodes/" + owner + "/drain").status, 200u);
  ASSERT_TRUE(within(20s, [&] { return schedulers_of(other, other) == 1; }));
  std::map<std::string, std::string> before;
  ASSERT_TRUE(within(30s, [&] {
    for (auto& room : rooms_of(other, "web"))
      before[room["id"]] = last_ping(room);
    return before.size() == 4;
  }));
  for (auto& [id, at] : before)
    EXPECT_TRUE(within(20s, [&, id = id, at = at] { return last_ping(other, "web", id) > at; })) << id;
  EXPECT_TRUE(are_all(other, "web", "ready", 4)) << "no answer was missed";
  ask(other, "DELETE", "/schedulers/web");
  EXPECT_TRUE(within(30s, [&] { return names(other).empty(); }));
}

TEST_F(ClusterUse, StatusSaysHowTheClusterStands) {
  start_three();
  ASSERT_TRUE(within(30s, [&] { return cli("n2", "status").find("answers in") != std::string::npos; }));
  auto text = cli("n2", "status");
  EXPECT_THAT(text, HasSubstr("Readiness  = ok"));
  EXPECT_THAT(text, HasSubstr("maestro, node n2 answers"));
  EXPECT_THAT(text, HasSubstr("3 ready\n"));
  EXPECT_THAT(text, HasSubstr("in the store"));
  EXPECT_EQ(ask("n1", "POST", "/nodes/n3/drain").status, 200u);
  EXPECT_TRUE(within(
      5s, [&] { return cli("n2", "status").find("2 ready, 1 draining; n3 draining") != std::string::npos; }));
  nodes["n1"]->kill();
  EXPECT_TRUE(within(30s, [&] { return cli("n2", "status").find("1 ready, 1 draining") != std::string::npos; }))
      << cli("n2", "status");
  EXPECT_THAT(nodes["n2"]->log(), HasSubstr("node=n2")) << "each line says whose it is";
  etcd.kill();
  EXPECT_TRUE(within(20s, [&] { return cli("n2", "status").find("does not answer: ") != std::string::npos; }))
      << cli("n2", "status");
}

TEST_F(ClusterUse, EachNodeMayHaveARoleOfItsOwn) {
  start_with("doors", {{"MAESTRO_ROLES", "management_api,rooms_api"}});
  start_with("owner", {{"MAESTRO_ROLES", "execution_worker"}});
  start_with("machine", {{"MAESTRO_ROLES", "runtime_watcher"}});
  ASSERT_TRUE(within(30s, [&] { return count("doors", "ready") == 3; }));
  make("doors", recipe("arena", 3));
  ASSERT_TRUE(within(20s, [&] { return rooms("doors", "arena").size() == 3; }));
  EXPECT_EQ(by_node("doors", "arena"), (std::map<std::string, int>{{"machine", 3}}));
  EXPECT_EQ(schedulers_of("doors", "owner"), 1);
  auto path = "/scheduler/arena/rooms/" + rooms("doors", "arena")[0];
  EXPECT_TRUE(within(30s, [&] {
    return ask_rooms("doors", "PUT", path + "/ping", R"({"status":"ready","timestamp":"1"})").body ==
           R"({"success":true})";
  }));
  nodes["machine"]->kill();
  ASSERT_TRUE(within(30s, [&] { return count("doors", "ready") == 2; }));
  ASSERT_TRUE(within(20s, [&] {
    return cli("doors", "scheduler why arena").find("noMachine") != std::string::npos;
  })) << cli("doors", "scheduler why arena");
  EXPECT_THAT(cli("doors", "scheduler why arena"), HasSubstr("doors runs no rooms, owner runs no rooms"));
  nodes["owner"]->kill();
  EXPECT_TRUE(within(30s, [&] { return ask("doors", "GET", "/schedulers/arena").status == 503; }))
      << "nobody else may own it";
  nodes["owner"]->start();
  nodes["machine"]->start();
  EXPECT_TRUE(within(30s, [&] {
    return by_node("doors", "arena") == std::map<std::string, int>{{"machine", 3}};
  }));
}

// As deploy/guide/cluster.md says it, but for the addresses, which this machine does not have.
TEST_F(ClusterUse, TheExampleConfigurationMakesAClusterWithTls) {
  auto replace = [](std::string text, const std::vector<std::pair<std::string, std::string>>& all) {
    for (auto& [from, to] : all)
      for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
  };
  std::filesystem::create_directories(folder);
  auto made = authority("authority", {"n1", "n2", "n3"});
  std::ifstream example(MAESTRO_SOURCE_DIR "/deploy/cluster/maestro.yaml");
  const std::string text{std::istreambuf_iterator<char>(example), {}};
  ASSERT_THAT(text, HasSubstr("node: n1 #"));
  for (std::string name : {"n1", "n2", "n3"}) {
    auto file = folder / (name + ".yaml");
    std::ofstream(file) << replace(
        text, {{"http://10.0.0.1:2379,http://10.0.0.2:2379,http://10.0.0.3:2379", etcd.endpoint()},
               {"10.0.0.11:8090", "127.0.0.1:" + std::to_string(free_port())},
               {"10.0.0.11", "127.0.0.1"},
               {"node: n1 #", "node: " + name + " #"},
               {"/etc/maestro/tls/n1", made + "/" + name},
               {"/etc/maestro/tls/ca", made + "/ca"}});
    auto start = folder / (name + ".sh");
    std::ofstream(start) << "#!/bin/sh\nexec " MAESTRO_BINARY " \"$@\" --config " << file.string() << "\n";
    std::filesystem::permissions(start, std::filesystem::perms::owner_all);
    nodes[name] = std::make_unique<node_process>(start.string());
  }
  await_nodes();
  EXPECT_EQ(list("n2")["cluster"], "games");
  EXPECT_EQ(list("n2")["nodes"][0]["offer"]["cpuMillis"], "15000");
  EXPECT_THAT(nodes["n1"]->log(), HasSubstr("tls=\"on\""));
}

} // namespace

} // namespace maestro
