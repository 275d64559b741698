// How large a scheduler may be that an operator sends. Its recipe is kept in memory, in the journal and in every list, and
// its game stands in every series of /metrics, so both are bounded in bytes. Asked by the schedulers service before
// anything is made of the request, and of what a patch makes of a scheduler.
#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <string>

namespace google::protobuf {
class Message;
}

namespace maestro {

struct scheduler;

struct recipe_bounds {
  std::uint64_t scheduler_bytes = 256 * 1024; ///< of all fields together, as protobuf writes them
  std::uint64_t game_bytes = 128;
  std::uint64_t node_bytes =
      1024ull * 1024 * 1024; ///< of all versions of all schedulers, as the journal writes them
};

/// `request`: of a new scheduler, a new version or a patch; `game` empty where it names none. A failure is
/// `invalid_argument` and names the field, its size and the limit.
result<done> check_size(const google::protobuf::Message& request, const std::string& game,
                        const recipe_bounds& bounds);

/// What a patch makes of `active`; fails likewise. What is over the bounds already, from before they were lowered, may become
/// anything that is no larger.
result<done> check_patched(const scheduler& changed, const scheduler& active, const recipe_bounds& bounds);

} // namespace maestro
