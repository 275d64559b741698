#include "runtime/probing/shared_sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace maestro::probing {

namespace {

constexpr std::size_t batch_size = 32;
constexpr std::size_t longest_datagram = 4096; ///< who answers more at once is asked apart
constexpr std::size_t spare_batches = 4;       ///< of a socket in a round, beyond what its questions take
constexpr int datagrams_max = 16;              ///< of one server to one question, and of a stranger in one round
constexpr int questions_max = 3;
constexpr int receive_buffer = 1 << 20;

union any_address {
  sockaddr whatever;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

/// Family `AF_UNSPEC` where the text is no address.
any_address address_of(const std::string& text, std::uint16_t port) {
  any_address all{};
  if (::inet_pton(AF_INET, text.c_str(), &all.v4.sin_addr) == 1) {
    all.v4.sin_family = AF_INET;
    all.v4.sin_port = htons(port);
  } else if (::inet_pton(AF_INET6, text.c_str(), &all.v6.sin6_addr) == 1) {
    all.v6.sin6_family = AF_INET6;
    all.v6.sin6_port = htons(port);
  }
  return all;
}

socklen_t size_of(const any_address& one) {
  return one.whatever.sa_family == AF_INET6 ? sizeof one.v6 : sizeof one.v4;
}

bool is_same_host(const any_address& a, const any_address& b) {
  if (a.whatever.sa_family != b.whatever.sa_family)
    return false;
  if (a.whatever.sa_family == AF_INET)
    return a.v4.sin_addr.s_addr == b.v4.sin_addr.s_addr;
  return std::memcmp(&a.v6.sin6_addr, &b.v6.sin6_addr, sizeof a.v6.sin6_addr) == 0;
}

std::uint16_t port_of(const any_address& one) {
  return ntohs(one.whatever.sa_family == AF_INET ? one.v4.sin_port : one.v6.sin6_port);
}

} // namespace

struct shared_sockets::batch {
  std::array<mmsghdr, batch_size> messages{};
  std::array<iovec, batch_size> pieces{};
  std::array<any_address, batch_size> addresses{};
  std::array<std::array<char, longest_datagram>, batch_size> bytes{};

