// The fields of a recipe and their types, read from the API's own description (proto/api/v1): a Scheduler as
// answers show it has every field that CreateSchedulerRequest takes, and those that only answers have, so that
// what `scheduler get -o yaml` prints can be edited and given back to `scheduler create`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace maestro::cli {

enum class value_type {
  text,
  integer,
  number,
  boolean,
  period,
  object,
  list_of_text,
  list_of_objects,
  text_map,
  any
};

struct field_shape {
  std::string_view name; ///< as JSON spells it
  value_type type = value_type::text;
  std::vector<field_shape> fields; ///< of an object, or of each object in a list
  std::string help{};              ///< what the API's description says of it
  std::string example{};           ///< for the starter recipe; `below`: its own fields are
  bool is_answer_only = false;     ///< read, but of no effect in a recipe
};

/// `text`, `list of texts`, `duration`, …
const char* type_name(value_type type);

/// Worked out at the first call and kept.
const std::vector<field_shape>& recipe_shape();

} // namespace maestro::cli
