// What can go wrong, once for the whole house. A rule returns `result<T>`; an actor turns a failure into a
// caf::error with `to_caf` (messages/type_ids.hpp); a door maps the code to HTTP and gRPC
// (nodes/gateway/error_mapping). The text is written where the failure is noticed and travels unchanged to the
// wire.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace maestro {

enum class ec : std::uint8_t {
  invalid_argument = 1, ///< the request itself is wrong: 400, gRPC 3
  not_found,            ///< scheduler, version, room or operation is not there: 404, gRPC 5
  already_exists,       ///< a scheduler of that name exists: 409, gRPC 6
  failed_precondition,  ///< another version operation is under way: 400, gRPC 9
  aborted,              ///< the operation is already in a final state: 409, gRPC 10
  unknown,              ///< the original's catch-all, e.g. no ready room: 500, gRPC 2
  unimplemented,        ///< the route is known but not served: 501, gRPC 12
  resource_exhausted,   ///< a configured bound is reached: 429, gRPC 8
  unavailable,          ///< the node is read-only, stopping, or does not own the scheduler: 503, gRPC 14
  deadline_exceeded,    ///< no answer in time: 504, gRPC 4
  internal,             ///< a broken promise of our own: 500, gRPC 13
  port_in_use,          ///< runtime only: a host port of the room is taken; the room pool draws again
  deposed, ///< who asks owned the scheduler once; a newer owner was seen (messages/owner_epoch.hpp): 503, gRPC 14
  unauthenticated, ///< a door does not know who speaks: 401, gRPC 16
};

/// What a failure is about, where whoever maps it must tell one thing from another; never read from the text.
enum class failure_subject : std::uint8_t { none = 0, scheduler, room, operation, actor };

/// Stable lower-case word for logs, metrics and tests.
std::string to_string(ec code);

struct failure {
  ec code = ec::internal;
  std::string text;
  failure_subject subject = failure_subject::none;
};

/// Value or failure; the outcome of every rule that can refuse.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(failure why) : state_(std::in_place_index<1>, std::move(why)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return std::get<0>(state_); }
  const T& operator*() const { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const failure& error() const { return std::get<1>(state_); }

private:
  std::variant<T, failure> state_;
};

/// Success without a value; also the answer of actors that have nothing else to say. (CAF's own unit_t does not
/// do: 0.17 answers it as an empty message, which no handler of unit_t accepts.)
struct done {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, done&) {
  return f();
}

} // namespace maestro
