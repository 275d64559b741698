// A backup of a node at work, its death, and another node that goes on from the backup in another place.
#include "test/e2e/live_node.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

using namespace maestro::test;
namespace fs = std::filesystem;

namespace {

constexpr int held_rooms = 12;

/// A matchmaker: keeps what was answered before it was asked to say so.
class matchmaker {
public:
  explicit matchmaker(node& n) : node_(n), thread_([this] { allocate(); }) {}
  ~matchmaker() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable())
      thread_.join();
  }
  std::set<std::string> answered() {
    std::lock_guard lock(mutex_);
    return rooms_;
  }

private:
  void allocate() {
    while (!stop_) {
      auto got = node_.rooms_api("POST", "/scheduler/held/rooms/allocate", json::object());
      if (got.status != 200 || !got.body.value("success", false)) {
        sleep_a_moment();
        continue;
      }
      std::lock_guard lock(mutex_);
      rooms_.insert(got.body.at("roomId"));
    }
  }
  node& node_;
  std::mutex mutex_;
  std::set<std::string> rooms_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

std::string url(int port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

} // namespace

TEST(Backup, UnderLoadThenKilledAndRestoredElsewhereItKnowsWhatWasAcknowledged) {
  node first;
  first.environment["MAESTRO_SERVICES_ROOMMANAGER_ROOMALLOCATIONTTLMILLIS"] = "3600000";
  first.start();
  ASSERT_EQ(first.management("POST", "/schedulers", first.recipe("played", 2)).status, 200U);
  ASSERT_EQ(first.management("POST", "/schedulers", first.recipe("held", held_rooms)).status, 200U);
  ASSERT_TRUE(first.wait_rooms("played", 2, "ready"));
  ASSERT_TRUE(first.wait_rooms("held", held_rooms, "ready"));
  process bots{first.bots("played", {})};
  matchmaker players{first};
  ASSERT_TRUE(eventually(seconds{30}, [&] { return players.answered().size() >= 3; }));

  auto before = players.answered();
  auto backup = first.folder() + "/backup";
  auto taken = first.cli({"backup", backup, "--internal-server", url(first.internal_port())});
  ASSERT_EQ(taken.code, 0) << taken.output << first.log();
  EXPECT_THAT(taken.output, ::testing::HasSubstr("is a whole backup"));
  EXPECT_FALSE(fs::exists(first.data() + "/journal.checkpoint")) << "it has taken it away";
  players.stop();
  bots.signal(SIGTERM);
  auto servers = first.servers();
  ASSERT_EQ(servers.size(), static_cast<std::size_t>(held_rooms + 2));
  first.kill_now();

  node second;
  second.environment = first.environment;
  fs::remove_all(second.data());
  auto restored = second.cli({"restore", backup, "--data-dir", second.data()});
  ASSERT_EQ(restored.code, 0) << restored.output;
  second.start();
  // As after a crash: rooms that do not run here are replaced. What was acknowledged is remembered of each.
  for (auto* scheduler : {"played", "held"})
    EXPECT_EQ(second.management("GET", std::string("/schedulers/") + scheduler).status, 200U);
  for (auto& room : before) {
    auto told = second.cli({"room", "timeline", "held", room});
    EXPECT_EQ(told.code, 0) << told.output;
    EXPECT_THAT(told.output, ::testing::HasSubstr("allocated")) << room;
  }
  EXPECT_TRUE(second.wait_rooms("played", 2, "ready")) << second.log();
  EXPECT_TRUE(second.wait_rooms("held", held_rooms, "ready")) << second.log();
  EXPECT_EQ(second.servers().size(), static_cast<std::size_t>(held_rooms + 2));
  EXPECT_EQ(first.servers(), servers) << "the original's rooms play on: they are not the second node's";
}

TEST(Backup, NeitherARunningNodesFolderNorAFolderInUseIsTouched) {
  node n;
  n.start();
  auto backup = n.folder() + "/backup";
  auto door = url(n.internal_port());
  ASSERT_EQ(n.cli({"backup", backup, "--internal-server", door}).code, 0);
  auto again = n.cli({"backup", backup, "--internal-server", door});
  EXPECT_EQ(again.code, 2) << again.output;
  auto over = n.cli({"restore", backup, "--data-dir", n.data()});
  EXPECT_EQ(over.code, 1);
  EXPECT_THAT(over.output, ::testing::HasSubstr("is not empty"));
  EXPECT_EQ(n.internal("/readyz").status, 200U);
  auto nobody = n.cli({"backup", n.folder() + "/other", "--internal-server", url(1)});
  EXPECT_EQ(nobody.code, 3) << nobody.output;
  auto wrong = n.cli({"backup", n.folder() + "/other", "--internal-server", url(n.rooms_port())});
  EXPECT_EQ(wrong.code, 1) << wrong.output;
  EXPECT_FALSE(fs::exists(n.folder() + "/other"));
}
