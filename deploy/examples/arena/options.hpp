// `--name value` and `--flag` arguments, as both programs take them. An unknown or malformed one ends the program
// with code 2 and a line that names it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace arena {

class options {
public:
  explicit options(std::string usage) : usage_(std::move(usage)) {}

  void text(const std::string& name, std::string& target, const std::string& help);
  void number(const std::string& name, std::int64_t& target, std::int64_t least, std::int64_t most,
              const std::string& help);
  void flag(const std::string& name, bool& target, const std::string& help);
  /// Exits with 0 on --help.
  void parse(int argc, char** argv) const;

private:
  struct option {
    std::string name;
    std::string help;
    bool takes_value;
    std::function<bool(const std::string&)> set; ///< false: the value is wrong
    std::string wanted;
  };
  std::string usage_;
  std::vector<option> all_;
};

/// The environment's value or the fallback.
std::string environment(const char* name, const std::string& fallback = "");

} // namespace arena
