// The promise: kill -9 of the node at any instant loses no acknowledged command and ends no match.
//
// The node is killed at 20 random moments while players play, servers ping, operators create and delete schedulers
// and a matchmaker allocates rooms. MAESTRO_E2E_SEED repeats a run's choices (the machine's own timing stays its
// own).
#include "test/e2e/live_node.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

using namespace maestro::test;
namespace fs = std::filesystem;

namespace {

constexpr int crashes = 20;
constexpr int played_rooms = 4;
constexpr int held_rooms = 30;

std::uint64_t chosen_seed() {
  if (const char* given = std::getenv("MAESTRO_E2E_SEED"); given != nullptr)
    return std::strtoull(given, nullptr, 10);
  return std::random_device{}();
}

/// What the node acknowledged, and must therefore know for ever.
struct acknowledged {
  std::mutex mutex;
  std::set<std::string> created;              ///< schedulers whose creation was answered 200
  std::set<std::string> delete_sent;          ///< a delete was sent; answered or not
  std::map<std::string, std::string> deleted; ///< scheduler → operation id of the answered delete
  std::set<std::string> allocated;            ///< rooms of `held` that were handed out
  std::set<std::string> twice;                ///< … more than once
  int unanswered = 0;
};

class operators {
public:
  operators(node& n, acknowledged& facts, std::uint64_t seed) : node_(n), facts_(facts), random_(seed) {
    threads_.emplace_back([this] { create_and_delete(); });
    threads_.emplace_back([this] { allocate(); });
  }
  ~operators() { stop(); }
  void stop() {
    stop_ = true;
    for (auto& thread : threads_)
      if (thread.joinable())
        thread.join();
  }

private:
  void pause(int ms) {
    for (int i = 0; i < ms && !stop_; i += 20)
      sleep_a_moment();
  }

  void create_and_delete() {
    std::vector<std::string> mine;
    for (int i = 0; !stop_; ++i) {
      auto name = "c" + std::to_string(i);
      auto answer = node_.management("POST", "/schedulers",
                                     node_.recipe(name, i % 3 == 0 ? 1 : 0, {"--ping-interval-ms=200"}));
      if (answer.status == 200) {
        std::lock_guard lock{facts_.mutex};
        facts_.created.insert(name);
        mine.push_back(name);
      } else {
        std::lock_guard lock{facts_.mutex};
        ++facts_.unanswered;
      }
      if (mine.size() > 3) {
        auto victim = mine[random_() % mine.size()];
        std::erase(mine, victim);
        {
          std::lock_guard lock{facts_.mutex};
          facts_.delete_sent.insert(victim);
        }
        auto gone = node_.management("DELETE", "/schedulers/" + victim);
        std::lock_guard lock{facts_.mutex};
        if (gone.status == 200)
          facts_.deleted[victim] = gone.body["operationId"].get<std::string>();
      }
      pause(150);
    }
  }

  void allocate() {
    while (!stop_) {
      auto got = node_.rooms_api("POST", "/scheduler/held/rooms/allocate", json::object());
      if (got.status == 200) {
        std::lock_guard lock{facts_.mutex};
        auto id = got.body["roomId"].get<std::string>();
        if (!facts_.allocated.insert(id).second)
          facts_.twice.insert(id);
      }
      pause(400);
    }
  }

