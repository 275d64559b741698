// Three real nodes and a real etcd: what an operator and a matchmaker see of a cluster. Rooms are simulated ones.
#include "nodes/cluster/authority.hpp"
#include "test/support/etcd_process.hpp"
#include "test/support/node_process.hpp"
#include "test/support/wire_client.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <memory>
#include <set>
#include <thread>

#include <unistd.h>

namespace maestro {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

class Cluster : public ::testing::Test {
protected:
  ~Cluster() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  node_process& start(const std::string& name, const std::string& authority = {}) {
    std::map<std::string, std::string> environment{
        {"MAESTRO_CLUSTER_ETCD_ENDPOINTS", etcd.endpoint()},
        {"MAESTRO_CLUSTER_NODE", name},
        {"MAESTRO_CLUSTER_LISTEN", "127.0.0.1:" + std::to_string(free_port())},
        {"MAESTRO_CLUSTER_LEASE", "2s"},
        {"MAESTRO_CLUSTER_ZONE", "zone-" + name},
        {"MAESTRO_CLUSTER_COMPAREINTERVAL", "500ms"}};
    if (!authority.empty()) {
      environment["MAESTRO_CLUSTER_TLS_CAFILE"] = authority + "/ca.crt";
      environment["MAESTRO_CLUSTER_TLS_CERTFILE"] = authority + "/" + name + ".crt";
      environment["MAESTRO_CLUSTER_TLS_KEYFILE"] = authority + "/" + name + ".key";
    }
    listens[name] = environment["MAESTRO_CLUSTER_LISTEN"];
    return *(nodes[name] = std::make_unique<node_process>(MAESTRO_BINARY, environment));
  }
  void start_three() {
    for (auto* name : {"n1", "n2", "n3"})
      start(name);
    for (auto* name : {"n1", "n2", "n3"})
      ASSERT_TRUE(within(10s, [&] { return count(name, "ready") == 3; })) << nodes[name]->log();
  }
  json list(const std::string& name) { return json::parse(ask(name, "GET", "/nodes").body); }
  int count(const std::string& name, const std::string& status) {
    int found = 0;
    auto all_nodes = list(name);
    for (auto& node : all_nodes["nodes"])
      found += node["status"] == status;
    return found;
  }
  http_answer ask(const std::string& name, const std::string& method, const std::string& target,
                  const std::string& body = {}) {
    return fetch(nodes[name]->management_port(), method, target, body);
  }
  http_answer ask_rooms(const std::string& name, const std::string& method, const std::string& target,
                        const std::string& body = {}) {
    return fetch(nodes[name]->rooms_port(), method, target, body);
  }
  http_answer create(const std::string& name, const std::string& scheduler, int rooms = 2) {
    json recipe = json::parse(
        R"({"game":"g","maxSurge":"25%","spec":{"terminationGracePeriod":"5s","containers":[{"name":"c","image":"i",
            "imagePullPolicy":"Always","command":["x"],"requests":{"memory":"1Mi","cpu":"10m"},
            "limits":{"memory":"1Mi","cpu":"10m"},"ports":[{"name":"p","protocol":"udp","port":7777}]}]},
            "portRange":{"start":10000,"end":60000}})");
    recipe["name"] = scheduler;
    recipe["roomsReplicas"] = rooms;
    return ask(name, "POST", "/schedulers", recipe.dump());
  }
  std::set<std::string> names(const std::string& name) {
    std::set<std::string> all;
    auto answer = json::parse(ask(name, "GET", "/schedulers").body);
    for (auto& one : answer["schedulers"])
      all.insert(one["name"]);
    return all;
  }
  std::vector<std::string> rooms(const std::string& name, const std::string& scheduler) {
    std::vector<std::string> ids;
    auto answer = ask(name, "GET", "/schedulers/" + scheduler + "/rooms");
    if (answer.status != 200)
      return ids;
    auto found = json::parse(answer.body);
    for (auto& room : found["rooms"])
      ids.push_back(room["id"]);
    return ids;
  }
  int schedulers_of(const std::string& seen_by, const std::string& node) {
    auto all_nodes = list(seen_by);
    for (auto& one : all_nodes["nodes"])
      if (one["name"] == node)
        return one["schedulers"];
    return -1;
  }

  /// A new authority with a certificate for each of these.
  std::string authority(const std::string& name, const std::vector<std::string>& of) {
    auto made = (folder / name).string();
    EXPECT_TRUE(make_authority(made, "test"));
    for (auto& node : of)
      EXPECT_TRUE(issue_certificate(made, node));
    return made;
  }
  std::string reason(const std::string& seen_by, const std::string& node) {
    auto all_nodes = list(seen_by);
    for (auto& one : all_nodes["nodes"])
      if (one["name"] == node)
        return one["reason"];
    return "";
  }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("maestro-cluster-" + std::to_string(::getpid()));
  etcd_process etcd{MAESTRO_ETCD};
  std::map<std::string, std::unique_ptr<node_process>> nodes;
  std::map<std::string, std::string> listens;
};

