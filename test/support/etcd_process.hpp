// A real etcd of one member as a child process on free ports of 127.0.0.1, with its data in a folder of its own that goes
// with it. Killed, by pid, when the object goes.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace maestro {

class etcd_process {
public:
  /// Waits until it takes calls; throws, with its log, when it does not, or when the binary is not there.
  explicit etcd_process(const std::string& binary);
  ~etcd_process();
  etcd_process(const etcd_process&) = delete;
  etcd_process& operator=(const etcd_process&) = delete;

  std::string endpoint() const;
  /// kill -9.
  void kill();
  /// Again, on the same data and ports.
  void start();
  /// The same with an empty disk.
  void lose_everything();
  void pause();
  void go_on();

private:
  std::string log() const;

  std::string binary_;
  std::string folder_;
  std::uint16_t port_ = 0;
  std::uint16_t peer_port_ = 0;
  pid_t process_ = -1;
};

} // namespace maestro
