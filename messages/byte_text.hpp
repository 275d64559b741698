// Bytes as people write them: hexadecimal digits in pairs, with spaces where they like, `00*508` for a byte that comes so many
// times, `??` for one that may be any. For recipes that say what a game server is asked and how its answer begins.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

/// Of a question or an answer in a recipe: what fits into one datagram on any network.
constexpr std::size_t most_query_bytes = 1400;

struct byte_pattern {
  std::string bytes;
  std::vector<bool> is_any; ///< of each of them

  /// Whether a text begins so.
  bool begins(std::string_view text) const;
  bool has_any() const;
};

/// None where it is no such text, or has more bytes than that.
std::optional<byte_pattern> parse_bytes(std::string_view text, std::size_t most);

} // namespace maestro
