// The faults that tests of slow clusters rely on are real: a slow wire keeps back and loses what machines send each other, a
// slow disk holds back a child's syncs. Without this a cluster that bears them would prove nothing.
#include "test/support/private_network.hpp"
#include "test/support/slow_disk.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace maestro {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// A UDP socket on that machine; what it is sent comes back if nobody loses it.
class talker {
public:
  talker(private_network& network, const std::string& machine)
      : socket_(network.in(machine, [] { return ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); })) {
    here_ = address_of(network.address(machine));
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&here_), sizeof here_), 0);
    timeval patience{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~talker() { ::close(socket_); }
  talker(const talker&) = delete;
  talker& operator=(const talker&) = delete;

  void say(unsigned word, const talker& to) const {
    ::sendto(socket_, &word, sizeof word, 0, reinterpret_cast<const sockaddr*>(&to.here_), sizeof to.here_);
  }
  /// Within a second after whatever else it hears.
  bool hears(unsigned word) const {
    for (unsigned heard = 0; ::recv(socket_, &heard, sizeof heard, 0) == sizeof heard;)
      if (heard == word)
        return true;
    return false;
  }

private:
  static sockaddr_in address_of(const std::string& host) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(5000);
    ::inet_pton(AF_INET, host.c_str(), &made.sin_addr);
    return made;
  }

  int socket_ = -1;
  sockaddr_in here_{};
};

/// From one to the other; none: it did not arrive.
std::optional<clock::duration> time_of_one(const talker& from, const talker& to) {
  static unsigned word = 0;
  auto since = clock::now();
  from.say(++word, to);
  return to.hears(word) ? std::optional(clock::now() - since) : std::nullopt;
}

constexpr unsigned tries = 10;
/// Of the first that arrives: machines that do not know each other yet, or are busy, lose some.
std::optional<clock::duration> time_of_first(const talker& from, const talker& to) {
  for (unsigned i = 0; i < tries; ++i)
    if (auto took = time_of_one(from, to))
      return took;
  return std::nullopt;
}

/// What takes longer than it should each time does not do so because others use the machine.
clock::duration best_of_some(const std::function<clock::duration()>& one) {
  auto best = clock::duration::max();
  for (unsigned i = 0; i < tries; ++i)
    best = std::min(best, one());
  return best;
}

} // namespace

TEST(SlowMachines, AWireKeepsFramesBackAndLosesThemUntilItIsHealed) {
  if (auto why = private_network::objection() + private_network::objection_to_slow_wires(); !why.empty())
    GTEST_SKIP() << "SKIPPED, nothing of this was tried: " << why;
  private_network network;
  network.add("a");
  network.add("b");
  talker a(network, "a"), b(network, "b");
  ASSERT_TRUE(time_of_first(a, b)) << "the machines know each other";
  network.slow("a", {60ms, 10ms, 0});
  network.slow("b", {60ms, 10ms, 0});
  for (auto& way : {std::pair(&a, &b), std::pair(&b, &a)}) {
    auto took = time_of_first(*way.first, *way.second);
    ASSERT_TRUE(took);
    EXPECT_GE(*took, 120ms);
  }
  network.slow("b", {0ms, 0ms, 1});
  auto lost = network.lost();
  EXPECT_FALSE(time_of_one(a, b));
  EXPECT_GT(network.lost(), lost);
  network.heal();
  EXPECT_LT(best_of_some([&] { return time_of_one(a, b).value_or(1s); }), 120ms);
  EXPECT_GT(network.carried(), 3u);
}

TEST(SlowMachines, ADiskHoldsBackEachSyncOfItsChildAndNobodyElses) {
  if (auto why = slow_disk::objection(); !why.empty())
    GTEST_SKIP() << "SKIPPED, nothing of this was tried: " << why;
  auto file = ::open(std::filesystem::temp_directory_path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  ASSERT_GE(file, 0);
  slow_disk disk;
  auto time_of_a_life = [&](int syncs) {
    auto since = clock::now();
    auto child = ::fork();
    if (child == 0) {
      bool is_held = disk.enter();
      for (int i = 0; i < syncs; ++i)
        ::fdatasync(file);
      std::_Exit(is_held ? 0 : 1);
    }
    disk.serve();
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    return clock::now() - since;
  };
  disk.set(150ms);
  EXPECT_GE(time_of_a_life(3), 450ms);
  EXPECT_EQ(disk.synced(), 3u);
  ::fdatasync(file);
  EXPECT_EQ(disk.synced(), 3u) << "this process is on another disk";
  disk.set(0ms);
  EXPECT_LT(best_of_some([&] { return time_of_a_life(3); }), 450ms);
  EXPECT_EQ(disk.synced(), 3u + 3u * tries) << "other lives are held too";
  ::close(file);
}

} // namespace maestro
