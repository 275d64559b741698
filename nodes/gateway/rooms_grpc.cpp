#include "nodes/gateway/rooms_grpc.hpp"

#include "api/v1/rooms.pb.h"
#include "health/v1/health.pb.h"

namespace maestro {

rooms_grpc::rooms_grpc(boost::asio::io_context& io, actor_bridge& bridge,
                       const scheduler_directory_actor& directory, const journal_actor& journal,
                       std::size_t cached_rooms)
    : rooms_(io, bridge, directory, cached_rooms), health_(bridge, directory, journal, {"api.v1.RoomsService"}) {
  rpc(rooms_, &rooms_service::update_room_with_ping);
  rpc(rooms_, &rooms_service::forward_room_event);
  rpc(rooms_, &rooms_service::forward_player_event);
  rpc(rooms_, &rooms_service::update_room_status);
  rpc(rooms_, &rooms_service::get_room_address);
  rpc(rooms_, &rooms_service::allocate_room);
  rpc(health_, &health_service::check);
}

} // namespace maestro
