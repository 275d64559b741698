// What a call of the API brings along besides its message, whichever door it came through: who speaks, from where,
// until when. And how it is answered. The services (schedulers_service, operations_service,
// room_management_service, rooms_service) have one function for each rpc of proto/api/v1 that is served, all of
// one shape:
//
//   void list_schedulers(const call_context&, const v1::ListSchedulersRequest&, reply<v1::ListSchedulersResponse>);
//
// A door is a table over them: it decodes the request, makes the context, and encodes what the reply is given. A
// failure's code becomes a status of that door (nodes/gateway/error_mapping).
#pragma once

#include "messages/error.hpp"
#include "messages/ids.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace maestro {

/// Who speaks, as the access policy found out; the name is empty where nobody is asked to say.
struct principal {
  std::string name;
};

/// When the client gives up; where it does not say, the doors' own `request_timeout` counts, which is the longest.
using call_deadline = std::optional<std::chrono::steady_clock::time_point>;

/// Copied by whoever needs it after the service's function has returned.
struct call_context {
  std::string peer; ///< numeric address of the client
  principal who;
  call_deadline deadline;
  request_key request{}; ///< of a wish that the client may send again; empty: it does not say
};

/// Called once, on the thread that made the call, perhaps before the service's function returns.
template <class Response>
using reply = std::function<void(result<Response>&&)>;

} // namespace maestro
