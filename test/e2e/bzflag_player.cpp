#include "test/e2e/bzflag_player.hpp"

#include "test/e2e/server_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace maestro::test {

namespace {

using namespace std::string_literals;

const std::string greeting = "BZFLAG\r\n\r\n";
constexpr std::size_t answer_size = 9; // BZFS, four digits of its version, the player's number

/// A message is its length without its head, two letters that say what it is, and what it says.
constexpr std::size_t head_size = 4;
const std::string exits = "\0\0ex"s, lag_ping = "\0\2pi"s;

/// A text in a field of fixed size.
std::string field(std::string text, std::size_t size) {
  text.resize(size);
  return text;
}

/// MsgEnter: a tank of whichever team; call sign, motto, token of an account, and version of the client, with an end.
std::string enters(const std::string& name) {
  auto content = "\0\0\xff\xfe"s + field(name, 32) + field("", 128) + field("", 22) + field("2.4.26", 61);
  return std::string{'\0', static_cast<char>(content.size())} + "en" + content;
}

} // namespace

bzflag_player::bzflag_player(std::uint16_t port, const std::string& name)
    : socket_(connected_to(SOCK_STREAM, port)), name_(name), thread_([this] { play(); }) {}

bzflag_player::~bzflag_player() {
  leaves_ = true;
  thread_.join();
  say(exits);
  ::close(socket_);
}

void bzflag_player::say(std::string_view what) {
  ::send(socket_, what.data(), what.size(), MSG_NOSIGNAL);
}

bool bzflag_player::hears(std::string& what) {
  pollfd readable{socket_, POLLIN, 0};
  if (::poll(&readable, 1, 50) <= 0)
    return true;
  char bytes[16 * 1024];
  auto size = ::recv(socket_, bytes, sizeof bytes, 0);
  if (size > 0)
    what.append(bytes, static_cast<std::size_t>(size));
  return size > 0;
}

void bzflag_player::play() {
  std::string heard;
  say(greeting);
  while (heard.size() < answer_size)
    if (leaves_ || !hears(heard))
      return;
  heard.erase(0, answer_size);
  say(enters(name_));
  while (!leaves_ && hears(heard)) {
    auto number = [&heard](std::size_t at) { return static_cast<unsigned char>(heard[at]); };
    for (std::size_t size; heard.size() >= head_size; heard.erase(0, size)) {
      size = head_size + (std::size_t{number(0)} << 8 | number(1));
      if (heard.size() < size)
        break;
      if (heard.starts_with(lag_ping)) // goes back as it has come
        say(std::string_view(heard).substr(0, size));
    }
  }
}

} // namespace maestro::test
