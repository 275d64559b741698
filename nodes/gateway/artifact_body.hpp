// The answer of GetRoomArtifacts on HTTP: one tar archive, of which a piece at a time is held. Between two pieces the thread
// serves others.
#pragma once

#include "nodes/gateway/http_message.hpp"
#include "nodes/gateway/room_management_service.hpp"

namespace maestro {

/// Answers the archive, or why there is none. One that cannot be finished is cut off.
void send_artifacts(room_management_service& rooms, const call_context& context,
                    const v1::GetRoomArtifactsRequest& request, const http_reply& to);

} // namespace maestro
