#include "nodes/gateway/room_management_service.hpp"

#include "messages/api_codec.hpp"

#include "api/v1/room_management.pb.h"

namespace maestro {

namespace {

constexpr std::uint64_t rooms_per_slice = 2000;

} // namespace

void room_management_service::list_rooms(const call_context& context, const v1::ListRoomsRequest& request,
                                         reply<v1::ListRoomsResponse> answer) {
  bridge_.ask(
      directory_, maestro::list_rooms{scheduler_name(request.scheduler_name()), 0, 0, {}},
      [answer = std::move(answer)](result<room_list>&& found) {
        if (!found)
          return answer(found.error());
        v1::ListRoomsResponse response;
        for (auto& room : found->items)
          to_api(room, *response.add_rooms());
        answer(std::move(response));
      },
      context.deadline);
}

void room_management_service::list_slice(const call_context& context, const room_slice_wish& wish,
                                         reply<room_slice> answer) {
  bridge_.ask(
      directory_, maestro::list_rooms{wish.scheduler, 0, rooms_per_slice, wish.after},
      [answer = std::move(answer)](result<room_list>&& found) {
        if (!found)
          return answer(found.error());
        bool is_last = found->items.size() < rooms_per_slice;
        answer(room_slice{std::move(found->items), is_last});
      },
      context.deadline);
}

void room_management_service::get_room(const call_context& context, const v1::GetRoomRequest& request,
                                       reply<v1::GetRoomResponse> answer) {
  bridge_.ask(
      directory_, maestro::get_room{scheduler_name(request.scheduler_name()), room_id(request.room_name())},
      [answer = std::move(answer)](result<room_view>&& found) {
        if (!found)
          return answer(found.error());
        v1::GetRoomResponse response;
        to_api(*found, *response.mutable_room());
        answer(std::move(response));
      },
      context.deadline);
}

void room_management_service::get_room_logs(const call_context& context, const v1::GetRoomLogsRequest& request,
                                            reply<v1::GetRoomLogsResponse> answer) {
  read_room_logs asked{scheduler_name(request.scheduler_name()), room_id(request.room_name()), request.container(),
                       request.tail_bytes()};
  bridge_.ask(
      directory_, std::move(asked),
      [answer = std::move(answer)](result<room_logs>&& found) {
        if (!found)
          return answer(found.error());
        v1::GetRoomLogsResponse response;
        response.set_logs(std::move(found->text));
        answer(std::move(response));
      },
      context.deadline);
}

} // namespace maestro
