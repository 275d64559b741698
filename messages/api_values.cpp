#include "messages/api_values.hpp"

#include "messages/struct_json.hpp"

#include "api/v1/messages.pb.h"

#include <algorithm>
#include <chrono>

namespace maestro {

namespace v1 = api::v1;
namespace pb = google::protobuf;

namespace {

constexpr const char* first_version = "v1.0.0";
constexpr const char* default_restart_policy = "Never";
constexpr float default_down_threshold = 0.99F;
constexpr std::int64_t go_zero_time = -62135596800;
constexpr auto default_probe_interval = std::chrono::seconds{2};
constexpr std::int32_t default_probe_failures = 3;
constexpr auto default_initial_delay = std::chrono::seconds{30};

} // namespace

void put_time(timestamp at, pb::Timestamp& to) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  to.set_seconds(at == never ? go_zero_time : seconds.time_since_epoch().count());
  to.set_nanos(static_cast<std::int32_t>((at - seconds).count()));
}

port_range range_from_api(const v1::PortRange& from) {
  return {from.start(), from.end()};
}

environment_variable variable_from_api(const v1::ContainerEnvironment& from) {
  environment_variable to;
  to.name = from.name();
  if (from.has_value())
    to.value = from.value();
  else if (from.value_from().has_secret_key_ref())
    to.secret =
        secret_key_ref{from.value_from().secret_key_ref().name(), from.value_from().secret_key_ref().key()};
  else if (from.value_from().has_field_ref())
    to.field_path = from.value_from().field_ref().field_path();
  return to;
}

container_port port_from_api(const v1::ContainerPort& from) {
  container_port to{from.name(), from.protocol(), from.port(), from.host_port(), std::nullopt, from.count()};
  if (from.has_host_port_range())
    to.host_port_range = range_from_api(from.host_port_range());
  return to;
}

container container_from_api(const v1::Container& from) {
  container to;
  to.name = from.name();
  to.image = from.image();
  to.image_pull_policy = from.image_pull_policy();
  to.command.assign(from.command().begin(), from.command().end());
  for (auto& variable : from.environment())
    to.environment.push_back(variable_from_api(variable));
  to.requests = {from.requests().memory(), from.requests().cpu()};
  to.limits = {from.limits().memory(), from.limits().cpu()};
  for (auto& port : from.ports())
    to.ports.push_back(port_from_api(port));
  to.takes_input = from.stdin();
  return to;
}

duration duration_from_api(const pb::Duration& from) {
  constexpr std::int64_t most_seconds = 9'000'000'000;
  auto seconds = std::clamp(from.seconds(), -most_seconds, most_seconds);
  return std::chrono::seconds(seconds) + std::chrono::nanoseconds(from.nanos());
}

namespace {

room_timeouts timeouts_from_api(const v1::HealthTimeouts& from) {
  return {duration_from_api(from.initialization()), duration_from_api(from.ping()),
          duration_from_api(from.allocation()), duration_from_api(from.deletion())};
}

} // namespace

health_recipe health_from_api(const v1::Health& from) {
  health_recipe to;
  to.probe = from.probe();
  to.port = from.port();
  to.container = from.container();
  to.path = from.path();
  to.command.assign(from.command().begin(), from.command().end());
  to.pattern = from.pattern();
  to.interval = duration_from_api(from.interval());
  to.failures = from.failures();
  to.initial_delay = duration_from_api(from.initial_delay());
  to.players = from.players();
  to.timeouts = timeouts_from_api(from.timeouts());
  to.send = from.send();
  to.expect = from.expect();
  to.players_at = from.players_at();
  to.joined.assign(from.joined().begin(), from.joined().end());
  to.left.assign(from.left().begin(), from.left().end());
  if (to.probe.empty())
    return to;
  if (to.probe == "http" && !from.has_path())
    to.path = "/";
  if (!from.has_interval())
    to.interval = default_probe_interval;
  if (!from.has_failures())
    to.failures = default_probe_failures;
  if (!from.has_initial_delay())
    to.initial_delay = default_initial_delay;
  if (counts_players(to) && !from.has_players())
    to.players = "occupied";
  return to;
}

placement_recipe placement_from_api(const v1::Placement& from) {
  return {from.has_strategy() ? from.strategy() : "spread",
          {from.node_labels().begin(), from.node_labels().end()}};
}

scheduler_spec spec_from_api(const v1::Spec& from) {
  scheduler_spec to;
  to.version = first_version;
  to.termination_grace_period = duration_from_api(from.termination_grace_period());
  for (auto& container : from.containers())
    to.containers.push_back(container_from_api(container));
  to.toleration = from.toleration();
  to.affinity = from.affinity();
  to.restart_policy = from.restart_policy().empty() ? default_restart_policy : from.restart_policy();
  if (from.has_health())
    to.health = health_from_api(from.health());
  to.artifacts.assign(from.artifacts().begin(), from.artifacts().end());
  if (from.has_placement())
    to.placement = placement_from_api(from.placement());
  return to;
}

autoscaling_policy policy_from_api(const v1::AutoscalingPolicy& from) {
  autoscaling_policy to;
  to.type = from.type();
  auto& parameters = from.parameters();
  if (parameters.has_room_occupancy()) {
    auto threshold = parameters.room_occupancy().down_threshold();
    to.room_occupancy = room_occupancy_policy{parameters.room_occupancy().ready_target(),
                                              threshold == 0 ? default_down_threshold : threshold};
  }
  if (parameters.has_fixed_buffer())
    to.fixed_buffer = fixed_buffer_policy{parameters.fixed_buffer().amount()};
  return to;
}

autoscaling autoscaling_from_api(const v1::Autoscaling& from) {
  return {from.enabled(), from.min(), from.max(), from.cooldown(), policy_from_api(from.policy())};
}

forwarder forwarder_from_api(const v1::Forwarder& from) {
  forwarder to{from.name(), from.enable(), from.type(), from.address(), forwarder_options{}};
  if (from.has_options())
    to.options = forwarder_options{from.options().timeout(), to_json(from.options().metadata())};
  return to;
}

} // namespace maestro
