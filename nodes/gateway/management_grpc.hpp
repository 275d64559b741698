// The operators' door on gRPC: a table over the services that stand behind management_api as well, and gRPC's health
// service.
#pragma once

#include "nodes/gateway/grpc_api.hpp"
#include "nodes/gateway/health_service.hpp"
#include "nodes/gateway/nodes_service.hpp"
#include "nodes/gateway/operations_service.hpp"
#include "nodes/gateway/plans_service.hpp"
#include "nodes/gateway/room_management_service.hpp"
#include "nodes/gateway/schedulers_service.hpp"
#include "nodes/gateway/timelines_service.hpp"

namespace maestro {

class management_grpc final : public grpc_api {
public:
  management_grpc(actor_bridge& bridge, const scheduler_directory_actor& directory, const journal_actor& journal,
                  recipe_bounds bounds = {});

  std::string_view service() const override { return "management-grpc"; }

private:
  schedulers_service schedulers_;
  operations_service operations_;
  room_management_service rooms_;
  timelines_service timelines_;
  nodes_service nodes_;
  plans_service plans_;
  health_service health_;
};

} // namespace maestro
