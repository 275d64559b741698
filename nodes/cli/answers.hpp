// Answers of the Management API as the client commands read and print them; a field that is not there is no error,
// the server may be older than we are.
#pragma once

#include "nodes/cli/api_client.hpp"
#include "nodes/cli/output_options.hpp"
#include "nodes/cli/terminal.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace maestro::cli {

class table;

/// Common to all client commands.
struct context {
  terminal& term;
  api_client api;
  output_options output;

  bool plain() const { return output.format == output_format::human || output.format == output_format::wide; }
  bool wide() const { return output.format == output_format::wide; }
  /// The server's answer as it is, for scripts.
  void print(const json& answer) const;
  void print(const table& rows) const;
};

/// What an answer holds: one, or a list of them.
struct item_kind {
  const char* singular; ///< field of one
  const char* plural;   ///< field of a list
  const char* id;       ///< field by which commands name it
};
inline constexpr item_kind scheduler_items{"scheduler", "schedulers", "name"};
inline constexpr item_kind node_items{"node", "nodes", "name"};
inline constexpr item_kind version_items{"version", "versions", "version"};
inline constexpr item_kind operation_items{"operation", "operations", "id"};
inline constexpr item_kind room_items{"room", "rooms", "id"};

std::vector<json> items_of(const json& answer, const item_kind& kind);
/// As `--sort-by` says; items without that field come last.
void sort_items(std::vector<json>& items, const std::string& field);
/// What `-o` asks for. False: it is for people, and the caller shows it its own way. `items` are the answer's, or these
/// with more fields.
bool print_items(const context& ctx, const json& answer, const item_kind& kind, const std::vector<json>& items);
bool print_items(const context& ctx, const json& answer, const item_kind& kind);

/// The field as text; `fallback` when it is absent or null.
std::string text_of(const json& value, const std::string& field, const std::string& fallback = "");
std::int64_t number_of(const json& value, const std::string& field);
bool truth_of(const json& value, const std::string& field);
/// The list in that field; empty when it is absent or no list.
json list_of(const json& value, const std::string& field);
/// The object in that field; empty when it is absent or none.
json object_of(const json& value, const std::string& field);

} // namespace maestro::cli
