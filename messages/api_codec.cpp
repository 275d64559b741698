#include "messages/api_codec.hpp"

#include "messages/api_values.hpp"
#include "messages/operation_input.hpp"
#include "messages/struct_json.hpp"
#include "messages/text.hpp"

#include "api/v1/messages.pb.h"
#include "api/v1/room_management.pb.h"
#include "api/v1/rooms.pb.h"
#include "api/v1/schedulers.pb.h"
#include "api/v1/timelines.pb.h"

#include <algorithm>
#include <chrono>

namespace maestro {

namespace v1 = api::v1;
namespace pb = google::protobuf;

namespace {

constexpr const char* shown_restart_policy = "Never";

// -- out ------------------------------------------------------------------------------------------------------

void put_range(const port_range& from, v1::PortRange& to) {
  to.set_start(from.start);
  to.set_end(from.end);
}

void put_variable(const environment_variable& from, v1::ContainerEnvironment& to) {
  to.set_name(from.name);
  if (from.value && !from.value->empty())
    to.set_value(*from.value);
  if (from.field_path)
    to.mutable_value_from()->mutable_field_ref()->set_field_path(*from.field_path);
  if (from.secret) {
    to.mutable_value_from()->mutable_secret_key_ref()->set_name(from.secret->name);
    to.mutable_value_from()->mutable_secret_key_ref()->set_key(from.secret->key);
  }
}

void put_resources(const container_resources& from, v1::ContainerResources& to) {
  to.set_memory(from.memory);
  to.set_cpu(from.cpu);
}

void put_port(const container_port& from, v1::ContainerPort& to) {
  to.set_name(from.name);
  to.set_protocol(from.protocol);
  to.set_port(from.port);
  to.set_host_port(from.host_port);
  if (from.host_port_range)
    put_range(*from.host_port_range, *to.mutable_host_port_range());
  if (from.count != 0)
    to.set_count(from.count);
}

void put_container(const container& from, v1::Container& to) {
  to.set_name(from.name);
  to.set_image(from.image);
  to.set_image_pull_policy(from.image_pull_policy);
  for (auto& word : from.command)
    to.add_command(word);
  for (auto& variable : from.environment)
    put_variable(variable, *to.add_environment());
  put_resources(from.requests, *to.mutable_requests());
  put_resources(from.limits, *to.mutable_limits());
  for (auto& port : from.ports)
    put_port(port, *to.add_ports());
  if (from.takes_input)
    to.set_stdin(true);
}

void put_duration(duration from, pb::Duration& to) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(from);
  to.set_seconds(seconds.count());
  to.set_nanos(static_cast<std::int32_t>((from - seconds).count()));
}

void put_timeouts(const room_timeouts& from, v1::Health& to) {
  if (from == room_timeouts{})
    return;
  auto& limits = *to.mutable_timeouts();
  if (from.initialization != duration{})
    put_duration(from.initialization, *limits.mutable_initialization());
  if (from.ping != duration{})
    put_duration(from.ping, *limits.mutable_ping());
  if (from.allocation != duration{})
    put_duration(from.allocation, *limits.mutable_allocation());
  if (from.deletion != duration{})
    put_duration(from.deletion, *limits.mutable_deletion());
}

/// What a probe has no use for is left out.
void put_health(const health_recipe& from, v1::Health& to) {
  put_timeouts(from.timeouts, to);
  if (from.probe.empty())
    return;
  to.set_probe(from.probe);
  if (!from.port.empty())
    to.set_port(from.port);
  if (!from.container.empty())
    to.set_container(from.container);
  if (!from.path.empty())
    to.set_path(from.path);
  for (auto& word : from.command)
    to.add_command(word);
  if (!from.pattern.empty())
    to.set_pattern(from.pattern);
  put_duration(from.interval, *to.mutable_interval());
  to.set_failures(from.failures);
  put_duration(from.initial_delay, *to.mutable_initial_delay());
  if (!from.players.empty())
    to.set_players(from.players);
  if (!from.send.empty())
    to.set_send(from.send);
  if (!from.expect.empty())
    to.set_expect(from.expect);
  if (from.players_at != 0)
    to.set_players_at(from.players_at);
  to.mutable_joined()->Assign(from.joined.begin(), from.joined.end());
  to.mutable_left()->Assign(from.left.begin(), from.left.end());
}

void put_placement(const placement_recipe& from, v1::Placement& to) {
  to.set_strategy(from.strategy);
  to.mutable_node_labels()->insert(from.node_labels.begin(), from.node_labels.end());
}

void put_spec(const scheduler_spec& from, v1::Spec& to) {
  to.set_version(from.version);
  put_duration(from.termination_grace_period, *to.mutable_termination_grace_period());
  for (auto& container : from.containers)
    put_container(container, *to.add_containers());
  to.set_toleration(from.toleration);
  to.set_affinity(from.affinity);
  to.set_restart_policy(from.restart_policy.empty() ? shown_restart_policy : from.restart_policy);
  if (from.health)
    put_health(*from.health, *to.mutable_health());
  for (auto& pattern : from.artifacts)
    to.add_artifacts(pattern);
  if (from.placement)
    put_placement(*from.placement, *to.mutable_placement());
}

void put_autoscaling(const autoscaling& from, v1::Autoscaling& to) {
  to.set_enabled(from.enabled);
  to.set_min(from.min);
  to.set_max(from.max);
  to.set_cooldown(from.cooldown);
  to.mutable_policy()->set_type(from.policy.type);
  auto& parameters = *to.mutable_policy()->mutable_parameters();
  if (auto& occupancy = from.policy.room_occupancy) {
    parameters.mutable_room_occupancy()->set_ready_target(static_cast<float>(occupancy->ready_target));
    parameters.mutable_room_occupancy()->set_down_threshold(static_cast<float>(occupancy->down_threshold));
  }
  if (auto& buffer = from.policy.fixed_buffer)
    parameters.mutable_fixed_buffer()->set_amount(buffer->amount);
}

void put_forwarder(const forwarder& from, v1::Forwarder& to) {
  to.set_name(from.name);
  to.set_enable(from.enabled);
  to.set_type(from.type);
  to.set_address(from.address);
  if (!from.options)
    return;
  to.mutable_options()->set_timeout(from.options->timeout_ms);
  if (!from_json(from.options->metadata_json, *to.mutable_options()->mutable_metadata()))
    to.mutable_options()->mutable_metadata()->Clear();
}

void put_host_port(const host_port& from, v1::Port& to) {
  to.set_name(from.name);
  to.set_protocol(upper_case(from.protocol));
  to.set_port(from.port);
}

/// What both operation messages share.
template <class Message>
void put_operation(const operation& from, Message& to) {
  to.set_id(from.id.str());
  to.set_status(to_string(from.status));
  to.set_definition_name(definition_name(from.definition));
  to.set_scheduler_name(from.scheduler.str());
  put_time(from.created_at, *to.mutable_created_at());
  if (!from.error)
    return;
  to.mutable_error()->set_code(from.error->code);
  to.mutable_error()->set_message(from.error->message);
}

} // namespace

