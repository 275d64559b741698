// Paths and queries as grpc-gateway reads them (proto/README.md 1.1, 1.2): the path is percent-decoded first and
// split afterwards, one segment is anything between slashes, also nothing.
#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace maestro {

struct request_path {
  std::vector<std::string> segments;
  std::string_view query; ///< still encoded
};

/// Nothing when the target is no path: it does not begin with `/` or holds a broken escape.
std::optional<request_path> split_target(std::string_view target);

/// The parameters of a query or of a form body.
class query_parameters {
public:
  /// Refuses broken escapes and semicolons.
  static result<query_parameters> parse(std::string_view text);

  /// Adds those of `other` behind ours.
  void append(query_parameters other);

  /// The value under either spelling; a failure when given twice under one. The failure names `snake`.
  result<std::string> text(std::string_view snake, std::string_view camel) const;
  /// Nothing when it was not given; a failure when it is no whole number up to `largest`.
  result<std::optional<std::uint64_t>> number(std::string_view snake, std::string_view camel,
                                              std::uint64_t largest) const;
  /// Nothing when it was not given; a failure when it is no truth as Go writes one.
  result<std::optional<bool>> truth(std::string_view snake, std::string_view camel) const;

private:
  result<std::optional<std::string>> find(std::string_view snake, std::string_view camel) const;

  std::vector<std::pair<std::string, std::string>> pairs_;
};

} // namespace maestro
