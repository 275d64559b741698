// Help as it is printed: commands in groups, options with the word for what they take (FILE, DURATION), their default and
// everything that is longer than 80 columns wrapped under its own column. Installed once, on the root of the commands.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace maestro::cli {

class help_formatter : public CLI::Formatter {
public:
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* sub) const override;
  std::string make_footer(const CLI::App* app) const override;
};

/// What an option takes, in one word; empty for a flag.
std::string value_word(const CLI::Option& option);

} // namespace maestro::cli
