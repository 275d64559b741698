// What becomes of a node's schedulers when it dies, freezes or is drained, while clients go on: nothing that was acknowledged
// is lost, and no room is given to two.
#include "test/cluster/cluster_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include <csignal>
#include <cstdlib>

namespace maestro {

namespace {

class Failover : public Cluster {
protected:
  void create_many(int count, int rooms_each) {
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(made(i % 2 == 0 ? "n1" : "n2", "s" + std::to_string(i), rooms_each));
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(within(30s, [&] {
        return rooms("n1", "s" + std::to_string(i)).size() == static_cast<std::size_t>(rooms_each);
      }));
  }
  int answered_at(const std::string& name, int count) {
    int answered = 0;
    for (int i = 0; i < count; ++i)
      answered += ask(name, "GET", "/schedulers/s" + std::to_string(i)).status == 200;
    return answered;
  }
  int owned(const std::string& seen_by) {
    int all = 0;
    auto seen = list(seen_by);
    for (auto& node : seen["nodes"])
      if (node["status"] == "ready" || node["status"] == "draining")
        all += node["schedulers"].get<int>();
    return all;
  }
  void ping_all(const std::string& door, const std::string& scheduler) {
    for (auto& room : rooms(door, scheduler))
      ask_rooms(door, "PUT", "/scheduler/" + scheduler + "/rooms/" + room + "/ping",
                R"({"status":"ready","timestamp":"1"})");
  }
};

TEST_F(Failover, ADeadNodesSchedulersAreServedByTheOthers) {
  start_three();
  create_many(12, 1);
  nodes["n3"]->kill();
  auto at = std::chrono::steady_clock::now();
  ASSERT_TRUE(within(30s, [&] { return answered_at("n1", 12) == 12 && answered_at("n2", 12) == 12; }))
      << nodes["n1"]->log();
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - at;
  RecordProperty("seconds", std::to_string(took.count()));
  EXPECT_EQ(owned("n1"), 12);
  EXPECT_FALSE(json::parse(ask("n1", "GET", "/schedulers").body).contains("unreachable"));
  EXPECT_TRUE(made("n2", "new"));
  nodes["n3"]->start();
  EXPECT_TRUE(within(30s, [&] { return count("n1", "ready") == 3; }));
  EXPECT_TRUE(within(30s, [&] { return names("n3").size() == 13; })) << nodes["n3"]->log();
}

TEST_F(Failover, AFrozenNodeIsReplacedAndLearnsItWhenItWakes) {
  start_three();
  create_many(6, 1);
  ::kill(nodes["n3"]->pid(), SIGSTOP);
  EXPECT_TRUE(within(30s, [&] { return answered_at("n1", 6) == 6 && answered_at("n2", 6) == 6; }))
      << nodes["n1"]->log();
  EXPECT_EQ(schedulers_of("n1", "n3"), 0);
  ::kill(nodes["n3"]->pid(), SIGCONT);
  EXPECT_TRUE(within(30s, [&] { return count("n1", "ready") == 3 && count("n3", "ready") == 3; }))
      << nodes["n3"]->log();
  EXPECT_TRUE(within(30s, [&] { return answered_at("n3", 6) == 6; }));
}

TEST_F(Failover, WhatWasAcknowledgedIsThereAndNoRoomIsGivenTwice) {
  start_three();
  create_many(3, 6);
  for (auto* scheduler : {"s0", "s1", "s2"})
    ping_all("n1", scheduler);
  std::mutex mutex;
  std::multiset<std::string> given;
  std::atomic<bool> is_over = false;
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i)
    clients.emplace_back([&, i] {
      auto scheduler = "s" + std::to_string(i);
      while (!is_over) {
        try {
          auto answer = ask_rooms(i % 2 == 0 ? "n1" : "n2", "POST", "/scheduler/" + scheduler + "/rooms/allocate");
          if (answer.status == 200) {
            std::scoped_lock lock(mutex);
            given.insert(json::parse(answer.body)["roomId"].get<std::string>());
          }
        } catch (const std::exception&) {
        }
        std::this_thread::sleep_for(50ms);
      }
    });
  std::this_thread::sleep_for(100ms);
  nodes["n3"]->kill();
  ASSERT_TRUE(within(30s, [&] { return answered_at("n1", 3) == 3; })) << nodes["n1"]->log();
  std::this_thread::sleep_for(1s);
  is_over = true;
  for (auto& client : clients)
    client.join();
  EXPECT_GT(given.size(), 3u);
  for (auto& room : given)
    EXPECT_EQ(given.count(room), 1u) << room << " was given to two";
  for (auto* scheduler : {"s0", "s1", "s2"}) {
    auto operations = ask("n2", "GET", "/schedulers/" + std::string(scheduler) + "/operations?stage=final");
    EXPECT_EQ(operations.status, 200u);
    EXPECT_NE(operations.body.find("create_scheduler"), std::string::npos) << operations.body;
  }
}

// A door asks again for whoever asked there, and who asks again himself gets what he got.
TEST_F(Failover, AWishThatNamesAKeyIsCarriedOutOnceAndNoneFails) {
  start_three();
  create_many(3, 20);
  ASSERT_GT(schedulers_of("n1", "n3"), 0);
  for (auto* scheduler : {"s0", "s1", "s2"})
    ping_all("n1", scheduler);
  auto allocate = [&](const std::string& door, const std::string& key) {
    auto scheduler = "s" + std::string(1, static_cast<char>('0' + (key.back() - '0') % 3));
    return fetch(nodes[door]->rooms_port(), "POST", "/scheduler/" + scheduler + "/rooms/allocate", {},
                 {{"Idempotency-Key", key}});
  };
  std::mutex mutex;
  std::map<std::string, std::string> given; ///< by key
  std::vector<std::string> refused;
  std::atomic<int> asked = 0;
  std::vector<std::thread> clients;
  for (auto* door : {"n1", "n2"})
    clients.emplace_back([&, door] {
      for (int i = 0; i < 9; ++i, ++asked) {
        auto key = std::string(door) + "-" + std::to_string(i);
        auto answer = allocate(door, key);
        std::scoped_lock lock(mutex);
        if (answer.status == 200)
          given[key] = json::parse(answer.body)["roomId"].get<std::string>();
        else
          refused.push_back(key + ": " + answer.body);
      }
    });
  ASSERT_TRUE(within(30s, [&] { return asked >= 4; }));
  nodes["n3"]->kill();
  for (auto& client : clients)
    client.join();
  EXPECT_THAT(refused, ::testing::IsEmpty());
  std::set<std::string> rooms_given;
  for (auto& [key, room] : given)
    EXPECT_TRUE(rooms_given.insert(room).second) << room << " was given to two";
  for (auto& [key, room] : given) {
    auto again = allocate(key.starts_with("n1") ? "n2" : "n1", key);
    if (again.status == 200)
      EXPECT_EQ(json::parse(again.body)["roomId"], room) << key;
    else
      EXPECT_EQ(again.status, 409u) << key << " " << again.body; // the room died with its machine
  }
}

TEST_F(Failover, ADrainMovesEverythingAndNoRequestFails) {
  start_three();
  create_many(9, 1);
  std::atomic<bool> is_over = false;
  std::atomic<int> failed = 0;
  std::atomic<int> asked = 0;
  std::mutex mutex;
  std::string why;
  std::vector<std::thread> clients;
  std::atomic<int> lists = 0;
  clients.emplace_back([&] {
    for (; !is_over; ++lists) {
      auto found = json::parse(ask(lists % 2 == 0 ? "n2" : "n3", "GET", "/schedulers").body);
      if (found["schedulers"].size() != 9) {
        ++failed;
        std::scoped_lock lock(mutex);
        why = "a list of " + found.dump().substr(0, 2000);
      }
    }
  });
  for (auto* door : {"n1", "n2", "n3"})
    clients.emplace_back([&, door] {
      for (int i = 0; !is_over; ++i) {
        auto answer = ask(door, "GET", "/schedulers/s" + std::to_string(i % 9));
        ++asked;
        if (answer.status != 200) {
          ++failed;
          std::scoped_lock lock(mutex);
          why = answer.body;
        }
        std::this_thread::sleep_for(5ms);
      }
    });
  EXPECT_EQ(ask("n1", "POST", "/nodes/n2/drain", "{}").status, 200u);
  EXPECT_TRUE(within(30s, [&] { return schedulers_of("n1", "n2") == 0; })) << nodes["n2"]->log();
  EXPECT_EQ(ask("n1", "POST", "/nodes/n2/undrain", "{}").status, 200u);
  EXPECT_TRUE(within(30s, [&] { return schedulers_of("n1", "n2") >= 2; })) << "it gets its share again";
  is_over = true;
  for (auto& client : clients)
    client.join();
  EXPECT_GT(asked, 100);
  EXPECT_GT(lists, 20);
  EXPECT_EQ(failed, 0) << why;
  EXPECT_EQ(owned("n3"), 9);
}

TEST_F(Failover, RoomsAreSpreadOverTheMachinesAndReplacedWhenOneIsGone) {
  start_three();
  ASSERT_TRUE(made("n1", "wide", 6));
  ASSERT_TRUE(within(30s, [&] { return rooms("n1", "wide").size() == 6; }));
  ping_all("n1", "wide");
  auto placed = [&] {
    std::map<std::string, int> by_node;
    auto found = json::parse(ask("n2", "GET", "/schedulers/wide/rooms").body);
    for (auto& room : found["rooms"])
      if (room["status"] == "ready")
        ++by_node[room["nodeId"].get<std::string>()];
    return by_node;
  };
  auto evenly = std::map<std::string, int>{};
  ASSERT_TRUE(within(30s, [&] {
    evenly = placed();
    return evenly.size() == 3 &&
           std::all_of(evenly.begin(), evenly.end(), [](auto& one) { return one.second == 2; });
  })) << ask("n2", "GET", "/schedulers/wide/rooms").body;
  std::string lost;
  auto all_nodes = list("n1");
  for (auto& node : all_nodes["nodes"])
    if (node["name"] == "n3")
      lost = node["nodeId"];
  nodes["n3"]->kill();
  EXPECT_TRUE(within(30s, [&] { return placed().size() == 2; })) << "what is out of sight is not ready";
  auto ping_living = [&] { // a room of a dead machine says nothing
    auto found = json::parse(ask("n1", "GET", "/schedulers/wide/rooms").body);
    for (auto& room : found["rooms"])
      if (room["nodeId"] != lost)
        ask_rooms("n1", "PUT", "/scheduler/wide/rooms/" + room["id"].get<std::string>() + "/ping",
                  R"({"status":"ready","timestamp":"1"})");
  };
  ASSERT_TRUE(within(90s,
                     [&] {
                       ping_living();
                       auto now = placed();
                       return now.size() == 2 && now.begin()->second + now.rbegin()->second == 6;
                     }))
      << "others take the places: " << ask("n2", "GET", "/schedulers/wide/rooms").body;
  EXPECT_EQ(rooms("n1", "wide").size(), 8u) << "and nothing is forgotten that nobody has seen end";
  nodes["n3"]->start();
  EXPECT_TRUE(within(90s, [&] { return rooms("n1", "wide").size() == 6; }))
      << "they died with it: now it is known";
}

TEST_F(Failover, AnEmptiedStoreIsSaidAndTheClusterIsFoundedAgainFromADisk) {
  start("n1");
  start("n2");
  ASSERT_TRUE(within(30s, [&] { return count("n1", "ready") == 2 && count("n2", "ready") == 2; }));
  create_many(2, 1);
  etcd.lose_everything();
  ASSERT_TRUE(within(20s, [&] { return !nodes["n1"]->ready() && !nodes["n2"]->ready(); }))
      << "nodes that say that they are well are trusted";
  EXPECT_EQ(names("n1").size(), 2u) << "what the store forgot is not gone";
  EXPECT_EQ(create("n1", "new").status, 503u);
  for (auto* name : {"n1", "n2"})
    EXPECT_EQ(nodes[name]->stop(), 0);
  EXPECT_THROW(nodes["n1"]->start(4s), std::runtime_error)
      << "which disk has the most is not for a race to decide";
  EXPECT_EQ(nodes["n1"]->stop(), 0);
  auto found = std::string(MAESTRO_BINARY) + " cluster init --from " + nodes["n1"]->data_dir() + " > /dev/null";
  ASSERT_EQ(std::system(found.c_str()), 0);
  nodes["n1"]->start();
  EXPECT_TRUE(within(30s, [&] { return answered_at("n1", 2) == 2; })) << nodes["n1"]->log();
  EXPECT_TRUE(made("n1", "new"));
}

TEST_F(Failover, ANodeThatStoodAloneIsAClustersFirstWithAllItHad) {
  nodes["n1"] = std::make_unique<node_process>(MAESTRO_BINARY);
  ASSERT_TRUE(made("n1", "old", 2));
  ASSERT_TRUE(within(30s, [&] { return rooms("n1", "old").size() == 2; }));
  EXPECT_EQ(nodes["n1"]->stop(), 0);
  nodes["n1"]->set(environment_of("n1"));
  nodes["n1"]->start();
  start("n2");
  ASSERT_TRUE(within(30s, [&] { return count("n1", "ready") == 2 && count("n2", "ready") == 2; }));
  ASSERT_TRUE(within(30s, [&] { return ask("n2", "GET", "/schedulers/old").status == 200; }));
  nodes["n1"]->kill();
  EXPECT_TRUE(within(30s, [&] { return ask("n2", "GET", "/schedulers/old").status == 200; }))
      << nodes["n2"]->log();
}

} // namespace

} // namespace maestro
