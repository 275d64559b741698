// The game servers' and matchmakers' door (behaviour.md 1.6, routes R1, R5, R6). Pings are the hot path:
//
//   PUT /scheduler/{s}/rooms/{r}/ping ──> room_cache ──known──> GAME ROOM ──> {"success":…}
//                                             └─unknown─> DIRECTORY find_room ─┘
//
// A room whose actor is gone is looked up once more. Whatever goes wrong with a well-formed ping is answered
// `{"success":false}` with 200, as clients expect.
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/json_api.hpp"
#include "nodes/gateway/room_cache.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace api::v1 {
class UpdateRoomWithPingRequest;
}

namespace maestro {

class rooms_api final : public json_api {
public:
  rooms_api(boost::asio::io_context& io, actor_bridge& bridge, scheduler_directory_actor directory,
            std::size_t cached_rooms);
  ~rooms_api() override;

  std::string_view service() const override { return "rooms-api"; }
  void handle(const http_request& request, http_reply reply) override;

private:
  void ping(const api_call& call, const http_reply& reply);
  void address(const api_call& call, const http_reply& reply);
  void allocate(const api_call& call, const http_reply& reply);

  result<ping_room> read_ping(std::string_view body);
  void ping_known(std::string key, const game_room_actor& room, const ping_room& what, const http_reply& reply);
  void ping_found(std::string key, scheduler_name scheduler, room_id room, const ping_room& what,
                  const http_reply& reply);
  void arm_rotation();

  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
  room_cache rooms_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<api::v1::UpdateRoomWithPingRequest> scratch_;
};

} // namespace maestro
