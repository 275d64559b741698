#include "nodes/gateway/room_management_service.hpp"

#include "messages/api_codec.hpp"

#include "api/v1/room_management.pb.h"

#include <fmt/format.h>

#include <algorithm>

namespace maestro {

namespace {

constexpr std::uint64_t rooms_per_slice = 2000;
constexpr std::uint32_t most_rooms_per_page = 1000;
constexpr std::uint32_t default_per_page = 100;
constexpr std::uint64_t longest_since = 100ULL * 365 * 24 * 3600; ///< seconds; logs are not kept so long

/// Without page and size: all.
result<list_rooms> room_query(const v1::ListRoomsRequest& request) {
  if (request.has_page() && request.page() == 0)
    return failure{ec::invalid_argument, "page must be greater than 0"};
  if (request.has_per_page() && (request.per_page() == 0 || request.per_page() > most_rooms_per_page))
    return failure{ec::invalid_argument, fmt::format("page size must be between 1 and {}", most_rooms_per_page)};
  list_rooms asked{scheduler_name(request.scheduler_name()), 0, 0, {}};
  if (!request.has_page() && !request.has_per_page())
    return asked;
  asked.limit = request.has_per_page() ? request.per_page() : default_per_page;
  asked.skip = asked.limit * (request.has_page() ? request.page() - 1 : 0);
  return asked;
}

} // namespace

void room_management_service::list_rooms(const call_context& context, const v1::ListRoomsRequest& request,
                                         reply<v1::ListRoomsResponse> answer) {
  auto asked = room_query(request);
  if (!asked)
    return answer(asked.error());
  auto skip = asked->skip;
  auto limit = asked->limit;
  bridge_.ask(
      directory_, std::move(*asked),
      [answer = std::move(answer), skip, limit](result<room_list>&& found) {
        if (!found)
          return answer(found.error());
        v1::ListRoomsResponse response;
        for (auto& room : found->items)
          to_api(room, *response.add_rooms());
        if (limit > 0) {
          response.set_page(static_cast<std::uint32_t>(skip / limit + 1));
          response.set_page_size(static_cast<std::uint32_t>(limit));
          response.set_total(static_cast<std::uint32_t>(found->total));
        }
        answer(std::move(response));
      },
      context.deadline);
}

void room_management_service::list_page(const call_context& context, const v1::ListRoomsRequest& request,
                                        reply<v1::ListRoomsResponse> answer) {
  auto paged = request;
  if (!paged.has_page())
    paged.set_page(1);
  list_rooms(context, paged, std::move(answer));
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

void room_management_service::end_room(const call_context& context, const v1::EndRoomRequest& request,
                                       reply<v1::EndRoomResponse> answer) {
  bridge_.ask(
      directory_,
      request_room_end{scheduler_name(request.scheduler_name()), room_id(request.room_name()), context.request},
      [answer = std::move(answer)](result<operation_id>&& enqueued) {
        if (!enqueued)
          return answer(enqueued.error());
        v1::EndRoomResponse response;
        response.set_operation_id(enqueued->str());
        answer(std::move(response));
      },
      context.deadline);
}

void room_management_service::get_room_logs(const call_context& context, const v1::GetRoomLogsRequest& request,
                                            reply<v1::GetRoomLogsResponse> answer) {
  read_room_logs asked{scheduler_name(request.scheduler_name()),
                       room_id(request.room_name()),
                       request.container(),
                       request.tail_bytes(),
                       std::chrono::seconds{std::min(request.since_seconds(), longest_since)},
                       request.previous()};
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

void room_management_service::get_room_artifacts(const call_context& context,
                                                 const v1::GetRoomArtifactsRequest& request,
                                                 reply<v1::GetRoomArtifactsResponse> answer) {
  bridge_.ask(
      directory_,
      read_artifacts{scheduler_name(request.scheduler_name()), room_id(request.room_name()), request.after()},
      [answer = std::move(answer)](result<artifact_piece>&& found) {
        if (!found)
          return answer(found.error());
        v1::GetRoomArtifactsResponse response;
        response.set_piece(std::move(found->bytes));
        response.set_next(std::move(found->next));
        answer(std::move(response));
      },
      context.deadline);
}

void room_management_service::list_strangers(const call_context& context, const v1::ListStrangersRequest& request,
                                             reply<v1::ListStrangersResponse> answer) {
  bridge_.ask(
      directory_, maestro::list_strangers{scheduler_name(request.scheduler_name())},
      [answer = std::move(answer)](result<stranger_list>&& found) {
        if (!found)
          return answer(found.error());
        v1::ListStrangersResponse response;
        for (auto& one : found->items)
          to_api(one, *response.add_strangers());
        answer(std::move(response));
      },
      context.deadline);
}

void room_management_service::adopt_stranger(const call_context& context, const v1::AdoptStrangerRequest& request,
                                             reply<v1::AdoptStrangerResponse> answer) {
  bridge_.ask(
      directory_, maestro::adopt_stranger{scheduler_name(request.scheduler_name()), room_id(request.room_name())},
      [answer = std::move(answer)](result<done>&& told) {
        if (!told)
          return answer(told.error());
        answer(v1::AdoptStrangerResponse{});
      },
      context.deadline);
}

void room_management_service::end_stranger(const call_context& context, const v1::EndStrangerRequest& request,
                                           reply<v1::EndStrangerResponse> answer) {
  bridge_.ask(
      directory_, maestro::end_stranger{scheduler_name(request.scheduler_name()), room_id(request.room_name())},
      [answer = std::move(answer)](result<done>&& told) {
        if (!told)
          return answer(told.error());
        answer(v1::EndStrangerResponse{});
      },
      context.deadline);
}

} // namespace maestro
