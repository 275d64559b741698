#include "runtime/probing/quake3_query.hpp"

#include <fmt/format.h>

namespace maestro::probing {

namespace {

constexpr std::string_view out_of_band = "\xff\xff\xff\xff";
constexpr std::string_view head = "\xff\xff\xff\xffstatusResponse\n";

/// The value of `\key\value\key\value`; empty where there is no such key.
std::string_view variable(std::string_view pairs, std::string_view wanted) {
  while (pairs.starts_with('\\')) {
    pairs.remove_prefix(1);
    auto key = pairs.substr(0, pairs.find('\\'));
    pairs.remove_prefix(key.size());
    if (pairs.empty())
      return {};
    pairs.remove_prefix(1);
    auto value = pairs.substr(0, pairs.find('\\'));
    pairs.remove_prefix(value.size());
    if (key == wanted)
      return value;
  }
  return {};
}

} // namespace

std::string quake3_question(std::uint32_t number) {
  return fmt::format("{}getstatus {:08x}\n", out_of_band, number);
}

probe_reading read_quake3(std::string_view datagram, std::uint32_t number) {
  if (!datagram.starts_with(head))
    return unusable("what it answers is no statusResponse");
  datagram.remove_prefix(head.size());
  auto variables = datagram.substr(0, datagram.find('\n'));
  if (variable(variables, "challenge") != fmt::format("{:08x}", number))
    return unusable("its statusResponse answers another question");
  datagram.remove_prefix(variables.size());
  std::int64_t players = 0;
  while (datagram.starts_with('\n')) {
    datagram.remove_prefix(1);
    auto line = datagram.substr(0, datagram.find('\n'));
    datagram.remove_prefix(line.size());
    players += line.find('"') != line.npos; // score, ping and a name in quotes
  }
  return answer_with(players);
}

} // namespace maestro::probing
