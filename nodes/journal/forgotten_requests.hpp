// A rule that is broken on purpose, `forget_request`: what is read back of a stream knows of no request that it answered. For
// nodes/journal/simulated_journal, so that the simulator is seen to notice requests that are carried out twice.
#pragma once

#include <string>

namespace maestro {
struct loaded_stream;
}

namespace maestro::simulation {

/// `stream`: whose records they are, `rooms/…` or `scheduler/…`; others are left as they are.
void forget_requests(loaded_stream& loaded, const std::string& stream);

} // namespace maestro::simulation
