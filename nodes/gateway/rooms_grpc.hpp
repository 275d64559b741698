// The game servers' and matchmakers' door on gRPC: a table over RoomsService, the functions that stand behind rooms_api
// as well, and gRPC's health service.
#pragma once

#include "nodes/gateway/grpc_api.hpp"
#include "nodes/gateway/health_service.hpp"
#include "nodes/gateway/rooms_service.hpp"

namespace maestro {

class rooms_grpc final : public grpc_api {
public:
  rooms_grpc(boost::asio::io_context& io, actor_bridge& bridge, const scheduler_directory_actor& directory,
             const journal_actor& journal, std::size_t cached_rooms);

  std::string_view service() const override { return "rooms-grpc"; }

private:
  rooms_service rooms_;
  health_service health_;
};

} // namespace maestro
