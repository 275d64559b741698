// The newcomer's side of the authority's door: a machine gets its certificate with nothing but a token and an address. Its key is made here
// and stays here.
#pragma once

#include "messages/error.hpp"
#include "nodes/cluster/join_tokens.hpp"

#include <cstdint>
#include <string>

namespace maestro {

/// Writes ca.crt, <node>.crt and <node>.key into the folder, which is made; answers the node's name. The secret is sent to nobody
/// but the authority that the token names. Nothing that is there is written over. Ten seconds at most.
result<std::string> join_authority(const join_token& token, const std::string& host, std::uint16_t port,
                                   const std::string& folder);

} // namespace maestro
