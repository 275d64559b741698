// The fields of a recipe and their types: the request of M3 (behaviour.md 1.4, 1.8), and the fields that only
// answers have, so that what `scheduler get -o yaml` prints can be edited and given back to `scheduler create`.
#pragma once

#include <span>
#include <string_view>

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
  std::string_view name;
  value_type type = value_type::text;
  std::span<const field_shape> fields = {}; ///< of an object, or of each object in a list
};

std::span<const field_shape> recipe_shape();

} // namespace maestro::cli
