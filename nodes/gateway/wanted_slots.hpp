// How many slots the body of an allocation wants (proto/README.md 4.7). The original does not read that body, so clients
// send anything there: all of it but the field `slots` of a JSON object is ignored, and so is what is no such object.
#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace maestro {

/// Nothing when it wants none; `invalid_argument` when `slots` is no whole number above 0. As everywhere a number may
/// come as text. A body without the word costs a search for it.
result<std::optional<std::int32_t>> wanted_slots(std::string_view body);

} // namespace maestro
