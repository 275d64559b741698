#include "nodes/config/config.hpp"
#include "nodes/descriptor_budget.hpp"

#include <gmock/gmock.h>

#include <sys/resource.h>

namespace maestro {
namespace {

using ::testing::HasSubstr;

constexpr descriptor_shares by_default{10'000, 512, 10'000, 64};

std::uint64_t spent(const descriptor_shares& shares) {
  return 2 * shares.instances + shares.management + shares.rooms + shares.internal;
}

TEST(DescriptorBudget, LeavesAsItIsWhatIsAllowed) {
  EXPECT_EQ(*share_descriptors(1 << 20, 2, by_default), by_default);
  EXPECT_EQ(*share_descriptors(1024, 0, {1'000'000, 16, 64, 8}), (descriptor_shares{1'000'000, 16, 64, 8}));
}

TEST(DescriptorBudget, EachRoomHasAConnection) {
  for (std::uint64_t limit : {4'096u, 20'000u, 30'000u}) {
    auto shares = share_descriptors(limit, 2, by_default);
    ASSERT_TRUE(shares);
    EXPECT_GT(shares->instances, (limit - 800) / 3 - 100) << limit;
    EXPECT_LE(shares->instances, 10'000u);
    EXPECT_GT(shares->rooms, shares->instances * 9 / 10) << limit;
    EXPECT_GT(shares->management, 50u) << limit;
  }
}

TEST(DescriptorBudget, AFewConnectionsForManyRoomsAreLeftAsTheyAre) {
  auto shares = share_descriptors(20'000, 2, {10'000, 512, 100, 64});
  ASSERT_TRUE(shares);
  EXPECT_GT(shares->instances, 9'000u);
  EXPECT_GT(shares->rooms, 60u);
}

TEST(DescriptorBudget, NeverGivesOutMoreThanThereIsNorLessThanIsNeeded) {
  for (std::uint64_t limit = 0; limit < 40'000; limit += 37) {
    auto shares = share_descriptors(limit, 2, by_default);
    if (!shares) {
      EXPECT_LT(limit, 800u);
      EXPECT_THAT(shares.error().text, HasSubstr(std::to_string(limit) + " files"));
      continue;
    }
    EXPECT_LE(spent(*shares) + 600, limit) << "the journal has the rest";
    EXPECT_GE(shares->instances, 1u);
    EXPECT_GE(shares->management, 16u);
    EXPECT_GE(shares->rooms, 64u);
    EXPECT_GE(shares->internal, 8u);
  }
}

TEST(DescriptorBudget, IsOfTheProcess) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  node_config config;
  ASSERT_TRUE(share_descriptors(config));
  auto& doors = config.gateway;
  auto& rooms = std::get<process_host_config>(config.runtimes);
  EXPECT_LE(2 * rooms.max_instances + doors.management.connections + doors.rooms.connections, before.rlim_max);
}

} // namespace
} // namespace maestro
