// RoomManagementService of proto/api/v1: operators look at single rooms. One function for each rpc, the same for
// every door (call_context says how they are called).
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/call_context.hpp"

#include <vector>

namespace api::v1 {
class EndRoomRequest;
class EndRoomResponse;
class ListStrangersRequest;
class ListStrangersResponse;
class AdoptStrangerRequest;
class AdoptStrangerResponse;
class EndStrangerRequest;
class EndStrangerResponse;
class GetRoomLogsRequest;
class GetRoomLogsResponse;
class GetRoomArtifactsRequest;
class GetRoomArtifactsResponse;
class GetRoomRequest;
class GetRoomResponse;
class ListRoomsRequest;
class ListRoomsResponse;
} // namespace api::v1

namespace maestro {

namespace v1 = api::v1;

/// The rooms of a scheduler behind one of them, in the order of their ids.
struct room_slice_wish {
  scheduler_name scheduler;
  room_id after; ///< empty: from the first
};
struct room_slice {
  std::vector<room_view> rooms;
  bool is_last = true;
};

class room_management_service {
public:
  room_management_service(actor_bridge& bridge, scheduler_directory_actor directory)
      : bridge_(bridge), directory_(std::move(directory)) {}

  void list_rooms(const call_context&, const v1::ListRoomsRequest&, reply<v1::ListRoomsResponse>);
  /// For doors that answer in one piece: without page and size the first page.
  void list_page(const call_context&, const v1::ListRoomsRequest&, reply<v1::ListRoomsResponse>);
  /// For doors that answer ListRooms piece by piece.
  void list_slice(const call_context&, const room_slice_wish&, reply<room_slice>);
  void get_room(const call_context&, const v1::GetRoomRequest&, reply<v1::GetRoomResponse>);
  void end_room(const call_context&, const v1::EndRoomRequest&, reply<v1::EndRoomResponse>);
  void get_room_logs(const call_context&, const v1::GetRoomLogsRequest&, reply<v1::GetRoomLogsResponse>);
  /// One piece of it.
  void get_room_artifacts(const call_context&, const v1::GetRoomArtifactsRequest&,
                          reply<v1::GetRoomArtifactsResponse>);

  void list_strangers(const call_context&, const v1::ListStrangersRequest&, reply<v1::ListStrangersResponse>);
  void adopt_stranger(const call_context&, const v1::AdoptStrangerRequest&, reply<v1::AdoptStrangerResponse>);
  void end_stranger(const call_context&, const v1::EndStrangerRequest&, reply<v1::EndStrangerResponse>);

private:
  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
};

} // namespace maestro
