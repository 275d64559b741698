#include "nodes/gateway/rooms_api.hpp"

#include "nodes/gateway/json.hpp"
#include "nodes/gateway/wanted_slots.hpp"

#include "api/v1/rooms.pb.h"

#include <algorithm>

namespace maestro {

namespace {

constexpr std::string_view ping_label = "/scheduler/:schedulerName/rooms/:roomID/ping";
constexpr std::string_view path_start = "/scheduler/";
constexpr std::string_view path_middle = "/rooms/";
constexpr std::string_view ping_end = "/ping";

} // namespace

rooms_api::rooms_api(boost::asio::io_context& io, actor_bridge& bridge, scheduler_directory_actor directory,
                     std::size_t cached_rooms)
    : rooms_(io, bridge, std::move(directory), cached_rooms),
      scratch_(std::make_unique<v1::UpdateRoomWithPingRequest>()) {
  using service = rooms_service;
  rpc({"PUT", "/scheduler/{scheduler_name}/rooms/{room_name}/ping", ping_label, rest_from::body}, rooms_,
      &service::update_room_with_ping);
  rpc({"GET", "/scheduler/{scheduler_name}/rooms/{room_name}/address",
       "/scheduler/:schedulerName/rooms/:roomID/address"},
      rooms_, &service::get_room_address);
  route({"POST", "/scheduler/{scheduler_name}/rooms/allocate", "/scheduler/:schedulerName/rooms/allocate",
         rest_from::body},
        v1::AllocateRoomRequest::descriptor(),
        [this](const api_call& call, const http_reply& to) { allocate(call, to); });
  rpc({"POST", "/scheduler/{scheduler_name}/rooms/{room_name}/roomevent",
       "/scheduler/:schedulerName/rooms/:roomID/roomevent", rest_from::body},
      rooms_, &service::forward_room_event);
  rpc({"POST", "/scheduler/{scheduler_name}/rooms/{room_name}/playerevent",
       "/scheduler/:schedulerName/rooms/:roomID/playerevent", rest_from::body},
      rooms_, &service::forward_player_event);
  rpc({"PUT", "/scheduler/{scheduler_name}/rooms/{room_name}/status",
       "/scheduler/:schedulerName/rooms/:roomID/status", rest_from::body},
      rooms_, &service::update_room_status);
  describe("Maestro Rooms API");
}

rooms_api::~rooms_api() = default;

rooms_api::plain_path rooms_api::split(std::string_view target) {
  if (!target.starts_with(path_start) || !target.ends_with(ping_end))
    return {};
  target.remove_prefix(path_start.size());
  target.remove_suffix(std::min(ping_end.size(), target.size()));
  auto middle = target.find(path_middle);
  if (middle == target.npos)
    return {};
  plain_path names{target.substr(0, middle), target.substr(middle + path_middle.size())};
  constexpr std::string_view special = "/%?";
  bool is_plain = names.scheduler.find_first_of(special) == names.scheduler.npos &&
                  names.room.find_first_of(special) == names.room.npos;
  return is_plain ? names : plain_path();
}

void rooms_api::handle(const http_request& request, http_reply to) {
  if (request.method == "PUT") {
    auto names = split(request.target);
    if (!names.room.empty())
      return ping(names, request, to);
  }
  json_api::handle(request, std::move(to));
}

// Of the body only the slots count, whatever else it is.
void rooms_api::allocate(const api_call& call, const http_reply& to) {
  auto of_path = call;
  of_path.rest = rest_from::nowhere;
  v1::AllocateRoomRequest request;
  if (auto read = of_path.read(request); !read)
    return send_failure(to, read.error());
  auto slots = wanted_slots(call.request.body);
  if (!slots)
    return send_failure(to, slots.error());
  if (*slots)
    request.set_slots(**slots);
  rooms_.allocate_room(call.request.context, request, as_json<v1::AllocateRoomResponse>(to));
}

// The hot path: nothing is allocated for the request itself.
void rooms_api::ping(const plain_path& path, const http_request& request, const http_reply& to) {
  to.handled_by(ping_label);
  if (auto read = from_json(request.body, *scratch_); !read)
    return send_failure(to, read.error());
  scratch_->mutable_scheduler_name()->assign(path.scheduler);
  scratch_->mutable_room_name()->assign(path.room);
  rooms_.update_room_with_ping(request.context, *scratch_, [to](result<v1::UpdateRoomWithPingResponse>&& answer) {
    if (!answer)
      return send_failure(to, answer.error());
    to.send_json(answer->success() ? R"({"success":true})" : R"({"success":false})");
  });
}

} // namespace maestro
