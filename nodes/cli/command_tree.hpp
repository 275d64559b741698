// The tree of commands while it is built and read. A group is a noun, a leaf is one command with its help, example and what
// it does; client leaves get a `context` that says where the server is and how answers are shown. Each noun adds its own
// commands in a file of its own (scheduler_tree, version_tree, recipe_tree, operation_tree, room_tree, node_tree, cluster_tree), each leaf keeping its options
// alive in its action. Built once for a command line, by command_line.cpp.
#pragma once

#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace maestro::cli {

/// Heading of the commands that run, watch or keep nodes.
inline constexpr const char* server_group = "Servers";

/// Where a node's doors are unless its configuration says otherwise (`gateway.port`, `internalApi.port`).
inline constexpr unsigned default_rooms_port = 8070;
inline constexpr unsigned default_internal_port = 8081;

/// Options of every command.
struct common_options {
  std::string server;
  std::string color = "auto";
  duration request_timeout = std::chrono::seconds{10};
};

class command_tree {
public:
  using action = std::function<int()>;
  using client_action = std::function<void(const context&)>;

  command_tree(CLI::App& app, const command_hooks& hooks, terminal& term);

  CLI::App& root() { return app_; }
  const CLI::App& root() const { return app_; }
  const command_hooks& hooks() const { return hooks_; }
  terminal& term() const { return term_; }
  const common_options& common() const { return common_; }

  CLI::App& group(const std::string& name, const std::string& alias, const std::string& heading,
                  const std::string& text);
  CLI::App& leaf(CLI::App& parent, const std::string& name, const std::string& text, const std::string& examples,
                 action act);
  /// Speaks to the server; has `-o`.
  CLI::App& client(CLI::App& parent, const std::string& name, const std::string& text, const std::string& examples,
                   client_action act);
  /// A client that prints a table; has `--no-headers` and `--sort-by` as well.
  CLI::App& list(CLI::App& parent, const std::string& name, const std::string& text, const std::string& examples,
                 client_action act);

  CLI::Option& choice(CLI::App& sub, const std::string& name, std::string& target, std::vector<std::string> words,
                      const std::string& text);
  CLI::Option& period(CLI::App& sub, const std::string& name, duration& target, duration least, duration most,
                      const std::string& text);
  CLI::Option& text(CLI::App& sub, const std::string& name, std::string& target, const char* word,
                    const std::string& text);
  CLI::Option& texts(CLI::App& sub, const std::string& name, std::vector<std::string>& target, const char* word,
                     const std::string& text);

  /// Another door of the machine that `--server` names, at that port unless the option or the variable says where. Its
  /// address is asked for with `door_address` when the options have been read.
  CLI::Option& door(CLI::App& sub, const std::string& name, std::string& target, const std::string& variable,
                    unsigned port, const std::string& text);
  std::string door_address(const std::string& said, unsigned port) const;

  /// Words that the option takes; empty: any.
  const std::vector<std::string>& choices(const CLI::Option* option) const;

  int run() const { return chosen_(); }
  context make_context(const output_options& output) const;

private:
  CLI::Option& as_choice(CLI::Option& option, std::vector<std::string> words);

  CLI::App& app_;
  const command_hooks& hooks_;
  terminal& term_;
  common_options common_;
  std::map<const CLI::Option*, std::vector<std::string>> choices_;
  std::map<const CLI::App*, std::shared_ptr<output_options>> outputs_; ///< of client leaves
  std::function<int()> chosen_;
};

void add_scheduler_commands(command_tree& tree);
/// The commands of `scheduler` that change one that is there.
void add_version_commands(command_tree& tree, CLI::App& schedulers);
void add_recipe_commands(command_tree& tree, CLI::App& schedulers);
void add_operation_commands(command_tree& tree);
void add_room_commands(command_tree& tree);
void add_node_commands(command_tree& tree);
void add_cluster_commands(command_tree& tree);
void add_backup_commands(command_tree& tree);
void add_man_command(command_tree& tree);

/// `--wait`, where `with_flag`, and `--wait-timeout`.
void add_wait_options(command_tree& tree, CLI::App& sub, wait_options& wait, bool with_flag);
/// `--file` and `--var`; the returned texts are the variables as given.
std::shared_ptr<std::vector<std::string>> add_file_options(command_tree& tree, CLI::App& sub,
                                                           std::vector<std::string>& files);
/// `--watch`, `--interval`, `--for`.
void add_watch_options(command_tree& tree, CLI::App& sub, watch_options& watch);

} // namespace maestro::cli