namespace {

/// The requests of a new scheduler and of a new version have the same fields.
template <class Request>
scheduler recipe_from_api(const Request& request, sent_maps sent) {
  scheduler to;
  to.name = scheduler_name(request.name());
  to.game = request.game();
  to.spec = spec_from_api(request.spec());
  if (request.has_autoscaling())
    to.autoscaling = autoscaling_from_api(request.autoscaling());
  if (request.has_port_range())
    to.port_range = range_from_api(request.port_range());
  to.rooms_replicas = request.rooms_replicas();
  to.max_surge = request.max_surge();
  for (auto& forwarder : request.forwarders())
    to.forwarders.push_back(forwarder_from_api(forwarder));
  to.annotations = map_from_api(request.annotations(), sent.annotations);
  to.labels = map_from_api(request.labels(), sent.labels);
  if (request.has_match_allocation())
    to.max_matches = request.match_allocation().max_matches();
  return to;
}

} // namespace

scheduler scheduler_from_api(const v1::CreateSchedulerRequest& request, sent_maps sent) {
  return recipe_from_api(request, sent);
}

scheduler scheduler_from_api(const v1::NewSchedulerVersionRequest& request, sent_maps sent) {
  return recipe_from_api(request, sent);
}

void to_api(const scheduler& from, v1::Scheduler& to) {
  to.set_name(from.name.str());
  to.set_game(from.game);
  to.set_state(to_string(from.state));
  if (from.port_range)
    put_range(*from.port_range, *to.mutable_port_range());
  put_time(from.created_at, *to.mutable_created_at());
  to.set_max_surge(from.max_surge);
  to.set_rooms_replicas(from.rooms_replicas);
  put_spec(from.spec, *to.mutable_spec());
  if (from.autoscaling)
    put_autoscaling(*from.autoscaling, *to.mutable_autoscaling());
  for (auto& forwarder : from.forwarders)
    put_forwarder(forwarder, *to.add_forwarders());
  if (from.annotations)
    to.mutable_annotations()->insert(from.annotations->begin(), from.annotations->end());
  if (from.labels)
    to.mutable_labels()->insert(from.labels->begin(), from.labels->end());
  to.mutable_match_allocation()->set_max_matches(from.max_matches);
}

void to_api(const scheduler& from, v1::SchedulerWithoutSpec& to) {
  to.set_name(from.name.str());
  to.set_game(from.game);
  to.set_state(to_string(from.state));
  to.set_version(from.spec.version);
  if (from.port_range)
    put_range(*from.port_range, *to.mutable_port_range());
  put_time(from.created_at, *to.mutable_created_at());
  to.set_max_surge(from.max_surge);
  to.set_rooms_replicas(from.rooms_replicas);
  to.mutable_match_allocation()->set_max_matches(from.max_matches);
}

