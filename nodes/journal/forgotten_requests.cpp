#include "nodes/journal/forgotten_requests.hpp"

#include "messages/journal_codec.hpp"
#include "messages/journal_commands.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace maestro::simulation {

namespace {

template <class Event, class Snapshot>
void forget_requests(loaded_stream& loaded) {
  Event event;
  for (auto record : std::exchange(loaded.tail, {}))
    if (decode(record, event)) {
      auto forget = [](auto& what) {
        if constexpr (requires { what.request; })
          what.request = {};
      };
      std::visit(forget, event);
      loaded.tail.push_back(encode(event));
    }
  Snapshot snapshot;
  if (decode(loaded.snapshot, snapshot)) {
    snapshot.requests.clear();
    loaded.snapshot = encode(snapshot);
  }
}

} // namespace

void forget_requests(loaded_stream& loaded, const std::string& stream) {
  if (stream.starts_with("rooms/"))
    forget_requests<pool_event, pool_snapshot>(loaded);
  else if (stream.starts_with("scheduler/"))
    forget_requests<scheduler_event, scheduler_snapshot>(loaded);
}

} // namespace maestro::simulation
