// The commands of `cluster`: an authority, its door, tokens for newcomers. They work on folders, not on a node.
#include "nodes/cli/command_tree.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/printable.hpp"
#include "nodes/cluster/authority.hpp"
#include "nodes/cluster/authority_door.hpp"
#include "nodes/cluster/authority_join.hpp"
#include "nodes/cluster/join_tokens.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <ostream>

namespace maestro::cli {

namespace {

std::string checked_name(const std::string& name) {
  auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (name.empty() || name.size() > 63 || !std::all_of(name.begin(), name.end(), is_plain) || name.front() == '-')
    throw failure(exit_usage, "\"" + printable(name) + "\" is no name: 1 to 63 small letters, digits and dashes");
  return name;
}

void add_authority_command(command_tree& tree, CLI::App& authority, const char* name, const char* text,
                           const char* example, const char* what, const std::string& usual,
                           result<done> (*make)(const std::string&, const std::string&), const char* then) {
  struct options {
    std::string folder = "./cluster-ca";
    std::string named;
  };
  auto o = std::make_shared<options>();
  o->named = usual;
  auto& sub = tree.leaf(authority, name, text, example, [=, &tree] {
    if (auto made = make(o->folder, checked_name(o->named)); !made)
      throw failure(exit_refused, made.error().text);
    tree.term().out << "written to " << printable(o->folder) << then << "\n";
    return int{exit_ok};
  });
  auto& named = tree.text(sub, what, o->named, what, usual.empty() ? "Name of the node" : "Name of the cluster");
  usual.empty() ? named.required() : named.default_str(usual);
  tree.text(sub, "--folder", o->folder, "FOLDER", "Where the authority is kept").default_str(o->folder);
}

int allow_founding(const std::string& data_dir, terminal& term) {
  std::error_code problem;
  if (!std::filesystem::is_directory(data_dir + "/journal", problem))
    throw failure(exit_refused, printable(data_dir) + " is no data directory: it has no journal");
  std::ofstream mark(data_dir + "/found_cluster");
  if (!(mark << "maestro cluster init\n").flush())
    throw failure(exit_refused, printable(data_dir) + "/found_cluster cannot be written");
  term.out
      << "start that node first, with an etcd that knows nothing of the cluster: what it has is the cluster's.\n"
         "Every other node starts with an empty data directory; what only it had is not there.\n";
  return exit_ok;
}

constexpr const char* usual_folder = "./cluster-ca";
constexpr const char* usual_door = "0.0.0.0:8091";
constexpr std::size_t longest_token_line = 1024;

void add_folder(command_tree& tree, CLI::App& sub, std::string& folder) {
  folder = usual_folder;
  tree.text(sub, "--folder", folder, "FOLDER", "Where the authority is kept").default_str(usual_folder);
}

struct door_address {
  std::string host;
  std::uint16_t port = 0;
};

door_address read_address(const std::string& text) {
  auto colon = text.rfind(':');
  door_address address{text.substr(0, colon), 0};
  auto* end = text.data() + text.size();
  bool is_one =
      colon != text.npos && colon > 0 &&
      std::from_chars(text.data() + colon + 1, end, address.port) == std::from_chars_result{end, std::errc{}};
  if (!is_one)
    throw failure(exit_usage, "\"" + printable(text) + "\" is not HOST:PORT");
  return address;
}

template <class T>
T take(result<T> outcome) {
  if (!outcome)
    throw failure(outcome.error().code == ec::unavailable ? exit_unreachable : exit_refused,
                  printable(outcome.error().text));
  return std::move(*outcome);
}

/// Until it is told to end.
int keep_door(const std::string& folder, const std::string& listen, std::ostream& out) {
  auto where = read_address(listen);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr); // for the door's thread, too
  std::mutex lines;
  auto say = [&](const std::string& line) {
    std::lock_guard alone(lines);
    out << printable(line) << std::endl;
  };
  auto door = take(authority_door::open(folder, where.host, where.port, say));
  say(fmt::format("who has a token gets its certificate at {}:{}; end it (Ctrl-C) when all have theirs",
                  where.host, door->port()));
  int which = 0;
  sigwait(&ends, &which);
  return exit_ok;
}

void add_door(command_tree& tree, CLI::App& authority) {
  struct options {
    std::string folder, listen = usual_door;
  };
  auto o = std::make_shared<options>();
  auto& sub = tree.leaf(authority, "serve", "Give certificates to newcomers that have a token, until it is ended",
                        "maestro cluster ca serve --folder ./cluster-ca --listen 10.0.0.9:8091",
                        [o, &tree] { return keep_door(o->folder, o->listen, tree.term().out); });
  add_folder(tree, sub, o->folder);
  tree.text(sub, "--listen", o->listen, "HOST:PORT", "Where newcomers reach it").default_str(usual_door);
}

void add_token_creation(command_tree& tree, CLI::App& tokens) {
  struct options {
    std::string folder, node;
    duration life = std::chrono::minutes{15};
  };
  auto o = std::make_shared<options>();
  auto& sub = tree.leaf(tokens, "create", "Make a token for one new node and print it; it is kept as a hash only",
                        "maestro cluster token create n4 --lifetime 15m", [o, &tree] {
                          auto life = std::chrono::duration_cast<std::chrono::seconds>(o->life);
                          auto token = take(make_join_token(o->folder, checked_name(o->node), life));
                          tree.term().out << token.text() << "\n";
                          return int{exit_ok};
                        });
  tree.text(sub, "NODE", o->node, "NODE", "Name of the node that it makes").required();
  tree.period(sub, "--lifetime", o->life, shortest_token, longest_token, "How long it can be used")
      .default_str("15m");
  add_folder(tree, sub, o->folder);
}

void add_tokens(command_tree& tree, CLI::App& cluster) {
  auto& tokens = *cluster.add_subcommand("token", "Tokens with which new machines get their certificate");
  tokens.group("Commands");
  tokens.require_subcommand(1);
  add_token_creation(tree, tokens);
  auto folder = std::make_shared<std::string>();
  auto& list = tree.leaf(tokens, "list", "List tokens: id, node, how it stands, when it ends",
                         "maestro cluster token list", [folder, &tree] {
                           for (auto& one : take(list_join_tokens(*folder)))
                             tree.term().out << fmt::format("{}  {:<16} {:<8} {:%FT%TZ}\n", one.id, one.node,
                                                            one.standing, one.ends_at);
                           return int{exit_ok};
                         });
  add_folder(tree, list, *folder);
  struct options {
    std::string folder, id;
  };
  auto o = std::make_shared<options>();
  auto& revoke = tree.leaf(tokens, "revoke", "Let a token make no node any more",
                           "maestro cluster token revoke 0123456789abcdef", [o, &tree] {
                             take(revoke_join_token(o->folder, o->id));
                             tree.term().out << "revoked\n";
                             return int{exit_ok};
                           });
  tree.text(revoke, "ID", o->id, "ID", "What stands before the first dot of the token").required();
  add_folder(tree, revoke, o->folder);
}

void add_join(command_tree& tree, CLI::App& cluster) {
  struct options {
    std::string folder = "/etc/maestro/tls", token, authority;
  };
  auto o = std::make_shared<options>();
  auto& sub =
      tree.leaf(cluster, "join",
                "On a new machine: get the node's certificate with a token; its key never leaves the machine",
                "maestro cluster join - --authority 10.0.0.9:8091 --folder /etc/maestro/tls < token", [o, &tree] {
                  auto where = read_address(o->authority);
                  auto text = o->token;
                  if (text == "-")
                    std::getline(std::cin, text);
                  auto token = take(parse_join_token(text.substr(0, longest_token_line)));
                  auto name = take(join_authority(token, where.host, where.port, o->folder));
                  tree.term().out << fmt::format(
                      "node {0}: {1}/ca.crt, {1}/{0}.crt and {1}/{0}.key are for cluster.tls.caFile, "
                      "certFile and keyFile\n",
                      name, printable(o->folder));
                  return int{exit_ok};
                });
  tree.text(sub, "TOKEN", o->token, "TOKEN",
            "As `maestro cluster token create` printed it; -: from standard input")
      .required();
  tree.text(sub, "--authority", o->authority, "HOST:PORT", "Where `maestro cluster ca serve` runs").required();
  tree.text(sub, "--folder", o->folder, "FOLDER", "Where the files go").default_str(o->folder);
}

} // namespace

