#include "nodes/cli/answers.hpp"

#include "nodes/cli/recipe.hpp"

#include <ostream>

namespace maestro::cli {

void context::print(const json& answer) const {
  term.out << (output == output_format::as_yaml ? json_to_yaml(answer.dump()) : answer.dump(2) + "\n")
           << std::flush;
}

std::string text_of(const json& value, const std::string& field, const std::string& fallback) {
  auto found = value.is_object() ? value.find(field) : value.end();
  if (found == value.end() || found->is_null())
    return fallback;
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::int64_t number_of(const json& value, const std::string& field) {
  auto found = value.is_object() ? value.find(field) : value.end();
  if (found == value.end())
    return 0;
  if (found->is_number())
    return found->get<std::int64_t>();
  return found->is_string() ? std::atoll(found->get_ref<const std::string&>().c_str()) : 0;
}

json list_of(const json& value, const std::string& field) {
  auto found = value.is_object() ? value.find(field) : value.end();
  return found != value.end() && found->is_array() ? *found : json::array();
}

} // namespace maestro::cli
