// How an answer is shown: what `-o`, `--no-headers` and `--sort-by` say. Read once, when the command line is parsed; the
// printing is answer_printer's and listing's.
#pragma once

#include <string>
#include <vector>

namespace maestro::cli {

enum class output_format { human, wide, as_json, as_yaml, names, jsonpath, custom_columns };

struct output_options {
  output_format format = output_format::human;
  std::string expression; ///< of jsonpath and custom-columns
  bool no_headers = false;
  std::string sort_by; ///< a field of the items, e.g. `.createdAt`; empty: the list's own order
};

/// `table`, `wide`, `json`, `yaml`, `name`, `jsonpath=…`, `custom-columns=…`. Throws `failure` (exit_usage).
void read_output(const std::string& text, output_options& into);
/// What `-o` takes, for help and completion.
const std::vector<std::string>& output_words();

} // namespace maestro::cli
