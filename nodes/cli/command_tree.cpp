#include "nodes/cli/command_tree.hpp"

#include "messages/text.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/help_formatter.hpp"
#include "nodes/cli/suggestion.hpp"

#include <fmt/format.h>

namespace maestro::cli {

namespace {

constexpr const char* default_server = "http://127.0.0.1:8080";

/// `10s`, `1m30s`; a bare number is seconds.
duration read_period(const std::string& text, duration least, duration most) {
  auto period = parse_duration(text);
  if (auto seconds = parse_number(text); !period && seconds && *seconds >= 0 && *seconds <= 1e6)
    period = std::chrono::duration_cast<duration>(std::chrono::duration<double>(*seconds));
  if (!period)
    throw CLI::ValidationError(fmt::format("\"{}\" is no duration; write it like 10s or 1m30s", text));
  if (*period < least || *period > most)
    throw CLI::ValidationError(
        fmt::format("{} is not between {} and {}", text, show_duration(least), show_duration(most)));
  return *period;
}

} // namespace

command_tree::command_tree(CLI::App& app, const command_hooks& hooks, terminal& term)
    : app_(app), hooks_(hooks), term_(term) {
  app_.fallthrough();
  common_.server = term.environment("MAESTRO_SERVER").value_or(default_server);
  text(app_, "--server", common_.server, "URL", "Management API to talk to (env MAESTRO_SERVER)");
  app_.get_option("--server")->default_str(common_.server);
  period(app_, "--request-timeout", common_.request_timeout, std::chrono::milliseconds{100}, std::chrono::hours{1},
         "How long one request may take");
  choice(app_, "--color", common_.color, {"auto", "always", "never"},
         "Colours: auto, always or never; auto: on a terminal, unless NO_COLOR is set")
      .default_str("auto");
}

CLI::App& command_tree::group(const std::string& name, const std::string& alias, const std::string& heading,
                              const std::string& text) {
  auto* sub = app_.add_subcommand(name, text);
  if (!alias.empty())
    sub->alias(alias);
  sub->group(heading);
  sub->require_subcommand(1);
  sub->footer(fmt::format("\n`maestro {} COMMAND --help` tells more, with examples.", name));
  return *sub;
}

CLI::App& command_tree::leaf(CLI::App& parent, const std::string& name, const std::string& text,
                             const std::string& examples, action act) {
  auto* sub = parent.add_subcommand(name, text);
  sub->group("Commands");
  sub->footer(
      fmt::format("\nExample{}:\n  {}\n\nOptions of all commands (--server, --color, …): `maestro --help`.",
                  examples.find('\n') == std::string::npos ? "" : "s", examples));
  // A command may have commands below it (`node`, `node list`): then these are meant.
  sub->final_callback([this, sub, act = std::move(act)] {
    if (sub->get_subcommands().empty())
      chosen_ = act;
  });
  return *sub;
}

CLI::App& command_tree::client(CLI::App& parent, const std::string& name, const std::string& text,
                               const std::string& examples, client_action act) {
  auto output = std::make_shared<output_options>();
  auto& sub = leaf(parent, name, text, examples, [this, output, act = std::move(act)] {
    act(make_context(*output));
    return int{exit_ok};
  });
  auto* option = sub.add_option_function<std::string>(
      "-o,--output", [output](const std::string& given) { read_output(given, *output); },
      "table, wide, json, yaml, name, jsonpath=TEMPLATE or custom-columns=HEADING:.FIELD,…");
  option->type_name("FORMAT")->default_str("table");
  choices_[option] = output_words();
  outputs_[&sub] = output;
  return sub;
}

CLI::App& command_tree::list(CLI::App& parent, const std::string& name, const std::string& text,
                             const std::string& examples, client_action act) {
  auto& sub = client(parent, name, text, examples, std::move(act));
  auto output = outputs_[&sub];
  sub.add_flag("--no-headers", output->no_headers, "Print no headings");
  this->text(sub, "--sort-by", output->sort_by, "FIELD", "Field of the answer to sort by, e.g. .createdAt");
  return sub;
}

CLI::Option& command_tree::as_choice(CLI::Option& option, std::vector<std::string> words) {
  option.check([words](const std::string& given) {
    bool is_one = std::find(words.begin(), words.end(), given) != words.end();
    return is_one ? std::string{} : none_of(given, words);
  });
  choices_[&option] = std::move(words);
  return option;
}

CLI::Option& command_tree::choice(CLI::App& sub, const std::string& name, std::string& target,
                                  std::vector<std::string> words, const std::string& description) {
  return as_choice(text(sub, name, target, "WORD", description), std::move(words));
}

CLI::Option& command_tree::period(CLI::App& sub, const std::string& name, duration& target, duration least,
                                  duration most, const std::string& description) {
  auto* option = sub.add_option_function<std::string>(
      name, [&target, least, most](const std::string& given) { target = read_period(given, least, most); },
      description);
  option->type_name("DURATION");
  if (target.count() > 0)
    option->default_str(show_duration(target));
  return *option;
}

CLI::Option& command_tree::text(CLI::App& sub, const std::string& name, std::string& target, const char* word,
                                const std::string& description) {
  auto* option = sub.add_option(name, target, description);
  option->type_name(word);
  return *option;
}

CLI::Option& command_tree::texts(CLI::App& sub, const std::string& name, std::vector<std::string>& target,
                                 const char* word, const std::string& description) {
  auto* option = sub.add_option(name, target, description);
  option->type_name(word);
  return *option;
}

CLI::Option& command_tree::door(CLI::App& sub, const std::string& name, std::string& target,
                                const std::string& variable, unsigned port, const std::string& what) {
  target = term_.environment(variable).value_or("");
  return text(
      sub, name, target, "URL",
      fmt::format("{} (env {}; default: port {} of the machine that --server names)", what, variable, port));
}

std::string command_tree::door_address(const std::string& said, unsigned port) const {
  if (!said.empty())
    return said;
  try {
    return server_url{parse_server_url(common_.server).host, std::to_string(port), {}}.text();
  } catch (const std::invalid_argument& e) {
    throw failure(exit_usage, e.what());
  }
}

const std::vector<std::string>& command_tree::choices(const CLI::Option* option) const {
  static const std::vector<std::string> any;
  auto found = choices_.find(option);
  return found == choices_.end() ? any : found->second;
}

context command_tree::make_context(const output_options& output) const {
  bool is_for_scripts = output.format == output_format::as_json || output.format == output_format::as_yaml;
  try {
    return context{
        term_, api_client{parse_server_url(common_.server), common_.request_timeout, !is_for_scripts, term_.pause},
        output};
  } catch (const std::invalid_argument& e) {
    throw failure(exit_usage, e.what());
  }
}

void add_wait_options(command_tree& tree, CLI::App& sub, wait_options& wait, bool with_flag) {
  if (with_flag)
    sub.add_flag("--wait", wait.wait, "Wait until the operation ended; its end decides the exit code");
  tree.period(sub, "--wait-timeout", wait.limit, duration{}, std::chrono::hours{24}, "How long to wait at most");
}

std::shared_ptr<std::vector<std::string>> add_file_options(command_tree& tree, CLI::App& sub,
                                                           std::vector<std::string>& files) {
  auto vars = std::make_shared<std::vector<std::string>>();
  tree.texts(sub, "-f,--file", files, "FILE",
             "Recipe in YAML or JSON, or a folder of them; - reads standard input")
      .required()
      ->allow_extra_args(false);
  tree.texts(sub, "--var", *vars, "NAME=VALUE", "Replaces ${NAME} in the recipe's texts (repeatable)")
      .allow_extra_args(false);
  return vars;
}

void add_watch_options(command_tree& tree, CLI::App& sub, watch_options& watch) {
  sub.add_flag("-w,--watch", watch.watch, "Keep showing what changes, until interrupted");
  tree.period(sub, "--interval", watch.poll, std::chrono::milliseconds{10}, std::chrono::hours{1},
              "Time between two looks when watching");
  tree.period(sub, "--for", watch.watch_for, duration{}, std::chrono::hours{24}, "Watch only that long");
}

} // namespace maestro::cli