  node& node_;
  acknowledged& facts_;
  std::mt19937_64 random_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

std::map<std::string, pid_t> lasting_servers(const node& n) {
  auto all = n.servers("arena");
  all.merge(n.servers("held"));
  return all;
}

/// Everything acknowledged up to now is there.
void check(const node& n, acknowledged& facts, const std::string& when) {
  std::lock_guard lock{facts.mutex};
  for (auto& name : facts.created) {
    if (!facts.delete_sent.contains(name)) {
      EXPECT_EQ(n.management("GET", "/schedulers/" + name).status, 200u) << name << " is lost, " << when;
    }
  }
  for (auto& [name, operation] : facts.deleted)
    EXPECT_EQ(n.management("GET", "/schedulers/" + name + "/operations/" + operation).status, 200u)
        << "delete of " << name << " is lost, " << when;
  auto rooms = n.rooms("held");
  for (auto& id : facts.allocated)
    EXPECT_EQ(rooms[id].is_object() ? rooms[id]["status"] : json{}, "allocated") << id << ", " << when;
  EXPECT_TRUE(facts.twice.empty()) << *facts.twice.begin() << " was handed out twice, " << when;
}

void set_up(node& n) {
  n.start();
  auto arena = n.recipe("arena", played_rooms, {"--match-ms=2500", "--ping-interval-ms=100"});
  ASSERT_EQ(n.management("POST", "/schedulers", arena).status, 200u);
  auto held = n.recipe("held", held_rooms, {"--ping-interval-ms=500"});
  ASSERT_EQ(n.management("POST", "/schedulers", held).status, 200u);
  ASSERT_TRUE(n.wait_rooms("arena", played_rooms, "ready")) << n.log();
  ASSERT_TRUE(n.wait_rooms("held", held_rooms, "ready")) << n.log();
}

void delete_everything(node& n) {
  auto all = n.management("GET", "/schedulers");
  ASSERT_EQ(all.status, 200u);
  for (auto& s : all.body["schedulers"])
    n.management("DELETE", "/schedulers/" + s["name"].get<std::string>());
  EXPECT_TRUE(eventually(seconds{60}, [&] {
    auto left = n.management("GET", "/schedulers");
    return left.status == 200 && left.body["schedulers"].empty();
  })) << n.management("GET", "/schedulers").body.dump(2);
  EXPECT_TRUE(eventually(seconds{30}, [&] { return n.servers().empty(); }));
  EXPECT_TRUE(eventually(seconds{30}, [&] {
    std::size_t folders = 0;
    std::error_code ec;
    for (auto& s : fs::directory_iterator{n.data() + "/rooms", ec})
      folders += s.is_directory() && !fs::is_empty(s.path(), ec) ? 1 : 0;
    return folders == 0;
  }));
}

} // namespace

TEST(Crash, KillingTheNodeTwentyTimesUnderLoadLosesNothingAndEndsNoMatch) {
  auto seed = chosen_seed();
  std::cout << "MAESTRO_E2E_SEED=" << seed << std::endl;
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random{seed};
  node n;
  set_up(n);
  if (HasFatalFailure())
    return;
  auto servers = lasting_servers(n);
  ASSERT_EQ(servers.size(), static_cast<std::size_t>(played_rooms + held_rooms));

  acknowledged facts;
  auto bots = n.bots("arena", {"--lanes=2", "--pause-ms=100"});
  bots.output = n.folder() + "/bots.log";
  process players{bots};
  operators load{n, facts, random()};
  double worst_restart = 0;
  for (int i = 1; i <= crashes && !HasFailure(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{random() % 1200});
    n.kill_now();
    EXPECT_EQ(lasting_servers(n), servers) << "a game server ended with crash " << i;
    auto began = std::chrono::steady_clock::now();
    n.start(seconds{60});
    worst_restart = std::max(worst_restart, seconds{std::chrono::steady_clock::now() - began}.count());
    check(n, facts, "after crash " + std::to_string(i));
    EXPECT_EQ(lasting_servers(n), servers) << "a game server was not adopted after crash " << i;
  }
  load.stop();
  players.signal(SIGTERM);
  auto played = players.wait(seconds{20});
  auto report = read_text(bots.output);
  EXPECT_EQ(played.value_or(-1), 0) << report;
  EXPECT_NE(report.find("broken=0 cut=0"), std::string::npos) << report;
  EXPECT_EQ(report.find("matches=0 "), std::string::npos) << report;
  check(n, facts, "at the end");
  EXPECT_EQ(lasting_servers(n), servers);
  {
    std::lock_guard lock{facts.mutex};
    std::cout << "crashes " << crashes << ", worst restart " << worst_restart << " s, created "
              << facts.created.size() << ", deleted " << facts.deleted.size() << ", allocated "
              << facts.allocated.size() << ", refused " << facts.unanswered << ", "
              << report.substr(report.rfind("matches=")) << std::flush;
    EXPECT_GT(facts.created.size(), 5u) << "the load must have been real";
    EXPECT_GT(facts.allocated.size(), 5u);
    for (auto& [name, operation] : facts.deleted)
      EXPECT_TRUE(eventually(seconds{60},
                             [&, s = name, id = operation] {
                               auto got = n.management("GET", "/schedulers/" + s + "/operations/" + id);
                               return got.status == 200 && got.body["operation"]["status"] == "finished";
                             }))
          << "the delete of " << name << " never finished";
  }
  delete_everything(n);
  if (HasFailure())
    std::cout << n.log();
}
