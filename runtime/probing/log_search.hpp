// Whether a game server has written a line that a recipe waits for. `*` in the pattern stands for anything within the line;
// everything else for itself. The time is bounded by lengths: there is nothing to go back to.
#pragma once

#include <string_view>

namespace maestro::probing {

/// Whether some line of the text holds the pattern.
bool has_line(std::string_view text, std::string_view pattern);

} // namespace maestro::probing
