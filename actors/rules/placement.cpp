#include "actors/rules/placement.hpp"

#include "messages/quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

namespace maestro::rules {

namespace {

constexpr std::int64_t mebi = 1 << 20;
constexpr std::size_t most_named = 8;
constexpr const char* zone_label = "zone";

std::int64_t count_on(const rooms_by_node& rooms, const std::string& node) {
  auto found = rooms.find(node);
  return found == rooms.end() ? 0 : found->second;
}

std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t total = 0;
  return __builtin_add_overflow(a, b, &total) ? std::numeric_limits<std::int64_t>::max() : total;
}

std::int64_t times(std::int64_t a, std::int64_t b) {
  std::int64_t total = 0;
  return __builtin_mul_overflow(a, b, &total) ? std::numeric_limits<std::int64_t>::max() : total;
}

/// One that its node gives itself goes before what the zone is called.
bool has_label(const placement_host& host, const std::string& name, const std::string& value) {
  auto found = host.labels.find(name);
  if (found != host.labels.end())
    return found->second == value;
  return name == zone_label && host.zone == value;
}

/// What one host has to be asked for.
struct wish {
  machine_resources request;
  std::map<std::string, std::string> labels;
};

std::string cores(std::int64_t millis) {
  return fmt::format("{:.6g}", static_cast<double>(millis) / 1000);
}

std::string label_list(const std::map<std::string, std::string>& labels) {
  std::string text;
  for (auto& [name, value] : labels)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value);
  return text;
}

std::string both(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() ? a + b : a + " and " + b;
}

std::int64_t left_of(std::int64_t offer, std::int64_t requested) {
  return std::max<std::int64_t>(offer - requested, 0);
}

/// Of an offer of 0 nothing is lacking.
bool lacks(std::int64_t offer, std::int64_t requested, std::int64_t more) {
  return offer > 0 && more > 0 && sum(requested, more) > offer;
}

/// Why the host does not do; empty: it does.
std::string objection(const placement_host& host, const machine_resources& requested, const wish& wanted) {
  if (!host.takes_rooms)
    return host.not_now.empty() ? "takes no rooms" : host.not_now;
  std::map<std::string, std::string> missing;
  for (auto& [name, value] : wanted.labels)
    if (!has_label(host, name, value))
      missing.emplace(name, value);
  if (!missing.empty())
    return "is without " + label_list(missing);
  std::string cpu, memory;
  if (lacks(host.offer.cpu_millis, requested.cpu_millis, wanted.request.cpu_millis))
    cpu = fmt::format("{} of {} cores", cores(left_of(host.offer.cpu_millis, requested.cpu_millis)),
                      cores(host.offer.cpu_millis));
  if (lacks(host.offer.memory_bytes, requested.memory_bytes, wanted.request.memory_bytes))
    memory = fmt::format("{} of {} MiB", left_of(host.offer.memory_bytes, requested.memory_bytes) / mebi,
                         host.offer.memory_bytes / mebi);
  auto left = both(cpu, memory);
  return left.empty() ? left : "has " + left;
}

failure nowhere(const wish& wanted, std::vector<std::pair<std::string, std::string>> objections) {
  std::sort(objections.begin(), objections.end()); // by name
  std::string cpu, memory;
  if (wanted.request.cpu_millis > 0)
    cpu = cores(wanted.request.cpu_millis) + " cores";
  if (wanted.request.memory_bytes > 0)
    memory = fmt::format("{} MiB", wanted.request.memory_bytes / mebi + (wanted.request.memory_bytes % mebi != 0));
  auto free = both(cpu, memory);
  auto labels = wanted.labels.empty() ? std::string() : "the labels " + label_list(wanted.labels);
  auto text = both(free.empty() ? free : free + " free", labels);
  text = text.empty() ? "no machine takes rooms" : "no machine has " + text;
  for (std::size_t i = 0; i < std::min(objections.size(), most_named); ++i)
    text += fmt::format("{} {} {}", i == 0 ? ":" : ",", objections[i].first, objections[i].second);
  if (objections.size() > most_named)
    text += fmt::format(", and {} others", objections.size() - most_named);
  return {ec::resource_exhausted, std::move(text)};
}

/// How full it is, in millionths, of what it has least of.
std::int64_t fullness(const placement_host& host, const machine_resources& requested) {
  auto share = [](std::int64_t offer, std::int64_t taken) {
    return offer <= 0 ? 0
                      : static_cast<std::int64_t>(static_cast<double>(taken) / static_cast<double>(offer) * 1e6);
  };
  return std::max(share(host.offer.cpu_millis, requested.cpu_millis),
                  share(host.offer.memory_bytes, requested.memory_bytes));
}

