#include "test/cluster/cluster_fixture.hpp"

#include <thread>

namespace maestro {

namespace {

using ::testing::HasSubstr;

TEST_F(Cluster, EveryDoorAnswersForEveryScheduler) {
  start_three();
  std::set<std::string> all;
  for (int i = 0; i < 9; ++i) {
    all.insert("s" + std::to_string(i));
    ASSERT_TRUE(made(i % 2 == 0 ? "n1" : "n2", "s" + std::to_string(i)));
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

TEST_F(Cluster, WithoutEtcdWhatIsKnownIsServed) {
  start_three();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(made("n1", "s" + std::to_string(i)));
  etcd.kill();
  std::this_thread::sleep_for(4s); // longer than the lease
  for (auto* name : {"n1", "n2", "n3"})
    EXPECT_EQ(names(name).size(), 3u) << name;
  EXPECT_EQ(create("n1", "new").status, 503u);
  EXPECT_EQ(ask("n1", "GET", "/schedulers/unknown").status, 503u) << "could not look";
  etcd.start();
  EXPECT_TRUE(within(30s, [&] { return create("n1", "new").status == 200; }));
  EXPECT_TRUE(within(30s, [&] { return count("n2", "ready") == 3; }));
  EXPECT_EQ(ask("n1", "GET", "/schedulers/unknown").status, 404u);
}

TEST_F(Cluster, LinksWithTlsAreForNodesOfTheAuthorityOnly) {
  auto ours = authority("ours", {"n1", "n2"});
  auto foreign = authority("foreign", {"n3"});
  start("n1", ours);
  start("n2", ours);
  start("n3", foreign);
  ASSERT_TRUE(within(30s, [&] { return count("n1", "ready") == 2; })) << nodes["n1"]->log();
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(made("n1", "s" + std::to_string(i)));
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
  EXPECT_TRUE(silent.closes_within(30s)) << "nobody holds a place without proving itself";
  EXPECT_EQ(count("n1", "ready"), 2);
  nodes["n2"]->kill();
  EXPECT_TRUE(within(30s, [&] { return count("n1", "ready") == 1; }));
  nodes["n2"]->start();
  EXPECT_TRUE(within(30s, [&] { return names("n1").size() == 4; }));
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
  ASSERT_TRUE(made("n1", "first"));
  auto environment = environment_of("n2");
  environment["MAESTRO_CLUSTER_LEASE"] = "60s";
  nodes["n2"] = std::make_unique<node_process>(MAESTRO_BINARY, environment);
  ASSERT_TRUE(within(30s, [&] { return count("n1", "ready") == 2; }));
  ASSERT_TRUE(made("n1", "second"));
  EXPECT_EQ(schedulers_of("n2", "n2"), 1);
  EXPECT_EQ(ask("n1", "POST", "/nodes/n2/drain", "{}").status, 200u);
  ASSERT_TRUE(within(30s, [&] { return count("n1", "draining") == 1; }));
  ASSERT_TRUE(made("n2", "third"));
  EXPECT_TRUE(within(30s, [&] { return schedulers_of("n1", "n1") == 3; })) << "what it had is another's now";
  EXPECT_EQ(names("n2").size(), 3u);
  EXPECT_EQ(ask("n1", "POST", "/nodes/n2/undrain", "{}").status, 200u);
  EXPECT_EQ(ask("n1", "DELETE", "/nodes/n2").status, 400u) << "it is in";
  EXPECT_EQ(nodes["n2"]->stop(), 0);
  EXPECT_TRUE(within(30s, [&] { return count("n1", "gone") == 1; }))
      << "it said that it leaves, and is not waited for as long as its lease";
  EXPECT_EQ(ask("n1", "DELETE", "/nodes/n2").status, 200u);
  EXPECT_TRUE(within(30s, [&] { return names("n1") == std::set<std::string>{"first", "second", "third"}; }));
  EXPECT_EQ(json::parse(ask("n1", "GET", "/schedulers").body).contains("unreachable"), false);
}

} // namespace

} // namespace maestro
