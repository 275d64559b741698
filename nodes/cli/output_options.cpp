#include "nodes/cli/output_options.hpp"

#include "nodes/cli/failure.hpp"
#include "nodes/cli/json_path.hpp"
#include "nodes/cli/suggestion.hpp"

#include <fmt/format.h>

#include <array>

namespace maestro::cli {

namespace {

struct known_format {
  const char* word;
  output_format format;
};
constexpr std::array formats{known_format{"table", output_format::human},
                             known_format{"wide", output_format::wide},
                             known_format{"json", output_format::as_json},
                             known_format{"yaml", output_format::as_yaml},
                             known_format{"name", output_format::names},
                             known_format{"jsonpath=", output_format::jsonpath},
                             known_format{"custom-columns=", output_format::custom_columns}};

} // namespace

void read_output(const std::string& text, output_options& into) {
  for (auto& [word, format] : formats) {
    std::string name{word};
    bool takes_more = name.back() == '=';
    if (takes_more ? !text.starts_with(name) : text != name)
      continue;
    into.format = format;
    into.expression = takes_more ? text.substr(name.size()) : "";
    if (takes_more && into.expression.empty())
      throw failure(exit_usage, fmt::format("--output {}: an expression is expected behind the =", text));
    if (format == output_format::jsonpath)
      json_template::parse(into.expression);
    return;
  }
  throw failure(exit_usage, fmt::format("--output: {}", none_of(text, output_words())));
}

const std::vector<std::string>& output_words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all;
    for (auto& known : formats)
      all.emplace_back(known.word);
    return all;
  }();
  return words;
}

} // namespace maestro::cli
