#include "actors/rules/scheduler_validation.hpp"

#include "actors/rules/health_validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <set>
#include <string_view>

namespace maestro::rules {

namespace {

/// Collects violations under a growing path: `Scheduler`, `Scheduler.Spec`, `Scheduler.Spec.Containers[0]`, …
class check {
public:
  check(std::vector<violation>& found, std::string path) : found_(found), path_(std::move(path)) {}

  check in(const std::string& part) const { return {found_, path_ + "." + part}; }
  check in(const std::string& list, std::size_t i) const { return in(list + "[" + std::to_string(i) + "]"); }

  void refuse(const std::string& field, const char* tag, const std::string& rest,
              const std::string& value = {}) const {
    found_.push_back({path_ + "." + field, field, tag, field + " " + rest, value});
  }
  const std::string& path() const { return path_; }
  void add(std::vector<violation> more) const { std::move(more.begin(), more.end(), std::back_inserter(found_)); }
  /// False, and noted, when absent.
  bool required(const std::string& field, bool present) const {
    if (!present)
      refuse(field, "required", "is a required field");
    return present;
  }
  void name(const std::string& field, const std::string& value) const {
    if (required(field, !value.empty()) && !is_resource_name(value))
      refuse(field, "kube_resource_name", "must follow the public RFC 1123 about naming conventions");
  }
  void one_of(const std::string& field, const char* tag, const std::string& value,
              std::initializer_list<std::string_view> options) const {
    if (!required(field, !value.empty()) || std::find(options.begin(), options.end(), value) != options.end())
      return;
    std::string text = "must be one of the following options: ";
    for (auto option : options) {
      text += option == *options.begin() ? "" : ", ";
      text += option;
    }
    refuse(field, tag, text);
  }
  void range(const port_range& value) const {
    if (value.start >= value.end) {
      refuse("Start", "ltfield", "must be less than End");
      refuse("End", "gtfield", "must be greater than Start");
      return;
    }
    if (value.start < lowest_port)
      refuse("Start", "", fmt::format("must be {} or greater, not {}", lowest_port, value.start));
    if (value.end > highest_port)
      refuse("End", "", fmt::format("must be {} or less, not {}", highest_port, value.end));
  }
  void open_unit_interval(const std::string& field, double value) const {
    if (!(value > 0))
      refuse(field, "gt", "must be greater than 0");
    else if (!(value < 1))
      refuse(field, "lt", "must be less than 1");
  }

private:
  std::vector<violation>& found_;
  std::string path_;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void check_resources(const check& at, const container_resources& resources) {
  at.required("Memory", !resources.memory.empty());
  at.required("CPU", !resources.cpu.empty());
}

void check_port(const check& at, const container_port& port) {
  constexpr std::size_t longest_name = 15;
  if (at.required("Name", !port.name.empty()) && characters(port.name) > longest_name)
    at.refuse("Name", "max", "must be a maximum of 15 characters in length");
  at.one_of("Protocol", "ports_protocol", port.protocol, {"tcp", "udp", "sctp", "tcpudp"});
  at.required("Port", port.port != 0);
  if (port.count != 0 && (port.count < 1 || port.count > most_consecutive_ports))
    at.refuse("Count", "", fmt::format("must be 1 to {}, not {}", most_consecutive_ports, port.count));
  if (port.host_port_range)
    at.in("HostPortRange").range(*port.host_port_range);
}

/// As the server's environment has it.
std::string variable_word(std::string name) {
  for (auto& c : name)
    c = is_digit(c) || (c >= 'a' && c <= 'z') ? c : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : '_';
  return name;
}

std::int64_t ports_between(const port_range& range) {
  return std::int64_t{range.end} - range.start + 1;
}

/// A block of ports has room in its range, and its further names are nobody else's.
void check_blocks(const check& at, const scheduler& recipe) {
  std::set<std::string> names;
  for (auto& box : recipe.spec.containers)
    for (auto& port : box.ports)
      names.insert(variable_word(port.name));
  for (std::size_t i = 0; i < recipe.spec.containers.size(); ++i)
    for (std::size_t k = 0; k < recipe.spec.containers[i].ports.size(); ++k) {
      auto& port = recipe.spec.containers[i].ports[k];
      if (port.count < 2 || port.count > most_consecutive_ports)
        continue;
      auto place = at.in("Containers", i).in("Ports", k);
      auto& range = recipe.port_range ? recipe.port_range : port.host_port_range;
      if (range && range->start < range->end && ports_between(*range) < port.count)
        place.refuse("Count", "",
                     fmt::format("must fit into the port range, {} to {}, and is {}", range->start, range->end,
                                 port.count));
      for (std::int32_t number = 1; number < port.count; ++number)
        if (auto name = fmt::format("{}-{}", port.name, number); names.contains(variable_word(name)))
          place.refuse("Count", "", fmt::format("makes a port {}, and there is one of that name", name));
    }
}

void check_container(const check& at, const container& box) {
  at.name("Name", box.name);
  at.required("Image", !box.image.empty());
  at.one_of("ImagePullPolicy", "image_pull_policy", box.image_pull_policy, {"Always", "Never", "IfNotPresent"});
  for (std::size_t i = 0; i < box.environment.size(); ++i)
    at.in("Environment", i).required("Name", !box.environment[i].name.empty());
  check_resources(at.in("Requests"), box.requests);
  check_resources(at.in("Limits"), box.limits);
  for (std::size_t i = 0; i < box.ports.size(); ++i)
    check_port(at.in("Ports", i), box.ports[i]);
}

/// A path below the room's folder, with stars.
bool is_file_pattern(const std::string& text) {
  constexpr std::size_t longest = 256;
  bool is_visible = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x1f && c != 0x7f; });
  auto is_climbing = "/" + text + "/";
  return !text.empty() && text.size() <= longest && is_visible && text.front() != '/' &&
         is_climbing.find("/../") == std::string::npos && is_climbing.find("/./") == std::string::npos;
}

void check_artifacts(const check& at, const std::vector<std::string>& patterns) {
  constexpr std::size_t most = 16;
  if (patterns.size() > most)
    at.refuse("Artifacts", "", fmt::format("must be at most {}, not {}", most, patterns.size()));
  for (std::size_t i = 0; i < patterns.size(); ++i)
    if (!is_file_pattern(patterns[i]))
      at.refuse(fmt::format("Artifacts[{}]", i), "",
                "must be a path below the room's folder of at most 256 visible letters, without . and .. in it");
}

bool is_label_word(const std::string& text, bool may_be_empty) {
  constexpr std::size_t longest = 63;
  bool is_visible = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != ','; });
  return (may_be_empty || !text.empty()) && text.size() <= longest && is_visible;
}

