// The values inside the API's requests, one by one: what api_codec and api_patch share. For messages/ only.
#pragma once

#include "messages/scheduler_types.hpp"
#include "messages/time.hpp"

namespace google::protobuf {
class Duration;
class Timestamp;
} // namespace google::protobuf

namespace api::v1 {
class Autoscaling;
class AutoscalingPolicy;
class Container;
class ContainerEnvironment;
class ContainerPort;
class Forwarder;
class Health;
class Placement;
class PortRange;
class Spec;
} // namespace api::v1

namespace maestro {

/// `never` is Go's zero time.
void put_time(timestamp at, google::protobuf::Timestamp& to);
port_range range_from_api(const api::v1::PortRange& from);
environment_variable variable_from_api(const api::v1::ContainerEnvironment& from);
container_port port_from_api(const api::v1::ContainerPort& from);
container container_from_api(const api::v1::Container& from);
/// Saturates: what does not fit into 64 bits of nanoseconds is longer than anyone waits.
duration duration_from_api(const google::protobuf::Duration& from);
/// With the defaults of what the probe has a use for.
health_recipe health_from_api(const api::v1::Health& from);
placement_recipe placement_from_api(const api::v1::Placement& from);
scheduler_spec spec_from_api(const api::v1::Spec& from);
autoscaling_policy policy_from_api(const api::v1::AutoscalingPolicy& from);
autoscaling autoscaling_from_api(const api::v1::Autoscaling& from);
forwarder forwarder_from_api(const api::v1::Forwarder& from);

/// Absent when it is empty and was not sent.
template <class Map>
boxed_optional<std::map<std::string, std::string>> map_from_api(const Map& from, bool sent) {
  if (from.empty() && !sent)
    return std::nullopt;
  return std::map<std::string, std::string>(from.begin(), from.end());
}

} // namespace maestro
