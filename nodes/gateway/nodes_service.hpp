// NodesService of proto/api/v1, our own: one function for each rpc that is served, the same for every door (call_context
// says how they are called). What nodes there are, the scheduler directory knows.
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/call_context.hpp"

namespace api::v1 {
class DrainNodeRequest;
class DrainNodeResponse;
class GetNodeRequest;
class GetNodeResponse;
class ListNodesRequest;
class ListNodesResponse;
class RemoveNodeRequest;
class RemoveNodeResponse;
class UndrainNodeRequest;
class UndrainNodeResponse;
} // namespace api::v1

namespace maestro {

namespace v1 = api::v1;

class nodes_service {
public:
  nodes_service(actor_bridge& bridge, scheduler_directory_actor directory)
      : bridge_(bridge), directory_(std::move(directory)) {}

  void list_nodes(const call_context&, const v1::ListNodesRequest&, reply<v1::ListNodesResponse>);
  void get_node(const call_context&, const v1::GetNodeRequest&, reply<v1::GetNodeResponse>);
  void drain_node(const call_context&, const v1::DrainNodeRequest&, reply<v1::DrainNodeResponse>);
  void undrain_node(const call_context&, const v1::UndrainNodeRequest&, reply<v1::UndrainNodeResponse>);
  void remove_node(const call_context&, const v1::RemoveNodeRequest&, reply<v1::RemoveNodeResponse>);

private:
  template <class Response>
  void change(const call_context&, const std::string& node, node_change, reply<Response>);

  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
};

} // namespace maestro
