// How large a scheduler may be that an operator sends. Its recipe is kept in memory, in the journal and in every list, and
// its game stands in every series of /metrics, so both are bounded in bytes. Asked by the schedulers service before
// anything is made of the request.
#pragma once

#include "messages/error.hpp"

#include <cstdint>

namespace api::v1 {
class CreateSchedulerRequest;
}

namespace maestro {

struct recipe_bounds {
  std::uint64_t scheduler_bytes = 256 * 1024; ///< of all fields together, as protobuf writes them
  std::uint64_t game_bytes = 128;
};

/// A failure is `invalid_argument` and names the field, its size and the limit.
result<done> check_size(const api::v1::CreateSchedulerRequest& request, const recipe_bounds& bounds);

} // namespace maestro
