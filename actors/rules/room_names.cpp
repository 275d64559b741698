#include "actors/rules/room_names.hpp"

#include <string_view>

namespace maestro::rules {

room_id draw_room_name(const scheduler_name& scheduler, small_random& random) {
  constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
  constexpr std::size_t scheduler_length_max = 58;
  constexpr int suffix_length = 5;
  auto name = scheduler.str().substr(0, scheduler_length_max) + "-";
  for (int i = 0; i < suffix_length; ++i)
    name += alphabet[random() % alphabet.size()];
  return room_id{std::move(name)};
}

} // namespace maestro::rules
