// The hook between a parsed request and its door: who speaks, and may he come in at all. Asked once for each
// request of a door that is counted in metrics and of the internal door alike, on the connection's thread, before
// anything of the request is decoded; so it looks at memory only and never waits. What a principal may do there is
// decided later, where the route and the scheduler are known.
#pragma once

#include "nodes/gateway/call_context.hpp"

#include <string_view>

namespace maestro {

/// What a request says of its sender; valid while it is asked.
struct credentials {
  std::string_view service;       ///< management-api, rooms-api; empty: the internal door
  std::string_view peer;          ///< numeric address of the client
  std::string_view authorization; ///< the header of that name, empty when not sent
};

class access_policy {
public:
  virtual ~access_policy() = default;
  /// From several threads at once. A failure is the answer of the request.
  virtual result<principal> admit(const credentials& shown) const = 0;
};

/// Everybody may come in, nobody is asked for a name.
class anyone final : public access_policy {
public:
  result<principal> admit(const credentials&) const override { return principal{}; }
};

} // namespace maestro
