// What a node tells the others of its machine.
#include "nodes/cluster/machine_offer.hpp"

#include <gtest/gtest.h>

namespace maestro {

namespace {

TEST(MachineOffer, IsTheMachinesUnlessTheConfigurationSays) {
  cluster_config config;
  EXPECT_GT(offer_of(config, true).cpu_millis, 0);
  EXPECT_GT(offer_of(config, true).memory_bytes, 1 << 20);
  EXPECT_EQ(offer_of(config, false), machine_resources{}) << "rooms that are only data";
  config.offer_cpu = "3500m";
  config.offer_memory = "0";
  EXPECT_EQ(offer_of(config, true), (machine_resources{3500, 0})) << "0: they are not counted";
  config.offer_memory = "2Gi";
  EXPECT_EQ(offer_of(config, false), (machine_resources{3500, std::int64_t{2} << 30}));
  config.offer_memory = "much";
  auto wrong = configured_offer(config);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().text, "cluster.offer.memory: `much` is not a quantity (such as 3500m, 4, 16Gi)");
}

TEST(MachineOffer, TheDoorIsToldOfOnlyWhereOtherMachinesReachIt) {
  cluster_config config;
  config.listen = "10.0.0.2:8090";
  EXPECT_EQ(rooms_api_of(config, "0.0.0.0", 8070), "http://10.0.0.2:8070");
  EXPECT_EQ(rooms_api_of(config, "10.0.0.2", 8070), "http://10.0.0.2:8070");
  EXPECT_EQ(rooms_api_of(config, "127.0.0.1", 8070), "") << "it listens on loopback only";
  EXPECT_EQ(rooms_api_of(config, "0.0.0.0", 0), "") << "nobody knows the port";
  config.advertise = "[fd00::2]:8090";
  EXPECT_EQ(rooms_api_of(config, "::", 8070), "http://[fd00::2]:8070");
  config.advertise.clear();
  config.listen = "127.0.0.1:8090";
  EXPECT_EQ(rooms_api_of(config, "127.0.0.1", 8070), "http://127.0.0.1:8070") << "all nodes are on this machine";
  config.rooms_api = "https://rooms.example";
  EXPECT_EQ(rooms_api_of(config, "127.0.0.1", 8070), "https://rooms.example");
  config.rooms_api = "none";
  EXPECT_EQ(rooms_api_of(config, "0.0.0.0", 8070), "");
}

} // namespace

} // namespace maestro
