#include "nodes/cli/man_pages.hpp"

#include "messages/text.hpp"
#include "nodes/cli/help_formatter.hpp"

#include <fmt/format.h>

#include <sstream>

namespace maestro::cli {

namespace {

/// Text that troff takes as it is: no line is a request, no backslash an escape, no dash a hyphen.
std::string plain(const std::string& text) {
  std::string safe;
  bool at_line = true;
  for (char c : text) {
    if (at_line && (c == '.' || c == '\''))
      safe += "\\&";
    at_line = c == '\n';
    if (c == '\\')
      safe += "\\e";
    else if (c == '-')
      safe += "\\-";
    else
      safe += c;
  }
  return safe;
}

std::string bold(const std::string& text) {
  return "\\fB" + plain(text) + "\\fR";
}

std::string as_it_is(const std::string& text) {
  auto from = text.find_first_not_of('\n');
  return from == std::string::npos ? "" : ".EX\n" + plain(text.substr(from)) + "\n.EE\n";
}

std::string title(const std::string& name, const char* section, const std::string& text) {
  return fmt::format(".TH {} {} \"\" \"maestro {}\" \"Maestro\"\n.SH NAME\n{} \\- {}\n", upper_case(plain(name)),
                     section, MAESTRO_VERSION, plain(name), plain(text));
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  std::vector<const CLI::App*> shown;
  for (auto* sub : app.get_subcommands([](auto* one) { return !one->get_group().empty(); }))
    shown.push_back(sub);
  return shown;
}

std::string usage(const CLI::App& app, const std::string& name) {
  auto text = bold(name);
  for (auto* option : app.get_options([](auto* o) { return o->get_positional() && !o->nonpositional(); }))
    text += fmt::format(" {}\\fI{}\\fR{}{}", option->get_required() ? "" : "[", plain(option->get_name(true)),
                        option->get_items_expected_max() > 1 ? " ..." : "", option->get_required() ? "" : "]");
  if (!commands_of(app).empty())
    text += " \\fICOMMAND\\fR";
  return text + " [\\fIOPTIONS\\fR]\n";
}

std::string option_entry(const CLI::Option& option) {
  std::string names;
  bool is_positional = option.get_positional() && option.nonpositional() == false;
  if (is_positional) {
    names = "\\fI" + plain(option.get_name(true)) + "\\fR";
  } else {
    std::istringstream all{option.get_name(false, true)};
    for (std::string name; std::getline(all, name, ',');)
      names += (names.empty() ? "" : ", ") + bold(name);
    if (auto word = value_word(option); !word.empty())
      names += " \\fI" + plain(word) + "\\fR";
  }
  auto text = plain(option.get_description());
  if (!is_positional && option.get_required())
    text += " (required)";
  if (auto fallback = option.get_default_str(); !fallback.empty() && fallback != "\"\"" && fallback != "false")
    text += fmt::format(" (default {})", plain(fallback));
  return fmt::format(".TP\n{}\n{}\n", names, text);
}

std::string options_of(const CLI::App& app) {
  std::string text;
  for (auto* option : app.get_options())
    text += option_entry(*option);
  return text;
}

std::string command_section(const CLI::App& app, const std::string& name) {
  auto text = fmt::format(".SS {}\n{}.PP\n{}.\n", plain(name), usage(app, name), plain(app.get_description()));
  text += options_of(app) + ".PP\n" + as_it_is(app.get_footer());
  for (auto* sub : commands_of(app))
    text += command_section(*sub, name + " " + sub->get_name());
  return text;
}

std::string see_also(const std::string& pages) {
  return ".SH SEE ALSO\n" + pages + "\n";
}

std::string main_page(const CLI::App& root) {
  auto text = title("maestro", "1", "runs and keeps game rooms: dedicated game servers");
  text += ".SH SYNOPSIS\n" + usage(root, "maestro") + ".SH DESCRIPTION\n" + plain(root.get_description()) + "\n";
  text += ".SH COMMANDS\n";
  std::string pages;
  for (auto* sub : commands_of(root)) {
    text += fmt::format(".TP\n{}\n{}\n", bold(sub->get_name()), plain(sub->get_description()));
    pages += fmt::format(".BR maestro\\-{} (1),\n", plain(sub->get_name()));
  }
  text += ".SH OPTIONS\n" + options_of(root) + ".SH EXAMPLES, EXIT CODES AND ENVIRONMENT\n" +
          as_it_is(root.get_footer());
  return text + see_also(pages + ".BR maestro.yaml (5)");
}

std::string command_page(const CLI::App& app) {
  auto name = "maestro " + app.get_name();
  auto text = title("maestro-" + app.get_name(), "1", app.get_description());
  text += ".SH SYNOPSIS\n" + usage(app, name) + ".SH DESCRIPTION\n" + plain(app.get_description()) + ".\n";
  text += ".SH OPTIONS\n" + options_of(app) + ".PP\n" + as_it_is(app.get_footer());
  if (auto below = commands_of(app); !below.empty()) {
    text += ".SH COMMANDS\n";
    for (auto* sub : below)
      text += command_section(*sub, name + " " + sub->get_name());
  }
  return text + see_also(".BR maestro (1)");
}

std::string configuration_page(const std::vector<explained_key>& keys) {
  auto text = title("maestro.yaml", "5", "configuration of a Maestro node");
  text += ".SH SYNOPSIS\n.B maestro node \\-\\-config\n.I /etc/maestro/maestro.yaml\n.SH DESCRIPTION\n";
  text += "A YAML mapping; a key with dots stands for nested mappings. What is stronger, in this order: defaults, "
          "this file, "
          "the environment (MAESTRO_ and the path in capitals, _ for .), the command line. A key that is not here "
          "or a "
          "value outside of its limits stops the start.\n.SH KEYS\n";
  for (auto& key : keys)
    text += fmt::format(".TP\n{} (default {})\n{}\n.br\nMay be {}. Since {}.\n", bold(key.path),
                        plain(key.fallback), plain(key.meaning), plain(key.limit), plain(key.since));
  return text + see_also(".BR maestro\\-node (1),\n.BR maestro\\-config (1)");
}

} // namespace

std::map<std::string, std::string> man_pages(const command_tree& tree) {
  std::map<std::string, std::string> pages{{"man1/maestro.1", main_page(tree.root())}};
  for (auto* sub : commands_of(tree.root()))
    pages[fmt::format("man1/maestro-{}.1", sub->get_name())] = command_page(*sub);
  if (tree.hooks().config_keys)
    pages["man5/maestro.yaml.5"] = configuration_page(tree.hooks().config_keys());
  return pages;
}

std::string man_page_of(const command_tree& tree, const std::vector<std::string>& command) {
  auto pages = man_pages(tree);
  auto name = command.empty() ? "man1/maestro.1" : fmt::format("man1/maestro-{}.1", command.front());
  if (!command.empty() && command.front() == "maestro.yaml")
    name = "man5/maestro.yaml.5";
  auto found = pages.find(name);
  return found == pages.end() ? std::string{} : found->second;
}

} // namespace maestro::cli
