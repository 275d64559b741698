// A real node of the real binary in a temporary folder, with ports of its own, and the operator's and the players'
// view of it. Whatever it started is ended, by pid, when the test is over.
#pragma once

#include "nodes/cli/http_client.hpp"
#include "test/e2e/process.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace maestro::test {

using json = nlohmann::json;

struct answer {
  unsigned status = 0; ///< 0: nobody answered
  json body;
};

class node {
public:
  node();
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Configuration of the next start.
  std::map<std::string, std::string> environment{{"MAESTRO_WORKERS_HEALTHCONTROLLERINTERVAL", "1s"}};

  /// What is run, and what runs it (setpriv with its options, say); the next start's.
  std::string binary;
  std::vector<std::string> through;

  /// Starts it and waits until it is ready; fails the test (throws) with its log when it is not.
  void start(seconds limit = seconds{30});
  void launch();
  bool wait_ready(seconds limit);
  void kill_now();
  /// SIGTERM or SIGINT; the exit code, -1 when it does not end.
  int stop(int signal, seconds limit = seconds{30});
  process& running() { return *process_; }

  answer management(const std::string& method, const std::string& target, const json& body = nullptr) const;
  answer rooms_api(const std::string& method, const std::string& target, const json& body = nullptr) const;
  answer internal(const std::string& target) const;
  /// `maestro` with these arguments, against this node.
  finished cli(std::vector<std::string> arguments, seconds limit = seconds{90}) const;
  program bots(const std::string& scheduler, std::vector<std::string> more) const;

  /// Rooms by id with everything the API shows of them.
  std::map<std::string, json> rooms(const std::string& scheduler) const;
  std::map<std::string, pid_t> servers() const { return game_servers(data_); }
  std::map<std::string, pid_t> servers(const std::string& scheduler) const;
  bool wait_rooms(const std::string& scheduler, std::size_t count, const std::string& status,
                  seconds limit = seconds{60}) const;

  /// A recipe of arena servers; `arguments` go to arena_server.
  json recipe(const std::string& name, int replicas, std::vector<std::string> arguments = {}) const;
  std::string write(const std::string& file, const std::string& text) const;

  const std::string& folder() const { return folder_; }
  const std::string& data() const { return data_; }
  /// The end of what the node wrote, without the runs that had nothing to do.
  std::string log() const;
  int management_port() const { return ports_[0]; }
  int rooms_port() const { return ports_[1]; }
  int internal_port() const { return ports_[2]; }
  program node_program() const;

private:
  answer ask(int port, const std::string& method, const std::string& target, const json& body) const;

  std::string folder_, data_;
  std::vector<int> ports_;
  int first_game_port_ = 0;
  std::unique_ptr<process> process_;
};

/// Free TCP ports on loopback, all different.
std::vector<int> free_ports(std::size_t count);

} // namespace maestro::test
