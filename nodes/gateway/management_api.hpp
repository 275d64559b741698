// The operators' door on HTTP: a table over SchedulersService, OperationsService, RoomManagementService,
// TimelinesService, NodesService and PlansService (proto/README.md 1.5: routes M1 to M12, and our own).
#pragma once

#include "nodes/gateway/json_api.hpp"
#include "nodes/gateway/nodes_service.hpp"
#include "nodes/gateway/operations_service.hpp"
#include "nodes/gateway/plans_service.hpp"
#include "nodes/gateway/room_management_service.hpp"
#include "nodes/gateway/schedulers_service.hpp"
#include "nodes/gateway/timelines_service.hpp"

namespace maestro {

class management_api final : public json_api {
public:
  management_api(actor_bridge& bridge, const scheduler_directory_actor& directory, recipe_bounds bounds = {});

  std::string_view service() const override { return "management-api"; }

private:
  void add_schedulers();
  void add_operations();
  void add_rooms();
  void add_timelines();
  void add_nodes();
  void add_plans();
  void list_rooms(const api_call& call, const http_reply& to);
  template <class Request, class Response>
  void with_maps(const api_call& call, const http_reply& to,
                 void (schedulers_service::*serve)(const call_context&, const Request&, sent_maps,
                                                   reply<Response>));
  void patch_scheduler(const api_call& call, const http_reply& to);

  schedulers_service schedulers_;
  operations_service operations_;
  room_management_service rooms_;
  timelines_service timelines_;
  nodes_service nodes_;
  plans_service plans_;
};

} // namespace maestro
