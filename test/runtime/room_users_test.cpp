// Users of rooms, on the real machine.
#include "runtime/process/capabilities.hpp"
#include "runtime/process/room_users.hpp"
#include "test/support/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

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

TEST_F(RoomUsersTest, WithoutLocksTheLogSaysWhatThatAsksFor) {
  EXPECT_EQ(node().statement(), "each room runs as a user of its own, 62100 to 62103: at most 4 rooms");
  auto of_others = folder.path() / "others.lock";
  std::ofstream(of_others) << "";
  std::filesystem::permissions(of_others, std::filesystem::perms{0666});
  config.user_locks = of_others.string();
  EXPECT_EQ(node().statement(),
            "each room runs as a user of its own, 62100 to 62103: at most 4 rooms; another node of "
            "this machine needs a range of its own (" +
                of_others.string() + " is not a file of this node's user alone)");
  auto one = node();
  EXPECT_EQ(lease(one), 62100u);
}

} // namespace

} // namespace maestro::process
