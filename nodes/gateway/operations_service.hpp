// OperationsService of proto/api/v1: one function for each rpc, the same for every door (call_context says how
// they are called).
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/call_context.hpp"

namespace api::v1 {
class CancelOperationRequest;
class CancelOperationResponse;
class GetOperationRequest;
class GetOperationResponse;
class ListOperationsRequest;
class ListOperationsResponse;
} // namespace api::v1

namespace maestro {

namespace v1 = api::v1;

class operations_service {
public:
  operations_service(actor_bridge& bridge, scheduler_directory_actor directory)
      : bridge_(bridge), directory_(std::move(directory)) {}

  void list_operations(const call_context&, const v1::ListOperationsRequest&, reply<v1::ListOperationsResponse>);
  void get_operation(const call_context&, const v1::GetOperationRequest&, reply<v1::GetOperationResponse>);
  void cancel_operation(const call_context&, const v1::CancelOperationRequest&,
                        reply<v1::CancelOperationResponse>);

private:
  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
};

} // namespace maestro
