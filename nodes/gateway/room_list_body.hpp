// The answer of ListRooms on HTTP, made piece by piece: one JSON object whatever the number of rooms, of which
// never more than a slice is held. Between two pieces the thread serves others (http_conversation).
#pragma once

#include "nodes/gateway/http_message.hpp"
#include "nodes/gateway/room_management_service.hpp"

#include <memory>

namespace maestro {

/// Answers the list, or why there is none.
void send_room_list(room_management_service& rooms, const call_context& context,
                    const v1::ListRoomsRequest& request, const http_reply& to);

} // namespace maestro
