#include "actors/rules/room_health_rules.hpp"

#include "actors/rules/port_leases.hpp"

#include <algorithm>
#include <string_view>

namespace maestro::rules {

namespace {

void replace(duration& limit, duration own) {
  if (own > duration::zero())
    limit = own;
}

} // namespace

actor_settings settings_for(const actor_settings& node, const scheduler* recipe) {
  return settings_for(node,
                      recipe != nullptr && recipe->spec.health ? recipe->spec.health->timeouts : room_timeouts{});
}

actor_settings settings_for(actor_settings settings, const room_timeouts& own) {
  replace(settings.room_initialization_timeout, own.initialization);
  replace(settings.room_ping_timeout, own.ping);
  replace(settings.room_allocation_ttl, own.allocation);
  replace(settings.room_deletion_timeout, own.deletion);
  return settings;
}

duration look_interval_of(const actor_settings& node, const room_timeouts& own) {
  auto interval = node.health_controller_interval;
  for (auto limit : {own.initialization, own.ping, own.allocation, own.deletion})
    if (limit > duration{})
      interval = std::min(interval, std::max(limit, node.look_interval_min));
  return interval;
}

duration allocation_ttl_of(const actor_settings& node, const scheduler* recipe) {
  auto ttl = node.room_allocation_ttl;
  if (recipe != nullptr && recipe->spec.health)
    replace(ttl, recipe->spec.health->timeouts.allocation);
  return ttl;
}

const health_recipe* probe_of(const scheduler* recipe) {
  if (recipe == nullptr || !recipe->spec.health || recipe->spec.health->probe.empty())
    return nullptr;
  return &*recipe->spec.health;
}

const char* protocol_of(const std::string& probe) {
  if (probe == "quake3" || probe == "a2s" || probe == "udp")
    return "udp";
  return probe == "minecraft" || probe == "http" || probe == "tcp" ? "tcp" : "";
}

std::optional<std::size_t> probed_port(const scheduler_spec& spec, const health_recipe& how) {
  std::string_view protocol = protocol_of(how.probe);
  std::size_t place = 0;
  for (auto& box : spec.containers) {
    bool is_meant = how.container.empty() || box.name == how.container;
    for (auto& port : box.ports)
      for (auto& leased : lease_of(port, lowest_port)) { // which numbers they are does not matter
        if (is_meant && leased.name == how.port && leased.protocol == protocol)
          return place;
        ++place;
      }
  }
  return std::nullopt;
}

std::optional<player_lines> player_lines_of(const scheduler& recipe) {
  auto* how = probe_of(&recipe);
  if (how == nullptr || !output_counts_players(*how) || recipe.spec.containers.empty())
    return std::nullopt;
  return player_lines{how->container.empty() ? recipe.spec.containers.front().name : how->container, how->joined,
                      how->left};
}

bool is_asked(const room_record& room, const scheduler* version) {
  return probe_of(version) != nullptr && room.instance == instance_status::ready &&
         room.removal == removal_cause::none && !room.instance_exited;
}

} // namespace maestro::rules
