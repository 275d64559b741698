#include "nodes/gateway/rooms_api.hpp"

#include "messages/api_codec.hpp"
#include "nodes/gateway/json.hpp"

#include "api/v1/rooms.pb.h"

#include <fmt/format.h>

#include <chrono>

namespace maestro {

namespace v1 = api::v1;

namespace {

constexpr std::string_view ping_label = "/scheduler/:schedulerName/rooms/:roomID/ping";
constexpr std::string_view path_start = "/scheduler/";
constexpr std::string_view path_middle = "/rooms/";
constexpr std::string_view ping_end = "/ping";
constexpr std::chrono::minutes generation_time{2};

void send_ping_result(const http_reply& reply, bool success) {
  reply.send_json(success ? R"({"success":true})" : R"({"success":false})");
}

/// The part of a ping's path that names the room, `{s}/rooms/{r}`; empty when the path is anything else.
std::string_view room_key(std::string_view target) {
  if (!target.starts_with(path_start) || !target.ends_with(ping_end))
    return {};
  auto length = target.size() - path_start.size();
  return length > ping_end.size() ? target.substr(path_start.size(), length - ping_end.size())
                                  : std::string_view();
}

result<ping_status> read_status(const std::string& word) {
  for (auto status :
       {ping_status::ready, ping_status::occupied, ping_status::terminating, ping_status::terminated})
    if (word == to_string(status))
      return status;
  return failure{ec::invalid_argument,
                 fmt::format("cannot convert string {} to a valid GameRoomStatus representation", word)};
}

} // namespace

rooms_api::rooms_api(boost::asio::io_context& io, actor_bridge& bridge, scheduler_directory_actor directory,
                     std::size_t cached_rooms)
    : bridge_(bridge), directory_(std::move(directory)), rooms_(cached_rooms), timer_(io),
      scratch_(std::make_unique<v1::UpdateRoomWithPingRequest>()) {
  route("PUT", "/scheduler/*/rooms/*/ping", ping_label, [this](auto& call, auto& reply) { ping(call, reply); });
  route("GET", "/scheduler/*/rooms/*/address", "/scheduler/:schedulerName/rooms/:roomID/address",
        [this](auto& call, auto& reply) { address(call, reply); });
  route("POST", "/scheduler/*/rooms/allocate", "/scheduler/:schedulerName/rooms/allocate",
        [this](auto& call, auto& reply) { allocate(call, reply); });
  not_served("POST", "/scheduler/*/rooms/*/roomevent", "/scheduler/:schedulerName/rooms/:roomID/roomevent",
             "forwarding room events (POST …/roomevent)");
  not_served("POST", "/scheduler/*/rooms/*/playerevent", "/scheduler/:schedulerName/rooms/:roomID/playerevent",
             "forwarding player events (POST …/playerevent)");
  not_served("PUT", "/scheduler/*/rooms/*/status", "/scheduler/:schedulerName/rooms/:roomID/status",
             "forwarding status events (PUT …/status)");
  arm_rotation();
}

rooms_api::~rooms_api() = default;

void rooms_api::handle(const http_request& request, http_reply reply) {
  if (request.method == "PUT") {
    auto key = room_key(request.target);
    if (auto* room = key.empty() ? nullptr : rooms_.find(key)) {
      reply.handled_by(ping_label);
      auto what = read_ping(request.body);
      return what ? ping_known(std::string(key), *room, *what, reply) : send_failure(reply, what.error());
    }
  }
  json_api::handle(request, std::move(reply));
}

void rooms_api::ping(const api_call& call, const http_reply& reply) {
  auto what = read_ping(call.request.body);
  if (!what)
    return send_failure(reply, what.error());
  auto key = call.segment(1) + std::string(path_middle) + call.segment(3);
  if (auto* room = rooms_.find(key))
    return ping_known(std::move(key), *room, *what, reply);
  ping_found(std::move(key), scheduler_name(call.segment(1)), room_id(call.segment(3)), *what, reply);
}

result<ping_room> rooms_api::read_ping(std::string_view body) {
  if (auto decoded = from_json(body, *scratch_); !decoded)
    return decoded.error();
  auto status = read_status(scratch_->status());
  if (!status)
    return status.error();
  auto running = scratch_->running_matches();
  if (*status == ping_status::occupied && running == 0)
    running = 1;
  return ping_room{*status, running};
}

void rooms_api::ping_known(std::string key, const game_room_actor& room, const ping_room& what,
                           const http_reply& reply) {
  bridge_.ask(room, what, [this, key = std::move(key), room, what, reply](result<ping_result>&& done) {
    if (done)
      return send_ping_result(reply, done->success);
    if (done.error().code != ec::unavailable)
      return send_ping_result(reply, false);
    rooms_.evict(key, room);
    auto middle = key.find(path_middle);
    ping_found(key, scheduler_name(key.substr(0, middle)), room_id(key.substr(middle + path_middle.size())), what,
               reply);
  });
}

void rooms_api::ping_found(std::string key, scheduler_name scheduler, room_id room, const ping_room& what,
                           const http_reply& reply) {
  bridge_.ask(directory_, find_room{std::move(scheduler), std::move(room)},
              [this, key = std::move(key), what, reply](result<room_handle>&& found) mutable {
                if (!found)
                  return send_ping_result(reply, false);
                rooms_.put(std::move(key), found->room);
                bridge_.ask(found->room, what, [reply](result<ping_result>&& done) {
                  send_ping_result(reply, done && done->success);
                });
              });
}

void rooms_api::address(const api_call& call, const http_reply& reply) {
  auto& scheduler = call.segment(1);
  auto& room = call.segment(3);
  auto unknown = fmt::format("instance {} not found in scheduler {}", room, scheduler);
  bridge_.ask(directory_, get_room{scheduler_name(scheduler), room_id(room)},
              [reply, unknown = std::move(unknown)](result<room_view>&& found) {
                if (!found)
                  return send_failure(
                      reply,
                      {ec::unknown, "error getting instance: " +
                                        (found.error().code == ec::not_found ? unknown : found.error().text)});
                v1::GetRoomAddressResponse response;
                to_api(found->room, response);
                send_message(reply, response);
              });
}

void rooms_api::allocate(const api_call& call, const http_reply& reply) {
  auto& scheduler = call.segment(1);
  bridge_.ask(directory_, allocate_room{scheduler_name(scheduler)},
              [reply, scheduler](result<allocated_room>&& found) {
                if (!found && found.error().code == ec::not_found)
                  return send_failure(reply, {ec::unknown, "no ready rooms available for scheduler " + scheduler});
                if (!found)
                  return send_failure(reply, found.error());
                v1::AllocateRoomResponse response;
                to_api(*found, response);
                send_message(reply, response);
              });
}

void rooms_api::arm_rotation() {
  timer_.expires_after(generation_time);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error)
      return;
    rooms_.rotate();
    arm_rotation();
  });
}

} // namespace maestro