TEST_F(Cluster, EveryDoorAnswersForEveryScheduler) {
  start_three();
  std::set<std::string> all;
  for (int i = 0; i < 9; ++i) {
    all.insert("s" + std::to_string(i));
    ASSERT_EQ(create(i % 2 == 0 ? "n1" : "n2", "s" + std::to_string(i)).status, 200u);
  }
  for (auto* name : {"n1", "n2", "n3"}) {
    EXPECT_EQ(names(name), all);
    EXPECT_EQ(schedulers_of("n1", name), 3) << "spread evenly";
    for (auto& scheduler : all) {
      ASSERT_TRUE(within(20s, [&] { return rooms(name, scheduler).size() == 2; })) << name << " " << scheduler;
      for (auto& room : rooms(name, scheduler)) {
        auto path = "/scheduler/" + scheduler + "/rooms/" + room;
        EXPECT_EQ(ask_rooms(name, "PUT", path + "/ping", R"({"status":"ready","timestamp":"1"})").body,
                  R"({"success":true})");
        EXPECT_EQ(ask_rooms(name, "GET", path + "/address").status, 200u);
      }
    }
  }
  std::set<std::string> given;
  for (auto* name : {"n1", "n2", "n3", "n1", "n2", "n3"})
    for (auto& scheduler : {"s0", "s1", "s2"}) {
      auto answer = ask_rooms(name, "POST", "/scheduler/" + std::string(scheduler) + "/rooms/allocate");
      if (answer.status == 200) {
        EXPECT_TRUE(given.insert(json::parse(answer.body)["roomId"]).second) << "a room to two";
      }
    }
  EXPECT_EQ(given.size(), 6u) << "each room once, whichever doors were asked";
  EXPECT_EQ(ask("n3", "DELETE", "/schedulers/s4").status, 200u);
  EXPECT_TRUE(within(20s, [&] { return !names("n1").contains("s4"); }));
  EXPECT_TRUE(within(20s, [&] {
    return schedulers_of("n2", "n1") + schedulers_of("n2", "n2") + schedulers_of("n2", "n3") == 8;
  })) << "its owner's key is erased";
}

TEST_F(Cluster, ADeadNodeIsSaidAndTheOthersGoOn) {
  start_three();
  for (int i = 0; i < 6; ++i)
    ASSERT_EQ(create("n1", "s" + std::to_string(i)).status, 200u);
  std::set<std::string> all = names("n1");
  nodes["n3"]->kill();
  ASSERT_TRUE(within(3s, [&] { return count("n1", "ready") == 2; }));
  auto answer = json::parse(ask("n1", "GET", "/schedulers").body);
  EXPECT_EQ(answer["schedulers"].size(), 4u);
  ASSERT_EQ(answer["unreachable"]["schedulers"].size(), 2u);
  std::string lost = answer["unreachable"]["schedulers"][0];
  auto refused = ask("n2", "GET", "/schedulers/" + lost);
  EXPECT_EQ(refused.status, 503u);
  EXPECT_THAT(refused.body, HasSubstr("lives on node n3, which is not reached"));
  EXPECT_EQ(create("n2", lost).status, 503u) << "no second one elsewhere";
  EXPECT_EQ(create("n2", "new").status, 200u);
  EXPECT_TRUE(within(10s, [&] { return count("n1", "gone") == 1; })) << "its lease ran out";
  nodes["n3"]->start();
  EXPECT_TRUE(within(10s, [&] { return count("n1", "ready") == 3; }));
  all.insert("new");
  EXPECT_EQ(names("n2"), all);
}

TEST_F(Cluster, AFrozenNodeHoldsNobodyUpForLong) {
  start_three();
  for (int i = 0; i < 6; ++i)
    ASSERT_EQ(create("n1", "s" + std::to_string(i)).status, 200u);
  ::kill(nodes["n3"]->pid(), SIGSTOP);
  EXPECT_TRUE(within(6s, [&] { return count("n1", "ready") == 2; })) << "silence is noticed";
  EXPECT_EQ(json::parse(ask("n1", "GET", "/schedulers").body)["unreachable"]["schedulers"].size(), 2u);
  ::kill(nodes["n3"]->pid(), SIGCONT);
  EXPECT_TRUE(within(15s, [&] { return count("n1", "ready") == 3; }));
  EXPECT_EQ(names("n1").size(), 6u);
  EXPECT_TRUE(within(15s, [&] { return count("n3", "ready") == 3; })) << nodes["n3"]->log();
}

