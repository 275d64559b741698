// Users of rooms, on the real machine.
#include "runtime/process/capabilities.hpp"
#include "runtime/process/room_users.hpp"
#include "test/support/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <linux/capability.h>

#include <filesystem>
#include <fstream>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace maestro::process {

namespace {

class RoomUsersTest : public ::testing::Test {
protected:
  void SetUp() override {
    if (!lacking_capabilities().empty())
      GTEST_SKIP() << "needs what it takes to run rooms as others: " << lacking_capabilities();
    config.user_range = "62100-62103";
    config.user_locks = (folder.path() / "users.lock").string();
  }

  room_users node() {
    auto made = room_users::from(config);
    if (!made)
      throw std::runtime_error(made.error().text);
    return std::move(*made);
  }

  /// 0: none is free.
  static uid_t lease(room_users& from) {
    auto leased = from.lease();
    return leased && *leased ? (*leased)->uid : 0;
  }

  scratch_folder folder;
  process_host_config config;
};

TEST_F(RoomUsersTest, TwoNodesDoNotLeaseOneUserAtTheSameMoment) {
  auto one = node(), other = node();
  EXPECT_EQ(lease(one), 62100u);
  EXPECT_EQ(lease(other), 62101u);
  EXPECT_EQ(lease(one), 62102u);
  EXPECT_EQ(lease(other), 62103u);
  EXPECT_EQ(lease(one), 0u);
  other.give_back(62101);
  EXPECT_EQ(lease(one), 62101u);
}

TEST_F(RoomUsersTest, WhatAFormerNodeLeftIsNotLeasedByAnother) {
  auto one = node(), other = node();
  one.take(62100);
  EXPECT_EQ(lease(other), 62101u);
}

TEST_F(RoomUsersTest, TheUsersOfANodeThatEndedAreFree) {
  auto one = node();
  {
    auto other = node();
    for (int i = 0; i < 4; ++i)
      lease(other);
    EXPECT_EQ(lease(one), 0u);
  }
  EXPECT_EQ(lease(one), 62100u);
}

/// For this process, which then has what deploy/maestro.service gives a node: all that root had.
bool become(uid_t user) {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct all[2] = {};
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || ::setresuid(user, user, user) != 0 ||
      ::syscall(SYS_capget, &head, all) != 0)
    return false;
  for (auto& half : all)
    half.effective = half.inheritable = half.permitted;
  if (::syscall(SYS_capset, &head, all) != 0)
    return false;
  for (int one = 0; one <= CAP_LAST_CAP; ++one)
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, one, 0, 0);
  return lacking_capabilities().empty();
}

TEST_F(RoomUsersTest, ANodeOfRootAndOneOfAUserWithCapabilitiesDoNotLeaseOneUser) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root";
  auto of_root = node();
  EXPECT_EQ(lease(of_root), 62100u);
  auto child = ::fork();
  if (child == 0) {
    bool is_another = become(62104);
    auto packaged = room_users::from(config);
    ::_exit(!is_another ? 2 : !packaged ? 3 : lease(*packaged) == 62101 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(RoomUsersTest, WithoutLocksTheLogSaysWhatThatAsksFor) {
  EXPECT_EQ(node().statement(), "each room runs as a user of its own, 62100 to 62103: at most 4 rooms");
  auto of_others = folder.path() / "others.lock";
  std::ofstream(of_others) << "";
  std::filesystem::permissions(of_others, std::filesystem::perms{0666});
  config.user_locks = of_others.string();
  EXPECT_EQ(node().statement(),
            "each room runs as a user of its own, 62100 to 62103: at most 4 rooms; another node of "
            "this machine needs a range of its own (" +
                of_others.string() + " is not a file of this node's user or of root alone)");
  auto one = node();
  EXPECT_EQ(lease(one), 62100u);
}

} // namespace

} // namespace maestro::process
