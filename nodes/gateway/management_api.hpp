// The operators' door: schedulers, versions, operations and rooms (behaviour.md 1.5, routes M1 to M12, and our own
// listing of rooms). Knows HTTP's side of the contract; what exists and what may be done is the scheduler
// directory's to say.
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/json_api.hpp"

namespace maestro {

class management_api final : public json_api {
public:
  management_api(actor_bridge& bridge, scheduler_directory_actor directory);

  std::string_view service() const override { return "management-api"; }

private:
  void add_scheduler_routes();
  void add_operation_routes();
  void add_room_routes();

  void list_all(const api_call& call, const http_reply& reply);
  void show_scheduler(const api_call& call, const http_reply& reply);
  void create(const api_call& call, const http_reply& reply);
  void remove(const api_call& call, const http_reply& reply);
  void list_scheduler_versions(const api_call& call, const http_reply& reply);
  void list_infos(const api_call& call, const http_reply& reply);
  void list_scheduler_operations(const api_call& call, const http_reply& reply);
  void show_operation(const api_call& call, const http_reply& reply);
  void cancel(const api_call& call, const http_reply& reply);
  void list_scheduler_rooms(const api_call& call, const http_reply& reply);
  void show_room(const api_call& call, const http_reply& reply);
  void show_room_logs(const api_call& call, const http_reply& reply);

  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
};

} // namespace maestro