TEST_F(Cluster, WithoutEtcdWhatIsKnownIsServed) {
  start_three();
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(create("n1", "s" + std::to_string(i)).status, 200u);
  etcd.kill();
  std::this_thread::sleep_for(4s); // longer than the lease
  for (auto* name : {"n1", "n2", "n3"})
    EXPECT_EQ(names(name).size(), 3u) << name;
  EXPECT_EQ(create("n1", "new").status, 503u);
  EXPECT_EQ(ask("n1", "GET", "/schedulers/unknown").status, 503u) << "could not look";
  etcd.start();
  EXPECT_TRUE(within(15s, [&] { return create("n1", "new").status == 200; }));
  EXPECT_TRUE(within(15s, [&] { return count("n2", "ready") == 3; }));
  EXPECT_EQ(ask("n1", "GET", "/schedulers/unknown").status, 404u);
}

TEST_F(Cluster, LinksWithTlsAreForNodesOfTheAuthorityOnly) {
  auto ours = authority("ours", {"n1", "n2"});
  auto foreign = authority("foreign", {"n3"});
  start("n1", ours);
  start("n2", ours);
  start("n3", foreign);
  ASSERT_TRUE(within(10s, [&] { return count("n1", "ready") == 2; })) << nodes["n1"]->log();
  for (int i = 0; i < 4; ++i)
    ASSERT_EQ(create("n1", "s" + std::to_string(i)).status, 200u);
  EXPECT_EQ(schedulers_of("n2", "n2"), 2);
  EXPECT_EQ(names("n2").size(), 4u);
  ASSERT_TRUE(within(20s, [&] { return rooms("n1", "s0").size() == 2 && rooms("n2", "s0").size() == 2; }));
  EXPECT_NE(reason("n1", "n3"), "");
  EXPECT_EQ(schedulers_of("n1", "n3"), 0) << "who does not prove itself is given nothing";
  auto port = static_cast<std::uint16_t>(std::stoi(listens["n1"].substr(listens["n1"].rfind(':') + 1)));
  http_client stranger(port);
  stranger.send(std::string(100'000, 'x'));
  EXPECT_EQ(stranger.read_to_end().find("x"), std::string::npos);
  http_client silent(port);
  EXPECT_TRUE(silent.closes_within(4s)) << "nobody holds a place without proving itself";
  EXPECT_EQ(count("n1", "ready"), 2);
  nodes["n2"]->kill();
  EXPECT_TRUE(within(3s, [&] { return count("n1", "ready") == 1; }));
  nodes["n2"]->start();
  EXPECT_TRUE(within(10s, [&] { return names("n1").size() == 4; }));
}

TEST_F(Cluster, AnAuthorityKeepsWhatItHas) {
  auto made = authority("once", {"n1"});
  auto again = make_authority(made, "test");
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().text, HasSubstr("ca.key: File exists"));
  EXPECT_FALSE(issue_certificate(made, "n1"));
  auto permissions = std::filesystem::status(made + "/n1.key").permissions();
  EXPECT_EQ(permissions & std::filesystem::perms::all, std::filesystem::perms(0600));
  EXPECT_FALSE(issue_certificate(folder.string() + "/nowhere", "n1"));
}

TEST_F(Cluster, NodesJoinDrainAndLeaveAtRunTime) {
  start("n1");
  ASSERT_EQ(create("n1", "first").status, 200u);
  start("n2");
  ASSERT_TRUE(within(10s, [&] { return count("n1", "ready") == 2; }));
  ASSERT_EQ(create("n1", "second").status, 200u);
  EXPECT_EQ(schedulers_of("n2", "n2"), 1);
  EXPECT_EQ(ask("n1", "POST", "/nodes/n2/drain", "{}").status, 200u);
  ASSERT_TRUE(within(5s, [&] { return count("n1", "draining") == 1; }));
  ASSERT_EQ(create("n2", "third").status, 200u);
  EXPECT_EQ(schedulers_of("n1", "n1"), 2);
  EXPECT_EQ(ask("n1", "POST", "/nodes/n2/undrain", "{}").status, 200u);
  EXPECT_EQ(ask("n1", "DELETE", "/nodes/n2").status, 400u) << "it is in";
  EXPECT_EQ(nodes["n2"]->stop(), 0);
  EXPECT_TRUE(within(1500ms, [&] { return count("n1", "gone") == 1; })) << "it said that it leaves";
  EXPECT_EQ(ask("n1", "DELETE", "/nodes/n2").status, 200u);
  EXPECT_TRUE(within(5s, [&] { return names("n1") == std::set<std::string>{"first", "third"}; }));
  EXPECT_EQ(json::parse(ask("n1", "GET", "/schedulers").body).contains("unreachable"), false);
}

} // namespace

} // namespace maestro
