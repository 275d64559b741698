#include "nodes/gateway/rooms_service.hpp"

#include "messages/api_codec.hpp"
#include "messages/struct_json.hpp"

#include "api/v1/rooms.pb.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace maestro {

namespace {

constexpr std::chrono::minutes generation_time{2};

result<ping_room> ping_from_api(const v1::UpdateRoomWithPingRequest& request) {
  for (auto status :
       {ping_status::ready, ping_status::occupied, ping_status::terminating, ping_status::terminated}) {
    if (request.status() != to_string(status))
      continue;
    bool says_none = status == ping_status::occupied && request.running_matches() == 0;
    return ping_room{status, says_none ? 1 : request.running_matches()};
  }
  return failure{
      ec::invalid_argument,
      fmt::format("cannot convert string {} to a valid GameRoomStatus representation", request.status())};
}

v1::UpdateRoomWithPingResponse outcome(bool success) {
  v1::UpdateRoomWithPingResponse response;
  response.set_success(success);
  return response;
}

} // namespace

rooms_service::rooms_service(boost::asio::io_context& io, actor_bridge& bridge,
                             scheduler_directory_actor directory, std::size_t cached_rooms)
    : bridge_(bridge), directory_(std::move(directory)), rooms_(cached_rooms), timer_(io) {
  arm_rotation();
}

void rooms_service::update_room_with_ping(const call_context& context,
                                          const v1::UpdateRoomWithPingRequest& request, ping_reply answer) {
  auto what = ping_from_api(request);
  if (!what)
    return answer(what.error());
  addressed_ping ping{scheduler_name(request.scheduler_name()), room_id(request.room_name()), *what};
  auto known = rooms_.find(request.scheduler_name(), request.room_name());
  if (!known.room || known.wants_metadata)
    ping.what.metadata = to_json(request.metadata());
  if (known.room)
    return ping_known(context.deadline, known.room, std::move(ping), std::move(answer));
  ping_found(context.deadline, std::move(ping), std::move(answer));
}

// The next ping of the room is to bring what this one did not, or need not any more.
void rooms_service::note_wish(const addressed_ping& ping, const ping_result& told) {
  if (told.wants_metadata == ping.what.metadata.empty())
    rooms_.note(ping.scheduler.str(), ping.room.str(), told.wants_metadata);
}

void rooms_service::ping_known(call_deadline by, const game_room_actor& room, addressed_ping ping,
                               ping_reply answer) {
  auto what = ping.what;
  bridge_.ask(
      room, what,
      [this, by, ping = std::move(ping), answer = std::move(answer)](result<ping_result>&& done) {
        if (done) {
          note_wish(ping, *done);
          return answer(outcome(done->success));
        }
        bool has_ended = done.error().subject == failure_subject::actor;
        if (has_ended || done.error().code == ec::deadline_exceeded)
          rooms_.evict(ping.scheduler.str(), ping.room.str());
        if (has_ended)
          return ping_found(by, ping, answer);
        answer(outcome(false));
      },
      by);
}

void rooms_service::ping_found(call_deadline by, addressed_ping ping, ping_reply answer) {
  find_room wanted{ping.scheduler, ping.room};
  bridge_.ask(
      directory_, std::move(wanted),
      [this, by, ping = std::move(ping), answer = std::move(answer)](result<room_handle>&& found) {
        if (!found)
          return answer(outcome(false));
        rooms_.put(ping.scheduler.str(), ping.room.str(), {found->room, found->wants_metadata});
        bridge_.ask(
            found->room, ping.what,
            [answer](result<ping_result>&& done) { answer(outcome(done && done->success)); }, by);
      },
      by);
}

// What was said is answered when it is durable; why it is refused is the original's text.
template <class Response, class Request, class Fill>
void rooms_service::report(const call_context& context, const Request& request, report_kind kind, std::string word,
                           reply<Response> answer, Fill fill) {
  bridge_.ask(
      directory_,
      report_room_event{scheduler_name(request.scheduler_name()), room_id(request.room_name()), kind,
                        std::move(word), to_json(request.metadata())},
      [answer = std::move(answer), fill](result<done>&& told) {
        Response response;
        response.set_success(static_cast<bool>(told));
        if (!told)
          fill(response, told.error().text);
        answer(std::move(response));
      },
      context.deadline);
}

void rooms_service::forward_room_event(const call_context& context, const v1::ForwardRoomEventRequest& request,
                                       reply<v1::ForwardRoomEventResponse> answer) {
  report(context, request, report_kind::room_event, request.event(), std::move(answer),
         [](auto& response, auto& why) { response.set_message(why); });
}

void rooms_service::forward_player_event(const call_context& context, const v1::ForwardPlayerEventRequest& request,
                                         reply<v1::ForwardPlayerEventResponse> answer) {
  report(context, request, report_kind::player_event, request.event(), std::move(answer),
         [](auto& response, auto& why) { response.set_message(why); });
}

void rooms_service::update_room_status(const call_context& context, const v1::UpdateRoomStatusRequest& request,
                                       reply<v1::UpdateRoomStatusResponse> answer) {
  report(context, request, report_kind::status, request.status(), std::move(answer), [](auto&, auto&) {});
}

void rooms_service::get_room_address(const call_context& context, const v1::GetRoomAddressRequest& request,
                                     reply<v1::GetRoomAddressResponse> answer) {
  auto unknown =
      fmt::format("instance {} not found in scheduler {}", request.room_name(), request.scheduler_name());
  bridge_.ask(
      directory_, get_room{scheduler_name(request.scheduler_name()), room_id(request.room_name())},
      [answer = std::move(answer), unknown = std::move(unknown)](result<room_view>&& found) {
        if (!found)
          return answer(
              failure{ec::unknown, "error getting instance: " +
                                       (found.error().code == ec::not_found ? unknown : found.error().text)});
        v1::GetRoomAddressResponse response;
        to_api(found->room, response);
        answer(std::move(response));
      },
      context.deadline);
}

void rooms_service::allocate_room(const call_context& context, const v1::AllocateRoomRequest& request,
                                  reply<v1::AllocateRoomResponse> answer) {
  if (request.has_slots() && request.slots() < 1)
    return answer(
        failure{ec::invalid_argument, fmt::format("slots must be 1 or greater, not {}", request.slots())});
  auto until = std::chrono::steady_clock::now() + bridge_.timeout();
  if (context.deadline)
    until = std::min<std::chrono::steady_clock::time_point>(until, *context.deadline);
  bridge_.ask(
      directory_,
      maestro::allocate_room{scheduler_name(request.scheduler_name()), until.time_since_epoch(), request.slots(),
                             context.request},
      [answer = std::move(answer), scheduler = request.scheduler_name()](result<allocated_room>&& found) {
        if (!found && found.error().code == ec::not_found)
          return answer(failure{ec::unknown, "no ready rooms available for scheduler " + scheduler});
        if (!found)
          return answer(found.error());
        v1::AllocateRoomResponse response;
        to_api(*found, response);
        answer(std::move(response));
      },
      context.deadline);
}

void rooms_service::arm_rotation() {
  timer_.expires_after(generation_time);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error)
      return;
    rooms_.rotate();
    arm_rotation();
  });
}

} // namespace maestro
