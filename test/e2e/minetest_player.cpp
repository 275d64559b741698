#include "test/e2e/minetest_player.hpp"

#include "test/e2e/server_socket.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace maestro::test {

namespace {

using namespace std::string_literals;

/// A datagram: Minetest's number, the sender's, a channel; then a packet, which may stand in a reliable one.
const std::string minetest = "\x4f\x45\x74\x03";
constexpr std::size_t channel_at = 6, head_size = 7;
constexpr char control = 0, original = 1, reliable = 3;                             // packets
constexpr char acknowledged = 0, your_number = 1, still_here = 2, disconnected = 3; // what control is about
constexpr unsigned first_reliable = 65500, last_reliable = 3; // their numbers; of ours, from the first on

constexpr unsigned hello = 0x02, welcome = 0x03; // what the server says
const std::string init =
    "\0\2\x1c\0\0\0\x25\0\x29"s;              // formats of maps, packing, protocols from 5.0 to 5.6; then the name
const std::string first_password = "\0\x50"s; // salt, verifier, and whether it is empty
const std::string init_2 = "\0\x11"s;         // language
const std::string client_ready = "\0\x43\5\6\1\0"s; // 5.6.1, in words, and the version of its forms

unsigned number_at(std::string_view bytes, std::size_t at) {
  if (bytes.size() < at + 2)
    return 0;
  return static_cast<unsigned>(static_cast<unsigned char>(bytes[at]) << 8 |
                               static_cast<unsigned char>(bytes[at + 1]));
}

std::string two_bytes(unsigned number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

std::string text(const std::string& what) {
  return two_bytes(static_cast<unsigned>(what.size())) + what;
}

/// At most twenty letters and digits.
std::string new_name() {
  return "player" + std::to_string(std::random_device{}());
}

class connection {
public:
  explicit connection(std::uint16_t port) : socket_(connected_to(SOCK_DGRAM, port)) {}
  ~connection() { ::close(socket_); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Says, perhaps again, what brings us further in.
  void say() {
    switch (step_) {
    case step::knock: return say(0, two_bytes(0));
    case step::name: // may come before the server has made a place for us, and of reliable ones it hears one only
      return say_once(char{original} + init + text(name_));
    case step::registers: return say(1, first_password + text("salt") + text("verifier") + '\1');
    case step::ready:
      say(2, init_2 + text(""));
      return say(last_reliable, client_ready + text("5.6.1") + two_bytes(4));
    case step::plays: return say_once(std::string{control, still_here});
    }
  }
  void say_goodbye() { say_once(std::string{control, disconnected}); }

  /// True when there is more to say at once.
  bool hears() {
    pollfd readable{socket_, POLLIN, 0};
    std::string said(4096, '\0');
    auto size = ::poll(&readable, 1, 50) > 0 ? ::recv(socket_, said.data(), said.size(), 0) : -1;
    said.resize(static_cast<std::size_t>(size < 0 ? 0 : size));
    if (said.size() <= head_size || !said.starts_with(minetest))
      return false;
    auto before = step_;
    auto packet = std::string_view(said).substr(head_size);
    if (packet[0] == reliable) {
      auto number = number_at(packet, 1);
      packet.remove_prefix(std::min<std::size_t>(packet.size(), 3));
      heard(packet);
      say_once(std::string{control, acknowledged} + two_bytes(number), said[channel_at]);
    } else {
      heard(packet);
    }
    return step_ != before;
  }

private:
  enum class step { knock, name, registers, ready, plays };

  void say_once(const std::string& packet, char channel = 0) {
    auto datagram = minetest + two_bytes(number_) + channel + packet;
    ::send(socket_, datagram.data(), datagram.size(), 0);
  }
  void say(unsigned number, const std::string& message) {
    say_once(char{reliable} + two_bytes(first_reliable + number) + char{original} + message);
  }

  void heard(std::string_view packet) {
    if (packet.size() < 3)
      return;
    auto what = number_at(packet, 1);
    if (packet[0] == control && packet[1] == your_number && step_ == step::knock) {
      number_ = number_at(packet, 2);
      step_ = step::name;
    } else if (packet[0] == original && what == hello && step_ == step::name) {
      step_ = step::registers;
    } else if (packet[0] == original && what == welcome && step_ == step::registers) {
      step_ = step::ready;
    } else if (packet[0] == control && packet[1] == acknowledged && step_ == step::ready &&
               number_at(packet, 2) == first_reliable + last_reliable) {
      step_ = step::plays;
    }
  }

  const int socket_;
  const std::string name_ = new_name();
  unsigned number_ = 0; ///< ours; 0: we have none
  step step_ = step::knock;
};

} // namespace

minetest_player::minetest_player(std::uint16_t port) : thread_([this, port] { play(port); }) {}

minetest_player::~minetest_player() {
  leaves_ = true;
  thread_.join();
}

void minetest_player::play(std::uint16_t port) {
  using clock = std::chrono::steady_clock;
  connection server(port);
  for (auto next = clock::now(); !leaves_;) {
    if (clock::now() >= next) {
      server.say();
      next = clock::now() + std::chrono::milliseconds(500);
    }
    if (server.hears())
      next = clock::now();
  }
  server.say_goodbye();
}

} // namespace maestro::test
