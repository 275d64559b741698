// The address that clients of game servers are told, where nobody has configured one. Doors on loopback are for clients on
// loopback; doors on one address of the machine are reached there; doors on all of them need a look at the machine. An
// address at which no client of another machine could arrive is never the answer.
#pragma once

#include "messages/error.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace maestro {

struct machine_addresses {
  std::optional<std::string> of_default_route; ///< what this machine is called where its packets go out
  std::vector<std::string> others;             ///< of its interfaces that are up, without loopback and link-local
};
/// Sends nothing; asks routing and interfaces.
machine_addresses look_at_addresses();

struct client_address {
  std::string host;
  std::string warning; ///< empty: none
};

/// `key` is the configuration's name for `configured`, which is empty where nobody said; `bind_address` is a number. Fails with a
/// text that names the key when there is no such address, or several.
result<client_address> address_for_clients(const std::string& key, const std::string& configured,
                                           const std::string& bind_address,
                                           const std::function<machine_addresses()>& look = look_at_addresses);

} // namespace maestro
