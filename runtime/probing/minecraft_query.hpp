// Minecraft's server list ping over TCP (protocol 1.7 and later): a handshake, a request, and one packet with JSON that holds
// `players.online`. Only that number is looked for; the JSON is walked, never built.
#pragma once

#include "runtime/probing/probe_reading.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace maestro::probing {

/// The longest answer that is read: the icon of a server makes up most of it.
constexpr std::size_t longest_minecraft_answer = 128 * 1024;

/// Handshake and request in one.
std::string minecraft_question(const std::string& host, std::uint16_t port);

/// Of all that came so far.
probe_reading read_minecraft(std::string_view bytes);

/// The whole number of `players.online` in a JSON object; none where there is no such number.
std::optional<std::int64_t> players_online(std::string_view json);

} // namespace maestro::probing
