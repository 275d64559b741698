#include "actors/rules/version_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace maestro::rules {

namespace {

struct version_number {
  std::int64_t major = 0;
  std::int64_t minor = 0;
};

std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr == text.data() + text.size() || *read.ptr != '.' || value < 0)
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()) + 1);
  return value;
}

std::optional<version_number> number_of(std::string_view version) {
  if (version.starts_with('v'))
    version.remove_prefix(1);
  auto major = take_number(version);
  auto minor = major ? take_number(version) : std::nullopt;
  if (!minor)
    return std::nullopt;
  return version_number{*major, *minor};
}

/// Collects what differs under a growing path.
class comparison {
public:
  explicit comparison(std::vector<field_change>& found) : found_(found) {}

  template <class T>
  void operator()(const std::string& path, change_kind kind, const T& before, const T& after) const {
    if (!(before == after))
      found_.push_back({path, kind});
  }

private:
  std::vector<field_change>& found_;
};

// Ports of the same name that are equal but for the host port, which a room draws anew anyhow, do not count; nor does
// one that is not wanted any more.
bool has_new_ports(const std::vector<container_port>& before, const std::vector<container_port>& after) {
  return std::any_of(after.begin(), after.end(), [&](const container_port& wanted) {
    return std::none_of(before.begin(), before.end(), [&](container_port had) {
      had.host_port = wanted.host_port;
      return had == wanted;
    });
  });
}

void compare_ports(const comparison& differs, const std::string& path, const container& before,
                   const container& after) {
  if (before.ports == after.ports)
    return;
  auto kind = has_new_ports(before.ports, after.ports) ? change_kind::major : change_kind::minor;
  differs(path, kind, before.ports, after.ports);
}

void compare_container(const comparison& differs, const std::string& path, const container& before,
                       const container& after) {
  using enum change_kind;
  differs(path + ".name", major, before.name, after.name);
  differs(path + ".image", major, before.image, after.image);
  differs(path + ".imagePullPolicy", major, before.image_pull_policy, after.image_pull_policy);
  differs(path + ".command", major, before.command, after.command);
  differs(path + ".environment", major, before.environment, after.environment);
  differs(path + ".requests", major, before.requests, after.requests);
  differs(path + ".limits", major, before.limits, after.limits);
  compare_ports(differs, path + ".ports", before, after);
  differs(path + ".stdin", major, before.takes_input, after.takes_input);
}

void compare_containers(const comparison& differs, const std::vector<container>& before,
                        const std::vector<container>& after) {
  const std::string path = "spec.containers";
  auto both = std::min(before.size(), after.size());
  for (std::size_t i = 0; i < both; ++i)
    compare_container(differs, fmt::format("{}[{}]", path, i), before[i], after[i]);
  for (auto i = both; i < std::max(before.size(), after.size()); ++i)
    differs(fmt::format("{}[{}]", path, i), change_kind::major, i < before.size(), i < after.size());
}

std::string restart_policy_of(const scheduler_spec& spec) {
  return spec.restart_policy.empty() ? "Never" : spec.restart_policy;
}

/// How rooms are asked, without how long they may take.
std::optional<health_recipe> asking_of(const scheduler_spec& spec) {
  if (!spec.health || spec.health->probe.empty())
    return std::nullopt;
  auto asking = *spec.health;
  asking.timeouts = {};
  return asking;
}

room_timeouts timeouts_of(const scheduler_spec& spec) {
  return spec.health ? spec.health->timeouts : room_timeouts{};
}

} // namespace

std::string to_string(change_kind kind) {
  switch (kind) {
  case change_kind::none: return "none";
  case change_kind::minor: return "minor";
  case change_kind::major: return "major";
  }
  return "invalid";
}

std::vector<field_change> changed_fields(const scheduler& before, const scheduler& after) {
  using enum change_kind;
  std::vector<field_change> found;
  comparison differs(found);
  differs("spec.terminationGracePeriod", major, before.spec.termination_grace_period,
          after.spec.termination_grace_period);
  compare_containers(differs, before.spec.containers, after.spec.containers);
  differs("spec.toleration", major, before.spec.toleration, after.spec.toleration);
  differs("spec.affinity", major, before.spec.affinity, after.spec.affinity);
  differs("spec.restartPolicy", major, restart_policy_of(before.spec), restart_policy_of(after.spec));
  // A probe that is wrong calls every room silent, so it is tried out on one room first, as all that is major; a time limit
  // replaces no room.
  differs("spec.artifacts", major, before.spec.artifacts, after.spec.artifacts);
  differs("spec.health", major, asking_of(before.spec), asking_of(after.spec));
  differs("spec.health.timeouts", minor, timeouts_of(before.spec), timeouts_of(after.spec));
  differs("spec.placement", minor, before.spec.placement, after.spec.placement);
  differs("portRange", major, before.port_range, after.port_range);
  differs("maxSurge", minor, before.max_surge, after.max_surge);
  differs("roomsReplicas", minor, before.rooms_replicas, after.rooms_replicas);
  differs("autoscaling", minor, before.autoscaling, after.autoscaling);
  differs("forwarders", major, before.forwarders, after.forwarders);
  differs("annotations", major, before.annotations, after.annotations);
  differs("labels", major, before.labels, after.labels);
  differs("matchAllocation", minor, before.max_matches, after.max_matches);
  return found;
}

change_kind classify_change(const scheduler& before, const scheduler& after) {
  auto kind = change_kind::none;
  for (auto& one : changed_fields(before, after))
    kind = std::max(kind, one.kind);
  return kind;
}

bool same_major(const std::string& left, const std::string& right) {
  auto a = number_of(left);
  auto b = number_of(right);
  return a && b && a->major == b->major;
}

result<std::string> next_version(change_kind kind, const std::string& active,
                                 const std::vector<std::string>& versions) {
  auto now = number_of(active);
  auto unreadable = [](const std::string& version) {
    return failure{ec::unknown, fmt::format("version {} is not a semantic version", version)};
  };
  if (!now)
    return unreadable(active);
  auto highest = *now;
  for (auto& version : versions) {
    auto number = number_of(version);
    if (!number)
      return unreadable(version);
    highest.major = std::max(highest.major, number->major);
    if (number->major == now->major)
      highest.minor = std::max(highest.minor, number->minor);
  }
  return kind == change_kind::major ? fmt::format("v{}.0.0", highest.major + 1)
                                    : fmt::format("v{}.{}.0", now->major, highest.minor + 1);
}

} // namespace maestro::rules
