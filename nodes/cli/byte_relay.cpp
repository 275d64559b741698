#include "nodes/cli/byte_relay.hpp"

#include "nodes/cli/printable.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include <poll.h>
#include <unistd.h>

namespace maestro::cli {

namespace {

constexpr std::size_t bytes_at_once = 16 * 1024;

/// Waits for whoever is slow; false when he is gone.
bool write_all(int to, std::string_view text) {
  while (!text.empty()) {
    auto put = ::write(to, text.data(), text.size());
    if (put < 0 && errno == EAGAIN) {
      pollfd slow{to, POLLOUT, 0};
      ::poll(&slow, 1, -1);
    } else if (put < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(put, 0)));
  }
  return true;
}

} // namespace

raw_terminal::raw_terminal(int fd) : fd_(fd) {
  if (::tcgetattr(fd_, &before_) != 0)
    return;
  auto raw = before_;
  ::cfmakeraw(&raw);
  is_raw_ = ::tcsetattr(fd_, TCSADRAIN, &raw) == 0;
}

raw_terminal::~raw_terminal() {
  if (is_raw_)
    ::tcsetattr(fd_, TCSADRAIN, &before_);
}

void byte_relay::add(int from, int to, std::function<void()> at_end) {
  ways_.push_back({from, to, false, false, false, std::move(at_end)});
}

void byte_relay::add_until_end(int from, int to, bool for_people) {
  ways_.push_back({from, to, true, for_people});
}

bool byte_relay::goes_on() const {
  bool has_decisive = std::any_of(ways_.begin(), ways_.end(), [](auto& one) { return one.is_decisive; });
  return !is_broken_ && std::any_of(ways_.begin(), ways_.end(),
                                    [&](auto& one) { return !one.is_over && one.is_decisive == has_decisive; });
}

void byte_relay::run() {
  while (run_for(std::chrono::hours{1})) {
  }
}

bool byte_relay::run_for(duration time) {
  std::vector<pollfd> all;
  std::vector<way*> whose;
  for (auto& one : ways_)
    if (!one.is_over) {
      all.push_back({one.from, POLLIN, 0});
      whose.push_back(&one);
    }
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  if (::poll(all.data(), all.size(), static_cast<int>(ms)) > 0)
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].revents != 0)
        pass(*whose[i]);
  return goes_on();
}

void byte_relay::pass(way& one) {
  std::array<char, bytes_at_once> piece;
  auto size = ::read(one.from, piece.data(), piece.size());
  if (size < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (size <= 0) { // a terminal whose other side is gone answers EIO
    one.is_over = true;
    if (one.at_end)
      one.at_end();
    return;
  }
  std::string_view text{piece.data(), static_cast<std::size_t>(size)};
  if (!write_all(one.to, one.for_people ? printable_lines(text) : std::string(text))) {
    one.is_over = true;
    is_broken_ = !one.at_end;
  }
}

bool copy_what_is_there(int from, int to, bool for_people) {
  std::array<char, bytes_at_once> piece;
  bool was_there = false;
  for (ssize_t size; (size = ::read(from, piece.data(), piece.size())) > 0; was_there = true) {
    std::string_view text{piece.data(), static_cast<std::size_t>(size)};
    write_all(to, for_people ? printable_lines(text) : std::string(text));
  }
  return was_there;
}

} // namespace maestro::cli
