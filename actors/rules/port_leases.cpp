#include "actors/rules/port_leases.hpp"

#include <fmt/format.h>

#include <optional>

namespace maestro::rules {

void port_leases::take(const std::vector<host_port>& ports) {
  for (auto& port : ports)
    taken_.insert(port.port);
}

void port_leases::release(const std::vector<host_port>& ports) {
  for (auto& port : ports)
    taken_.erase(port.port);
}

namespace {

// A uniform start and a walk from there: never fails while a free port exists, and costs one step where few are
// taken.
template <class IsFree>
std::optional<std::int32_t> draw_one(const port_range& range, IsFree is_free, std::mt19937_64& random) {
  auto width = static_cast<std::uint64_t>(range.end - range.start) + 1;
  auto offset = random() % width;
  for (std::uint64_t step = 0; step < width; ++step) {
    auto port = range.start + static_cast<std::int32_t>((offset + step) % width);
    if (is_free(port))
      return port;
  }
  return std::nullopt;
}

} // namespace

result<std::vector<host_port>> draw_ports(const scheduler& recipe, const port_leases& leases,
                                          const std::unordered_set<std::int32_t>& avoid, std::mt19937_64& random) {
  std::vector<host_port> drawn;
  std::unordered_set<std::int32_t> own;
  auto is_free = [&](std::int32_t port) {
    return !leases.is_taken(port) && !avoid.contains(port) && !own.contains(port);
  };
  for (auto& container : recipe.spec.containers) {
    for (auto& wanted : container.ports) {
      auto range = recipe.port_range ? recipe.port_range : wanted.host_port_range;
      if (!range || range->end < range->start)
        return failure{ec::invalid_argument, fmt::format("port \"{}\" has no host port range", wanted.name)};
      auto port = draw_one(*range, is_free, random);
      if (!port)
        return failure{ec::resource_exhausted,
                       fmt::format("not enough ports to allocate: every port of {}-{} is taken (port \"{}\")",
                                   range->start, range->end, wanted.name)};
      own.insert(*port);
      drawn.push_back({wanted.name, wanted.protocol, *port});
    }
  }
  return drawn;
}

} // namespace maestro::rules