class choice {
public:
  choice(const scheduler& recipe, const std::vector<placement_host>& hosts, const rooms_by_node& rooms,
         const rooms_by_node& planned)
      : rooms_(rooms), planned_(planned) {
    wanted_.request = request_of(recipe);
    if (auto& placement = recipe.spec.placement) {
      wanted_.labels = placement->node_labels;
      is_packed_ = placement->strategy == "packed";
    }
    for (auto& host : hosts)
      if (host.lost_at == duration::max())
        by_zone_[host.zone] += count(host);
  }

  void offer(const placement_host& host) {
    auto requested = requested_of(host);
    auto why = objection(host, requested, wanted_);
    if (why.empty())
      return rank(host, requested);
    if (!host.name.empty())
      objections_.emplace_back(host.name, std::move(why));
  }

  result<placement> take() const {
    if (!best_)
      return nowhere(wanted_, objections_);
    return placement{std::get<std::string>(*best_),
                     is_packed_ ? placement_reason::packed : placement_reason::spread};
  }

private:
  using order = std::tuple<std::int64_t, std::int64_t, bool, std::string>; ///< the least is best

  std::int64_t count(const placement_host& host) const {
    return count_on(rooms_, host.node_id) + count_on(planned_, host.node_id);
  }
  machine_resources requested_of(const placement_host& host) const {
    auto more = count_on(planned_, host.node_id);
    return {sum(host.requested.cpu_millis, times(more, wanted_.request.cpu_millis)),
            sum(host.requested.memory_bytes, times(more, wanted_.request.memory_bytes))};
  }
  void rank(const placement_host& host, const machine_resources& requested) {
    auto rooms = count(host);
    order mine = is_packed_ ? order{-fullness(host, requested), -rooms, !host.is_here, host.node_id}
                            : order{by_zone_[host.zone], rooms, !host.is_here, host.node_id};
    if (!best_ || mine < *best_)
      best_ = std::move(mine);
  }

  const rooms_by_node& rooms_;
  const rooms_by_node& planned_;
  wish wanted_;
  bool is_packed_ = false;
  std::map<std::string, std::int64_t> by_zone_; ///< rooms of this scheduler
  std::vector<std::pair<std::string, std::string>> objections_;
  std::optional<order> best_;
};

} // namespace

machine_resources sum(const machine_resources& a, const machine_resources& b) {
  return {sum(a.cpu_millis, b.cpu_millis), sum(a.memory_bytes, b.memory_bytes)};
}

machine_resources request_of(const scheduler& recipe) {
  machine_resources all;
  for (auto& one : recipe.spec.containers)
    all = sum(all, {parse_quantity_milli(one.requests.cpu).value_or(0),
                    parse_quantity(one.requests.memory).value_or(0)});
  return all;
}

resources_by_node requests_of(const room_table::living_rooms& rooms, const known_versions& versions) {
  std::map<std::string, machine_resources> of_one; // by version
  versions.for_each([&](const scheduler& recipe) { of_one[recipe.spec.version] = request_of(recipe); });
  resources_by_node all;
  for (auto& [place, count] : rooms) {
    auto& one = of_one[place.second];
    if (one == machine_resources{})
      continue;
    auto& there = all[place.first];
    there = sum(there, {times(count, one.cpu_millis), times(count, one.memory_bytes)});
  }
  for (auto& [node_id, there] : all)
    there = {std::min(there.cpu_millis, requested_max), std::min(there.memory_bytes, requested_max)};
  return all;
}

result<placement> choose_host(const scheduler& recipe, const known_hosts& hosts, const rooms_by_node& rooms,
                              const rooms_by_node& planned, const std::string& here) {
  if (hosts == nullptr)
    return placement{here, placement_reason::only_machine};
  choice among(recipe, *hosts, rooms, planned);
  for (auto& host : *hosts)
    among.offer(host);
  auto chosen = among.take();
  auto takes = [](auto& host) { return host.takes_rooms; };
  auto could = [](auto& host) { return host.is_here && host.runs_rooms; };
  if (!chosen && std::none_of(hosts->begin(), hosts->end(), takes) &&
      std::any_of(hosts->begin(), hosts->end(), could))
    return placement{here, placement_reason::no_other_machine};
  return chosen;
}

duration loss_of_host(const known_hosts& hosts, const std::string& node_id) {
  if (hosts != nullptr)
    for (auto& host : *hosts)
      if (host.node_id == node_id)
        return host.lost_at;
  return duration::max();
}

std::vector<std::string> out_of_sight(const known_hosts& hosts) {
  std::vector<std::string> unseen;
  if (hosts != nullptr)
    for (auto& host : *hosts)
      if (host.lost_at != duration::max())
        unseen.push_back(host.node_id);
  std::sort(unseen.begin(), unseen.end());
  return unseen;
}

} // namespace maestro::rules
