// `-l team=red,stage!=test,owner`: which labels something must have. All conditions must hold.
#pragma once

#include "nodes/cli/api_client.hpp"

#include <string>
#include <vector>

namespace maestro::cli {

class label_filter {
public:
  /// Throws `failure` (exit_usage) that names the condition.
  static label_filter parse(const std::string& text);
  bool empty() const { return conditions_.empty(); }
  bool holds(const json& labels) const;

private:
  struct condition {
    enum class kind { equal, differs, present, absent } what = kind::present;
    std::string key, value;
  };
  std::vector<condition> conditions_;
};

} // namespace maestro::cli
