// Questions over UDP to game servers that answered the last time, many over few sockets: a round reads what has come and sends
// what is asked since, a batch a system call, and nobody is woken for a single datagram. For runtime/probing/probe_loop, on its
// thread.
//
// It is the quick way, never the last word: an answer counts, and only from the address and port that was asked; whoever is not
// heard here is asked again over a socket of its own (ask_over_udp), which nobody can fill but the asked one. So a game server
// that floods costs time, and cannot make another one look silent.
#pragma once

#include "runtime/probing/question.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace maestro::probing {

class shared_sockets {
public:
  /// `address`: where all ports are asked, as a number. Sockets are opened when they are needed.
  explicit shared_sockets(std::string address);
  ~shared_sockets();
  shared_sockets(const shared_sockets&) = delete;
  shared_sockets& operator=(const shared_sockets&) = delete;

  /// Whether it will be asked with the next `send`; then `take` is called once, from `hear` or `send`, with an answer or with
  /// nothing heard. Not where that port is being asked already, is to be asked apart, or no socket can be had.
  bool ask(std::uint16_t port, conversation what, duration until, take_outcome take);
  void send();
  /// Reads all that has come, bounded, and gives up who is not heard in time.
  void hear(duration now);
  bool is_idle() const { return under_way_.empty(); }
  /// Another server has that port now: what its predecessor did does not count.
  void forget(std::uint16_t port) { apart_.reset(port); }

private:
  struct question {
    conversation what;
    duration until{};
    take_outcome take;
    std::size_t socket = 0;
    int questions = 1;
    int datagrams = 0;
  };
  struct batch; ///< what the kernel fills and reads
  struct waiting {
    std::uint16_t port = 0;
    std::string bytes;
  };
  struct one_socket {
    int descriptor = -1;
    std::size_t asked = 0; ///< questions under way over it
    std::vector<waiting> to_send;
  };

  bool open(one_socket& one) const;
  void renew(std::size_t which);
  void send_over(std::size_t which);
  bool read_batch(std::size_t which);
  void read(std::size_t which, std::uint16_t port, std::string_view datagram, bool is_whole);
  void note_stray(std::uint16_t port);
  void conclude(std::uint16_t port, outcome what);
  void give_up(std::uint16_t port);
  template <class Condition>
  void give_up_all(Condition condition);

  std::string address_;
  std::array<one_socket, 8> sockets_;
  std::size_t next_ = 0;
  std::unordered_map<std::uint16_t, question> under_way_; ///< by the port that is asked
  std::unordered_map<std::uint16_t, int> strays_;         ///< of this round, by the port they came from
  std::bitset<65536> apart_;                              ///< ports that are asked over sockets of their own
  std::unique_ptr<batch> batch_;
};

} // namespace maestro::probing
