#include "test/bench/load_client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace maestro {

namespace {

using clock = std::chrono::steady_clock;

constexpr int silence_max_ms = 60'000;

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

struct connection {
  int socket = -1;
  std::string received;
  clock::time_point sent;
};

int connect_to(std::uint16_t port) {
  int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (made < 0 || ::connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  int on = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(made, F_SETFL, O_NONBLOCK);
  return made;
}

/// Size of the first whole answer in the text, 0 when there is none yet.
std::size_t answer_size(std::string_view text, std::string_view& body) {
  auto end = text.find("\r\n\r\n");
  if (end == text.npos)
    return 0;
  auto at = text.find("Content-Length: ");
  if (at == text.npos || at > end)
    throw std::runtime_error("an answer without length");
  auto length = static_cast<std::size_t>(std::atol(text.data() + at + 16));
  if (text.size() < end + 4 + length)
    return 0;
  body = text.substr(end + 4, length);
  return end + 4 + length;
}

class load_run {
public:
  explicit load_run(const load_plan& plan) : plan_(plan), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    connections_.resize(static_cast<std::size_t>(plan.connections));
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].socket = connect_to(plan.ports.empty() ? plan.port : plan.ports[i % plan.ports.size()]);
      epoll_event event{EPOLLIN, {.u64 = i}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].socket, &event);
    }
  }
  ~load_run() {
    for (auto& open : connections_)
      ::close(open.socket);
    ::close(epoll_);
  }

  load_result run() {
    for (std::size_t i = 0; i < connections_.size(); ++i)
      send(i);
    auto begin = clock::now() + plan_.warm_up;
    auto end = begin + plan_.time;
    std::vector<epoll_event> events(connections_.size());
    for (auto now = clock::now(); now < end && latencies_.size() < plan_.most_requests; now = clock::now()) {
      counting_ = now >= begin;
      int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), silence_max_ms);
      if (ready == 0)
        throw std::runtime_error("the server says nothing for a minute");
      for (int i = 0; i < ready; ++i)
        receive(events[static_cast<std::size_t>(i)].data.u64);
    }
    return summary(std::min(clock::now(), end) - begin);
  }

  // The time of a request counts from when it was due: one that had to wait for the answer before it has waited too.
  load_result probe(std::chrono::milliseconds interval) {
    counting_ = true;
    is_paced_ = true;
    auto begin = clock::now();
    auto due = begin;
    for (; due < begin + plan_.time; due += interval) {
      std::this_thread::sleep_until(due);
      send(0);
      connections_[0].sent = due;
      for (auto before = answered_; answered_ == before;) {
        epoll_event event;
        if (::epoll_wait(epoll_, &event, 1, silence_max_ms) <= 0)
          throw std::runtime_error("the server says nothing for a minute");
        receive(0);
      }
    }
    return summary(clock::now() - begin);
  }

private:
  void send(std::size_t i) {
    auto& bytes = plan_.next_request(static_cast<int>(i));
    connections_[i].sent = clock::now();
    if (::send(connections_[i].socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(bytes.size()))
      fail("send");
  }

  void receive(std::size_t i) {
    auto& from = connections_[i];
    char bytes[8192];
    auto size = ::recv(from.socket, bytes, sizeof bytes, 0);
    if (size <= 0)
      fail("recv");
    std::string_view text(bytes, static_cast<std::size_t>(size));
    if (!from.received.empty())
      text = from.received.append(text);
    std::string_view body;
    auto whole = answer_size(text, body);
    if (whole == 0) {
      if (from.received.empty())
        from.received = text;
      return;
    }
    auto status = static_cast<unsigned>(std::atoi(text.data() + 9));
    bool good = plan_.on_answer ? plan_.on_answer(static_cast<int>(i), status, body) : status == 200;
    ++answered_;
    if (counting_) {
      latencies_.push_back(clock::now() - from.sent);
      errors_ += good ? 0 : 1;
    }
    from.received.clear();
    if (!is_paced_)
      send(i);
  }

  load_result summary(clock::duration time) {
    load_result result;
    result.requests = latencies_.size();
    result.answered = answered_;
    result.errors = errors_;
    result.requests_per_second =
        static_cast<double>(latencies_.size()) / std::chrono::duration<double>(time).count();
    std::sort(latencies_.begin(), latencies_.end());
    auto at = [&](double share) {
      return latencies_.empty() ? std::chrono::microseconds{}
                                : std::chrono::duration_cast<std::chrono::microseconds>(
                                      latencies_[static_cast<std::size_t>(share * double(latencies_.size() - 1))]);
    };
    result.p50 = at(0.5);
    result.p99 = at(0.99);
    result.longest = at(1.0);
    return result;
  }

  const load_plan& plan_;
  int epoll_;
  std::vector<connection> connections_;
  std::vector<clock::duration> latencies_;
  std::uint64_t errors_ = 0;
  std::uint64_t answered_ = 0;
  bool counting_ = false;
  bool is_paced_ = false;
};

} // namespace

load_result run_load(const load_plan& plan) {
  return load_run(plan).run();
}

load_result run_probe(const load_plan& plan, std::chrono::milliseconds interval) {
  return load_run(plan).probe(interval);
}

} // namespace maestro
