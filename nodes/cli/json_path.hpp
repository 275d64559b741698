// JSONPath as kubectl's users write it, over the server's answer: `{.schedulers[*].name}`. What stands outside of braces
// is text; inside: fields, `['a.b']`, indexes (negative ones from the end), `[*]`, a quoted text, and
// `{range PATH}…{end}`. A field that is not there gives nothing. Made once of what the operator wrote, asked for each answer.
#pragma once

#include "nodes/cli/api_client.hpp"

#include <string>
#include <vector>

namespace maestro::cli {

/// Fields and indexes from a value down.
class json_path {
public:
  /// `.a.b[0]`, `a.b`, `{.a.b}`. Throws `failure` (exit_usage) that names what is wrong.
  static json_path parse(const std::string& text);
  /// In the order in which they stand.
  std::vector<const json*> find(const json& root) const;

private:
  struct step {
    enum class kind { field, index, all } what = kind::field;
    std::string name;
    long index = 0;
  };
  std::vector<step> steps_;
};

class json_template {
public:
  static json_template parse(const std::string& text);
  std::string render(const json& root) const;

private:
  struct part {
    enum class kind { text, path, range } what = kind::text;
    std::string text;
    json_path path;
    std::vector<part> inner;
  };
  static std::vector<part> parts_of(const std::string& text, std::size_t& at, bool in_range);
  static std::string rendered(const std::vector<part>& parts, const json& root);
  std::vector<part> parts_;
};

/// A text as it is, anything else as JSON.
std::string bare_text(const json& value);

} // namespace maestro::cli
