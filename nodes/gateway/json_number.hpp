// Numbers as protojson accepts them. Private to json_decode.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace maestro {

/// A JSON number and nothing else.
bool is_json_number(std::string_view text);

/// Integers, also as `1.0` or `1e3`; nothing when out of range or not integral. `text` is a JSON number.
std::optional<std::int64_t> integer_of(std::string_view text);
std::optional<std::uint64_t> unsigned_of(std::string_view text);

/// Nothing when too large; too small becomes 0. `text` is a JSON number.
std::optional<double> double_of(std::string_view text);
std::optional<float> float_of(std::string_view text);

} // namespace maestro
