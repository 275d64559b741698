#include "nodes/gateway/nodes_service.hpp"

#include "messages/api_codec.hpp"

#include "api/v1/nodes.pb.h"

#include <fmt/format.h>

#include <algorithm>

namespace maestro {

namespace {

void to_api(const machine_resources& from, v1::MachineResources& to) {
  to.set_cpu_millis(from.cpu_millis);
  to.set_memory_bytes(from.memory_bytes);
}

void to_api(const node_view& from, v1::Node& to) {
  auto& member = from.member;
  to.set_name(member.name.str());
  to.set_status(to_string(from.status));
  to.set_reason(from.reason);
  to.set_address(member.address);
  to.set_version(member.version);
  for (auto& role : member.roles)
    to.add_roles(role);
  to.set_zone(member.zone);
  to.mutable_labels()->insert(member.labels.begin(), member.labels.end());
  auto since = std::chrono::floor<std::chrono::seconds>(member.started_at.time_since_epoch());
  if (member.started_at != never)
    to.mutable_started_at()->set_seconds(since.count());
  to.set_schedulers(static_cast<std::uint32_t>(from.schedulers));
  to.set_is_self(from.is_self);
  to.set_node_id(member.node_id);
  for (auto& name : from.suspected_by)
    to.add_suspected_by(name.str());
  if (member.offer != machine_resources{})
    to_api(member.offer, *to.mutable_offer());
  to_api(from.requested, *to.mutable_requested());
  to.set_rooms_api(member.rooms_api);
}

void to_api(const node_list& from, v1::ListNodesResponse& to) {
  to.set_cluster(from.cluster);
  for (auto& one : from.nodes)
    to_api(one, *to.add_nodes());
  to.set_schedulers_without_owner(static_cast<std::uint32_t>(from.without_owner));
  if (from.cluster.empty())
    return;
  auto& store = *to.mutable_store();
  store.set_answers(from.store.is_there);
  store.set_reason(from.store.reason);
  store.set_round_trip_micros(std::chrono::floor<std::chrono::microseconds>(from.store.round_trip).count());
  to.mutable_copying()->set_in_store(static_cast<std::int64_t>(from.copying.in_store));
  to.mutable_copying()->set_to_copy(static_cast<std::int64_t>(from.copying.to_copy));
}

} // namespace

void nodes_service::list_nodes(const call_context& context, const v1::ListNodesRequest&,
                               reply<v1::ListNodesResponse> answer) {
  bridge_.ask(
      directory_, maestro::list_nodes{},
      [answer = std::move(answer)](result<node_list>&& found) {
        if (!found)
          return answer(found.error());
        v1::ListNodesResponse response;
        to_api(*found, response);
        answer(std::move(response));
      },
      context.deadline);
}

void nodes_service::get_node(const call_context& context, const v1::GetNodeRequest& request,
                             reply<v1::GetNodeResponse> answer) {
  bridge_.ask(
      directory_, maestro::list_nodes{},
      [answer = std::move(answer), name = request.node_name()](result<node_list>&& found) {
        if (!found)
          return answer(found.error());
        auto& nodes = found->nodes;
        auto one =
            std::find_if(nodes.begin(), nodes.end(), [&](auto& node) { return node.member.name.str() == name; });
        if (one == nodes.end())
          return answer(failure{ec::not_found, fmt::format("node {} not found", name)});
        v1::GetNodeResponse response;
        to_api(*one, *response.mutable_node());
        answer(std::move(response));
      },
      context.deadline);
}

template <class Response>
void nodes_service::change(const call_context& context, const std::string& node, node_change what,
                           reply<Response> answer) {
  bridge_.ask(
      directory_, change_node{node_name(node), what},
      [answer = std::move(answer)](result<done>&& changed) {
        if (changed)
          answer(Response());
        else
          answer(changed.error());
      },
      context.deadline);
}

void nodes_service::drain_node(const call_context& context, const v1::DrainNodeRequest& request,
                               reply<v1::DrainNodeResponse> answer) {
  change(context, request.node_name(), node_change::drain, std::move(answer));
}

void nodes_service::undrain_node(const call_context& context, const v1::UndrainNodeRequest& request,
                                 reply<v1::UndrainNodeResponse> answer) {
  change(context, request.node_name(), node_change::undrain, std::move(answer));
}

void nodes_service::remove_node(const call_context& context, const v1::RemoveNodeRequest& request,
                                reply<v1::RemoveNodeResponse> answer) {
  change(context, request.node_name(), node_change::remove, std::move(answer));
}

} // namespace maestro
