// A list of rooms while it is put together, by id, each room as it is in its slice. Started by
// actors/room_pool/room_pool as long_work.
#pragma once

#include "actors/room_pool/pool_writer.hpp"
#include "messages/actors.hpp"

#include <caf/typed_response_promise.hpp>

namespace maestro {

class room_listing {
public:
  using promise = caf::typed_response_promise<room_list>;

  room_listing(pool_writer& pool, const list_rooms& wish, promise answer);

  /// True when there is more; the list is delivered with the last one.
  bool slice();

private:
  pool_writer& pool_;
  list_rooms wish_;
  promise answer_;
  room_list found_;
};

} // namespace maestro