void check_placement(const check& at, const placement_recipe& placement) {
  constexpr std::size_t most = 16;
  at.one_of("Strategy", "", placement.strategy, {"spread", "packed"});
  if (placement.node_labels.size() > most)
    at.refuse("NodeLabels", "", fmt::format("must be at most {}, not {}", most, placement.node_labels.size()));
  for (auto& [name, value] : placement.node_labels)
    if (!is_label_word(name, false) || name.find('=') != std::string::npos || !is_label_word(value, true))
      at.refuse(
          "NodeLabels", "",
          "must be names with values of at most 63 visible ASCII letters without commas, as a node's labels are");
}

void check_spec(const check& at, const scheduler_spec& spec) {
  if (at.required("Version", !spec.version.empty()) && !is_semantic_version(spec.version))
    at.refuse("Version", "semantic_version", "must follow the semantic version pattern");
  if (spec.termination_grace_period <= duration::zero())
    at.refuse("TerminationGracePeriod", "gt", "must be greater than 0");
  if (spec.termination_grace_period > longest_grace_period)
    at.refuse("TerminationGracePeriod", "lte", "must be 744h0m0s or less",
              std::to_string(spec.termination_grace_period.count()));
  at.required("Containers", !spec.containers.empty());
  for (std::size_t i = 0; i < spec.containers.size(); ++i)
    check_container(at.in("Containers", i), spec.containers[i]);
  check_artifacts(at, spec.artifacts);
  if (spec.placement)
    check_placement(at.in("Placement"), *spec.placement);
  at.in("Health").add(health_violations(spec, at.in("Health").path()));
}

