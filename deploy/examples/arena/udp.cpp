#include "deploy/examples/arena/udp.hpp"

#include "deploy/examples/arena/protocol.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netdb.h>
#include <unistd.h>

namespace arena {

namespace {

bool resolve(const std::string& host, int port, sockaddr_in& address) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_DGRAM;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
    return false;
  address = *reinterpret_cast<sockaddr_in*>(found->ai_addr);
  ::freeaddrinfo(found);
  return true;
}

} // namespace

udp_socket::udp_socket() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}

udp_socket::~udp_socket() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool udp_socket::bind(const std::string& host, int port) {
  sockaddr_in address{};
  return resolve(host, port, address) && ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

bool udp_socket::connect(const std::string& host, int port) {
  sockaddr_in address{};
  return resolve(host, port, address) &&
         ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

void udp_socket::send(const std::string& datagram) {
  if (::send(fd_, datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED)
    refused_ = true;
}

void udp_socket::send_to(const endpoint& to, const std::string& datagram) {
  // A player that is gone is noticed by its silence.
  (void)::sendto(fd_, datagram.data(), datagram.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&to.address), sizeof to.address);
}

std::optional<std::string> udp_socket::receive(endpoint* from) {
  char buffer[datagram_limit + 1];
  endpoint sender;
  socklen_t size = sizeof sender.address;
  auto got = ::recvfrom(fd_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&sender.address), &size);
  if (got < 0) {
    refused_ = refused_ || errno == ECONNREFUSED;
    return std::nullopt;
  }
  if (from != nullptr)
    *from = sender;
  return std::string{buffer, static_cast<std::size_t>(got)};
}

} // namespace arena
