#include "nodes/cli/command_tree.hpp"
#include "nodes/cli/completion.hpp"
#include "nodes/cli/failure.hpp"
#include "runtime/runtime_configs.hpp"

#include <fmt/format.h>

#include <ostream>

namespace maestro::cli {

namespace {

constexpr const char* other_group = "Other";

void add_cluster_options(CLI::App& sub, node_options& o) {
  sub.add_option("--name", o.name, "Name of this node in its cluster (default: the machine's)")->type_name("NAME");
  sub.add_option("--cluster-etcd", o.cluster_etcd, "etcd of the cluster to be in, endpoints separated by commas")
      ->delimiter(',')
      ->type_name("URL");
  sub.add_option("--cluster-listen", o.cluster_listen, "Where the other nodes reach this one")
      ->type_name("HOST:PORT");
  sub.add_option("--cluster-advertise", o.cluster_advertise, "What the others are told of that, if it differs")
      ->type_name("HOST:PORT");
  sub.add_option("--zone", o.zone, "Where the machine stands")->type_name("WORD");
  sub.add_option("--label", o.labels, "What else to know of the node; may be given several times")
      ->type_name("KEY=VALUE");
}

CLI::App& add_change(command_tree& tree, CLI::App& node, const char* name, const char* text, const char* example,
                     void (*change)(const context&, const std::vector<std::string>&)) {
  auto names = std::make_shared<std::vector<std::string>>();
  auto& sub = tree.client(node, name, text, example, [=](const context& ctx) { change(ctx, *names); });
  tree.texts(sub, "NODE", *names, "NODE", "Names of nodes").required();
  return sub;
}

/// The commands of `node` that ask a node about the others.
void add_members(command_tree& tree, CLI::App& node) {
  auto list = std::make_shared<list_nodes_options>();
  auto& sub = tree.list(node, "list", "List the nodes of the cluster, as the node that is asked sees them",
                        "maestro node list --watch", [list](const context& ctx) { list_nodes(ctx, *list); });
  sub.alias("ls");
  add_watch_options(tree, sub, list->watch);
  add_change(tree, node, "get", "Show nodes", "maestro node get n1 n2", get_nodes);
  add_change(tree, node, "drain", "Let nodes get no new schedulers", "maestro node drain n1", drain_nodes);
  add_change(tree, node, "undrain", "Let drained nodes get new schedulers again", "maestro node undrain n1",
             undrain_nodes);
  auto remove = std::make_shared<remove_nodes_options>();
  auto& forget =
      tree.client(node, "remove", "Forget nodes that never come back, and what lived on them",
                  "maestro node remove n3 --yes", [remove](const context& ctx) { remove_nodes(ctx, *remove); });
  tree.texts(forget, "NODE", remove->names, "NODE", "Names of nodes").required();
  forget.add_flag("-y,--yes", remove->yes, "Do not ask");
}

void add_node(command_tree& tree) {
  auto o = std::make_shared<node_options>();
  auto& sub = tree.leaf(tree.root(), "node", "Run a node in the foreground until SIGINT or SIGTERM",
                        "maestro node --data-dir /var/lib/maestro --bind 0.0.0.0\n"
                        "  maestro node --name n2 --cluster-etcd http://127.0.0.1:2379\n"
                        "  maestro node list\n\n"
                        "Rooms are processes of their own and outlive the node; the next node on the same\n"
                        "data dir adopts them.",
                        [o, &tree] {
                          if (!tree.hooks().node)
                            throw failure(exit_usage, "this build runs no node");
                          return tree.hooks().node(*o);
                        });
  sub.group(server_group);
  sub.add_option("--config", o->config_file, "Configuration file (YAML)")->type_name("FILE");
  sub.add_option("--data-dir", o->data_dir, "Where state, room folders and logs live")->type_name("FOLDER");
  sub.add_option("--management-port", o->management_port, "Port of the Management API")->type_name("PORT");
  sub.add_option("--rooms-port", o->rooms_port, "Port of the Rooms API")->type_name("PORT");
  sub.add_option("--internal-port", o->internal_port, "Port of health, readiness and metrics")->type_name("PORT");
  sub.add_option("--management-grpc-port", o->management_grpc_port,
                 "Port of the Management API over gRPC; 0: closed")
      ->type_name("PORT");
  sub.add_option("--rooms-grpc-port", o->rooms_grpc_port, "Port of the Rooms API over gRPC; 0: closed")
      ->type_name("PORT");
  sub.add_option("--bind", o->bind_address, "Address to listen on")->type_name("ADDRESS");
  sub.add_option("--roles", o->roles, "Roles of this node, separated by commas (default: all)")
      ->delimiter(',')
      ->type_name("ROLES");
  std::vector<std::string> runtimes(runtime_names.begin(), runtime_names.end());
  sub.add_option("--runtime", o->runtime, "Where rooms run")->check(CLI::IsMember(runtimes))->type_name("WORD");
  add_cluster_options(sub, *o);
  sub.require_subcommand(0, 1);
  add_members(tree, sub);
}

void add_rules_to_break(command_tree& tree, CLI::App& sub, std::string& broken_rule) {
  if (!tree.hooks().breakable_rules)
    return;
  std::vector<std::string> words, of_any, of_cluster;
  for (auto& rule : tree.hooks().breakable_rules()) {
    words.push_back(rule.word);
    (rule.of_cluster ? of_cluster : of_any).push_back(rule.word);
  }
  tree.choice(sub, "--break", broken_rule, words,
              fmt::format("Break a rule on purpose, to see that it is noticed: {}; with --nodes: {}",
                          fmt::join(of_any, ", "), fmt::join(of_cluster, ", ")));
}

void add_simulate(command_tree& tree) {
  auto o = std::make_shared<simulate_options>();
  auto& sub = tree.leaf(tree.root(), "simulate", "Run whole nodes under virtual time with faults; a seed is a run",
                        "maestro simulate --seed=42 --runs=100\n"
                        "  maestro simulate --nodes=3 --runs=100\n\n"
                        "The same seed does the same, step by step. Exit code 1: an invariant was broken.",
                        [o, &tree] {
                          if (!tree.hooks().simulate)
                            throw failure(exit_usage, "this build has no simulation");
                          return tree.hooks().simulate(*o);
                        });
  sub.group("For developers");
  sub.add_option("--seed", o->seed, "Seed of the first run")->default_str("1");
  sub.add_option("--runs", o->runs, "Number of runs with consecutive seeds")
      ->check(CLI::Range(1u, 1000000000u))
      ->default_str("1");
  sub.add_option("--steps", o->steps, "Steps of one run (0: the default)")->default_str("0");
  sub.add_option("--nodes", o->nodes, "Nodes; more than one are a cluster")
      ->check(CLI::Range(1u, 7u))
      ->default_str("1");
  add_rules_to_break(tree, sub, o->broken_rule);
  sub.add_flag("-v,--verbose", o->verbose, "Print every step");
}

void add_status(command_tree& tree) {
  auto o = std::make_shared<status_options>();
  auto& sub = tree.client(tree.root(), "status", "Show how the node, its schedulers and their rooms are",
                          "maestro status || echo not ready", [o, &tree](const context& ctx) {
                            o->internal_server = tree.door_address(o->internal_server, default_internal_port);
                            show_status(ctx, *o);
                          });
  sub.group(server_group);
  tree.door(sub, "--internal-server", o->internal_server, "MAESTRO_INTERNAL_SERVER", default_internal_port,
            "Where health and readiness are");
}

void add_config(command_tree& tree) {
  tree.leaf(tree.root(), "config", "Print the sample configuration: every key, its meaning and default",
            "maestro config > maestro.yaml",
            [&tree] {
              if (!tree.hooks().sample_config)
                throw failure(exit_usage, "this build has no configuration");
              tree.term().out << tree.hooks().sample_config();
              return int{exit_ok};
            })
      .group(server_group);
}

CLI::App& add_journal_command(command_tree& tree, CLI::App& journal, const char* name, const char* text,
                              const char* example, const std::shared_ptr<journal_options>& o) {
  auto& sub = tree.leaf(journal, name, text, example, [o, &tree] {
    if (!tree.hooks().journal)
      throw failure(exit_usage, "this build has no journal");
    return tree.hooks().journal(*o, tree.term());
  });
  tree.text(sub, "FOLDER", o->folder, "FOLDER", "Folder of the journal: `journal` in the data dir").required();
  return sub;
}

void add_journal(command_tree& tree) {
  auto& journal =
      tree.group("journal", "", server_group, "Look at, or repair, the journal of a node that is stopped");
  add_journal_command(
      tree, journal, "inspect",
      "Show its logs and streams, where it is damaged and what a repair would lose; changes nothing",
      "maestro journal inspect ./data/journal", std::make_shared<journal_options>());
  auto repair = std::make_shared<journal_options>();
  repair->repair = true;
  auto& sub = add_journal_command(
      tree, journal, "repair", "Cut its log where it is damaged; a copy of what is cut is kept beside the folder",
      "maestro journal repair ./data/journal --yes", repair);
  sub.add_flag("-y,--yes", repair->yes, "Do it, and lose what `inspect` lists; without, only say it");
}

void add_version(command_tree& tree) {
  auto format = std::make_shared<std::string>("table");
  auto& sub = tree.leaf(tree.root(), "version", "Print the version", "maestro version -o json", [format, &tree] {
    if (*format == "json")
      tree.term().out << json{{"version", MAESTRO_VERSION}}.dump() << "\n";
    else
      tree.term().out << "maestro " << MAESTRO_VERSION << "\n";
    return int{exit_ok};
  });
  sub.group(other_group);
  tree.choice(sub, "-o,--output", *format, {"table", "json"}, "table or json");
}

void add_completion(command_tree& tree) {
  auto shell = std::make_shared<std::string>();
  auto& sub = tree.leaf(tree.root(), "completion", "Print a script that completes commands in bash, zsh or fish",
                        "source <(maestro completion bash)\n"
                        "  maestro completion zsh > ~/.zsh/completions/_maestro\n"
                        "  maestro completion fish > ~/.config/fish/completions/maestro.fish",
                        [shell, &tree] {
                          tree.term().out << completion_script(*shell);
                          return int{exit_ok};
                        });
  sub.group(other_group);
  tree.choice(sub, "SHELL", *shell, {"bash", "zsh", "fish"}, "bash, zsh or fish").required();
}

/// `maestro help scheduler create` is turned into `maestro scheduler create --help` before anything is parsed.
void add_help(command_tree& tree) {
  tree.leaf(tree.root(), "help", "Print help of a command", "maestro help scheduler create",
            [] { return int{exit_ok}; })
      .group(other_group);
}

} // namespace

void add_node_commands(command_tree& tree) {
  add_status(tree);
  add_node(tree);
  add_cluster_commands(tree);
  add_config(tree);
  add_journal(tree);
  add_completion(tree);
  add_help(tree);
  add_version(tree);
  add_simulate(tree);
}

} // namespace maestro::cli
