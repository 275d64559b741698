#include "actors/rules/port_leases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace maestro::rules {

void port_leases::take(const std::string& node, const std::vector<host_port>& ports) {
  if (ports.empty())
    return;
  auto& taken = taken_[node];
  for (auto& port : ports)
    taken.insert(port.port);
}

void port_leases::release(const std::string& node, const std::vector<host_port>& ports) {
  auto found = taken_.find(node);
  if (found == taken_.end())
    return;
  for (auto& port : ports)
    found->second.erase(port.port);
  if (found->second.empty())
    taken_.erase(found);
}

bool port_leases::is_taken(const std::string& node, std::int32_t port) const {
  auto found = taken_.find(node);
  return found != taken_.end() && found->second.contains(port);
}

std::size_t port_leases::size() const {
  std::size_t all = 0;
  for (auto& [node, taken] : taken_)
    all += taken.size();
  return all;
}

namespace {

struct wish {
  const container_port* port = nullptr;
  port_range range;
  std::int32_t drawn = 0;
};

// The ports of one room. Each wish takes a free port of its range; one that finds none asks those of the room that
// hold a port of its range to move to another (an augmenting path), so the draw fails only where no combination of
// free ports exists.
class port_draw {
public:
  port_draw(const port_leases& leases, const std::string& node, const std::unordered_set<std::int32_t>& avoid,
            small_random& random)
      : leases_(leases), node_(node), avoid_(avoid), random_(random) {}

  std::vector<wish> wishes;

  bool draw(wish& one) {
    if (auto port = find(one.range, [this](auto candidate) { return is_free(candidate); })) {
      one.drawn = *port;
      return true;
    }
    std::unordered_set<std::int32_t> asked;
    return draw_by_moving(one, asked);
  }

  bool has_own_port_in(const port_range& range) const {
    return std::any_of(wishes.begin(), wishes.end(),
                       [&](auto& other) { return other.drawn >= range.start && other.drawn <= range.end; });
  }

private:
  bool is_usable(std::int32_t port) const { return !leases_.is_taken(node_, port) && !avoid_.contains(port); }
  bool is_free(std::int32_t port) const { return is_usable(port) && holder_of(port) == nullptr; }
  const wish* holder_of(std::int32_t port) const {
    auto found = std::find_if(wishes.begin(), wishes.end(), [port](auto& other) { return other.drawn == port; });
    return found == wishes.end() ? nullptr : &*found;
  }

  // A uniform start and a walk from there: never fails while a fitting port exists, and costs one step where few
  // are taken.
  template <class Fits>
  std::optional<std::int32_t> find(const port_range& range, Fits fits) {
    auto width = static_cast<std::uint64_t>(range.end - range.start) + 1;
    auto offset = random_() % width;
    for (std::uint64_t step = 0; step < width; ++step) {
      auto port = range.start + static_cast<std::int32_t>((offset + step) % width);
      if (fits(port))
        return port;
    }
    return std::nullopt;
  }

  bool draw_by_moving(wish& one, std::unordered_set<std::int32_t>& asked) {
    for (auto& other : wishes) {
      auto wanted = other.drawn;
      if (wanted < one.range.start || wanted > one.range.end || !asked.insert(wanted).second)
        continue;
      auto elsewhere = find(other.range, [this](auto port) { return is_free(port); });
      if (elsewhere)
        other.drawn = *elsewhere;
      else if (!draw_by_moving(other, asked))
        continue;
      one.drawn = wanted;
      return true;
    }
    return false;
  }

  const port_leases& leases_;
  const std::string& node_;
  const std::unordered_set<std::int32_t>& avoid_;
  small_random& random_;
};

failure no_port(const port_draw& draw, const wish& one) {
  auto range = fmt::format("{}-{}", one.range.start, one.range.end);
  auto why = draw.has_own_port_in(one.range)
                 ? fmt::format("no combination of free ports was found, the last one of {}", range)
                 : fmt::format("every port of {} is taken", range);
  return {ec::resource_exhausted,
          fmt::format("not enough ports to allocate: {} (port \"{}\")", why, one.port->name)};
}

} // namespace

result<std::vector<host_port>> draw_ports(const scheduler& recipe, const port_leases& leases,
                                          const std::string& node, const std::unordered_set<std::int32_t>& avoid,
                                          small_random& random) {
  port_draw draw(leases, node, avoid, random);
  for (auto& container : recipe.spec.containers)
    for (auto& wanted : container.ports) {
      auto range = recipe.port_range ? recipe.port_range : wanted.host_port_range;
      if (!range || range->end < range->start)
        return failure{ec::invalid_argument, fmt::format("port \"{}\" has no host port range", wanted.name)};
      draw.wishes.push_back({&wanted, *range});
    }
  std::vector<host_port> drawn;
  for (auto& one : draw.wishes)
    if (!draw.draw(one))
      return no_port(draw, one);
  for (auto& one : draw.wishes)
    drawn.push_back({one.port->name, one.port->protocol, one.drawn});
  return drawn;
}

} // namespace maestro::rules