void to_api(const scheduler_condition& from, v1::Degraded& to) {
  to.set_reason(from.reason);
  if (from.failures > 0)
    to.set_consecutive_failures(static_cast<std::int32_t>(from.failures));
  if (from.next_try != never)
    put_time(from.next_try, *to.mutable_next_try_at());
}

void to_api(const scheduler_info& from, v1::SchedulerInfo& to) {
  auto& recipe = from.recipe;
  auto count = [&](room_status status) { return static_cast<std::int32_t>(from.counts.of(status)); };
  to.set_name(recipe.name.str());
  to.set_game(recipe.game);
  to.set_state(to_string(recipe.state));
  to.set_rooms_replicas(recipe.rooms_replicas);
  to.set_rooms_ready(count(room_status::ready));
  to.set_rooms_occupied(count(room_status::occupied));
  to.set_rooms_pending(count(room_status::pending));
  to.set_rooms_terminating(count(room_status::terminating));
  to.set_rooms_unready(count(room_status::unready));
  to.set_rooms_active(count(room_status::active));
  to.set_rooms_allocated(count(room_status::allocated));
  to.set_rooms_error(count(room_status::error));
  if (!from.condition.reason.empty())
    to_api(from.condition, *to.mutable_degraded());
  if (!recipe.autoscaling)
    return;
  to.mutable_autoscaling()->set_enabled(recipe.autoscaling->enabled);
  to.mutable_autoscaling()->set_min(recipe.autoscaling->min);
  to.mutable_autoscaling()->set_max(recipe.autoscaling->max);
  to.mutable_autoscaling()->set_cooldown(recipe.autoscaling->cooldown);
}

void to_api(const scheduler_version_info& from, v1::SchedulerVersion& to) {
  to.set_version(from.version);
  to.set_is_active(from.is_active);
  put_time(from.created_at, *to.mutable_created_at());
}

void to_api(const operation& from, v1::ListOperationItem& to) {
  put_operation(from, to);
  if (from.lease_until != never)
    to.mutable_lease()->set_ttl(to_rfc3339(std::chrono::floor<std::chrono::seconds>(from.lease_until)));
}

void to_api(const operation& from, v1::Operation& to) {
  put_operation(from, to);
  operation_input(from.definition, *to.mutable_input());
  for (auto& line : from.history) {
    auto& event = *to.add_execution_history();
    put_time(line.at, *event.mutable_created_at());
    event.set_event(line.event);
  }
}

void to_api(const room_view& from, v1::Room& to) {
  auto& room = from.room;
  to.set_id(room.id.str());
  to.set_status(to_string(room.status));
  to.set_instance_status(to_string(room.instance));
  to.set_status_reason(room.status_reason.empty() ? room.silence : room.status_reason);
  to.set_version(room.version);
  to.set_host(room.host);
  for (auto& port : room.ports)
    put_host_port(port, *to.add_ports());
  to.set_running_matches(room.running_matches);
  put_time(room.created_at, *to.mutable_created_at());
  put_time(room.status_since, *to.mutable_status_since());
  if (from.last_ping_at != never)
    put_time(from.last_ping_at, *to.mutable_last_ping_at());
  if (room.drain != removal_cause::none)
    to.set_draining(to_string(room.drain));
  to.set_allocated_slots(static_cast<std::int32_t>(promised_slots(room)));
  to.set_node_id(room.placed_on);
}

void to_api(const stranger& from, v1::Stranger& to) {
  auto& seen = from.what;
  to.set_id(seen.id.str());
  to.set_version(seen.version);
  to.set_instance_status(to_string(seen.status));
  to.set_status_reason(seen.description);
  to.set_host(seen.host);
  for (auto& port : seen.ports)
    put_host_port(port, *to.add_ports());
  to.set_node_id(from.placed_on);
}

void to_api(const allocated_room& from, v1::AllocateRoomResponse& to) {
  to.set_room_id(from.id.str());
  to.set_success(true);
  for (auto& port : from.ports)
    put_host_port(port, *to.add_ports());
  to.set_host(from.host);
}

void to_api(const room_record& from, v1::GetRoomAddressResponse& to) {
  if (from.host.empty())
    return;
  for (auto& port : from.ports)
    put_host_port(port, *to.add_ports());
  to.set_host(from.host);
}

void to_api(const timeline& from, v1::Timeline& to) {
  for (auto& line : from.lines) {
    auto& event = *to.add_events();
    put_time(line.at, *event.mutable_at());
    event.set_event(line.what);
    event.set_cause(line.cause);
    event.set_detail(line.detail);
  }
  if (from.known_since != never)
    put_time(from.known_since, *to.mutable_known_since());
  to.set_left_out(from.left_out);
}

void to_api(const change_list& from, v1::ListChangesResponse& to) {
  for (auto& one : from.items) {
    auto& change = *to.add_changes();
    change.set_sequence(one.sequence);
    put_time(one.at, *change.mutable_at());
    change.set_id(one.id);
    change.set_status(one.status);
    change.set_detail(one.detail);
  }
  to.set_next(from.next);
  to.set_is_last(from.is_last);
  to.set_has_gap(from.has_gap);
}

} // namespace maestro
