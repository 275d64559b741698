// What clients are told where nobody has configured it: never an address at which they could not arrive.
#include "nodes/config/client_address.hpp"

#include "nodes/config/config.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace maestro;

namespace {

std::string chosen(const std::string& configured, const std::string& bind, const machine_addresses& machine = {}) {
  auto found = address_for_clients("process.host", configured, bind, [&] { return machine; });
  return found ? found->host + (found->warning.empty() ? "" : " (" + found->warning + ")") : found.error().text;
}

} // namespace

TEST(ClientAddress, FollowsWhereTheDoorsListen) {
  EXPECT_EQ(chosen("", "127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(chosen("", "::1"), "::1");
  EXPECT_EQ(chosen("", "10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(chosen("play.example.org", "0.0.0.0"), "play.example.org");
  EXPECT_EQ(chosen("203.0.113.9", "127.0.0.1"), "203.0.113.9");
}

TEST(ClientAddress, IsTheDefaultRoutesOrTheOnlyOne) {
  EXPECT_EQ(chosen("", "0.0.0.0", {"192.0.2.7", {"172.17.0.1", "192.0.2.7"}}), "192.0.2.7");
  EXPECT_EQ(chosen("", "::", {{}, {"192.0.2.7"}}), "192.0.2.7");
}

TEST(ClientAddress, IsRefusedWhereNobodyCanKnow) {
  EXPECT_EQ(
      chosen("", "0.0.0.0", {{}, {"10.0.0.5", "192.168.1.7"}}),
      "process.host is not given, and what clients are to be told cannot be found out: the doors listen on "
      "0.0.0.0, and this machine has no default route and the addresses 10.0.0.5, 192.168.1.7; name the one that "
      "clients reach");
  EXPECT_NE(chosen("", "0.0.0.0").find("and no address of its own"), std::string::npos);
}

TEST(ClientAddress, ThatCannotWorkIsNeverGivenSilently) {
  for (auto* nowhere : {"0.0.0.0", "::", "224.0.0.1"})
    EXPECT_EQ(chosen(nowhere, "0.0.0.0"),
              std::string("process.host is `") + nowhere +
                  "` but must be an address that clients can reach; leave it away to have it found out");
  for (auto* local : {"127.0.0.1", "localhost", "::1"})
    EXPECT_EQ(chosen(local, "0.0.0.0"),
              std::string(local) + " (process.host is " + local +
                  ", which only clients on this machine can reach, and the doors listen on "
                  "0.0.0.0)");
}

TEST(ClientAddress, OfThisMachineIsOneOfItsInterfaces) {
  auto machine = look_at_addresses();
  if (!machine.of_default_route)
    GTEST_SKIP() << "this machine has no default route";
  EXPECT_NE(std::find(machine.others.begin(), machine.others.end(), *machine.of_default_route),
            machine.others.end());
}

TEST(ClientAddress, OfANodeWithoutConfigurationIsLoopback) {
  auto config = load_config("", {});
  ASSERT_TRUE(config);
  EXPECT_EQ(std::get<process_host_config>(config->runtimes).host, "127.0.0.1");
  auto refused = load_config("", {{"MAESTRO_PROCESS_HOST", "0.0.0.0"}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("process.host"), std::string::npos);
  auto warned = load_config("", {{"MAESTRO_PROCESS_HOST", "127.0.0.1"}, {"MAESTRO_API_BINDADDRESS", "0.0.0.0"}});
  ASSERT_TRUE(warned);
  EXPECT_EQ(warned->warnings.size(), 1u);
}
