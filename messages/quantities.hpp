// Kubernetes quantities (`100m`, `0.5`, `128Mi`, `1e3`, `2G`) as numbers. Used when a room is placed and by the
// process runtime when it is created: the API keeps quantities as text and does not check them (proto/README.md 1.7).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace maestro {

/// Thousandths of the quantity, rounded up; none when the text is no quantity, is negative or is beyond 2^63.
std::optional<std::int64_t> parse_quantity_milli(std::string_view text);

/// Whole units (bytes), rounded up.
std::optional<std::int64_t> parse_quantity(std::string_view text);

} // namespace maestro
