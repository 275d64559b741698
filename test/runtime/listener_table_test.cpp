// The kernel's table of listening sockets, with real ones.
#include "runtime/probing/listener_table.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <gtest/gtest.h>

#include <list>
#include <vector>

namespace maestro::probing {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct ListenerTable : ::testing::Test {
  tcp::acceptor& listen_at(const tcp::endpoint& where) { return listeners.emplace_back(io, where); }
  tcp::acceptor& listen() { return listen_at({asio::ip::address_v4::loopback(), 0}); }
  std::vector<bool> look_for(const std::vector<std::uint16_t>& ports, const std::string& address = "127.0.0.1") {
    std::vector<bool> found;
    listener_table table{address};
    for (auto port : ports)
      table.ask(port, [&](bool listens) { found.push_back(listens); });
    table.look();
    return found;
  }

  asio::io_context io;
  std::list<tcp::acceptor> listeners;
};

TEST_F(ListenerTable, WhoListensIsFoundAmongMany) {
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 300; ++i)
    ports.push_back(listen().local_endpoint().port());
  listeners.front().close();
  std::vector<bool> wanted(300, true);
  wanted.front() = false;
  EXPECT_EQ(look_for(ports), wanted);
  listeners.back().close();
  wanted.back() = false;
  EXPECT_EQ(look_for(ports), wanted);
}

TEST_F(ListenerTable, WhoseConnectionsWaitIsToBeAskedByAnother) {
  auto& server = listen();
  tcp::socket client{io};
  client.connect(server.local_endpoint());
  EXPECT_EQ(look_for({server.local_endpoint().port()}), std::vector{false});
  auto taken = server.accept();
  EXPECT_EQ(look_for({server.local_endpoint().port()}), std::vector{true});
}

TEST_F(ListenerTable, ListenersOfAllAddressesAreFoundByOne) {
  auto any = listen_at({tcp::v4(), 0}).local_endpoint().port();
  EXPECT_EQ(look_for({any}), std::vector{true});
  EXPECT_EQ(look_for({any}, "::1"), std::vector{false});
}

TEST_F(ListenerTable, OneForBothKindsOfAddressIsFoundByEither) {
  tcp::acceptor both{io};
  boost::system::error_code failed;
  both.open(tcp::v6(), failed);
  if (!failed)
    both.set_option(asio::ip::v6_only{false}, failed);
  if (!failed)
    both.bind({tcp::v6(), 0}, failed);
  if (failed)
    GTEST_SKIP() << "this machine has no IPv6: " << failed.message();
  both.listen();
  EXPECT_EQ(look_for({both.local_endpoint().port()}), std::vector{true});
  EXPECT_EQ(look_for({both.local_endpoint().port()}, "::1"), std::vector{true});
}

TEST_F(ListenerTable, AnotherAddressIsAnotherPlace) {
  auto here = listen().local_endpoint().port();
  EXPECT_EQ(look_for({here}, "127.0.0.2"), std::vector{false});
  EXPECT_EQ(look_for({here}, "no address"), std::vector{false});
}

} // namespace
} // namespace maestro::probing
