#include "test/e2e/teeworlds_player.hpp"

#include "test/e2e/server_socket.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace maestro::test {

namespace {

using namespace std::string_literals;

/// How datagrams are packed: a Huffman tree. ( is a fork, whose first branch is that of a 0; -- ends the text.
constexpr std::string_view tree =
    "(((((80((18(((((e5d4(f5ee((743a(cb79b4(1b(4dad(((24(9358b0(((47(72(7139b21401((08(((((8b54b849((b1(("
    "(e8e1(efeb((d77d(dedd(ae((((7a63fd(38eaab(((1698(8c2c((((3d(6d5d((e373(3b(6766be0e(((((a5(a74c(21(8f"
    "4309(((9282(552053((((ba((d8(6135((f6e0((f17ffb((((6564(cac49f9e12((((46(34(c7c219(bc41((17(48((d1cd"
    "((5ee4db(a08e(((02((((1a2aff((86(((3ff459((cfc1(f3d0(ac9c(((968a(27(45990c(((((1cb6(25(95((37(5a((--"
    "77f8(d6cc(401e(((9a(4abf(134b10((((((57((e7dcfea184(aa(44(((605f(6b6a(5bf2((88(4233(a826((29(((56(d3"
    "(705c(9b(c5c0220a(((94((((((edd94e(b59790(11(((d5d2((3efcdf231d(((03(a6(2fa928((06((((c9(6f62((7c75c"
    "32da405((0d((((bd2e(1f(b9b7(((50(((6c7eface(b387((((da7b(e9e2((6968(786e30(07(0f((85bba3(04(((((52(c"
    "6(ec3c(899d(31a2((32(((f9f7c8((36(76f0e6(15(af51((((918d81(2b(834f0b00";

class packing {
public:
  std::string unpacked(std::string_view bytes) const {
    std::string text;
    std::size_t at = root_;
    for (unsigned char byte : bytes)
      for (int bit = 0; bit < 8; ++bit) {
        at = forks_[at - first_fork][byte >> bit & 1];
        if (at == end)
          return text;
        if (at < end) {
          text += static_cast<char>(at);
          at = root_;
        }
      }
    return text;
  }

private:
  static constexpr std::size_t end = 256, first_fork = 257;

  /// Reads on in the tree: a byte, the end, or a fork.
  std::size_t branch() {
    if (tree[read_] == '(') {
      ++read_;
      auto fork = forks_.size();
      forks_.emplace_back();
      for (int bit : {0, 1}) {
        auto next = branch();
        forks_[fork][static_cast<std::size_t>(bit)] = next;
      }
      return first_fork + fork;
    }
    std::string byte(tree.substr(read_, 2));
    read_ += 2;
    return byte == "--" ? end : std::stoul(byte, nullptr, 16);
  }

