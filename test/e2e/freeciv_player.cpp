#include "test/e2e/freeciv_player.hpp"

#include "test/e2e/server_socket.hpp"

#include <string_view>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace maestro::test {

namespace {

using namespace std::string_literals;

constexpr char asks_to_join = 4; // PACKET_SERVER_JOIN_REQ; before one has joined, a type is one byte
const std::string abilities = "+Freeciv-3.0-network year32 plrculture32 pingfix researchclr cityculture32\0"s;
const std::string version = "\0\0\0\0\3\0\0\0\0\0\0\0\6"s; // no label, 3.0.6
const std::string ping = "\0\4\0\x58"s, pong = "\0\4\0\x59"s;

/// A length from here on tells of packed packets, and is too large by it.
constexpr std::size_t packed = 16385;
/// This one tells that the length is in the four bytes that follow.
constexpr std::size_t jumbo = 0xffff, jumbo_head = 6;

std::size_t number(std::string_view bytes) {
  std::size_t value = 0;
  for (unsigned char byte : bytes)
    value = value << 8 | byte;
  return value;
}

/// Of the packet in front, with its length; 0: not all of its head is there.
std::size_t size_of_first(std::string_view bytes) {
  if (bytes.size() < 2)
    return 0;
  auto size = number(bytes.substr(0, 2));
  if (size == jumbo)
    return bytes.size() < jumbo_head ? 0 : number(bytes.substr(2, 4));
  return size < packed ? size : size - packed;
}

} // namespace

freeciv_player::freeciv_player(std::uint16_t port, const std::string& name)
    : socket_(connected_to(SOCK_STREAM, port)) {
  auto request = asks_to_join + name + '\0' + abilities + version;
  auto size = static_cast<char>(request.size() + 2);
  request = std::string{'\0', size} + request;
  ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
  thread_ = std::thread([this] { play(); });
}

freeciv_player::~freeciv_player() {
  leaves_ = true;
  thread_.join();
  ::close(socket_);
}

void freeciv_player::play() {
  pollfd readable{socket_, POLLIN, 0};
  std::string bytes(1 << 16, '\0');
  while (!leaves_) {
    if (::poll(&readable, 1, 50) <= 0)
      continue;
    auto size = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (size <= 0) // turned away, or the server has ended
      return;
    received_.append(bytes, 0, static_cast<std::size_t>(size));
    answer_pings();
  }
}

/// Pings come alone and are never packed; nothing else has to be understood.
void freeciv_player::answer_pings() {
  std::size_t size = 0;
  while ((size = size_of_first(received_)) != 0 && size <= received_.size()) {
    if (received_.compare(0, size, ping) == 0)
      ::send(socket_, pong.data(), pong.size(), MSG_NOSIGNAL);
    received_.erase(0, size);
  }
}

} // namespace maestro::test
