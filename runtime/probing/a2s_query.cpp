#include "runtime/probing/a2s_query.hpp"

namespace maestro::probing {

namespace {

constexpr std::string_view single = "\xff\xff\xff\xff";
constexpr std::string_view split = "\xfe\xff\xff\xff";
constexpr std::size_t challenge_size = 4;
constexpr int texts = 4; // name, map, folder, game

} // namespace

std::string a2s_question() {
  std::string question{single};
  question += "TSource Engine Query";
  question += '\0';
  return question;
}

probe_reading read_a2s(std::string_view datagram) {
  if (datagram.starts_with(split))
    return unusable("its A2S_INFO comes in several packets");
  if (!datagram.starts_with(single) || datagram.size() == single.size())
    return unusable("what it answers is no A2S_INFO");
  auto kind = datagram[single.size()];
  datagram.remove_prefix(single.size() + 1);
  if (kind == 'A' && datagram.size() == challenge_size)
    return {probe_reading::kind::ask_again, std::nullopt, a2s_question().append(datagram), ""};
  if (kind != 'I' || datagram.empty())
    return unusable("what it answers is no A2S_INFO");
  datagram.remove_prefix(1); // version of the protocol
  for (int i = 0; i < texts; ++i) {
    auto end = datagram.find('\0');
    if (end == datagram.npos)
      return unusable("its A2S_INFO is cut off");
    datagram.remove_prefix(end + 1);
  }
  // id of the game (2), players, most players, bots
  if (datagram.size() < 5)
    return unusable("its A2S_INFO is cut off");
  auto players = static_cast<unsigned char>(datagram[2]);
  auto bots = static_cast<unsigned char>(datagram[4]);
  return answer_with(players > bots ? players - bots : 0);
}

} // namespace maestro::probing
