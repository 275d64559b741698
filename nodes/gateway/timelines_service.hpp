// TimelinesService of proto/api/v1: what the journal still knows of a room or of an operation, also of one that
// has ended. One function for each rpc, the same for every door (call_context says how they are called).
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/call_context.hpp"

namespace api::v1 {
class GetOperationTimelineRequest;
class GetOperationTimelineResponse;
class GetRoomTimelineRequest;
class GetRoomTimelineResponse;
class ListChangesRequest;
class ListChangesResponse;
} // namespace api::v1

namespace maestro {

namespace v1 = api::v1;

class timelines_service {
public:
  timelines_service(actor_bridge& bridge, scheduler_directory_actor directory)
      : bridge_(bridge), directory_(std::move(directory)) {}

  void get_room_timeline(const call_context&, const v1::GetRoomTimelineRequest&,
                         reply<v1::GetRoomTimelineResponse>);
  void get_operation_timeline(const call_context&, const v1::GetOperationTimelineRequest&,
                              reply<v1::GetOperationTimelineResponse>);
  void list_changes(const call_context&, const v1::ListChangesRequest&, reply<v1::ListChangesResponse>);

private:
  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
};

} // namespace maestro
