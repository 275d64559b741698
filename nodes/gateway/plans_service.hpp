// PlansService of proto/api/v1: why a scheduler has so many rooms, and which would go next. One function for each rpc,
// the same for every door (call_context says how they are called).
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/call_context.hpp"

namespace api::v1 {
class GetPlanRequest;
class GetPlanResponse;
} // namespace api::v1

namespace maestro {

namespace v1 = api::v1;

class plans_service {
public:
  plans_service(actor_bridge& bridge, scheduler_directory_actor directory)
      : bridge_(bridge), directory_(std::move(directory)) {}

  void get_plan(const call_context&, const v1::GetPlanRequest&, reply<v1::GetPlanResponse>);

private:
  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
};

} // namespace maestro
