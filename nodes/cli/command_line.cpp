#include "nodes/cli/command_line.hpp"

#include "nodes/cli/command_tree.hpp"
#include "nodes/cli/completion.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/help_formatter.hpp"
#include "nodes/cli/printable.hpp"
#include "nodes/cli/suggestion.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ostream>

namespace maestro::cli {

namespace {

constexpr const char* main_footer = R"(
Examples:
  maestro node --data-dir ./data                 a node on 8080, 8070, 8081
  maestro scheduler create -f arena.yaml --wait  create a scheduler
  maestro room list arena --watch                see its rooms change
  maestro scheduler list -o json                 the server's answer as it is

Exit codes:
  0  done                        4  scheduler, operation or room not found
  1  refused, or ended in error  5  not in time (--wait-timeout)
  2  wrong usage or bad file     6  the operation ended canceled or evicted
  3  no server, or no answer

Environment:
  MAESTRO_SERVER  the Management API, default http://127.0.0.1:8080
  NO_COLOR        no colours when set (as --color never)

`maestro COMMAND --help` tells more about each command.)";

/// The first word that should be a command and is none, named with what was probably meant; and which commands there are.
std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& given) {
  const auto* command = &app;
  for (std::size_t i = 0; i < given.size(); ++i) {
    auto subs = command->get_subcommands([](auto* sub) { return !sub->get_group().empty(); });
    if (subs.empty())
      return std::nullopt;
    auto& word = given[i];
    if (word.starts_with('-')) {
      auto* option = command->get_option_no_throw(word);
      option = option == nullptr ? app.get_option_no_throw(word) : option;
      i += option != nullptr && option->get_items_expected_max() > 0 ? 1 : 0;
      continue;
    }
    auto known = std::find_if(subs.begin(), subs.end(), [&](auto* sub) { return sub->check_name(word); });
    if (known != subs.end()) {
      command = *known;
      continue;
    }
    std::vector<std::string> names;
    for (auto* sub : subs) {
      names.push_back(sub->get_name());
      for (auto& alias : sub->get_aliases())
        names.push_back(alias);
    }
    return fmt::format("unknown command \"{}\"{}", word, suggestion(word, names));
  }
  return std::nullopt;
}

/// The command that the arguments reached, and its name with those of its parents.
const CLI::App* reached(const CLI::App& app, std::string& name) {
  const auto* command = &app;
  name = "maestro";
  for (auto subs = app.get_subcommands(); !subs.empty(); subs = command->get_subcommands()) {
    command = subs.front();
    name += " " + command->get_name();
  }
  return command;
}

std::string error_text(const CLI::App& root, const CLI::App& command, const CLI::ParseError& e) {
  if (dynamic_cast<const CLI::ExtrasError*>(&e) == nullptr)
    return e.what();
  auto extras = root.remaining(true);
  auto extra = extras.empty() ? std::string{} : extras.front();
  if (!extra.starts_with('-'))
    return fmt::format("\"{}\" was not expected", extra);
  std::vector<std::string> names;
  for (const auto* app = &command; app != nullptr; app = app->get_parent())
    for (auto* option : app->get_options())
      for (auto& name : option->get_lnames())
        names.push_back("--" + name);
  extra = extra.substr(0, extra.find('='));
  return fmt::format("unknown option {}{}", extra, suggestion(extra, names));
}

/// CLI11 wants to throw its way out of help and errors; here both become text and a code.
std::optional<int> parse_arguments(CLI::App& app, std::vector<std::string> given, terminal& term) {
  if (given.empty())
    given = {"--help"};
  if (given.front() == "help") {
    given.erase(given.begin());
    given.emplace_back("--help");
  }
  auto refuse = [&](const std::string& text, const std::string& where) {
    term.err << fmt::format("maestro: {}\n`{} --help` tells what there is\n", printable_lines(text), where)
             << std::flush;
    return int{exit_usage};
  };
  std::string where = "maestro";
  if (auto unknown = unknown_command(app, given))
    return refuse(*unknown, where);
  std::reverse(given.begin(), given.end());
  try {
    app.parse(std::move(given));
    return std::nullopt;
  } catch (const failure& e) {
    reached(app, where);
    return refuse(e.what(), where);
  } catch (const CLI::Success& e) {
    app.exit(e, term.out, term.err);
    return exit_ok;
  } catch (const CLI::ParseError& e) {
    auto* command = reached(app, where);
    if (!command->get_subcommands([](auto* sub) { return !sub->get_group().empty(); }).empty()) {
      term.err << command->help(where) << std::flush;
      return exit_usage;
    }
    return refuse(error_text(app, *command, e), where);
  }
}

void choose_colors(terminal& term, const std::string& color) {
  if (color != "auto")
    term.color = color == "always";
}

/// Whatever goes wrong becomes a line on stderr and a code.
int run_command(const command_tree& tree, terminal& term) {
  auto report = [&](int code, const std::string& text) {
    term.out.flush();
    term.err << "maestro: " << printable_lines(text) << std::endl;
    return code;
  };
  try {
    choose_colors(term, tree.common().color);
    auto code = tree.run();
    term.out.flush();
    if (!term.out)
      return report(exit_refused, "the output could not be written");
    return code;
  } catch (const failure& e) {
    return report(e.code, e.what());
  } catch (const recipe_error& e) {
    return report(exit_usage, e.what());
  } catch (const unreachable& e) {
    return report(exit_unreachable, fmt::format("{}\nIs a node running there? (--server or MAESTRO_SERVER chooses "
                                                "another; `maestro node` starts one)",
                                                e.what()));
  } catch (const std::exception& e) {
    return report(exit_refused, fmt::format("the answer makes no sense: {}", e.what()));
  }
}

} // namespace

int run_command_line(const std::vector<std::string>& given, const command_hooks& hooks, terminal& term) {
  CLI::App app{"Maestro runs and keeps game rooms: dedicated game servers.", "maestro"};
  app.formatter(std::make_shared<help_formatter>());
  app.footer(main_footer);
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("-V,--version", "maestro " MAESTRO_VERSION, "Print the version and exit");
  command_tree tree{app, hooks, term};
  add_scheduler_commands(tree);
  add_room_commands(tree);
  add_operation_commands(tree);
  add_node_commands(tree);
  add_backup_commands(tree);
  add_man_command(tree);
  if (given.size() > 1 && given[0] == complete_command) {
    for (auto& candidate : complete(tree, {given.begin() + 2, given.end()}))
      term.out << printable(candidate) << "\n";
    return exit_ok;
  }
  if (auto ended = parse_arguments(app, given, term))
    return *ended;
  return run_command(tree, term);
}

int run_command_line(int argc, char** argv, const command_hooks& hooks) {
  auto term = process_terminal();
  return run_command_line(std::vector<std::string>(argv + 1, argv + argc), hooks, term);
}

} // namespace maestro::cli