void add_cluster_commands(command_tree& tree) {
  auto& cluster = tree.group("cluster", "", server_group, "Prepare what the nodes of a cluster need");
  auto from = std::make_shared<std::string>();
  auto& init = tree.leaf(
      cluster, "init", "Found a cluster again from what one node has: where etcd has lost it for good",
      "maestro cluster init --from ./data/n1", [=, &tree] { return allow_founding(*from, tree.term()); });
  tree.text(init, "--from", *from, "DATA_DIR", "Data directory of the node that is to be the first").required();
  auto& authority = *cluster.add_subcommand("ca", "The cluster's own certificate authority");
  authority.group("Commands");
  authority.require_subcommand(1);
  add_authority_command(tree, authority, "init", "Make the authority: ca.crt for every node, ca.key for you alone",
                        "maestro cluster ca init --folder ./cluster-ca", "CLUSTER", "maestro", make_authority,
                        ": ca.crt, ca.key. Keep ca.key away from the nodes");
  add_authority_command(tree, authority, "issue", "Make a node's certificate and key",
                        "maestro cluster ca issue n1 --folder ./cluster-ca", "NODE", "", issue_certificate,
                        ": its .crt and .key, for cluster.tls.certFile and cluster.tls.keyFile");
  add_door(tree, authority);
  add_tokens(tree, cluster);
  add_join(tree, cluster);
}

} // namespace maestro::cli
