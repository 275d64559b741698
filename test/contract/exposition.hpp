// The Prometheus text format as a test reads it: each family with its help, type and series. For tests of /metrics.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace maestro {

struct metric_series {
  std::string name; ///< as written, so with `_bucket`, `_sum` or `_count`
  std::map<std::string, std::string> labels;
  std::string value;
};

struct exposed_family {
  std::string type, help;
  std::vector<metric_series> series;
};

/// By name; text that is none fails the test.
std::map<std::string, exposed_family> read_exposition(const std::string& text);

/// What the contract says of a metric (proto/README.md 8.3).
struct metric_row {
  std::string name, type;
  std::string help_ends; ///< `(counter)`, `(gauge)`, `(latency)`, `(bytes)`
  std::set<std::string> labels;
  std::map<std::string, std::set<std::string>> values{}; ///< of labels with fixed values
  std::vector<std::string> buckets{};                    ///< of a histogram, without +Inf
  bool is_rare = false;                                  ///< appears only after what no client can bring about
};

/// Every metric of a node.
std::vector<metric_row> metric_rows();

} // namespace maestro
