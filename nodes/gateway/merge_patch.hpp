// JSON Merge Patch (RFC 7396) of a scheduler: what a client can not say with the original's patch, which knows no
// removal, it says with `Content-Type: application/merge-patch+json`. The names are those that `GET /schedulers/{name}`
// shows: null clears a field, a list replaces the whole list. Pure; called by the management door.
#pragma once

#include "messages/error.hpp"
#include "messages/scheduler_types.hpp"

#include <string>
#include <string_view>

namespace maestro {

/// Parameters after the type do not count.
bool is_merge_patch(std::string_view content_type);

/// The `baseVersion` that it names beside the fields to change; else empty.
std::string base_of_merge_patch(const std::string& patch);

/// The scheduler as the patch makes it; what the patch does not name stays exactly as it is. A failure is
/// `invalid_argument`. Whether the result is acceptable is the scheduler's to say.
result<scheduler> merge_patched(const scheduler& active, const std::string& patch);

} // namespace maestro
