// A node that is not root, with the capabilities of the unit and with none: what its rooms are then. Needs root, to become that
// user; what systemd adds to it (state folder, control groups) is test/package's.
#include "test/e2e/live_node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace maestro::test;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

constexpr uid_t somebody = 59'000; ///< whom no machine knows

/// The unit's own line, as setpriv wants it: `-all,+setuid,…`.
std::string capabilities_of_unit() {
  std::istringstream unit{read_text(MAESTRO_SOURCE_DIR "/deploy/maestro.service")};
  const std::string key = "AmbientCapabilities=";
  std::string all = "-all";
  for (std::string line; std::getline(unit, line);)
    if (line.starts_with(key)) {
      std::istringstream names{line.substr(key.size())};
      for (std::string name; names >> name;) {
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
        all += ",+" + name.substr(std::string{"cap_"}.size());
      }
    }
  return all;
}

std::string status_of(pid_t pid) {
  return read_text("/proc/" + std::to_string(pid) + "/status");
}

uid_t user_of(pid_t pid) {
  struct stat info {};
  return ::stat(("/proc/" + std::to_string(pid)).c_str(), &info) == 0 ? info.st_uid : 0;
}

class UnprivilegedNode : public ::testing::Test {
protected:
  void SetUp() override {
    if (::geteuid() != 0)
      GTEST_SKIP() << "needs root, to become another user";
    // Where it was built may be closed to others.
    n.binary = n.folder() + "/maestro";
    server = n.folder() + "/arena_server";
    fs::copy_file(MAESTRO_BINARY, n.binary);
    fs::copy_file(ARENA_SERVER, server);
    fs::permissions(n.folder(), fs::perms(0711));
    fs::create_directory(n.data());
    ASSERT_EQ(::chown(n.data().c_str(), somebody, somebody), 0);
  }
  void become_somebody_with(const std::string& capabilities) {
    auto number = std::to_string(somebody);
    n.through = {"/usr/bin/setpriv", "--reuid",    number,          "--regid",        number,
                 "--clear-groups",   "--inh-caps", capabilities,    "--ambient-caps", capabilities,
                 "--bounding-set",   capabilities, "--no-new-privs"};
  }
  void create(const std::string& name, const std::string& script, const json& more = json::object()) {
    auto recipe = n.recipe(name, 2);
    recipe["spec"]["containers"][0]["command"] = {"sh", "-c", script};
    recipe["spec"]["health"] = {{"probe", "process"}};
    recipe["spec"].update(more);
    auto made = n.management("POST", "/schedulers", recipe);
    ASSERT_EQ(made.status, 200u) << made.body;
    ASSERT_TRUE(n.wait_rooms(name, 2, "ready")) << n.log();
  }
  static void expect_no_capability(pid_t pid) {
    auto status = status_of(pid);
    for (auto* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
      EXPECT_THAT(status, HasSubstr(std::string{set} + ":\t0000000000000000\n"));
    EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1\n"));
  }

  bool says(const std::string& text) const {
    return eventually(seconds{10}, [&] { return n.log().find(text) != std::string::npos; });
  }

  node n;
  std::string server;
};

} // namespace

