#include "test/e2e/cube2_player.hpp"

#include <enet/enet.h>

#include <string>
#include <utility>

namespace maestro::test {

namespace {

using namespace std::string_literals;

constexpr std::size_t channels = 3;
constexpr enet_uint8 messages = 1;
/// N_CONNECT; name; model; password, authority and account, which are empty.
const std::string joins = "\0player\0\0\0\0\0"s;

} // namespace

cube2_player::cube2_player(std::uint16_t port) : thread_([this, port] { play(port); }) {}

cube2_player::~cube2_player() {
  leaves_ = true;
  thread_.join();
}

void cube2_player::play(std::uint16_t port) {
  if (::enet_initialize() != 0)
    return;
  auto* here = ::enet_host_create(nullptr, 1, channels, 0, 0);
  ENetAddress server{};
  ::enet_address_set_host(&server, "127.0.0.1");
  server.port = port;
  auto* peer = here == nullptr ? nullptr : ::enet_host_connect(here, &server, channels, 0);
  bool has_joined = false;
  ENetEvent event{};
  while (peer != nullptr && !leaves_ && ::enet_host_service(here, &event, 20) >= 0) {
    if (event.type != ENET_EVENT_TYPE_RECEIVE)
      continue;
    ::enet_packet_destroy(event.packet);
    if (!std::exchange(has_joined, true)) // the server has said what it is
      ::enet_peer_send(peer, messages,
                       ::enet_packet_create(joins.data(), joins.size(), ENET_PACKET_FLAG_RELIABLE));
  }
  if (peer != nullptr)
    ::enet_peer_disconnect_now(peer, 0);
  if (here != nullptr)
    ::enet_host_destroy(here);
  ::enet_deinitialize();
}

} // namespace maestro::test
