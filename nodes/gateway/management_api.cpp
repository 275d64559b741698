#include "nodes/gateway/management_api.hpp"

#include "actors/rules/scheduler_validation.hpp"
#include "messages/api_codec.hpp"
#include "nodes/gateway/json.hpp"
#include "nodes/gateway/operation_query.hpp"

#include "api/v1/operations.pb.h"
#include "api/v1/room_management.pb.h"
#include "api/v1/schedulers.pb.h"

#include <algorithm>

namespace maestro {

namespace v1 = api::v1;

namespace {

constexpr std::string_view scheduler_label = "/schedulers/:schedulerName";
constexpr std::string_view operation_label = "/schedulers/:schedulerName/operations/:operationId";

/// A handler as a member function of the API.
template <class Api>
api_handler bound(Api* api, void (Api::*serve)(const api_call&, const http_reply&)) {
  return [api, serve](const api_call& call, const http_reply& reply) { (api->*serve)(call, reply); };
}

failure prefixed(const char* prefix, const failure& why) {
  return {why.code, prefix + why.text};
}

/// Cancelling what is not there is an error of the server in the original (behaviour.md 1.5 M12).
failure cancel_failure(const failure& why) {
  if (why.code != ec::not_found)
    return why;
  auto what = why.text.starts_with("operation ") ? "failed to fetch operation from storage: "
                                                 : "failed to fetch scheduler from storage: ";
  return {ec::unknown, what + why.text};
}

} // namespace

management_api::management_api(actor_bridge& bridge, scheduler_directory_actor directory)
    : bridge_(bridge), directory_(std::move(directory)) {
  add_scheduler_routes();
  add_operation_routes();
  add_room_routes();
}

void management_api::add_scheduler_routes() {
  route("GET", "/schedulers/info", scheduler_label, bound(this, &management_api::list_infos));
  route("GET", "/schedulers", "/schedulers", bound(this, &management_api::list_all));
  route("POST", "/schedulers", "/schedulers", bound(this, &management_api::create));
  route("GET", "/schedulers/*", scheduler_label, bound(this, &management_api::show_scheduler));
  route("DELETE", "/schedulers/*", scheduler_label, bound(this, &management_api::remove));
  not_served("POST", "/schedulers/*", scheduler_label, "creating a new version (POST /schedulers/{name})");
  not_served("PATCH", "/schedulers/*", scheduler_label, "patching a scheduler (PATCH /schedulers/{name})");
  not_served("PUT", "/schedulers/*", scheduler_label, "switching the active version (PUT /schedulers/{name})");
  route("GET", "/schedulers/*/versions", "/schedulers/:schedulerName/versions",
        bound(this, &management_api::list_scheduler_versions));
}

void management_api::add_operation_routes() {
  route("GET", "/schedulers/*/operations", "/schedulers/:schedulerName/operations",
        bound(this, &management_api::list_scheduler_operations));
  route("GET", "/schedulers/*/operations/*", operation_label, bound(this, &management_api::show_operation));
  route("POST", "/schedulers/*/operations/*/cancel", operation_label, bound(this, &management_api::cancel));
}

void management_api::add_room_routes() {
  route("GET", "/schedulers/*/rooms", "/schedulers/:schedulerName/rooms",
        bound(this, &management_api::list_scheduler_rooms));
  route("GET", "/schedulers/*/rooms/*", "/schedulers/:schedulerName/rooms/:roomID",
        bound(this, &management_api::show_room));
  route("GET", "/schedulers/*/rooms/*/logs", "/schedulers/:schedulerName/rooms/:roomID/logs",
        bound(this, &management_api::show_room_logs));
}

void management_api::list_all(const api_call& call, const http_reply& reply) {
  auto query = call.query();
  if (!query)
    return send_failure(reply, query.error());
  auto name = query->text("name", "name");
  auto game = query->text("game", "game");
  auto version = query->text("version", "version");
  for (auto* parameter : {&name, &game, &version})
    if (!*parameter)
      return send_failure(reply, parameter->error());
  bridge_.ask(directory_, list_schedulers{*name, *game, *version}, [reply](result<scheduler_list>&& found) {
    if (!found)
      return send_failure(reply, found.error());
    v1::ListSchedulersResponse response;
    for (auto& entity : found->items)
      to_api(entity, *response.add_schedulers());
    send_message(reply, response);
  });
}

void management_api::show_scheduler(const api_call& call, const http_reply& reply) {
  auto query = call.query();
  if (!query)
    return send_failure(reply, query.error());
  auto version = query->text("version", "version");
  if (!version)
    return send_failure(reply, version.error());
  bridge_.ask(directory_, get_scheduler{scheduler_name(call.segment(1)), *version},
              [reply](result<scheduler>&& found) {
                if (!found)
                  return send_failure(reply, found.error());
                v1::GetSchedulerResponse response;
                to_api(*found, *response.mutable_scheduler());
                send_message(reply, response);
              });
}

void management_api::create(const api_call& call, const http_reply& reply) {
  v1::CreateSchedulerRequest request;
  std::vector<std::string> maps;
  if (auto decoded = from_json(call.request.body, request, &maps); !decoded)
    return send_failure(reply, decoded.error());
  auto sent = [&](const char* name) { return std::find(maps.begin(), maps.end(), name) != maps.end(); };
  auto entity = scheduler_from_api(request, {sent("annotations"), sent("labels")});
  if (auto valid = validate_scheduler(entity); !valid)
    return send_failure(reply, valid.error());
  bridge_.ask(directory_, create_scheduler{std::move(entity)}, [reply](result<scheduler>&& created) {
    if (!created)
      return send_failure(reply, created.error());
    v1::CreateSchedulerResponse response;
    to_api(*created, *response.mutable_scheduler());
    send_message(reply, response);
  });
}

void management_api::remove(const api_call& call, const http_reply& reply) {
  bridge_.ask(directory_, delete_scheduler{scheduler_name(call.segment(1))},
              [reply](result<operation_id>&& enqueued) {
                if (!enqueued)
                  return send_failure(reply, enqueued.error());
                v1::DeleteSchedulerResponse response;
                response.set_operation_id(enqueued->str());
                send_message(reply, response);
              });
}

void management_api::list_scheduler_versions(const api_call& call, const http_reply& reply) {
  bridge_.ask(directory_, list_versions{scheduler_name(call.segment(1))}, [reply](result<version_list>&& found) {
    if (!found)
      return send_failure(reply, found.error());
    v1::GetSchedulerVersionsResponse response;
    for (auto& version : found->items)
      to_api(version, *response.add_versions());
    send_message(reply, response);
  });
}

void management_api::list_infos(const api_call& call, const http_reply& reply) {
  auto query = call.query();
  if (!query)
    return send_failure(reply, query.error());
  auto game = query->text("game", "game");
  if (!game)
    return send_failure(reply, game.error());
  bridge_.ask(directory_, list_scheduler_infos{*game}, [reply](result<scheduler_info_list>&& found) {
    if (!found)
      return send_failure(reply, prefixed("couldn't get scheduler and game rooms information: ", found.error()));
    v1::GetSchedulersInfoResponse response;
    for (auto& info : found->items)
      to_api(info, *response.add_schedulers());
    send_message(reply, response);
  });
}

void management_api::list_scheduler_operations(const api_call& call, const http_reply& reply) {
  auto query = call.query();
  if (!query)
    return send_failure(reply, query.error());
  auto asked = operation_query(call.segment(1), *query);
  if (!asked)
    return send_failure(reply, asked.error());
  auto stage = asked->stage;
  auto page = asked->page;
  auto per_page = asked->per_page;
  bridge_.ask(directory_, std::move(*asked), [reply, stage, page, per_page](result<operation_page>&& found) {
    if (!found && (found.error().code == ec::unknown || found.error().code == ec::internal))
      return send_failure(
          reply, {ec::unknown, "error listing operations on " + std::string(stage_name(stage)) + " stage"});
    if (!found && found.error().code != ec::not_found)
      return send_failure(reply, found.error());
    auto listed = found ? std::move(*found) : operation_page();
    v1::ListOperationsResponse response;
    for (auto& item : listed.items)
      to_api(item, *response.add_operations());
    bool paged = stage == operation_stage::final;
    auto count = static_cast<std::uint32_t>(listed.items.size());
    response.set_page(paged ? page : 1);
    response.set_page_size(paged ? per_page : count);
    response.set_total(paged ? listed.total : count);
    send_message(reply, response);
  });
}

void management_api::show_operation(const api_call& call, const http_reply& reply) {
  bridge_.ask(directory_, get_operation{scheduler_name(call.segment(1)), operation_id(call.segment(3))},
              [reply](result<operation>&& found) {
                if (!found)
                  return send_failure(reply, found.error());
                v1::GetOperationResponse response;
                to_api(*found, *response.mutable_operation());
                send_message(reply, response);
              });
}

void management_api::cancel(const api_call& call, const http_reply& reply) {
  bridge_.ask(directory_, cancel_operation{scheduler_name(call.segment(1)), operation_id(call.segment(3))},
              [reply](result<done>&& canceled) {
                if (!canceled)
                  return send_failure(reply, cancel_failure(canceled.error()));
                send_message(reply, v1::CancelOperationResponse());
              });
}

void management_api::list_scheduler_rooms(const api_call& call, const http_reply& reply) {
  bridge_.ask(directory_, list_rooms{scheduler_name(call.segment(1))}, [reply](result<room_list>&& found) {
    if (!found)
      return send_failure(reply, found.error());
    v1::ListRoomsResponse response;
    for (auto& room : found->items)
      to_api(room, *response.add_rooms());
    send_message(reply, response);
  });
}

void management_api::show_room(const api_call& call, const http_reply& reply) {
  bridge_.ask(directory_, get_room{scheduler_name(call.segment(1)), room_id(call.segment(3))},
              [reply](result<room_view>&& found) {
                if (!found)
                  return send_failure(reply, found.error());
                v1::GetRoomResponse response;
                to_api(*found, *response.mutable_room());
                send_message(reply, response);
              });
}

void management_api::show_room_logs(const api_call& call, const http_reply& reply) {
  auto query = call.query();
  if (!query)
    return send_failure(reply, query.error());
  auto container = query->text("container", "container");
  if (!container)
    return send_failure(reply, container.error());
  auto tail = query->large_number("tail_bytes", "tailBytes");
  if (!tail)
    return send_failure(reply, tail.error());
  read_room_logs asked{scheduler_name(call.segment(1)), room_id(call.segment(3)), *container, (*tail).value_or(0)};
  bridge_.ask(directory_, std::move(asked), [reply](result<room_logs>&& found) {
    if (!found)
      return send_failure(reply, found.error());
    v1::GetRoomLogsResponse response;
    response.set_logs(std::move(found->text));
    send_message(reply, response);
  });
}

} // namespace maestro
