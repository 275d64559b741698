#include "runtime/probing/listener_table.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace maestro::probing {

namespace {

constexpr std::size_t batch_size = 64; // whose answers fit into the socket's buffer
constexpr std::size_t longest_answer = 4096;

struct request {
  nlmsghdr head;
  inet_diag_req_v2 what;
};

/// Family `AF_UNSPEC` where the text is no address.
request request_for(const std::string& address) {
  request one{};
  one.head.nlmsg_len = sizeof one;
  one.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  one.head.nlmsg_flags = NLM_F_REQUEST;
  one.what.sdiag_protocol = IPPROTO_TCP;
  one.what.idiag_states = 1U << TCP_LISTEN;
  one.what.id.idiag_cookie[0] = one.what.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  for (auto family : {AF_INET, AF_INET6})
    if (::inet_pton(family, address.c_str(), one.what.id.idiag_src) == 1)
      one.what.sdiag_family = static_cast<std::uint8_t>(family);
  return one;
}

} // namespace

listener_table::listener_table(std::string address) : address_(std::move(address)) {}

listener_table::~listener_table() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

void listener_table::ask(std::uint16_t port, take_finding take) {
  asked_.push_back({port, std::move(take)});
}

void listener_table::look() {
  auto all = std::exchange(asked_, {});
  for (std::size_t done = 0; done < all.size() && open();) {
    auto some = std::span{all}.subspan(done, std::min(batch_size, all.size() - done));
    if (send(some))
      read(some);
    sequence_ += static_cast<std::uint32_t>(some.size());
    done += some.size();
  }
  for (auto& one : all)
    one.take(one.listens);
}

bool listener_table::open() {
  if (descriptor_ < 0)
    descriptor_ = ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  return descriptor_ >= 0;
}

bool listener_table::send(std::span<const question> some) {
  std::array<request, batch_size> requests;
  requests.fill(request_for(address_));
  for (std::size_t i = 0; i < some.size(); ++i) {
    requests[i].head.nlmsg_seq = sequence_ + static_cast<std::uint32_t>(i);
    requests[i].what.id.idiag_sport = htons(some[i].port);
  }
  auto size = some.size() * sizeof(request);
  return ::send(descriptor_, requests.data(), size, 0) == static_cast<ssize_t>(size);
}

// The kernel has answered before `send` returns: there is nothing to wait for. What is left of an earlier batch has another
// number. Errors say that nobody listens; they change nothing.
void listener_table::read(std::span<question> some) {
  alignas(nlmsghdr) std::array<char, longest_answer> bytes;
  for (ssize_t heard = 0; (heard = ::recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0;) {
    auto left = static_cast<std::uint32_t>(heard);
    for (auto* head = reinterpret_cast<nlmsghdr*>(bytes.data()); NLMSG_OK(head, left);
         head = NLMSG_NEXT(head, left)) {
      inet_diag_msg seen;
      auto which = head->nlmsg_seq - sequence_;
      if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY || which >= some.size() ||
          head->nlmsg_len < NLMSG_LENGTH(sizeof seen))
        continue;
      std::memcpy(&seen, NLMSG_DATA(head), sizeof seen);
      some[which].listens = seen.idiag_state == TCP_LISTEN && seen.idiag_rqueue == 0 &&
                            ntohs(seen.id.idiag_sport) == some[which].port;
    }
  }
}

} // namespace maestro::probing
