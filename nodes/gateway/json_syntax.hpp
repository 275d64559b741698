// What is wrong with a text that is no JSON, in the words of the original's decoder. Private to json_decode.cpp.
#pragma once

#include <rapidjson/error/error.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace maestro {

/// `offset`: where RapidJSON stopped in `text`.
std::string syntax_error(std::string_view text, rapidjson::ParseErrorCode code, std::size_t offset);

} // namespace maestro
