// RoomsService of proto/api/v1: what game servers and matchmakers say and ask. One function for each rpc that is
// served, the same for every door (call_context says how they are called). Pings are the hot path:
//
//   update_room_with_ping ──> room_cache ──known──> GAME ROOM ──> success or not
//                                 └─unknown─> DIRECTORY find_room ─┘
//
// A room whose actor is gone, or did not answer in time, is forgotten; one that is gone is looked up once more.
// Pings bring their metadata only where matchmakers want them: the cache remembers what the room said last.
// Whatever goes wrong with a well-formed ping is answered `success: false`, as clients expect. One instance for
// each I/O thread, because of the cache.
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/call_context.hpp"
#include "nodes/gateway/room_cache.hpp"

#include <boost/asio/steady_timer.hpp>

#include <string>

namespace api::v1 {
class AllocateRoomRequest;
class AllocateRoomResponse;
class ForwardPlayerEventRequest;
class ForwardPlayerEventResponse;
class ForwardRoomEventRequest;
class ForwardRoomEventResponse;
class GetRoomAddressRequest;
class GetRoomAddressResponse;
class UpdateRoomStatusRequest;
class UpdateRoomStatusResponse;
class UpdateRoomWithPingRequest;
class UpdateRoomWithPingResponse;
} // namespace api::v1

namespace maestro {

namespace v1 = api::v1;

class rooms_service {
public:
  rooms_service(boost::asio::io_context& io, actor_bridge& bridge, scheduler_directory_actor directory,
                std::size_t cached_rooms);

  void update_room_with_ping(const call_context&, const v1::UpdateRoomWithPingRequest&,
                             reply<v1::UpdateRoomWithPingResponse>);
  void forward_room_event(const call_context&, const v1::ForwardRoomEventRequest&,
                          reply<v1::ForwardRoomEventResponse>);
  void forward_player_event(const call_context&, const v1::ForwardPlayerEventRequest&,
                            reply<v1::ForwardPlayerEventResponse>);
  void update_room_status(const call_context&, const v1::UpdateRoomStatusRequest&,
                          reply<v1::UpdateRoomStatusResponse>);
  void get_room_address(const call_context&, const v1::GetRoomAddressRequest&, reply<v1::GetRoomAddressResponse>);
  void allocate_room(const call_context&, const v1::AllocateRoomRequest&, reply<v1::AllocateRoomResponse>);

private:
  using ping_reply = reply<v1::UpdateRoomWithPingResponse>;
  struct addressed_ping {
    scheduler_name scheduler;
    room_id room;
    ping_room what;
  };

  void ping_known(call_deadline by, const game_room_actor& room, addressed_ping ping, ping_reply answer);
  void ping_found(call_deadline by, addressed_ping ping, ping_reply answer);
  void note_wish(const addressed_ping& ping, const ping_result& told);
  template <class Response, class Request, class Fill>
  void report(const call_context&, const Request&, report_kind, std::string word, reply<Response>, Fill);
  void arm_rotation();

  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
  room_cache rooms_;
  boost::asio::steady_timer timer_;
};

} // namespace maestro
