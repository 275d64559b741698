#include "nodes/gateway/timelines_service.hpp"

#include "messages/api_codec.hpp"

#include "api/v1/timelines.pb.h"

#include <fmt/format.h>

namespace maestro {

void timelines_service::get_room_timeline(const call_context& context, const v1::GetRoomTimelineRequest& request,
                                          reply<v1::GetRoomTimelineResponse> answer) {
  bridge_.ask(
      directory_,
      maestro::get_room_timeline{scheduler_name(request.scheduler_name()), room_id(request.room_name())},
      [answer = std::move(answer)](result<timeline>&& found) {
        if (!found)
          return answer(found.error());
        v1::GetRoomTimelineResponse response;
        to_api(*found, *response.mutable_timeline());
        answer(std::move(response));
      },
      context.deadline);
}

void timelines_service::get_operation_timeline(const call_context& context,
                                               const v1::GetOperationTimelineRequest& request,
                                               reply<v1::GetOperationTimelineResponse> answer) {
  bridge_.ask(
      directory_,
      maestro::get_operation_timeline{scheduler_name(request.scheduler_name()),
                                      operation_id(request.operation_id())},
      [answer = std::move(answer)](result<timeline>&& found) {
        if (!found)
          return answer(found.error());
        v1::GetOperationTimelineResponse response;
        to_api(*found, *response.mutable_timeline());
        answer(std::move(response));
      },
      context.deadline);
}

void timelines_service::list_changes(const call_context& context, const v1::ListChangesRequest& request,
                                     reply<v1::ListChangesResponse> answer) {
  bool of_operations = request.of() == "operations";
  if (!of_operations && !request.of().empty() && request.of() != "rooms")
    return answer(
        failure{ec::invalid_argument, fmt::format("of: \"{}\" must be rooms or operations", request.of())});
  maestro::list_changes asked{scheduler_name(request.scheduler_name()), of_operations, !request.has_after(),
                              request.after()};
  bridge_.ask(
      directory_, std::move(asked),
      [answer = std::move(answer)](result<change_list>&& found) {
        if (!found)
          return answer(found.error());
        v1::ListChangesResponse response;
        to_api(*found, response);
        answer(std::move(response));
      },
      context.deadline);
}

} // namespace maestro