  std::size_t read_ = 0;
  std::vector<std::array<std::size_t, 2>> forks_;
  std::size_t root_ = branch();
};

/// Of a datagram: flags and upper bits of what is acknowledged, its lower bits, count of chunks, the other's token.
constexpr std::size_t head_size = 7;
constexpr int control = 1, packed = 4;
constexpr char still_here = 0, connect = 1, accept = 2, close = 4, token = 5; // what control is about
constexpr std::size_t token_size = 4, token_request_size = 512; // no shorter: an answer is to be no amplification
constexpr unsigned numbers = 1024;                              // of vital chunks, then from 0 again

/// A message that must arrive: flag and size, upper bits of its number and size, number.
std::string vital(unsigned number, const std::string& message) {
  auto size = static_cast<unsigned>(message.size());
  return std::string{static_cast<char>(0x40 | size >> 6), static_cast<char>((number >> 2 & 0xc0) | (size & 0x3f)),
                     static_cast<char>(number)} +
         message;
}

/// Messages begin with twice their number, and one more where the engine's are meant, not the game's.
constexpr unsigned last_entrance = 4;
std::string entrance(const std::string& name) {
  const auto info = "\3" + "0.7 802f1be60a05665f\0"s + "\0\x85\x1c"s; // version of the net, password, 0.7.5
  const auto ready = "\x25"s, enter_game = "\x27"s;
  const auto start_info =
      "\x36" + name + "\0\0\x40"s + std::string(18, '\0'); // clan, country -1, skin of six parts
  return vital(1, info) + vital(2, ready) + vital(3, start_info) + vital(last_entrance, enter_game);
}

class connection {
public:
  explicit connection(std::uint16_t port) : socket_(connected_to(SOCK_DGRAM, port)) {}
  ~connection() { ::close(socket_); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Whatever comes next on the way into the game, or to stay in it.
  void say(const std::string& name) {
    auto request = mine_ + std::string(token_request_size - 1 - token_size, '\0');
    if (its_ == nobodys)
      say(control, token + request);
    else if (!is_accepted_)
      say(control, connect + request);
    else if (acknowledged_ != last_entrance)
      say(0, entrance(name), last_entrance);
    else
      say(control, std::string{still_here});
  }
  void say_goodbye() { say(control, close + "left"s); }

  /// True when there is more to say at once.
  bool hears() {
    pollfd readable{socket_, POLLIN, 0};
    std::string said(2048, '\0');
    auto size = ::poll(&readable, 1, 50) > 0 ? ::recv(socket_, said.data(), said.size(), 0) : -1;
    said.resize(static_cast<std::size_t>(size < 0 ? 0 : size));
    if (said.size() <= head_size || said.compare(3, token_size, mine_) != 0)
      return false;
    auto flags = byte(said, 0) >> 2;
    acknowledged_ = (byte(said, 0) & 3) << 8 | byte(said, 1);
    auto content = said.substr(head_size);
    if ((flags & control) != 0)
      return heard_control(content);
    heard_chunks(byte(said, 2), (flags & packed) != 0 ? packing_.unpacked(content) : content);
    return false;
  }

private:
  inline static const std::string nobodys = "\xff\xff\xff\xff";

  static unsigned byte(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

  void say(int flags, const std::string& content, unsigned chunks = 0) {
    std::string head{static_cast<char>(flags << 2 | static_cast<int>(heard_ >> 8)), static_cast<char>(heard_),
                     static_cast<char>(chunks)};
    auto datagram = head + its_ + content;
    ::send(socket_, datagram.data(), datagram.size(), 0);
  }

  bool heard_control(const std::string& content) {
    if (content[0] == token && content.size() > token_size)
      its_ = content.substr(1, token_size);
    else if (content[0] == accept && !is_accepted_)
      is_accepted_ = true;
    else
      return false;
    return true;
  }

  /// Vital ones are acknowledged in their order; those that have not come are sent again.
  void heard_chunks(unsigned count, std::string_view chunks) {
    while (count-- > 0 && chunks.size() > 2) {
      bool is_vital = (byte(chunks, 0) & 0x40) != 0;
      auto size = (byte(chunks, 0) & 0x3f) << 6 | (byte(chunks, 1) & 0x3f);
      auto next = (heard_ + 1) % numbers;
      if (is_vital && ((byte(chunks, 1) & 0xc0) << 2 | byte(chunks, 2)) == next)
        heard_ = next;
      chunks.remove_prefix(std::min<std::size_t>(chunks.size(), size + (is_vital ? 3u : 2u)));
    }
  }

  const int socket_;
  const packing packing_;
  const std::string mine_ = "mine"; ///< tokens
  std::string its_ = nobodys;
  bool is_accepted_ = false;
  unsigned heard_ = 0; ///< of its vital chunks, the last
  unsigned acknowledged_ = 0;
};

} // namespace

teeworlds_player::teeworlds_player(std::uint16_t port, const std::string& name)
    : thread_([this, port, name] { play(port, name); }) {}

teeworlds_player::~teeworlds_player() {
  leaves_ = true;
  thread_.join();
}

void teeworlds_player::play(std::uint16_t port, const std::string& name) {
  using clock = std::chrono::steady_clock;
  connection server(port);
  for (auto next = clock::now(); !leaves_;) {
    if (clock::now() >= next) {
      server.say(name);
      next = clock::now() + std::chrono::milliseconds(250);
    }
    if (server.hears())
      next = clock::now();
  }
  server.say_goodbye();
}

} // namespace maestro::test
