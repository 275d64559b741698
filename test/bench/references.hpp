// What a node is measured against, all in the same round with the same client: Boost.Beast alone with one thread,
// with two, and nginx with one worker that answers a constant. The fastest of them is the base of every ratio.
#pragma once

#include "test/bench/bench_process.hpp"
#include "test/bench/load_client.hpp"

#include <memory>
#include <string>
#include <vector>

namespace maestro {

/// A rate with the processor time it cost.
struct measurement {
  load_result load;
  double cpu_us = 0; ///< of the servers, for each request
};

/// Runs the plan against a server and watches that process, or several that serve together.
measurement measure(pid_t server, const load_plan& plan);
measurement measure(const std::vector<pid_t>& servers, const load_plan& plan);

/// One aligned line.
void print(const std::string& name, const measurement& seen);

class references {
public:
  /// Starts all of them; without nginx at that path it says so and goes on with the other two.
  explicit references(const std::string& nginx_binary);
  ~references();
  references(const references&) = delete;
  references& operator=(const references&) = delete;

  /// Measures each for so long, prints them, and answers the fastest.
  measurement fastest(std::chrono::milliseconds time);

private:
  struct server {
    std::string name;
    std::uint16_t port = 0;
    pid_t pid = -1; ///< that does the work
  };
  void start_nginx(const std::string& binary);

  std::unique_ptr<bench_process> one_thread_;
  std::unique_ptr<bench_process> two_threads_;
  pid_t nginx_ = -1;
  std::string nginx_folder_;
  std::vector<server> servers_;
};

} // namespace maestro
