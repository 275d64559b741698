#include "messages/config_table.hpp"

#include <fmt/format.h>

namespace maestro {

namespace {

constexpr const char* first_release = "0.1";

} // namespace

void config_table::add(std::string path, std::string meaning, std::string limit,
                       std::function<bool(std::string_view)> set, std::function<std::string()> show) {
  keys_.push_back(
      {std::move(path), std::move(meaning), std::move(limit), first_release, std::move(set), std::move(show)});
}

void config_table::add_number(std::string path, std::int64_t min, std::int64_t max, std::string meaning,
                              const char* unit, access<std::int64_t> value) {
  auto set = [min, max, value](std::string_view text) {
    auto read = parse_integer(text);
    if (!read || *read < min || *read > max)
      return false;
    value.set(*read);
    return true;
  };
  add(std::move(path), std::move(meaning), fmt::format("{} from {} to {}", unit, min, max), std::move(set),
      [value] { return std::to_string(value.get()); });
}

void config_table::add_span(std::string path, duration min, duration max, std::string meaning,
                            access<duration> value) {
  auto limit =
      fmt::format("a duration such as 500ms or 2m30s, from {} to {}", show_duration(min), show_duration(max));
  auto set = [min, max, value](std::string_view text) {
    auto read = parse_duration(text);
    if (!read || *read < min || *read > max)
      return false;
    value.set(*read);
    return true;
  };
  add(std::move(path), std::move(meaning), std::move(limit), std::move(set),
      [value] { return show_duration(value.get()); });
}

void config_table::millis(std::string path, duration& value, std::int64_t min, std::int64_t max,
                          std::string meaning) {
  using std::chrono::milliseconds;
  add_number(std::move(path), min, max, std::move(meaning), "milliseconds",
             {[&value](std::int64_t read) { value = milliseconds{read}; },
              [&value] { return std::chrono::duration_cast<milliseconds>(value).count(); }});
}

void config_table::chance(std::string path, double& value, std::string meaning) {
  auto set = [&value](std::string_view text) {
    auto read = parse_number(text);
    if (!read || *read < 0 || *read > 1)
      return false;
    value = *read;
    return true;
  };
  add(std::move(path), std::move(meaning), "a number from 0 to 1", std::move(set),
      [&value] { return show_number(value); });
}

void config_table::truth(std::string path, bool& value, std::string meaning) {
  auto set = [&value](std::string_view text) {
    auto read = parse_bool(text);
    value = read.value_or(value);
    return read.has_value();
  };
  add(std::move(path), std::move(meaning), "true or false", std::move(set),
      [&value] { return value ? "true" : "false"; });
}

void config_table::text(std::string path, std::string& value, std::string meaning) {
  auto set = [&value](std::string_view text) {
    if (text.empty())
      return false;
    value = text;
    return true;
  };
  add(std::move(path), std::move(meaning), "a text that is not empty", std::move(set), [&value] { return value; });
}

void config_table::optional_text(std::string path, std::string& value, std::string meaning) {
  auto set = [&value](std::string_view text) {
    value = text;
    return true;
  };
  add(std::move(path), std::move(meaning), "any text", std::move(set), [&value] { return value; });
}

void config_table::list(std::string path, std::vector<std::string>& value, std::string meaning) {
  auto set = [&value](std::string_view text) {
    value = split_list(text);
    return true;
  };
  add(std::move(path), std::move(meaning), "a list of words", std::move(set),
      [&value] { return join_list(value); });
}

} // namespace maestro
