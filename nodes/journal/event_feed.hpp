// Subscriptions to streams (watch_events in messages/actors.hpp). Events are always read from the journal, never
// queued: what a subscriber has is a position, and it is handed the page after it as soon as there is one and it has
// answered the page before. So order and completeness are the journal's own, a slow subscriber costs one page, and
// one that fell behind the retention is told by the page's `first_available`. Of a stream that has ended nothing is handed
// over: whoever follows it follows the one that begins anew under its name, which may be on its way to this disk. Spawned and ended by a journal, the
// real one or the simulated one; nobody else knows it.
#pragma once

#include "messages/actors.hpp"
#include "messages/error.hpp"

#include <caf/fwd.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace maestro {

/// How many subscriptions each stream has: the journal, which adds them, tells the feed only of those that have any.
class watched_streams {
public:
  void add(const std::string& stream);
  void remove(const std::string& stream);
  bool contains(const std::string& stream) const;

private:
  std::atomic<std::size_t> total_{0};
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> counts_;
};

/// An event_page without events tells it that the page's stream has grown.
using event_feed_actor = caf::typed_actor<ask<watch_events>::with<done>, tell<event_page>>;

struct event_feed_parts {
  std::function<result<event_page>(const read_events&)> read; ///< no events of a stream that has ended
  std::shared_ptr<watched_streams> watched; ///< the journal has added the stream before it hands a watch_events on
  std::size_t max_watchers = 1;
};

event_feed_actor spawn_event_feed(caf::actor_system& system, event_feed_parts parts);
/// In a thread of its own, for a `read` that may wait for a disk.
event_feed_actor spawn_detached_event_feed(caf::actor_system& system, event_feed_parts parts);

} // namespace maestro