TEST_F(UnprivilegedNode, GivesEachRoomAUserOfItsOwnAndNoCapability) {
  become_somebody_with(capabilities_of_unit());
  n.start();
  EXPECT_EQ(user_of(n.running().pid()), somebody);
  EXPECT_THAT(status_of(n.running().pid()), HasSubstr("CapEff:\t00000000000001eb\n"));
  create("box", "exec " + server + " 2>&1");
  auto rooms = n.servers("box");
  ASSERT_EQ(rooms.size(), 2u);
  auto first = rooms.begin()->second, second = rooms.rbegin()->second;
  for (auto pid : {first, second}) {
    expect_no_capability(pid);
    EXPECT_THAT(status_of(pid), HasSubstr("Groups:\t \n"));
    EXPECT_GE(user_of(pid), 60'000u);
    EXPECT_LE(user_of(pid), 60'999u);
  }
  EXPECT_NE(user_of(first), user_of(second));
  auto id = rooms.begin()->first;
  auto inside = n.cli({"room", "exec", "box", id, "--data-dir", n.data(), "--", "sh", "-c",
                       "id -u; grep -h ^Cap /proc/self/status | grep -v 0000000000000000"});
  EXPECT_EQ(inside.output, std::to_string(user_of(first)) + "\n");
  n.kill_now();
  n.start();
  EXPECT_TRUE(n.wait_rooms("box", 2, "ready")) << n.log();
  EXPECT_EQ(n.servers("box"), rooms) << "a crash of the node costs no match here either";
  EXPECT_EQ(n.cli({"scheduler", "delete", "box", "--wait", "--yes"}).code, 0);
  EXPECT_TRUE(n.servers("box").empty());
}

// What only a room's own user can read: searched for artifacts, measured, asked from inside, removed.
TEST_F(UnprivilegedNode, ReachesWhatItsRoomsCloseToOthers) {
  n.environment["MAESTRO_PROCESS_ROOMFOLDERBYTES"] = "1048576";
  n.environment["MAESTRO_PROCESS_ROOMFOLDERINTERVAL"] = "200ms";
  become_somebody_with(capabilities_of_unit());
  n.start();
  create("box",
         "umask 077; mkdir -p deep/er; chmod 1700 deep; echo one >deep/a.dem; trap 'exit 0' TERM; "
         "while sleep 1; do test -e fill && dd if=/dev/zero of=deep/er/big bs=65536 count=40 2>/dev/null; done",
         {{"artifacts", {"deep/*.dem"}},
          {"health",
           {{"probe", "exec"},
            {"command",
             {"sh", "-c", "test -O deep/a.dem && ! grep ^Cap /proc/self/status | grep -qv 0000000000000000"}}}}});
  auto rooms = n.rooms("box");
  auto id = rooms.begin()->first, filled = rooms.rbegin()->first;
  EXPECT_EQ(n.cli({"room", "end", "box", id, "--wait", "--yes"}).code, 0);
  auto archive = n.folder() + "/left.tar";
  EXPECT_TRUE(eventually(seconds{20}, [&] {
    return n.cli({"room", "artifacts", "box", id, "-f", archive}).code == 0;
  }));
  auto text = run({{"/bin/tar", "-xOf", archive, id + "/work/deep/a.dem"}, {}, {}, {}}, seconds{10});
  EXPECT_EQ(text.output, "one\n");
  EXPECT_FALSE(fs::exists(n.data() + "/rooms/box/" + id)) << "its folder is gone";
  EXPECT_EQ(n.cli({"room", "exec", "box", filled, "--data-dir", n.data(), "--", "touch", "fill"}).code, 0);
  EXPECT_TRUE(says("its folder holds more than 1048576 bytes")) << n.log();
}

TEST_F(UnprivilegedNode, SaysWhatItLacksAndRunsRoomsAsItself) {
  become_somebody_with("-all");
  n.start();
  EXPECT_TRUE(
      says("rooms run as the node's own user, uid 59000 (for users of their own it lacks CAP_SETUID CAP_SETGID "
           "CAP_SETPCAP CAP_CHOWN CAP_FOWNER CAP_KILL CAP_DAC_OVERRIDE)"))
      << n.log();
  create("box", "exec " + server + " 2>&1");
  for (auto& [id, pid] : n.servers("box")) {
    EXPECT_EQ(user_of(pid), somebody);
    expect_no_capability(pid);
  }
  EXPECT_EQ(n.cli({"scheduler", "delete", "box", "--wait", "--yes"}).code, 0);
}

// Some of them are worse than none where a room inherits them.
TEST_F(UnprivilegedNode, HandsDownNothingOfTheFewThatItHas) {
  become_somebody_with("-all,+setuid,+kill,+net_admin");
  n.start();
  EXPECT_TRUE(says("it lacks CAP_SETGID")) << n.log();
  create("box", "exec " + server + " 2>&1");
  for (auto& [id, pid] : n.servers("box")) {
    auto status = status_of(pid);
    for (auto* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
      EXPECT_THAT(status, HasSubstr(std::string{set} + ":\t0000000000000000\n"));
    EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1\n"));
  }
}
