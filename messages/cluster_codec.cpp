#include "messages/cluster_codec.hpp"

#include "messages/cluster_store.hpp"
#include "messages/store_json.hpp"

#include "cluster/v1/cluster.pb.h"

namespace maestro {

namespace wire = cluster::v1;

namespace {

constexpr std::string_view members = "directory/members/";
constexpr std::string_view draining = "directory/draining/";
constexpr std::string_view owners = "directory/owners/";
constexpr std::string_view suspects = "directory/suspects/";
constexpr std::string_view requests = "directory/requests/";
constexpr std::string_view hosts = "directory/hosts/";

std::optional<cluster_member> read_member(const node_name& name, const std::string& text) {
  auto message = read_store_json<wire::Member>(text);
  if (!message || message->node_id().empty())
    return {};
  cluster_member member;
  member.name = name;
  member.node_id = message->node_id();
  member.address = message->address();
  member.version = message->version();
  member.format = message->format();
  member.roles.assign(message->roles().begin(), message->roles().end());
  member.zone = message->zone();
  member.labels.insert(message->labels().begin(), message->labels().end());
  member.started_at = timestamp(duration(message->started_at_nanos()));
  member.offer = {message->offer().cpu_millis(), message->offer().memory_bytes()};
  member.rooms_api = message->rooms_api();
  member.takes_keys = message->takes_keys();
  member.takes_lots = message->takes_lots();
  member.is_behind = message->is_behind();
  return member;
}

/// Adds what the key says; false: it cannot be read.
bool read_key(std::string_view key, const std::string* value, std::int64_t revision,
              std::vector<cluster_fact>& into) {
  auto rest = [&](std::string_view folder) { return std::string(key.substr(folder.size())); };
  if (key.starts_with(draining)) {
    into.emplace_back(draining_seen{node_name(rest(draining)), value != nullptr});
    return true;
  }
  if (key.starts_with(members)) {
    member_seen seen{node_name(rest(members)), {}, revision};
    if (value != nullptr)
      seen.member = read_member(seen.name, *value);
    bool is_read = value == nullptr || seen.member;
    if (is_read)
      into.emplace_back(std::move(seen));
    return is_read;
  }
  if (key.starts_with(owners)) {
    owner_seen seen{scheduler_name(rest(owners)), {}, revision};
    if (value != nullptr) {
      auto owner = read_store_json<wire::Owner>(*value);
      if (!owner || owner->node().empty())
        return false;
      seen.owner = node_name(owner->node());
    }
    into.emplace_back(std::move(seen));
    return true;
  }
  if (key == era_key) {
    auto era = value != nullptr ? read_store_json<wire::Era>(*value) : std::optional<wire::Era>(wire::Era());
    if (era)
      into.emplace_back(era_seen{era->number(), era->founding()});
    return era.has_value();
  }
  if (key.starts_with(hosts)) {
    host_seen seen{node_name(rest(hosts)), {}};
    if (value != nullptr) {
      auto host = read_store_json<wire::Host>(*value);
      if (!host || host->node_id().empty())
        return false;
      seen.node_id = host->node_id();
    }
    into.emplace_back(std::move(seen));
    return true;
  }
  if (key.starts_with(requests)) {
    requests_seen seen{node_name(rest(requests)), {}};
    auto message = read_store_json<wire::Requests>(value != nullptr ? *value : "{}");
    if (!message)
      return false;
    for (auto& one : message->machines())
      seen.requested[one.node_id()] = {one.requested().cpu_millis(), one.requested().memory_bytes()};
    into.emplace_back(std::move(seen));
    return true;
  }
  if (key.starts_with(suspects)) {
    suspicions_seen seen{node_name(rest(suspects)), {}};
    if (value != nullptr) {
      auto message = read_store_json<wire::Suspects>(*value);
      if (!message)
        return false;
      for (auto& node : message->nodes())
        seen.suspects.insert(node_name(node));
    }
    into.emplace_back(std::move(seen));
    return true;
  }
  return true; // of a newer version; none of our business
}

} // namespace

std::string member_key(const node_name& node) {
  return std::string(members) + node.str();
}

std::string draining_key(const node_name& node) {
  return std::string(draining) + node.str();
}

std::string owner_key(const scheduler_name& scheduler) {
  return std::string(owners) + scheduler.str();
}

std::string suspects_key(const node_name& node) {
  return std::string(suspects) + node.str();
}

std::string host_key(const node_name& node) {
  return std::string(hosts) + node.str();
}

std::string requests_key(const node_name& node) {
  return std::string(requests) + node.str();
}

namespace {

void put_resources(const machine_resources& from, wire::Resources& to) {
  to.set_cpu_millis(from.cpu_millis);
  to.set_memory_bytes(from.memory_bytes);
}

} // namespace

std::string requests_value(const resources_by_node& requested) {
  wire::Requests message;
  for (auto& [node_id, sum] : requested) {
    auto& machine = *message.add_machines();
    machine.set_node_id(node_id);
    put_resources(sum, *machine.mutable_requested());
  }
  return write_store_json(message);
}

std::string host_value(const std::string& node_id) {
  wire::Host message;
  message.set_node_id(node_id);
  return write_store_json(message);
}

std::string era_value(std::uint64_t number, const std::string& founding) {
  wire::Era message;
  message.set_founding(founding);
  message.set_number(number);
  return write_store_json(message);
}

std::string suspects_value(const std::set<node_name>& nodes) {
  wire::Suspects message;
  for (auto& node : nodes)
    message.add_nodes(node.str());
  return write_store_json(message);
}

std::string member_value(const cluster_member& member) {
  wire::Member message;
  message.set_node_id(member.node_id);
  message.set_address(member.address);
  message.set_version(member.version);
  message.set_format(member.format);
  for (auto& role : member.roles)
    message.add_roles(role);
  message.set_zone(member.zone);
  message.mutable_labels()->insert(member.labels.begin(), member.labels.end());
  message.set_started_at_nanos(member.started_at.time_since_epoch().count());
  put_resources(member.offer, *message.mutable_offer());
  message.set_rooms_api(member.rooms_api);
  message.set_takes_keys(member.takes_keys);
  message.set_takes_lots(member.takes_lots);
  message.set_is_behind(member.is_behind);
  return write_store_json(message);
}

std::string owner_value(const node_name& node) {
  wire::Owner message;
  message.set_node(node.str());
  return write_store_json(message);
}

cluster_news read_news(const store_changes& changes) {
  cluster_news news;
  news.is_whole = changes.is_whole;
  news.revision = changes.revision;
  for (auto& entry : changes.present)
    if (!read_key(entry.key, &entry.value, entry.revision, news.facts))
      news.unreadable.push_back(entry.key);
  for (auto& key : changes.gone)
    read_key(key, nullptr, changes.revision, news.facts);
  return news;
}

} // namespace maestro
