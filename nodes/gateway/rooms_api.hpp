// The game servers' and matchmakers' door on HTTP: a table over RoomsService (proto/README.md 1.6, routes R1 to
// R6). A ping whose path is spelled plainly skips the table.
#pragma once

#include "nodes/gateway/json_api.hpp"
#include "nodes/gateway/rooms_service.hpp"

#include <memory>

namespace maestro {

class rooms_api final : public json_api {
public:
  rooms_api(boost::asio::io_context& io, actor_bridge& bridge, scheduler_directory_actor directory,
            std::size_t cached_rooms);
  ~rooms_api() override;

  std::string_view service() const override { return "rooms-api"; }
  void handle(const http_request& request, http_reply to) override;

private:
  /// The names in a ping's path that is spelled without escapes and query; empty ones when it is anything else.
  struct plain_path {
    std::string_view scheduler;
    std::string_view room;
  };
  static plain_path split(std::string_view target);
  void allocate(const api_call& call, const http_reply& to);
  void ping(const plain_path& path, const http_request& request, const http_reply& to);

  rooms_service rooms_;
  std::unique_ptr<v1::UpdateRoomWithPingRequest> scratch_; ///< of the ping at hand: keeps the room its texts took
};

} // namespace maestro
