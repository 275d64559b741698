// A real etcd as a child process with its data in a folder of its own that goes with it: of one member on free ports of
// 127.0.0.1, or one member of several, each on a machine of its own (test/support/private_network). Killed, by pid, when the
// object goes. MAESTRO_TEST_ETCD in the environment names another binary than the one that the build unpacked.
#pragma once

#include "test/support/slow_disk.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace maestro {

/// MAESTRO_TEST_ETCD, or else what the build unpacked.
inline std::string etcd_to_test(const std::string& unpacked) {
  auto* other = std::getenv("MAESTRO_TEST_ETCD");
  return other != nullptr ? other : unpacked;
}

/// A member that is not alone on its machine's loopback.
struct etcd_seat {
  std::string name;
  std::map<std::string, std::string> members; ///< addresses of all, by name
  bool has_slow_disk = false;                 ///< `sync_takes` may be called
};

class etcd_process {
public:
  /// Of `etcd_to_test(binary)`. Waits until it takes calls; throws, with its log, when it does not, or when the binary is not there.
  explicit etcd_process(const std::string& binary, bool has_slow_disk = false);
  /// Starts it on the usual ports of its seat's address, and waits for nothing: `wait_until_up`, where all have been started.
  etcd_process(const std::string& binary, etcd_seat seat);
  ~etcd_process();
  etcd_process(const etcd_process&) = delete;
  etcd_process& operator=(const etcd_process&) = delete;

  std::string endpoint() const;
  /// kill -9.
  void kill();
  /// Again, on the same data and ports; waits until it takes calls.
  void start();
  /// The same without waiting.
  void launch();
  /// Throws as the constructor does. A member of several: from inside of its machine.
  void wait_until_up();
  /// Whether it takes calls now.
  bool is_up() const;
  /// Whether it leads the others now; from inside of its machine.
  bool leads() const;
  /// The same with an empty disk.
  void lose_everything();
  /// Every lease there is goes, with its keys, as where a leader that stood still goes on (etcd before 3.4.29, its issue 15247);
  /// from inside of its machine. Throws where it is refused.
  void revoke_leases() const;
  void pause();
  void go_on();
  /// Each sync of its disk, from now on and in its next lives.
  void sync_takes(std::chrono::milliseconds time);

private:
  std::string log() const;
  std::vector<std::string> command() const;

  std::string binary_;
  etcd_seat seat_;
  std::string folder_;
  std::uint16_t port_ = 0;
  std::uint16_t peer_port_ = 0;
  std::unique_ptr<slow_disk> disk_;
  pid_t process_ = -1;
};

} // namespace maestro
