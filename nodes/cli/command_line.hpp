// The whole command line of the binary `maestro`: every command, its options, help and examples. Client commands
// are carried out here; `node`, `simulate`, `config`, `journal`, `backup` and `restore` are handed to whoever built the binary (nodes/main.cpp),
// so that this library needs neither actors nor storage. `run_command_line` is called once by main and by tests
// with a terminal of their own; it never throws and returns the exit code (failure.hpp).
#pragma once

#include "nodes/cli/terminal.hpp"
#include "nodes/config/config_manual.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace maestro::cli {

/// What was given on the command line; what is absent comes from the configuration.
struct node_options {
  std::optional<std::string> config_file;
  std::optional<std::string> data_dir;
  std::optional<std::uint16_t> management_port;
  std::optional<std::uint16_t> rooms_port;
  std::optional<std::uint16_t> internal_port;
  std::optional<std::uint16_t> management_grpc_port;
  std::optional<std::uint16_t> rooms_grpc_port;
  std::optional<std::string> bind_address;
  std::vector<std::string> roles;        ///< empty: all
  std::optional<std::string> name;       ///< in its cluster
  std::vector<std::string> cluster_etcd; ///< empty: it stands alone
  std::optional<std::string> cluster_listen;
  std::optional<std::string> cluster_advertise;
  std::optional<std::string> zone;
  std::vector<std::string> labels;
  std::optional<std::string> runtime;
};

struct simulate_options {
  std::uint64_t seed = 1;
  std::uint64_t runs = 1;  ///< consecutive seeds from `seed` on
  std::uint64_t steps = 0; ///< 0: the simulation's own default
  std::uint64_t nodes = 1; ///< more than one: a cluster
  std::string broken_rule; ///< a rule to break on purpose; empty: none
  bool verbose = false;    ///< one line for every step
};

/// What `simulate --break` takes.
struct breakable_rule {
  std::string word;
  bool of_cluster = false; ///< one node alone does not have it
};

struct journal_options {
  std::string folder;
  bool repair = false; ///< else it is only looked at
  bool yes = false;    ///< repair only: the operator's word
};

struct backup_options {
  std::string folder;
  std::string internal_server;
  std::string maestro_version;
  duration timeout{};
};

struct restore_options {
  std::string folder; ///< the backup
  std::string data_dir;
  bool only_look = false;
};

/// An operator inside a room of this machine: a command in it, or, without words, its server's standard input.
struct room_entry_options {
  std::string scheduler;
  std::string room;
  std::string container; ///< empty: the first
  std::string data_dir;
  std::vector<std::string> words;
  bool has_terminal = false; ///< the command gets a terminal of its own
  duration linger{};         ///< attach only: output that is shown after the end of the input
};

struct command_hooks {
  std::function<int(const node_options&)> node;
  std::function<int(const simulate_options&)> simulate;
  std::function<std::string()> sample_config;              ///< what `maestro config` prints
  std::function<std::vector<explained_key>()> config_keys; ///< for its manual page
  std::function<int(const journal_options&, terminal&)> journal;
  std::function<int(const backup_options&, terminal&)> backup;
  std::function<int(const restore_options&, terminal&)> restore;
  std::function<int(const room_entry_options&, terminal&)> enter_room{};
  std::function<std::vector<breakable_rule>()> breakable_rules{};
};

int run_command_line(const std::vector<std::string>& arguments, const command_hooks& hooks, terminal& term);
/// The same with the process's own terminal.
int run_command_line(int argc, char** argv, const command_hooks& hooks);

} // namespace maestro::cli
