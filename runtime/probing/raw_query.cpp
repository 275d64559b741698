#include "runtime/probing/raw_query.hpp"

#include <algorithm>

namespace maestro::probing {

namespace {

byte_pattern pattern_of(const std::string& text) {
  return parse_bytes(text, most_query_bytes).value_or(byte_pattern{});
}

} // namespace

raw_query::raw_query(const health_recipe& how)
    : question(pattern_of(how.send).bytes), expected(pattern_of(how.expect)),
      players_at(how.players_at > 0 ? static_cast<std::size_t>(how.players_at) : 0) {}

std::size_t raw_query::size() const {
  return std::max({expected.bytes.size(), players_at, std::size_t{1}});
}

probe_reading raw_query::read_datagram(std::string_view datagram) const {
  if (!expected.begins(datagram))
    return unusable("its answer does not begin as expected");
  if (players_at == 0)
    return answer_alone();
  if (datagram.size() < players_at)
    return unusable("its answer is too short to tell the players");
  return answer_with(static_cast<unsigned char>(datagram[players_at - 1]));
}

probe_reading raw_query::read_stream(std::string_view heard) const {
  return heard.size() < size() ? more_to_come() : read_datagram(heard);
}

} // namespace maestro::probing
