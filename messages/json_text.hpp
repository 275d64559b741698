// Text for the outside: UTF-8 and JSON strings. Whatever bytes a game server or a client sent, what we write is valid.
// No protobuf here; Structs and numbers are in messages/struct_json.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace maestro {

/// Bytes of the UTF-8 sequence at `at`, 0 when there is none: no overlong forms, no surrogates.
std::size_t utf8_length(std::string_view text, std::size_t at);

/// Bytes that are not UTF-8 become U+FFFD.
std::string valid_utf8(std::string_view text);

/// Appends a quoted JSON string; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

} // namespace maestro
