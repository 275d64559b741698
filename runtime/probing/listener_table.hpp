// Whether somebody listens on TCP ports of this machine, read from where a connection would find it: the kernel's own table of
// sockets (NETLINK_SOCK_DIAG), many ports a system call. For runtime/probing/probe_loop, on its thread: a server that took our
// connection a moment ago is looked up here in between, which costs a tenth of a connection and the server nothing.
//
// It is the quick way, never the last word: only "somebody listens, and nobody waits to be taken" counts. Whatever else is seen
// (nobody, a queue that is not emptied, a kernel that does not tell) the port is to be asked by a connection.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace maestro::probing {

class listener_table {
public:
  /// Is told whether somebody listens there to whom nobody waits.
  using take_finding = std::function<void(bool listens)>;

  /// `address`: where all ports are looked for, as a number.
  explicit listener_table(std::string address);
  ~listener_table();
  listener_table(const listener_table&) = delete;
  listener_table& operator=(const listener_table&) = delete;

  /// Looked for with the next `look`, from which `take` is called, once.
  void ask(std::uint16_t port, take_finding take);
  void look();

private:
  struct question {
    std::uint16_t port = 0;
    take_finding take;
    bool listens = false;
  };

  bool open();
  bool send(std::span<const question> some);
  void read(std::span<question> some);

  std::string address_;
  int descriptor_ = -1;
  std::uint32_t sequence_ = 0; ///< of the first question of the batch under way
  std::vector<question> asked_;
};

} // namespace maestro::probing
