#include "messages/api_patch.hpp"

#include "messages/api_values.hpp"

#include "api/v1/messages.pb.h"
#include "api/v1/schedulers.pb.h"

namespace maestro {

namespace v1 = api::v1;

namespace {

template <class List, class Read>
void replace_unless_empty(auto& list, const List& sent, Read read) {
  if (sent.empty())
    return;
  list.clear();
  for (auto& one : sent)
    list.push_back(read(one));
}

void patch(container& to, const v1::OptionalContainer& sent) {
  if (sent.has_name())
    to.name = sent.name();
  if (sent.has_image())
    to.image = sent.image();
  if (sent.has_image_pull_policy())
    to.image_pull_policy = sent.image_pull_policy();
  replace_unless_empty(to.command, sent.command(), [](auto& word) { return word; });
  replace_unless_empty(to.environment, sent.environment(), variable_from_api);
  if (sent.has_requests())
    to.requests = {sent.requests().memory(), sent.requests().cpu()};
  if (sent.has_limits())
    to.limits = {sent.limits().memory(), sent.limits().cpu()};
  replace_unless_empty(to.ports, sent.ports(), port_from_api);
  if (sent.has_stdin())
    to.takes_input = sent.stdin();
}

void patch(scheduler_spec& to, const v1::OptionalSpec& sent) {
  if (sent.has_termination_grace_period())
    to.termination_grace_period = duration_from_api(sent.termination_grace_period());
  auto count = static_cast<std::size_t>(sent.containers_size());
  if (to.containers.size() < count)
    to.containers.resize(count);
  for (std::size_t i = 0; i < count; ++i)
    patch(to.containers[i], sent.containers(static_cast<int>(i)));
  if (sent.has_toleration())
    to.toleration = sent.toleration();
  if (sent.has_affinity())
    to.affinity = sent.affinity();
  if (sent.has_health())
    to.health = health_from_api(sent.health());
  replace_unless_empty(to.artifacts, sent.artifacts(), [](auto& pattern) { return pattern; });
  if (sent.has_placement())
    to.placement = placement_from_api(sent.placement());
}

void patch(autoscaling& to, const v1::OptionalAutoscaling& sent) {
  if (sent.has_enabled())
    to.enabled = sent.enabled();
  if (sent.has_min())
    to.min = sent.min();
  if (sent.has_max())
    to.max = sent.max();
  if (sent.has_policy())
    to.policy = policy_from_api(sent.policy());
  if (sent.has_cooldown())
    to.cooldown = sent.cooldown();
}

} // namespace

bool changes_something(const v1::PatchSchedulerRequest& sent, sent_maps maps) {
  return sent.has_spec() || sent.has_port_range() || sent.has_max_surge() || sent.has_rooms_replicas() ||
         sent.has_autoscaling() || !sent.forwarders().empty() || !sent.annotations().empty() ||
         !sent.labels().empty() || sent.has_match_allocation() || maps.annotations || maps.labels;
}

scheduler patched(scheduler from, const v1::PatchSchedulerRequest& sent, sent_maps maps) {
  if (sent.has_spec())
    patch(from.spec, sent.spec());
  if (sent.has_port_range())
    from.port_range = range_from_api(sent.port_range());
  if (sent.has_max_surge())
    from.max_surge = sent.max_surge();
  if (sent.has_rooms_replicas())
    from.rooms_replicas = sent.rooms_replicas();
  if (sent.has_autoscaling())
    patch(from.autoscaling ? *from.autoscaling : from.autoscaling.emplace(), sent.autoscaling());
  replace_unless_empty(from.forwarders, sent.forwarders(), forwarder_from_api);
  if (auto annotations = map_from_api(sent.annotations(), maps.annotations))
    from.annotations = std::move(annotations);
  if (auto labels = map_from_api(sent.labels(), maps.labels))
    from.labels = std::move(labels);
  if (sent.has_match_allocation())
    from.max_matches = sent.match_allocation().max_matches();
  return from;
}

} // namespace maestro