void check_forwarder(const check& at, const forwarder& to) {
  at.required("Name", !to.name.empty());
  at.one_of("ForwardType", "forwarder_type", to.type, {"gRPC"});
  at.required("Address", !to.address.empty());
  if (to.options)
    at.in("Options").required("Timeout", to.options->timeout_ms != 0);
}

void check_max_matches(const check& at, std::int32_t max_matches) {
  if (!at.required("MaxMatches", max_matches != 0))
    return;
  if (max_matches < 1)
    at.refuse("MaxMatches", "min", "must be 1 or greater");
  if (max_matches > 35)
    at.refuse("MaxMatches", "max", "must be 35 or less");
}

void check_policy(const check& at, const autoscaling_policy& policy) {
  if (policy.type != "roomOccupancy" && policy.type != "fixedBuffer")
    at.refuse("Type", "oneof", "must be one of [roomOccupancy fixedBuffer]");
  if (auto& occupancy = policy.room_occupancy) {
    auto parameters = at.in("Parameters").in("RoomOccupancy");
    parameters.open_unit_interval("ReadyTarget", occupancy->ready_target);
    parameters.open_unit_interval("DownThreshold", occupancy->down_threshold);
  }
  if (auto& buffer = policy.fixed_buffer; buffer && buffer->amount <= 0)
    at.in("Parameters").in("FixedBuffer").refuse("Amount", "gt", "must be greater than 0");
  if (policy.type == "roomOccupancy" && !policy.room_occupancy)
    at.refuse("RoomOccupancy", "required_for_room_occupancy", "must not be nil for RoomOccupancy policy type");
  if (policy.type == "fixedBuffer" && !policy.fixed_buffer)
    at.refuse("FixedBuffer", "required_for_fixed_buffer", "must not be nil for FixedBuffer policy type");
}

void check_autoscaling(const check& at, const autoscaling& scaling) {
  // Zero is a minimum; an empty block, which has one too, is refused with the original's words.
  if (scaling.min == 0 && scaling.policy.type.empty())
    at.refuse("Min", "min", "must be 1 or greater");
  else if (scaling.min < 0)
    at.refuse("Min", "min", "must be 0 or greater");
  else if (scaling.max != -1 && scaling.min > scaling.max)
    at.refuse("Min", "custom_lower_than", "must be a number lower than Max");
  if (scaling.max < -1)
    at.refuse("Max", "min", "must be -1 or greater");
  if (scaling.cooldown < 0)
    at.refuse("Cooldown", "min", "must be 0 or greater");
  check_policy(at.in("Policy"), scaling.policy);
}

/// As Go's strconv.Atoi: an optional sign and decimal digits that fit 64 bits.
std::optional<std::int64_t> whole_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-"))
    text.remove_prefix(1);
  std::int64_t value = 0;
  auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size())
    return std::nullopt;
  return value;
}

bool is_identifier_list(std::string_view text) {
  bool empty = true;
  for (char c : text) {
    bool plain = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    if (!plain && (c != '.' || empty))
      return false;
    empty = c == '.';
  }
  return !empty;
}

} // namespace

std::vector<violation> scheduler_violations(const scheduler& recipe) {
  std::vector<violation> found;
  check at(found, "Scheduler");
  at.name("Name", recipe.name.str());
  at.required("Game", !recipe.game.empty());
  check_spec(at.in("Spec"), recipe.spec);
  if (recipe.autoscaling)
    check_autoscaling(at.in("Autoscaling"), *recipe.autoscaling);
  if (recipe.port_range)
    at.in("PortRange").range(*recipe.port_range);
  check_blocks(at.in("Spec"), recipe);
  if (recipe.rooms_replicas < 0)
    at.refuse("RoomsReplicas", "min", "must be 0 or greater");
  if (at.required("MaxSurge", !recipe.max_surge.empty()) && !is_max_surge(recipe.max_surge))
    at.refuse("MaxSurge", "max_surge",
              "must be a number greater than zero or a number greater than zero with suffix '%'");
  for (std::size_t i = 0; i < recipe.forwarders.size(); ++i)
    check_forwarder(at.in("Forwarders", i), recipe.forwarders[i]);
  check_max_matches(at.in("MatchAllocation"), recipe.max_matches);
  return found;
}

