#include "nodes/gateway/management_grpc.hpp"

#include "api/v1/nodes.pb.h"
#include "api/v1/operations.pb.h"
#include "api/v1/plans.pb.h"
#include "api/v1/room_management.pb.h"
#include "api/v1/schedulers.pb.h"
#include "api/v1/timelines.pb.h"
#include "health/v1/health.pb.h"

namespace maestro {

management_grpc::management_grpc(actor_bridge& bridge, const scheduler_directory_actor& directory,
                                 const journal_actor& journal, recipe_bounds bounds)
    : schedulers_(bridge, directory, bounds), operations_(bridge, directory), rooms_(bridge, directory),
      timelines_(bridge, directory), nodes_(bridge, directory), plans_(bridge, directory),
      health_(bridge, directory, journal,
              {"api.v1.SchedulersService", "api.v1.OperationsService", "api.v1.RoomManagementService",
               "api.v1.TimelinesService", "api.v1.NodesService", "api.v1.PlansService"}) {
  rpc(schedulers_, &schedulers_service::list_schedulers);
  rpc(schedulers_, &schedulers_service::get_scheduler);
  rpc(schedulers_, &schedulers_service::create_scheduler);
  rpc(schedulers_, &schedulers_service::new_scheduler_version);
  rpc(schedulers_, &schedulers_service::patch_scheduler);
  rpc(schedulers_, &schedulers_service::get_scheduler_versions);
  rpc(schedulers_, &schedulers_service::switch_active_version);
  rpc(schedulers_, &schedulers_service::get_schedulers_info);
  rpc(schedulers_, &schedulers_service::delete_scheduler);
  rpc(operations_, &operations_service::list_operations);
  rpc(operations_, &operations_service::get_operation);
  rpc(operations_, &operations_service::cancel_operation);
  rpc(rooms_, &room_management_service::list_page);
  rpc(rooms_, &room_management_service::get_room);
  rpc(rooms_, &room_management_service::end_room);
  rpc(rooms_, &room_management_service::get_room_logs);
  rpc(rooms_, &room_management_service::list_strangers);
  rpc(rooms_, &room_management_service::adopt_stranger);
  rpc(rooms_, &room_management_service::end_stranger);
  rpc(rooms_, &room_management_service::get_room_artifacts);
  rpc(timelines_, &timelines_service::get_room_timeline);
  rpc(timelines_, &timelines_service::get_operation_timeline);
  rpc(timelines_, &timelines_service::list_changes);
  rpc(nodes_, &nodes_service::list_nodes);
  rpc(nodes_, &nodes_service::get_node);
  rpc(nodes_, &nodes_service::drain_node);
  rpc(nodes_, &nodes_service::undrain_node);
  rpc(nodes_, &nodes_service::remove_node);
  rpc(plans_, &plans_service::get_plan);
  rpc(health_, &health_service::check);
}

} // namespace maestro
