// A journal that is older than the game servers beside it: they are told, left alone, and are what an operator says.
#include "test/e2e/live_node.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

using namespace maestro::test;
namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

namespace {

class Strangers : public ::testing::Test {
protected:
  void start_with_an_old_journal() {
    n.start();
    auto recipe = n.recipe("arena", 2, {"--ping-interval-ms=200"});
    ASSERT_EQ(n.management("POST", "/schedulers", recipe).status, 200U);
    ASSERT_TRUE(n.wait_rooms("arena", 2, "ready"));
    auto before = n.servers("arena");
    n.kill_now();
    fs::copy(n.data() + "/journal", n.folder() + "/old", fs::copy_options::recursive);
    n.start();
    for (auto& [id, pid] : before)
      ASSERT_EQ(n.cli({"room", "end", "arena", id, "--yes", "--wait"}).code, 0);
    ASSERT_TRUE(eventually(seconds{60}, [&] {
      strange = n.servers("arena");
      return strange.size() == 2 && !strange.contains(before.begin()->first) &&
             !strange.contains(before.rbegin()->first);
    }));
    ASSERT_TRUE(n.wait_rooms("arena", 2, "ready"));
    n.kill_now();
    fs::remove_all(n.data() + "/journal");
    fs::copy(n.folder() + "/old", n.data() + "/journal", fs::copy_options::recursive);
    // What is adopted is more than is wanted until the test has seen it and wants it.
    n.environment["MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL"] = "1h";
    n.start();
    // The rooms that the journal knows are gone and are replaced.
    ASSERT_TRUE(eventually(seconds{60}, [&] { return n.servers("arena").size() == 4; })) << n.log();
  }

  node n;
  std::map<std::string, pid_t> strange;
};

} // namespace

TEST_F(Strangers, AreLeftAloneUntilAnOperatorAdoptsOrEndsThem) {
  start_with_an_old_journal();
  if (HasFatalFailure())
    return;
  auto [adopted, adopted_pid] = *strange.begin();
  auto [ended, ended_pid] = *strange.rbegin();
  auto listed = n.cli({"room", "list", "arena", "--strangers", "-o", "name"});
  EXPECT_EQ(listed.output, adopted + "\n" + ended + "\n");
  EXPECT_FALSE(n.rooms("arena").contains(adopted));
  EXPECT_THAT(n.log(), HasSubstr("an instance lives that the journal does not know"));

  auto nobody = n.cli({"room", "adopt", "arena", "arena-nobody"});
  EXPECT_EQ(nobody.code, 4);
  EXPECT_THAT(nobody.output, HasSubstr("scheduler arena has no stranger arena-nobody"));
  auto adopting = n.cli({"room", "adopt", "arena", adopted});
  ASSERT_EQ(adopting.code, 0) << adopting.output;
  EXPECT_EQ(n.cli({"room", "adopt", "arena", adopted}).code, 0) << "it is one already";
  EXPECT_TRUE(eventually(seconds{30},
                         [&] {
                           auto room = n.management("GET", "/schedulers/arena/rooms/" + adopted);
                           return room.status == 200 && room.body["room"]["status"] == "ready";
                         }))
      << "its pings are heard again: " << n.cli({"room", "get", "arena", adopted}).output;

  auto ending = n.cli({"room", "end", "arena", ended, "--yes"});
  EXPECT_EQ(ending.code, 0) << ending.output;
  EXPECT_THAT(ending.output, HasSubstr("stranger " + ended + " is being ended"));
  EXPECT_TRUE(eventually(seconds{30}, [&] { return !n.servers("arena").contains(ended); }));
  EXPECT_THAT(n.servers("arena"), Contains(Pair(adopted, adopted_pid))) << n.log();
  EXPECT_TRUE(eventually(seconds{30}, [&] {
    return n.cli({"room", "list", "arena", "--strangers", "-o", "name"}).output.empty();
  }));

  // An adopted room is in the journal. A node looks at its rooms when it starts, and would find one too many.
  ASSERT_EQ(n.management("PATCH", "/schedulers/arena", {{"roomsReplicas", 3}}).status, 200U);
  ASSERT_TRUE(eventually(seconds{30}, [&] {
    return n.management("GET", "/schedulers/arena").body["scheduler"]["roomsReplicas"] == 3;
  }));
  n.kill_now();
  n.start();
  EXPECT_TRUE(n.rooms("arena").contains(adopted));
  EXPECT_THAT(n.servers("arena"), Contains(Pair(adopted, adopted_pid))) << n.log();
}
