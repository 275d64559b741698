// A GET that is answered 2xx: what is looked at is the first line of the answer, nothing behind it; redirections are not
// followed.
#pragma once

#include "runtime/probing/probe_reading.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace maestro::probing {

/// Of the first line.
constexpr std::size_t longest_status_line = 1024;

/// `path` is of a recipe that was found valid.
std::string http_question(const std::string& host, std::uint16_t port, const std::string& path);

/// Of all that came so far.
probe_reading read_http(std::string_view bytes);

} // namespace maestro::probing