std::vector<violation> new_violations(const scheduler& before, const scheduler& after) {
  auto found = scheduler_violations(after);
  auto known = found.empty() ? found : scheduler_violations(before);
  std::erase_if(found, [&](auto& one) { return std::find(known.begin(), known.end(), one) != known.end(); });
  return found;
}

std::vector<violation> autoscaling_violations(const autoscaling& recipe, const std::string& root) {
  std::vector<violation> found;
  check_autoscaling(check(found, root), recipe);
  return found;
}

std::optional<std::string> port_range_conflict(const scheduler& recipe) {
  bool some = false;
  bool every = true;
  for (auto& box : recipe.spec.containers)
    for (auto& port : box.ports) {
      some = some || port.host_port_range.has_value();
      every = every && port.host_port_range.has_value();
    }
  if (recipe.port_range) {
    if (some)
      return "scheduler.PortRange and scheduler.Spec.Container.Ports.HostPortRange are mutually exclusive "
             "configurations; please choose only one";
    return std::nullopt;
  }
  if (!every)
    return "must configure HostPortRange for all scheduler.Spec.Container.Ports";
  if (!some)
    return "must configure scheduler.PortRange or scheduler.Spec.Container.Ports.HostPortRange";
  return std::nullopt;
}

std::string friendly_text(const std::vector<violation>& violations) {
  std::string text = "Validation Error:";
  for (auto& broken : violations)
    text += "\n" + broken.where + ": " + broken.message;
  return text;
}

std::string raw_text(const std::vector<violation>& violations) {
  std::string text;
  for (auto& broken : violations) {
    text += text.empty() ? "" : "\n";
    text += "Key: '" + broken.where + "' Error:";
    text += broken.tag.empty()
                ? broken.message
                : "Field validation for '" + broken.field + "' failed on the '" + broken.tag + "' tag";
  }
  return text;
}

result<done> validate_scheduler(const scheduler& recipe) {
  if (recipe.autoscaling)
    if (auto found = autoscaling_violations(*recipe.autoscaling, "Autoscaling"); !found.empty())
      return failure{ec::invalid_argument, friendly_text(found)};
  if (auto found = scheduler_violations(recipe); !found.empty())
    return failure{ec::invalid_argument, friendly_text(found)};
  if (auto conflict = port_range_conflict(recipe))
    return failure{ec::invalid_argument, *conflict};
  return done{};
}

bool is_resource_name(const std::string& name) {
  constexpr std::size_t longest = 63;
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
  return !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), allowed) &&
         name.front() != '-' && name.back() != '-';
}

bool is_max_surge(const std::string& text) {
  if (text.ends_with('%'))
    return whole_number(std::string_view(text).substr(0, text.size() - 1)).has_value();
  auto number = whole_number(text);
  return number && *number >= 1;
}

bool is_semantic_version(const std::string& text) {
  std::string_view rest = text;
  if (rest.starts_with('v'))
    rest.remove_prefix(1);
  auto build = rest.find('+');
  if (build != rest.npos && !is_identifier_list(rest.substr(build + 1)))
    return false;
  rest = rest.substr(0, build);
  auto pre = rest.find('-');
  if (pre != rest.npos && !is_identifier_list(rest.substr(pre + 1)))
    return false;
  rest = rest.substr(0, pre);
  for (int part = 0; part < 3; ++part) {
    auto dot = rest.find('.');
    auto digits = rest.substr(0, dot);
    bool last = part == 2;
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit) ||
        (digits.size() > 1 && digits[0] == '0') || last != (dot == rest.npos))
      return false;
    rest = last ? rest : rest.substr(dot + 1);
  }
  return true;
}

} // namespace maestro::rules
