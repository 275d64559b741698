// The real `maestro node` as a child process on free ports of 127.0.0.1, with state in a folder of its own that
// goes with it. Killed, by pid, when the object goes.
#pragma once

#include "test/support/test_ports.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <sys/types.h>

namespace maestro {

class node_process {
public:
  /// Starts the binary with `--runtime simulated`, unless the environment has MAESTRO_RUNTIME, and waits until it is ready; throws with its log when it is not.
  explicit node_process(const std::string& binary, const std::map<std::string, std::string>& environment = {});
  ~node_process();
  node_process(const node_process&) = delete;
  node_process& operator=(const node_process&) = delete;

  std::uint16_t management_port() const { return management_; }
  std::uint16_t rooms_port() const { return rooms_; }
  std::uint16_t internal_port() const { return internal_; }
  std::uint16_t management_grpc_port() const { return management_grpc_; }
  std::uint16_t rooms_grpc_port() const { return rooms_grpc_; }
  pid_t pid() const { return process_; }

  /// kill -9.
  void kill();
  /// SIGTERM; the exit code, or -1 when it did not end by itself within the time.
  int stop(std::chrono::seconds patience = std::chrono::seconds(60));
  std::string data_dir() const { return folder_ + "/data"; }
  /// The environment of the next life.
  void set(std::map<std::string, std::string> environment) { environment_ = std::move(environment); }
  /// Another life on the same folder and ports; waits until it is ready, throws with its log when it is not.
  void start(std::chrono::seconds patience = std::chrono::seconds(30));

  /// What /readyz says; false also where nobody answers.
  bool ready() const;
  std::string log() const;

private:
  std::string binary_;
  std::map<std::string, std::string> environment_;
  std::string folder_;
  std::uint16_t management_ = 0;
  std::uint16_t rooms_ = 0;
  std::uint16_t internal_ = 0;
  std::uint16_t management_grpc_ = 0;
  std::uint16_t rooms_grpc_ = 0;
  pid_t process_ = -1;
};

/// True as soon as the condition is; looks every few milliseconds.
bool within(std::chrono::milliseconds limit, const std::function<bool()>& condition);

} // namespace maestro
