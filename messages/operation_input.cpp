#include "messages/operation_input.hpp"

#include "messages/struct_json.hpp"

#include <google/protobuf/struct.pb.h>

namespace maestro {

namespace pb = google::protobuf;

namespace {

pb::Value null() {
  pb::Value value;
  value.set_null_value(pb::NULL_VALUE);
  return value;
}

pb::Value text(const std::string& from) {
  pb::Value value;
  value.set_string_value(from);
  return value;
}

pb::Value number(double from) {
  pb::Value value;
  value.set_number_value(from);
  return value;
}

pb::Value boolean(bool from) {
  pb::Value value;
  value.set_bool_value(from);
  return value;
}

pb::Value object(std::initializer_list<std::pair<const char*, pb::Value>> fields) {
  pb::Value value;
  auto& to = *value.mutable_struct_value()->mutable_fields();
  for (auto& [name, field] : fields)
    to[name] = field;
  return value;
}

template <class List, class Render>
pb::Value list(const List& from, Render render) {
  pb::Value value;
  auto& to = *value.mutable_list_value();
  for (auto& item : from)
    *to.add_values() = render(item);
  return value;
}

template <class List, class Render>
pb::Value list_or_null(const List& from, Render render) {
  return from.empty() ? null() : list(from, render);
}

template <class Optional, class Render>
pb::Value optional(const Optional& from, Render render) {
  return from ? render(*from) : null();
}

pb::Value range_value(const port_range& from) {
  return object({{"Start", number(from.start)}, {"End", number(from.end)}});
}

pb::Value map_value(const std::map<std::string, std::string>& from) {
  pb::Value value;
  auto& to = *value.mutable_struct_value()->mutable_fields();
  for (auto& [name, content] : from)
    to[name] = text(content);
  return value;
}

pb::Value source_value(const environment_variable& from) {
  if (!from.field_path && !from.secret)
    return null();
  auto field = optional(from.field_path, [](auto& path) { return object({{"fieldPath", text(path)}}); });
  auto secret = optional(from.secret, [](auto& ref) {
    return object({{"name", text(ref.name)}, {"key", text(ref.key)}});
  });
  return object({{"FieldRef", field}, {"SecretKeyRef", secret}});
}

pb::Value variable_value(const environment_variable& from) {
  return object(
      {{"Name", text(from.name)}, {"Value", text(from.value.value_or(""))}, {"ValueFrom", source_value(from)}});
}

pb::Value resources_value(const container_resources& from) {
  return object({{"Memory", text(from.memory)}, {"CPU", text(from.cpu)}});
}

pb::Value port_value(const container_port& from) {
  return object({{"Name", text(from.name)},
                 {"Protocol", text(from.protocol)},
                 {"Port", number(from.port)},
                 {"HostPortRange", optional(from.host_port_range, range_value)},
                 {"HostPort", number(from.host_port)}});
}

pb::Value container_value(const container& from) {
  return object({{"Name", text(from.name)},
                 {"Image", text(from.image)},
                 {"ImagePullPolicy", text(from.image_pull_policy)},
                 {"Command", list_or_null(from.command, text)},
                 {"Environment", list_or_null(from.environment, variable_value)},
                 {"Requests", resources_value(from.requests)},
                 {"Limits", resources_value(from.limits)},
                 {"Ports", list_or_null(from.ports, port_value)}});
}

pb::Value spec_value(const scheduler_spec& from) {
  return object({{"Version", text(from.version)},
                 {"TerminationGracePeriod", number(static_cast<double>(from.termination_grace_period.count()))},
                 {"Containers", list_or_null(from.containers, container_value)},
                 {"Toleration", text(from.toleration)},
                 {"Affinity", text(from.affinity)},
                 {"RestartPolicy", text(from.restart_policy)}});
}

pb::Value autoscaling_value(const autoscaling& from) {
  auto occupancy = optional(from.policy.room_occupancy, [](auto& policy) {
    return object(
        {{"ReadyTarget", number(policy.ready_target)}, {"DownThreshold", number(policy.down_threshold)}});
  });
  auto buffer = optional(from.policy.fixed_buffer, [](auto& policy) {
    return object({{"Amount", number(policy.amount)}});
  });
  auto parameters = object({{"RoomOccupancy", occupancy}, {"FixedBuffer", buffer}});
  return object({{"Enabled", boolean(from.enabled)},
                 {"Min", number(from.min)},
                 {"Max", number(from.max)},
                 {"Cooldown", number(from.cooldown)},
                 {"Policy", object({{"Type", text(from.policy.type)}, {"Parameters", parameters}})}});
}

pb::Value options_value(const forwarder_options& from) {
  pb::Value metadata;
  if (!from_json(from.metadata_json, *metadata.mutable_struct_value()))
    metadata.mutable_struct_value()->Clear();
  return object({{"Timeout", number(static_cast<double>(from.timeout_ms))}, {"Metadata", metadata}});
}

pb::Value forwarder_value(const forwarder& from) {
  return object({{"Name", text(from.name)},
                 {"Enabled", boolean(from.enabled)},
                 {"ForwardType", text(from.type)},
                 {"Address", text(from.address)},
                 {"Options", optional(from.options, options_value)}});
}

/// The definition is older than the scheduler it creates, so its times are zero.
pb::Value recipe_value(const scheduler& from) {
  return object({{"Name", text(from.name.str())},
                 {"Game", text(from.game)},
                 {"State", text(to_string(from.state))},
                 {"RollbackVersion", text(from.rollback_version)},
                 {"Spec", spec_value(from.spec)},
                 {"Autoscaling", optional(from.autoscaling, autoscaling_value)},
                 {"PortRange", optional(from.port_range, range_value)},
                 {"RoomsReplicas", number(from.rooms_replicas)},
                 {"CreatedAt", text(to_rfc3339(never))},
                 {"LastDownscaleAt", text(to_rfc3339(never))},
                 {"MaxSurge", text(from.max_surge)},
                 {"Forwarders", list(from.forwarders, forwarder_value)},
                 {"Annotations", optional(from.annotations, map_value)},
                 {"Labels", optional(from.labels, map_value)},
                 {"MatchAllocation", object({{"MaxMatches", number(from.max_matches)}})}});
}

struct input_of {
  pb::Value operator()(const create_scheduler_operation& what) const {
    return object({{"scheduler", recipe_value(what.recipe)}});
  }
  pb::Value operator()(const add_rooms_operation& what) const {
    return object({{"amount", number(static_cast<double>(what.amount))}});
  }
  pb::Value operator()(const remove_rooms_operation& what) const {
    auto ids = list_or_null(what.rooms_ids, [](auto& id) { return text(id.str()); });
    return object({{"amount", number(static_cast<double>(what.amount))},
                   {"rooms_ids", ids},
                   {"reason", text(to_string(what.reason))}});
  }
  pb::Value operator()(const health_controller_operation& what) const {
    return what.took_action ? object({{"took_action", boolean(true)}}) : object({});
  }
  pb::Value operator()(const create_new_scheduler_version_operation& what) const {
    return object({{"scheduler", recipe_value(what.recipe)}});
  }
  pb::Value operator()(const switch_active_version_operation& what) const {
    return object({{"newActiveVersion", text(what.new_active_version)}});
  }
  pb::Value operator()(const delete_scheduler_operation&) const { return object({}); }
  pb::Value operator()(const storage_clean_up_operation&) const { return object({}); }
};

} // namespace

void operation_input(const operation_definition& from, pb::Struct& to) {
  auto value = std::visit(input_of{}, from);
  to.Swap(value.mutable_struct_value());
}

} // namespace maestro
