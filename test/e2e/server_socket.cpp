#include "test/e2e/server_socket.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace maestro::test {

int connected_to(int kind, std::uint16_t port) {
  int fd = ::socket(AF_INET, kind | SOCK_CLOEXEC, 0);
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(port);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<sockaddr*>(&server), sizeof server) == 0)
    return fd;
  int why = errno;
  ::close(fd);
  throw std::system_error(why, std::generic_category(), "no server on port " + std::to_string(port));
}

} // namespace maestro::test
