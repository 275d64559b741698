#include "nodes/cli/backup_command.hpp"

#include "nodes/cli/failure.hpp"
#include "nodes/cli/http_client.hpp"
#include "nodes/cli/printable.hpp"
#include "nodes/journal/journal_backup.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <ostream>

namespace maestro {

namespace {

namespace fs = std::filesystem;

/// Where the node has put it. On this machine, or there is nothing to copy.
std::string ask_for_checkpoint(const cli::backup_options& options) {
  auto server = cli::parse_server_url(options.internal_server);
  auto answer = cli::http_request(server, "POST", "/checkpoint", "", options.timeout);
  if (answer.status != 200)
    throw cli::failure(cli::exit_refused, fmt::format("{} answers {}: {}", options.internal_server, answer.status,
                                                      answer.body.substr(0, 500)));
  auto body = nlohmann::json::parse(answer.body, nullptr, false);
  if (!body.is_object() || !body.contains("folder") || !body["folder"].is_string())
    throw cli::failure(cli::exit_refused,
                       options.internal_server + " is no internal door of a node that can do this");
  std::string folder = body["folder"];
  std::error_code problem;
  if (!fs::is_directory(folder, problem))
    throw cli::failure(
        cli::exit_refused,
        fmt::format("the node's checkpoint {} cannot be read here{}: run this on the machine of the "
                    "node, as root or as its user",
                    folder, problem ? " (" + problem.message() + ")" : ""));
  return folder;
}

std::string described(const backup_page& page) {
  return fmt::format("{} files, {} bytes, journal format {}, node {}, taken {} by maestro {}", page.files.size(),
                     page.bytes(), page.journal_format, page.node_id, page.taken, page.maestro);
}

} // namespace

int backup_command(const cli::backup_options& options, cli::terminal& term) {
  if (fs::exists(options.folder)) // before the node is troubled
    throw cli::failure(cli::exit_usage, options.folder + " is there already; a backup gets a new folder");
  auto checkpoint = ask_for_checkpoint(options);
  auto page = take_backup(checkpoint, options.folder, options.maestro_version, term.now());
  std::error_code ignored;
  fs::remove_all(checkpoint, ignored);
  if (!page)
    throw cli::failure(cli::exit_refused, page.error().text);
  term.out << cli::printable(fmt::format("{} is a whole backup: {}", options.folder, described(*page))) << "\n";
  return cli::exit_ok;
}

int restore_command(const cli::restore_options& options, cli::terminal& term) {
  auto page = options.only_look ? read_backup(options.folder) : restore_backup(options.folder, options.data_dir);
  if (!page)
    throw cli::failure(cli::exit_refused, page.error().text);
  if (options.only_look)
    term.out << cli::printable(fmt::format("{}: {}", options.folder, described(*page))) << "\n";
  else
    term.out << cli::printable_lines(
                    fmt::format("restored to {}: {}\n", options.data_dir, described(*page)) +
                    fmt::format("Start a node on it: maestro node --data-dir {}", options.data_dir))
             << "\n";
  return cli::exit_ok;
}

} // namespace maestro
