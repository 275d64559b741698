#include "actors/rules/port_leases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
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

std::vector<host_port> lease_of(const container_port& wanted, std::int32_t first) {
  auto is_both = wanted.protocol == "tcpudp";
  std::vector<host_port> all;
  for (std::int32_t i = 0; i < host_ports_of(wanted); ++i) {
    auto name = i == 0 ? wanted.name : fmt::format("{}-{}", wanted.name, i);
    all.push_back({name, is_both ? "tcp" : wanted.protocol, first + i});
    if (is_both)
      all.push_back({name, "udp", first + i});
  }
  return all;
}

namespace {

constexpr int most_tries = 1000; ///< of places for blocks

struct port_wish {
  const container_port* port = nullptr;
  port_range said;  ///< by the recipe
  port_range range; ///< what of it a host has; ends before its start where that is nothing
  std::int32_t count = 1;
  std::int32_t drawn = 0; ///< 0: nothing yet

  bool holds(std::int32_t number) const { return drawn != 0 && number >= drawn && number - drawn < count; }
};

// The ports of one room: blocks first, the longest before all, since they are the harder to place; then each other port_wish
// takes a free port of its range, and one that finds none asks those of the room that hold a port of its range to move to
// another (an augmenting path). So the draw of single ports fails only where no combination of free ports exists.
class port_draw {
public:
  port_draw(std::vector<port_wish> wishes, std::function<bool(std::int32_t)> is_usable, small_random& random)
      : wishes_(std::move(wishes)), is_usable_(std::move(is_usable)), random_(random) {
    for (auto& one : wishes_)
      (one.count > 1 ? blocks_ : singles_).push_back(&one);
    std::stable_sort(blocks_.begin(), blocks_.end(), [](auto* a, auto* b) { return a->count > b->count; });
  }

  bool draw() { return place_blocks(0); }

  std::vector<host_port> drawn() const {
    std::vector<host_port> all;
    for (auto& one : wishes_)
      for (auto& port : lease_of(*one.port, one.drawn))
        all.push_back(port);
    return all;
  }

  failure why_not() const {
    auto& one = *missing_;
    auto range = fmt::format("{}-{}", one.said.start, one.said.end);
    auto why = one.range.start > one.range.end
                   ? fmt::format("none of {} is a port, which are {} to {}", range, lowest_port, highest_port)
               : has_own_port_in(one.range)
                   ? fmt::format("no combination of free ports was found, the last one of {}", range)
               : one.count > 1 ? fmt::format("no {} consecutive ports of {} are free", one.count, range)
                               : fmt::format("every port of {} is taken", range);
    return {ec::resource_exhausted,
            fmt::format("not enough ports to allocate: {} (port \"{}\")", why, one.port->name)};
  }

private:
  bool is_free(std::int32_t port) const {
    return is_usable_(port) &&
           std::none_of(wishes_.begin(), wishes_.end(), [port](auto& other) { return other.holds(port); });
  }
  bool has_own_port_in(const port_range& range) const {
    return std::any_of(wishes_.begin(), wishes_.end(), [&](auto& other) {
      return other.drawn != 0 && other.drawn <= range.end && other.drawn + other.count > range.start;
    });
  }

  // -- blocks ---

  bool place_blocks(std::size_t i) {
    if (i == blocks_.size())
      return draw_singles();
    auto& block = *blocks_[i];
    missing_ = &block;
    auto starts = block.range.end - block.range.start + 1 - (block.count - 1);
    auto aligned = starts <= 0 ? 0 : (starts - 1) / block.count + 1;
    auto from = aligned > 0 ? static_cast<std::int32_t>(random_() % static_cast<std::uint64_t>(aligned)) : 0;
    for (std::int32_t k = 0; k < aligned; ++k)
      if (place_block(i, block.range.start + (from + k) % aligned * block.count))
        return true;
    for (std::int32_t k = 0; k < starts; ++k)
      if (k % block.count != 0 && place_block(i, block.range.start + k))
        return true;
    return false;
  }

  /// And everything behind it.
  bool place_block(std::size_t i, std::int32_t start) {
    auto& block = *blocks_[i];
    for (std::int32_t number = start; number < start + block.count; ++number)
      if (!is_free(number))
        return false;
    if (tries_++ >= most_tries)
      return false;
    block.drawn = start;
    if (place_blocks(i + 1))
      return true;
    block.drawn = 0;
    return false;
  }

  // -- single ports ---

  bool draw_singles() {
    for (auto* one : singles_)
      one->drawn = 0;
    for (auto* one : singles_)
      if (!draw(*one)) {
        missing_ = one;
        return false;
      }
    return true;
  }

  bool draw(port_wish& one) {
    if (auto port = find(one.range, [this](auto candidate) { return is_free(candidate); })) {
      one.drawn = *port;
      return true;
    }
    std::unordered_set<std::int32_t> asked;
    return draw_by_moving(one, asked);
  }

  // A uniform start and a walk from there: never fails while a fitting port exists, and costs one step where few
  // are taken.
  template <class Fits>
  std::optional<std::int32_t> find(const port_range& range, Fits fits) {
    if (range.end < range.start)
      return std::nullopt;
    auto width = static_cast<std::uint64_t>(range.end - range.start) + 1;
    auto offset = random_() % width;
    for (std::uint64_t step = 0; step < width; ++step) {
      auto port = range.start + static_cast<std::int32_t>((offset + step) % width);
      if (fits(port))
        return port;
    }
    return std::nullopt;
  }

  bool draw_by_moving(port_wish& one, std::unordered_set<std::int32_t>& asked) {
    for (auto* other : singles_) {
      auto wanted = other->drawn;
      if (wanted < one.range.start || wanted > one.range.end || !asked.insert(wanted).second)
        continue;
      auto elsewhere = find(other->range, [this](auto port) { return is_free(port); });
      if (elsewhere)
        other->drawn = *elsewhere;
      else if (!draw_by_moving(*other, asked))
        continue;
      one.drawn = wanted;
      return true;
    }
    return false;
  }

  std::vector<port_wish> wishes_;
  std::vector<port_wish*> blocks_, singles_;
  std::function<bool(std::int32_t)> is_usable_;
  small_random& random_;
  const port_wish* missing_ = nullptr;
  int tries_ = 0;
};

// Validation lets no other range in; a journal of before it did may hold one all the same.
port_range usable_part(const port_range& range) {
  port_range part{std::max(range.start, lowest_port), std::min(range.end, highest_port)};
  return part.start <= part.end ? part : port_range{lowest_port, lowest_port - 1};
}

} // namespace

result<std::vector<host_port>> draw_ports(const scheduler& recipe, const port_leases& leases,
                                          const std::string& node, const std::unordered_set<std::int32_t>& avoid,
                                          small_random& random) {
  std::vector<port_wish> wishes;
  for (auto& container : recipe.spec.containers)
    for (auto& wanted : container.ports) {
      auto range = recipe.port_range ? recipe.port_range : wanted.host_port_range;
      if (!range || range->end < range->start)
        return failure{ec::invalid_argument, fmt::format("port \"{}\" has no host port range", wanted.name)};
      wishes.push_back({&wanted, *range, usable_part(*range), host_ports_of(wanted)});
    }
  auto is_usable = [&](std::int32_t port) { return !leases.is_taken(node, port) && !avoid.contains(port); };
  port_draw draw(std::move(wishes), is_usable, random);
  if (!draw.draw())
    return draw.why_not();
  return draw.drawn();
}

} // namespace maestro::rules
