// What a patch makes of a scheduler (proto/README.md 2.4): PatchSchedulerRequest of proto/api/v1 applied to our own value.
// Pure; called by the doors. Whether the result is acceptable is not decided here (actors/rules/scheduler_decisions).
#pragma once

#include "messages/api_codec.hpp"

namespace api::v1 {
class PatchSchedulerRequest;
} // namespace api::v1

namespace maestro {

/// False for a patch that names nothing to change.
bool changes_something(const api::v1::PatchSchedulerRequest& patch, sent_maps sent);

/// Most fields are replaced whole, autoscaling field by field, containers by index: entry i patches container i, further
/// ones are added, none goes. A list that was sent empty changes nothing; a map that was sent empty clears it.
scheduler patched(scheduler from, const api::v1::PatchSchedulerRequest& patch, sent_maps sent);

} // namespace maestro
