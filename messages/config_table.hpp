// The keys of a configuration, each bound to the value that it sets: what a key is called, what it means, which
// values it takes, how one is read and shown. Whoever has settings describes them here (runtime/process/process_config does,
// nodes/config does); nodes/config reads files, environment and command line by the table, and prints the manual from
// it. The table points into the settings that were described: it must not outlive or outmove them.
#pragma once

#include "messages/text.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace maestro {

struct config_key {
  std::string path;    ///< e.g. `workers.healthControllerInterval`; compared without regard to case
  std::string meaning; ///< one or more sentences
  std::string limit;   ///< what a value must be, e.g. `a duration from 1ms to 24h`
  std::string since;   ///< version of Maestro that understood it first
  std::function<bool(std::string_view)> set; ///< false: not within the limit, and nothing is changed
  std::function<std::string()> show;         ///< so that it reads back
};

class config_table {
public:
  /// In the order of the manual.
  const std::vector<config_key>& keys() const { return keys_; }

  template <std::integral Number>
  void whole(std::string path, Number& value, std::int64_t min, std::int64_t max, std::string meaning) {
    number(std::move(path), value, min, max, std::move(meaning), "a whole number");
  }
  template <std::integral Number>
  void bytes(std::string path, Number& value, std::int64_t min, std::int64_t max, std::string meaning) {
    number(std::move(path), value, min, max, std::move(meaning), "bytes");
  }
  template <std::integral Number>
  void port(std::string path, Number& value, std::string meaning) {
    number(std::move(path), value, 0, 65535, std::move(meaning), "a port (0: any free one)");
  }
  /// A length of time with its unit, as `2m30s`.
  template <class Rep, class Period>
  void span(std::string path, std::chrono::duration<Rep, Period>& value, duration min, duration max,
            std::string meaning) {
    using unit = std::chrono::duration<Rep, Period>;
    add_span(std::move(path), min, max, std::move(meaning),
             {[&value](duration read) { value = std::chrono::duration_cast<unit>(read); },
              [&value] { return duration{value}; }});
  }
  /// A length of time whose unit stands in the key's name.
  void millis(std::string path, duration& value, std::int64_t min, std::int64_t max, std::string meaning);
  void chance(std::string path, double& value, std::string meaning);
  void truth(std::string path, bool& value, std::string meaning);
  void text(std::string path, std::string& value, std::string meaning);          ///< not empty
  void optional_text(std::string path, std::string& value, std::string meaning); ///< may be empty
  void list(std::string path, std::vector<std::string>& value, std::string meaning);
  /// One of some words, each with what it stands for.
  template <class Value>
  void choice(std::string path, Value& value, std::vector<std::pair<std::string, Value>> words,
              std::string meaning) {
    std::vector<std::string> names;
    for (auto& [name, meant] : words)
      names.push_back(name);
    auto set = [&value, words](std::string_view text) {
      for (auto& [name, meant] : words)
        if (lower_case(text) == name)
          return value = meant, true;
      return false;
    };
    auto show = [&value, words] {
      for (auto& [name, meant] : words)
        if (value == meant)
          return name;
      return std::string();
    };
    add(std::move(path), std::move(meaning), "one of " + join_list(names), std::move(set), std::move(show));
  }
  /// Whatever none of the above is.
  void add(std::string path, std::string meaning, std::string limit, std::function<bool(std::string_view)> set,
           std::function<std::string()> show);

private:
  template <class Value>
  struct access {
    std::function<void(Value)> set;
    std::function<Value()> get;
  };

  template <std::integral Number>
  void number(std::string path, Number& value, std::int64_t min, std::int64_t max, std::string meaning,
              const char* unit) {
    add_number(std::move(path), min, max, std::move(meaning), unit,
               {[&value](std::int64_t read) { value = static_cast<Number>(read); },
                [&value] { return static_cast<std::int64_t>(value); }});
  }
  void add_number(std::string path, std::int64_t min, std::int64_t max, std::string meaning, const char* unit,
                  access<std::int64_t> value);
  void add_span(std::string path, duration min, duration max, std::string meaning, access<duration> value);

  std::vector<config_key> keys_;
};

} // namespace maestro
