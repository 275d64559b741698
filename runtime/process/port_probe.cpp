#include "runtime/process/port_probe.hpp"

#include "runtime/process/files.hpp"

#include <fmt/format.h>

#include <cerrno>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace maestro::process {

namespace {

/// 0 when it could be bound (and listened on) in this family, or the family does not exist here.
int try_bind(int family, bool stream, std::uint16_t port) {
  unique_fd fd{::socket(family, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0)};
  if (!fd)
    return 0;
  int on = 1;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (family == AF_INET6)
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (stream) // connections of a former owner that linger do not count
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto* address = family == AF_INET ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
  auto length = static_cast<socklen_t>(family == AF_INET ? sizeof v4 : sizeof v6);
  if (::bind(fd.get(), address, length) != 0 || (stream && ::listen(fd.get(), 1) != 0))
    return errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT ? 0 : errno;
  return 0;
}

} // namespace

std::string port_text(const host_port& port) {
  return fmt::format("host port {}/{} (\"{}\")", port.port, port.protocol, port.name);
}

result<done> probe_port(const host_port& port) {
  if (port.port < 1 || port.port > 65535)
    return failure{ec::invalid_argument, fmt::format("{} must be between 1 and 65535", port_text(port))};
  if (port.protocol != "tcp" && port.protocol != "udp")
    return failure{ec::invalid_argument,
                   fmt::format("{}: protocol \"{}\" is not supported by the process runtime, only tcp and udp are",
                               port_text(port), port.protocol)};
  for (int family : {AF_INET, AF_INET6}) {
    auto error = try_bind(family, port.protocol == "tcp", static_cast<std::uint16_t>(port.port));
    if (error == EADDRINUSE)
      return failure{ec::port_in_use, fmt::format("{} is in use by another process", port_text(port))};
    if (error != 0)
      return failure{ec::port_in_use, fmt::format("{} cannot be bound: {}", port_text(port), error_text(error))};
  }
  return done{};
}

} // namespace maestro::process
