// Ports for what tests start, below the range from which the system takes ports for connections. A test process reserves those
// that it uses, so that no other that runs now takes one between the look and the use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace maestro {

/// One of so many that no other process has, until this one ends; -1: none is left. A name of the network's namespace, as the
/// ports are.
inline int reserve_for_test(const std::string& what, int count) {
  for (int i = 0; i < count; ++i) {
    auto which = (::getpid() + i) % count;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto name = "maestro-test-" + what + "-" + std::to_string(which);
    std::memcpy(address.sun_path + 1, name.data(),
                name.size()); // abstract: it begins with a zero, and ends with its owner
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    int held = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (::bind(held, reinterpret_cast<sockaddr*>(&address), size) == 0)
      return which;
    ::close(held);
  }
  return -1;
}

/// A TCP port of 127.0.0.1 that is free, another one with each call.
inline std::uint16_t free_port() {
  constexpr int first = 27'000, parts = 178, ports_of_part = 32;
  static int next = 0, left = 0;
  for (;; ++next, --left) {
    if (left == 0) {
      auto part = reserve_for_test("ports", parts);
      if (part < 0)
        throw std::runtime_error("no free port");
      next = first + part * ports_of_part;
      left = ports_of_part;
    }
    int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(next));
    bool is_free = ::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    if (!is_free)
      continue;
    --left;
    return static_cast<std::uint16_t>(next++);
  }
}

} // namespace maestro
