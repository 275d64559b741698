#include "test/support/slow_wire.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace maestro {

namespace {

constexpr std::size_t frame_bytes_max = 4096; // the devices' limit is 1,500 and the head
/// As a router's queue: what does not fit is lost.
constexpr std::size_t under_way_max = 4096;
constexpr std::chrono::milliseconds longest_nap{50};

} // namespace

int slow_wire::open_end(const std::string& device) {
  int end = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq wish{};
  wish.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::strncpy(wish.ifr_name, device.c_str(), IFNAMSIZ - 1);
  if (end >= 0 && ::ioctl(end, TUNSETIFF, &wish) == 0)
    return end;
  std::string why = std::strerror(errno);
  if (end >= 0)
    ::close(end);
  throw std::runtime_error("no TAP device " + device + ": " + why);
}

slow_wire::slow_wire(int one, int other)
    : lanes_{{one, other, {}}, {other, one, {}}}, chance_(std::random_device{}()), carrier_([this] { carry(); }) {}

slow_wire::~slow_wire() {
  is_over_ = true;
  carrier_.join();
  for (auto& way : lanes_)
    ::close(way.from);
}

void slow_wire::set(const wire_quality& quality) {
  std::scoped_lock lock(mutex_);
  quality_ = quality;
}

void slow_wire::carry() {
  while (!is_over_) {
    auto nap = std::clamp<clock::duration>(next_due() - clock::now(), clock::duration(0), longest_nap);
    auto nanoseconds = std::chrono::nanoseconds(nap).count();
    timespec limit{0, static_cast<long>(nanoseconds)};
    pollfd ends[] = {{lanes_[0].from, POLLIN, 0}, {lanes_[1].from, POLLIN, 0}};
    ::ppoll(ends, 2, &limit, nullptr);
    for (auto& way : lanes_) {
      take_in(way);
      hand_out(way);
    }
  }
}

void slow_wire::take_in(lane& one) {
  std::scoped_lock lock(mutex_);
  char bytes[frame_bytes_max];
  for (ssize_t size = 0; (size = ::read(one.from, bytes, sizeof bytes)) > 0;) {
    if (one.under_way.size() >= under_way_max || std::bernoulli_distribution(quality_.loss)(chance_)) {
      ++lost_;
      continue;
    }
    auto more = std::uniform_int_distribution<std::int64_t>(0, quality_.jitter.count())(chance_);
    auto due = clock::now() + quality_.delay + std::chrono::microseconds(more);
    if (!one.under_way.empty())
      due = std::max(due, one.under_way.back().due);
    one.under_way.push_back({due, {bytes, bytes + size}});
  }
}

void slow_wire::hand_out(lane& one) {
  auto now = clock::now();
  for (; !one.under_way.empty() && one.under_way.front().due <= now; one.under_way.pop_front()) {
    auto& bytes = one.under_way.front().bytes;
    ++(::write(one.to, bytes.data(), bytes.size()) >= 0 ? carried_ : lost_);
  }
}

slow_wire::clock::time_point slow_wire::next_due() const {
  auto next = clock::time_point::max();
  for (auto& way : lanes_)
    if (!way.under_way.empty())
      next = std::min(next, way.under_way.front().due);
  return next == clock::time_point::max() ? clock::now() + longest_nap : next;
}

} // namespace maestro
