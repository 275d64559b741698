// What an event says beside its kind: a JSON object of the game server, or of a recipe, as the texts that matchmakers
// get (proto/README.md 6.3). Values that are no strings are written as the original writes them. Used by
// actors/rules/matchmaker_calls.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace maestro::rules {

/// How numbers are written: as the original does, `1.2345678e+07`, or whole ones as whole numbers, `12345678`.
enum class number_style { original, plain };

struct attribute {
  std::string text;
  bool is_string = true; ///< it was one in JSON
};
using attributes = std::map<std::string, attribute>;

/// Nothing when the text is no JSON object.
std::optional<attributes> read_attributes(std::string_view json, number_style style);

} // namespace maestro::rules
