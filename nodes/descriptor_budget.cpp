#include "nodes/descriptor_budget.hpp"

#include "messages/log.hpp"
#include "nodes/config/config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <sys/resource.h>

namespace maestro {

namespace {

constexpr std::uint64_t kept = 512 + 160; ///< tables and logs of the journal; ports, threads, peers, store, probes
constexpr descriptor_shares least{1, 16, 64, 8};

std::uint64_t doors(const descriptor_shares& of) {
  return std::uint64_t{of.management} + of.rooms + of.internal;
}

descriptor_shares smaller(const descriptor_shares& a, const descriptor_shares& b) {
  return {std::min(a.instances, b.instances), std::min(a.management, b.management), std::min(a.rooms, b.rooms),
          std::min(a.internal, b.internal)};
}

/// Of `left`, in proportion to what is wished beyond the least.
void share_doors(descriptor_shares& shares, const descriptor_shares& wished, std::uint64_t left) {
  auto more = doors(wished) - doors(shares);
  auto part = [&](std::uint32_t has, std::uint32_t wants) {
    auto beyond = std::uint64_t{wants - has};
    return has + static_cast<std::uint32_t>(more <= left ? beyond : beyond * left / more);
  };
  shares.management = part(shares.management, wished.management);
  shares.rooms = part(shares.rooms, wished.rooms);
  shares.internal = part(shares.internal, wished.internal);
}

/// So many that each game server can have a connection of the Rooms API, as far as that one may have connections.
std::uint64_t instances_of(std::uint64_t left, std::uint64_t per_instance, const descriptor_shares& wished) {
  if (per_instance == 0)
    return wished.instances;
  auto connected = left / (per_instance + 1);
  return connected <= wished.rooms ? std::max<std::uint64_t>(connected, 1) : (left - wished.rooms) / per_instance;
}

template <class Number>
void lower(const std::string& key, Number& bound, std::uint64_t share, std::uint64_t limit) {
  if (share == bound)
    return;
  log_warn("node", "fewer file descriptors are allowed than the configuration may use: a bound is lowered",
           {{"key", key},
            {"configured", static_cast<std::int64_t>(bound)},
            {"used", static_cast<std::int64_t>(share)},
            {"descriptors", static_cast<std::int64_t>(limit)}});
  bound = static_cast<Number>(share);
}

} // namespace

result<descriptor_shares> share_descriptors(std::uint64_t limit, std::uint64_t per_instance,
                                            const descriptor_shares& wished) {
  auto shares = smaller(least, wished);
  auto needed = kept + doors(shares) + shares.instances * per_instance;
  if (limit < needed)
    return failure{ec::failed_precondition,
                   fmt::format("this process may open {} files, a node needs {} or more (ulimit -n, LimitNOFILE)",
                               limit, needed)};
  auto left = limit - kept - doors(shares);
  shares.instances = std::min(wished.instances, instances_of(left, per_instance, wished));
  share_doors(shares, wished, left - shares.instances * per_instance);
  return shares;
}

result<done> share_descriptors(node_config& config) {
  rlimit allowed{};
  if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0 || allowed.rlim_max == RLIM_INFINITY)
    return done{};
  auto& doors = config.gateway;
  result<done> outcome = done{};
  for_each_runtime(config.runtimes, [&](auto& one) {
    if (one.runtime_name != config.runtime)
      return;
    auto limit = allowed.rlim_max;
    allowed.rlim_cur = limit;
    if (one.descriptors_per_room == 0) // else the runtime does it, and gives its rooms what was there before
      ::setrlimit(RLIMIT_NOFILE, &allowed);
    auto shares = share_descriptors(
        limit, one.descriptors_per_room,
        {one.max_instances, doors.management.connections, doors.rooms.connections, doors.internal.connections});
    if (!shares) {
      outcome = shares.error();
      return;
    }
    lower(fmt::format("{}.maxInstances", one.runtime_name), one.max_instances, shares->instances, limit);
    lower("api.maxConnections", doors.management.connections, shares->management, limit);
    lower("gateway.maxConnections", doors.rooms.connections, shares->rooms, limit);
    lower("internalApi.maxConnections", doors.internal.connections, shares->internal, limit);
  });
  return outcome;
}

} // namespace maestro
