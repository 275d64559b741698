// A game server that does what it is told on its standard input, by the C++ client alone: the other half of sdk_test.
#include "deploy/sdk/maestro_room.hpp"

#include <csignal>
#include <iostream>
#include <string>

namespace {

volatile std::sig_atomic_t is_asked_to_end = 0;

} // namespace

int main() {
  auto room = maestro_sdk::room::from_environment();
  if (!room)
    return 3;
  std::cout << "port " << maestro_sdk::room::port("game") << std::endl;
  struct sigaction on_end {};
  on_end.sa_handler = [](int) { is_asked_to_end = 1; };
  ::sigaction(SIGTERM, &on_end, nullptr); // without SA_RESTART: the read below ends
  for (std::string word; is_asked_to_end == 0 && std::cin >> word;) {
    if (word == "ready")
      room->ready();
    else if (word == "occupied")
      room->occupied();
    else if (word == "two")
      room->matches(2);
    else if (word == "map")
      room->metadata("map", "de \"dust\"\n2");
    std::cout << word << (room->flush(std::chrono::seconds{5}) ? " told" : " not told") << std::endl;
  }
  room->terminating();
  std::cout << (room->flush(std::chrono::seconds{5}) ? "end told" : "end not told") << std::endl;
}
