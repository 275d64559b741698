// Recipes: the file an operator writes for `scheduler create -f`, in YAML or JSON, turned into the JSON that the
// API takes. Field names are the API's (camelCase; snake_case is accepted as well). The file's values get the type
// of their field, so `cpu: 1`, `value: 8080` and `value: "no"` all arrive as the text they are, and `port: seven`
// is refused with file, line and field instead of travelling to the server. Unknown and repeated fields are
// refused too: a typo in a recipe must not be silently ignored.
//
// In text, `${NAME}` is replaced where NAME was given with --var, or is RECIPE_DIR, the absolute folder of the
// recipe; every other `${…}` is left alone, so that shell commands keep theirs.
#pragma once

#include <map>
#include <stdexcept>
#include <string>

namespace maestro::cli {

/// Names the file, the line where it is known, and the field.
struct recipe_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using variables = std::map<std::string, std::string>;

struct document;

/// The recipe in the text, without the `scheduler:` that answers put around it. Throws `recipe_error`.
document recipe_document(const std::string& text, const std::string& file);

/// `file` is only used in messages. Returns compact JSON. Throws `recipe_error`.
std::string recipe_to_json(const std::string& text, const std::string& file, const variables& vars);

/// A JSON document as block YAML whose scalars keep their types when it is read back.
std::string json_to_yaml(const std::string& json_text);

} // namespace maestro::cli
