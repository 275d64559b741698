// A node that may open few files: a flood of connections takes none from its rooms and its journal, and a restart with even
// fewer ends no room that lives.
#include "test/e2e/live_node.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace maestro::test;

namespace {

std::vector<std::string> may_open(int files) {
  return {"/usr/bin/prlimit", "--nofile=" + std::to_string(files) + ":" + std::to_string(files)};
}

/// Connections that say nothing.
class crowd {
public:
  explicit crowd(int port, std::size_t most) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    while (all_.size() < most) {
      int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (fd < 0)
        break;
      all_.push_back(fd);
      if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
        break;
    }
  }
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;
  ~crowd() {
    for (int fd : all_)
      ::close(fd);
  }
  std::size_t size() const { return all_.size(); }

private:
  std::vector<int> all_;
};

} // namespace

TEST(Descriptors, AFloodTakesNoneFromRoomsAndJournalAndARestartWithFewerEndsNoRoom) {
  node n;
  n.through = may_open(1024);
  n.start();
  crowd visitors(n.rooms_port(), 900);
  ASSERT_GT(visitors.size(), 700u) << "the flood must be larger than what the node may open";

  auto recipe = n.recipe("few", 40);
  ASSERT_EQ(n.management("POST", "/schedulers", recipe).status, 200u) << n.log();
  ASSERT_TRUE(eventually(seconds{60}, [&] { return n.servers("few").size() == 40; })) << n.log();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(n.management("POST", "/schedulers", n.recipe("more" + std::to_string(i), 0)).status, 200u)
        << n.log();
  EXPECT_EQ(n.log().find("Too many open files"), std::string::npos) << n.log();

  auto living = n.servers("few");
  n.kill_now();
  n.through = may_open(800); // too few for as many rooms
  n.start();
  std::this_thread::sleep_for(seconds{3}); // several looks
  EXPECT_EQ(n.servers("few"), living) << n.log();
  EXPECT_EQ(n.rooms("few").size(), 40u);
  EXPECT_EQ(n.cli({"scheduler", "delete", "few", "--wait", "--yes"}).code, 0) << n.log();

  n.stop(SIGTERM);
  n.through = may_open(300);
  n.launch();
  EXPECT_EQ(n.running().wait(seconds{20}), 1);
  EXPECT_NE(n.log().find("a node needs"), std::string::npos) << n.log();
}
