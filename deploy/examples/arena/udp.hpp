// UDP sockets as both programs use them: non-blocking, closed when they go out of scope.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>

namespace arena {

struct endpoint {
  sockaddr_in address{};
  bool operator==(const endpoint& other) const {
    return address.sin_addr.s_addr == other.address.sin_addr.s_addr && address.sin_port == other.address.sin_port;
  }
};

class udp_socket {
public:
  udp_socket();
  ~udp_socket();
  udp_socket(udp_socket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  udp_socket(const udp_socket&) = delete;
  udp_socket& operator=(const udp_socket&) = delete;

  bool bind(const std::string& host, int port);
  /// Only that peer is heard, and its absence is noticed (`refused`).
  bool connect(const std::string& host, int port);
  void send(const std::string& datagram);
  void send_to(const endpoint& to, const std::string& datagram);
  /// The next datagram that waits; nothing when none does.
  std::optional<std::string> receive(endpoint* from = nullptr);
  bool refused() const { return refused_; }
  int fd() const { return fd_; }

private:
  int fd_;
  bool refused_ = false;
};

} // namespace arena
