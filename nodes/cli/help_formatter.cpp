#include "nodes/cli/help_formatter.hpp"

#include <fmt/format.h>

#include <sstream>

namespace maestro::cli {

namespace {

constexpr std::size_t line_width = 80;
constexpr std::size_t left_width = 26;

/// `left` and, in a column of its own, `right`.
std::string two_columns(const std::string& left, const std::string& right) {
  auto text = "  " + left;
  auto column = text.size();
  if (column + 2 > left_width) {
    text += "\n";
    column = 0;
  }
  text += std::string(left_width - column, ' ');
  column = left_width;
  std::istringstream words{right};
  bool is_first = true;
  for (std::string word; words >> word;) {
    if (!is_first && column + 1 + word.size() > line_width) {
      text += "\n" + std::string(left_width, ' ');
      column = left_width;
      is_first = true;
    }
    text += (is_first ? "" : " ") + word;
    column += word.size() + (is_first ? 0 : 1);
    is_first = false;
  }
  return text + "\n";
}

} // namespace

std::string value_word(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0)
    return {};
  auto name = option.get_type_name();
  name = name.substr(0, name.find(':'));
  return name == "UINT" || name == "INT" ? "NUMBER" : name;
}

std::string help_formatter::make_usage(const CLI::App* app, std::string name) const {
  auto text = "\nUsage: " + name;
  for (auto* option : app->get_options([](auto* o) { return o->get_positional() && !o->nonpositional(); }))
    text += fmt::format(" {}{}{}{}", option->get_required() ? "" : "[", option->get_name(true),
                        option->get_items_expected_max() > 1 ? "..." : "", option->get_required() ? "" : "]");
  if (!app->get_subcommands({}).empty())
    text += " COMMAND";
  return text + " [OPTIONS]\n";
}

std::string help_formatter::make_option(const CLI::Option* option, bool is_positional) const {
  auto left = option->get_name(is_positional);
  if (!is_positional) {
    std::string spaced;
    for (char c : option->get_name(false, true))
      spaced += c == ',' ? ", " : std::string(1, c);
    left = (spaced.starts_with("--") ? "    " : "") + spaced;
    if (auto word = value_word(*option); !word.empty())
      left += " " + word;
  }
  auto right = option->get_description();
  if (!is_positional && option->get_required())
    right += " (required)";
  if (auto fallback = option->get_default_str(); !fallback.empty() && fallback != "\"\"" && fallback != "false")
    right += fmt::format(" (default {})", fallback);
  return two_columns(left, right);
}

std::string help_formatter::make_subcommand(const CLI::App* sub) const {
  auto name = sub->get_name();
  for (auto& alias : sub->get_aliases())
    name += ", " + alias;
  return two_columns(name, sub->get_description());
}

std::string help_formatter::make_footer(const CLI::App* app) const {
  auto footer = app->get_footer();
  return footer.empty() ? "" : footer + "\n";
}

} // namespace maestro::cli
