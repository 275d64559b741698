// Answers of the Management API as the client commands read and print them; a field that is not there is no error,
// the server may be older than we are.
#pragma once

#include "nodes/cli/api_client.hpp"
#include "nodes/cli/terminal.hpp"

#include <cstdint>
#include <string>

namespace maestro::cli {

enum class output_format { human, wide, as_json, as_yaml };

/// Common to all client commands.
struct context {
  terminal& term;
  api_client api;
  output_format output = output_format::human;

  bool plain() const { return output == output_format::human || output == output_format::wide; }
  bool wide() const { return output == output_format::wide; }
  /// The server's answer as it is, for scripts.
  void print(const json& answer) const;
};

/// The field as text; `fallback` when it is absent or null.
std::string text_of(const json& value, const std::string& field, const std::string& fallback = "");
std::int64_t number_of(const json& value, const std::string& field);
/// The list in that field; empty when it is absent or no list.
json list_of(const json& value, const std::string& field);

} // namespace maestro::cli