  void prepare(std::size_t i, void* data, std::size_t size, socklen_t address_size) {
    pieces[i] = {data, size};
    messages[i] = {};
    messages[i].msg_hdr.msg_name = &addresses[i];
    messages[i].msg_hdr.msg_namelen = address_size;
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
};

shared_sockets::shared_sockets(std::string address)
    : address_(std::move(address)), batch_(std::make_unique<batch>()) {}

shared_sockets::~shared_sockets() {
  for (auto& one : sockets_)
    if (one.descriptor >= 0)
      ::close(one.descriptor);
}

// Bound to the address that is asked, which is this machine's: on loopback nobody from elsewhere reaches it.
bool shared_sockets::open(one_socket& one) const {
  auto here = address_of(address_, 0);
  int made = ::socket(here.whatever.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0)
    return false;
  ::setsockopt(made, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  any_address anywhere{};
  anywhere.whatever.sa_family = here.whatever.sa_family;
  if (::bind(made, &here.whatever, size_of(here)) != 0 && ::bind(made, &anywhere.whatever, size_of(here)) != 0) {
    ::close(made);
    return false;
  }
  one.descriptor = made;
  return true;
}

// On another port, which whoever floods has to learn anew.
void shared_sockets::renew(std::size_t which) {
  auto& one = sockets_[which];
  ::close(std::exchange(one.descriptor, -1));
  one.to_send.clear();
  give_up_all([&](const question& asked) { return asked.socket == which; });
}

bool shared_sockets::ask(std::uint16_t port, conversation what, duration until, take_outcome take) {
  if (apart_[port] || under_way_.contains(port))
    return false;
  auto which = next_++ % sockets_.size();
  auto& one = sockets_[which];
  if (one.descriptor < 0 && !open(one))
    return false;
  ++one.asked;
  one.to_send.push_back({port, std::move(what.question)});
  under_way_.emplace(port, question{std::move(what), until, std::move(take), which});
  return true;
}

void shared_sockets::send() {
  for (std::size_t which = 0; which < sockets_.size(); ++which)
    if (!sockets_[which].to_send.empty())
      send_over(which);
}

void shared_sockets::send_over(std::size_t which) {
  auto all = std::exchange(sockets_[which].to_send, {});
  for (std::size_t done = 0; done < all.size();) {
    auto count = std::min(all.size() - done, batch_size);
    for (std::size_t i = 0; i < count; ++i) {
      auto& one = all[done + i];
      batch_->addresses[i] = address_of(address_, one.port);
      batch_->prepare(i, one.bytes.data(), one.bytes.size(), size_of(batch_->addresses[i]));
    }
    auto sent = ::sendmmsg(sockets_[which].descriptor, batch_->messages.data(), static_cast<unsigned>(count), 0);
    // Only the first one's failure is told; the others' turn comes with the next call.
    if (sent <= 0)
      give_up(all[done].port);
    done += sent > 0 ? static_cast<std::size_t>(sent) : 1;
  }
}

void shared_sockets::hear(duration now) {
  strays_.clear();
  for (std::size_t which = 0; which < sockets_.size(); ++which) {
    if (sockets_[which].descriptor < 0)
      continue;
    auto batches = spare_batches + sockets_[which].asked / batch_size;
    while (batches > 0 && read_batch(which))
      --batches;
    if (batches == 0)
      renew(which);
  }
  give_up_all([&](const question& asked) { return asked.until <= now; });
}

/// Whether there may be more.
bool shared_sockets::read_batch(std::size_t which) {
  for (std::size_t i = 0; i < batch_size; ++i)
    batch_->prepare(i, batch_->bytes[i].data(), longest_datagram, sizeof(any_address));
  auto heard = ::recvmmsg(sockets_[which].descriptor, batch_->messages.data(), batch_size, MSG_DONTWAIT, nullptr);
  auto asked = address_of(address_, 0);
  for (int i = 0; i < heard; ++i) {
    auto at = static_cast<std::size_t>(i);
    auto& message = batch_->messages[at];
    if (is_same_host(batch_->addresses[at], asked))
      read(which, port_of(batch_->addresses[at]), {batch_->bytes[at].data(), message.msg_len},
           (message.msg_hdr.msg_flags & MSG_TRUNC) == 0);
  }
  return heard == static_cast<int>(batch_size);
}

void shared_sockets::read(std::size_t which, std::uint16_t port, std::string_view datagram, bool is_whole) {
  auto found = under_way_.find(port);
  if (found == under_way_.end() || found->second.socket != which)
    return note_stray(port);
  auto& asked = found->second;
  if (!is_whole || ++asked.datagrams > datagrams_max) {
    apart_.set(port);
    return give_up(port);
  }
  auto reading = asked.what.read(datagram);
  if (reading.what == probe_reading::kind::answer)
    return conclude(port, {outcome::kind::answered, reading.players, {}});
  if (reading.what != probe_reading::kind::ask_again)
    return;
  if (++asked.questions > questions_max)
    return give_up(port);
  sockets_[which].to_send.push_back({port, std::move(reading.question)});
}

void shared_sockets::note_stray(std::uint16_t port) {
  if (++strays_[port] > datagrams_max)
    apart_.set(port);
}

void shared_sockets::conclude(std::uint16_t port, outcome what) {
  auto asked = under_way_.extract(port);
  if (asked.empty())
    return;
  --sockets_[asked.mapped().socket].asked;
  asked.mapped().take(std::move(what));
}

void shared_sockets::give_up(std::uint16_t port) {
  conclude(port, {outcome::kind::missed, {}, "no answer"});
}

template <class Condition>
void shared_sockets::give_up_all(Condition condition) {
  std::vector<std::uint16_t> over;
  for (auto& [port, asked] : under_way_)
    if (condition(asked))
      over.push_back(port);
  for (auto port : over)
    give_up(port);
}

} // namespace maestro::probing
