#include "nodes/gateway/management_api.hpp"

#include "nodes/gateway/artifact_body.hpp"
#include "nodes/gateway/merge_patch.hpp"
#include "nodes/gateway/room_list_body.hpp"

#include "api/v1/nodes.pb.h"
#include "api/v1/operations.pb.h"
#include "api/v1/plans.pb.h"
#include "api/v1/room_management.pb.h"
#include "api/v1/schedulers.pb.h"
#include "api/v1/timelines.pb.h"

#include <algorithm>

namespace maestro {

namespace {

constexpr std::string_view scheduler_path = "/schedulers/{scheduler_name}";
constexpr std::string_view scheduler_label = "/schedulers/:schedulerName";
constexpr std::string_view operation_label = "/schedulers/:schedulerName/operations/:operationID";

} // namespace

management_api::management_api(actor_bridge& bridge, const scheduler_directory_actor& directory,
                               recipe_bounds bounds)
    : schedulers_(bridge, directory, bounds), operations_(bridge, directory), rooms_(bridge, directory),
      timelines_(bridge, directory), nodes_(bridge, directory), plans_(bridge, directory) {
  add_schedulers();
  add_operations();
  add_rooms();
  add_timelines();
  add_nodes();
  add_plans();
  describe("Maestro Management API");
}

/// JSON tells an empty map from one that was not sent; protobuf does not.
template <class Request, class Response>
void management_api::with_maps(const api_call& call, const http_reply& to,
                               void (schedulers_service::*serve)(const call_context&, const Request&, sent_maps,
                                                                 reply<Response>)) {
  Request request;
  std::vector<std::string> maps;
  if (auto read = call.read(request, &maps); !read)
    return send_failure(to, read.error());
  auto sent = [&](const char* name) { return std::find(maps.begin(), maps.end(), name) != maps.end(); };
  (schedulers_.*serve)(call.request.context, request, {sent("annotations"), sent("labels")},
                       as_json<Response>(to));
}

void management_api::patch_scheduler(const api_call& call, const http_reply& to) {
  if (!is_merge_patch(call.request.content_type))
    return with_maps<v1::PatchSchedulerRequest, v1::PatchSchedulerResponse>(call, to,
                                                                            &schedulers_service::patch_scheduler);
  auto& name = call.path.segments.back();
  schedulers_.change_scheduler(
      call.request.context, scheduler_name(name), base_of_merge_patch(std::string(call.request.body)),
      [patch = std::string(call.request.body)](const scheduler& active) { return merge_patched(active, patch); },
      as_json<v1::PatchSchedulerResponse>(to));
}

void management_api::add_schedulers() {
  using service = schedulers_service;
  rpc({"GET", "/schedulers/info", scheduler_label, rest_from::query}, schedulers_, &service::get_schedulers_info);
  rpc({"GET", "/schedulers", "/schedulers", rest_from::query}, schedulers_, &service::list_schedulers);
  route({"POST", "/schedulers", "/schedulers", rest_from::body}, v1::CreateSchedulerRequest::descriptor(),
        [this](auto& call, auto& to) {
          with_maps<v1::CreateSchedulerRequest, v1::CreateSchedulerResponse>(call, to, &service::create_scheduler);
        });
  rpc({"GET", scheduler_path, scheduler_label, rest_from::query}, schedulers_, &service::get_scheduler);
  rpc({"DELETE", scheduler_path, scheduler_label}, schedulers_, &service::delete_scheduler);
  route({"POST", "/schedulers/{name}", scheduler_label, rest_from::body},
        v1::NewSchedulerVersionRequest::descriptor(), [this](auto& call, auto& to) {
          with_maps<v1::NewSchedulerVersionRequest, v1::NewSchedulerVersionResponse>(
              call, to, &service::new_scheduler_version);
        });
  route({"PATCH", "/schedulers/{name}", scheduler_label, rest_from::body}, v1::PatchSchedulerRequest::descriptor(),
        [this](auto& call, auto& to) { patch_scheduler(call, to); });
  rpc({"PUT", scheduler_path, scheduler_label, rest_from::body}, schedulers_, &service::switch_active_version);
  rpc({"GET", "/schedulers/{scheduler_name}/versions", "/schedulers/:schedulerName/versions"}, schedulers_,
      &service::get_scheduler_versions);
}

void management_api::add_operations() {
  using service = operations_service;
  rpc({"GET", "/schedulers/{scheduler_name}/operations", "/schedulers/:schedulerName/operations",
       rest_from::query},
      operations_, &service::list_operations);
  rpc({"GET", "/schedulers/{scheduler_name}/operations/{operation_id}", operation_label}, operations_,
      &service::get_operation);
  rpc({"POST", "/schedulers/{scheduler_name}/operations/{operation_id}/cancel", operation_label}, operations_,
      &service::cancel_operation);
}

void management_api::add_rooms() {
  using service = room_management_service;
  route({"GET", "/schedulers/{scheduler_name}/rooms", "/schedulers/:schedulerName/rooms", rest_from::query},
        v1::ListRoomsRequest::descriptor(), [this](auto& call, auto& to) { list_rooms(call, to); });
  rpc({"GET", "/schedulers/{scheduler_name}/rooms/{room_name}", "/schedulers/:schedulerName/rooms/:roomID"},
      rooms_, &service::get_room);
  rpc({"DELETE", "/schedulers/{scheduler_name}/rooms/{room_name}", "/schedulers/:schedulerName/rooms/:roomID"},
      rooms_, &service::end_room);
  rpc({"GET", "/schedulers/{scheduler_name}/rooms/{room_name}/logs",
       "/schedulers/:schedulerName/rooms/:roomID/logs", rest_from::query},
      rooms_, &service::get_room_logs);
  route({"GET", "/schedulers/{scheduler_name}/rooms/{room_name}/artifacts",
         "/schedulers/:schedulerName/rooms/:roomID/artifacts", rest_from::nowhere, "application/x-tar"},
        v1::GetRoomArtifactsRequest::descriptor(), [this](auto& call, auto& to) {
          v1::GetRoomArtifactsRequest request;
          if (auto read = call.read(request); !read)
            return send_failure(to, read.error());
          send_artifacts(rooms_, call.request.context, request, to);
        });
  rpc({"GET", "/schedulers/{scheduler_name}/strangers", "/schedulers/:schedulerName/strangers"}, rooms_,
      &service::list_strangers);
  rpc({"POST", "/schedulers/{scheduler_name}/strangers/{room_name}/adopt",
       "/schedulers/:schedulerName/strangers/:roomID/adopt"},
      rooms_, &service::adopt_stranger);
  rpc({"DELETE", "/schedulers/{scheduler_name}/strangers/{room_name}",
       "/schedulers/:schedulerName/strangers/:roomID"},
      rooms_, &service::end_stranger);
}

void management_api::add_timelines() {
  using service = timelines_service;
  rpc({"GET", "/schedulers/{scheduler_name}/rooms/{room_name}/timeline",
       "/schedulers/:schedulerName/rooms/:roomID/timeline"},
      timelines_, &service::get_room_timeline);
  rpc({"GET", "/schedulers/{scheduler_name}/operations/{operation_id}/timeline",
       "/schedulers/:schedulerName/operations/:operationID/timeline"},
      timelines_, &service::get_operation_timeline);
  rpc({"GET", "/schedulers/{scheduler_name}/changes", "/schedulers/:schedulerName/changes", rest_from::query},
      timelines_, &service::list_changes);
}

void management_api::add_nodes() {
  using service = nodes_service;
  rpc({"GET", "/nodes", "/nodes"}, nodes_, &service::list_nodes);
  rpc({"GET", "/nodes/{node_name}", "/nodes/:nodeName"}, nodes_, &service::get_node);
  rpc({"DELETE", "/nodes/{node_name}", "/nodes/:nodeName"}, nodes_, &service::remove_node);
  rpc({"POST", "/nodes/{node_name}/drain", "/nodes/:nodeName/drain"}, nodes_, &service::drain_node);
  rpc({"POST", "/nodes/{node_name}/undrain", "/nodes/:nodeName/undrain"}, nodes_, &service::undrain_node);
}

void management_api::add_plans() {
  rpc({"GET", "/schedulers/{scheduler_name}/plan", "/schedulers/:schedulerName/plan", rest_from::query}, plans_,
      &plans_service::get_plan);
}

/// All of them may be a million: they are not held, they are passed on.
void management_api::list_rooms(const api_call& call, const http_reply& to) {
  v1::ListRoomsRequest request;
  if (auto read = call.read(request); !read)
    return send_failure(to, read.error());
  if (request.has_page() || request.has_per_page())
    return rooms_.list_rooms(call.request.context, request, as_json<v1::ListRoomsResponse>(to));
  send_room_list(rooms_, call.request.context, request, to);
}

} // namespace maestro
