#include "nodes/journal/event_feed.hpp"

#include "actors/put_question.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <list>

namespace maestro {

void watched_streams::add(const std::string& stream) {
  std::scoped_lock lock(mutex_);
  ++counts_[stream];
  ++total_;
}

void watched_streams::remove(const std::string& stream) {
  std::scoped_lock lock(mutex_);
  auto found = counts_.find(stream);
  if (found == counts_.end())
    return;
  --total_;
  if (--found->second == 0)
    counts_.erase(found);
}

bool watched_streams::contains(const std::string& stream) const {
  if (total_ == 0)
    return false;
  std::scoped_lock lock(mutex_);
  return counts_.contains(stream);
}

namespace {

constexpr std::uint32_t page_events = 1000;

struct subscription {
  std::uint64_t number = 0; ///< answers to pages of an earlier subscription mean nothing
  event_subscriber_actor subscriber;
  std::uint64_t position = 0; ///< of the last event handed over
  bool awaits_answer = false;
};

struct event_feed_state {
  static inline const char* name = "event_feed";
  event_feed_state() {}

  event_feed_parts parts;
  std::unordered_map<std::string, std::list<subscription>> streams;
  std::size_t subscriptions = 0;
  std::uint64_t numbers = 0;
};
using self_ptr = event_feed_actor::stateful_pointer<event_feed_state>;

/// Ends every subscription of the stream for which `is_over` holds.
template <class IsOver>
void drop(self_ptr self, const std::string& stream, IsOver is_over) {
  auto& state = self->state;
  auto found = state.streams.find(stream);
  if (found == state.streams.end())
    return;
  auto dropped = found->second.remove_if(is_over);
  state.subscriptions -= dropped;
  for (; dropped > 0; --dropped)
    state.parts.watched->remove(stream);
  if (found->second.empty())
    state.streams.erase(found);
}

subscription* find(event_feed_state& state, const std::string& stream, std::uint64_t number) {
  auto found = state.streams.find(stream);
  if (found == state.streams.end())
    return nullptr;
  for (auto& one : found->second)
    if (one.number == number)
      return &one;
  return nullptr;
}

void hand_over(self_ptr self, const std::string& stream, std::uint64_t number) {
  auto* one = find(self->state, stream, number);
  if (one == nullptr || one->awaits_answer)
    return;
  auto page = self->state.parts.read({stream, one->position + 1, page_events});
  auto over = [number](const subscription& it) { return it.number == number; };
  if (!page) {
    log_error("event_feed", "a subscription ends: its stream cannot be read",
              {{"stream", stream}, {"error", page.error().text}});
    return drop(self, stream, over);
  }
  if (page->items.empty())
    return;
  one->awaits_answer = true;
  one->position = page->items.back().sequence;
  put_question(self, one->subscriber, caf::infinite, std::move(*page))
      .then(
          [self, stream, number](done) {
            if (auto* served = find(self->state, stream, number))
              served->awaits_answer = false;
            hand_over(self, stream, number);
          },
          [self, stream, over](const caf::error&) { drop(self, stream, over); });
}

caf::result<done> watch(self_ptr self, const watch_events& wish) {
  auto& state = self->state;
  drop(self, wish.stream, [&](const subscription& it) { return it.subscriber == wish.subscriber; });
  if (state.subscriptions >= state.parts.max_watchers) {
    state.parts.watched->remove(wish.stream);
    return to_caf({ec::resource_exhausted, fmt::format("the journal has {} subscriptions, the limit is {}",
                                                       state.subscriptions, state.parts.max_watchers)});
  }
  ++state.subscriptions;
  auto number = ++state.numbers;
  state.streams[wish.stream].push_back({number, wish.subscriber, wish.after, false});
  self->monitor(wish.subscriber);
  hand_over(self, wish.stream, number);
  return done{};
}

void forget(self_ptr self, const caf::actor_addr& subscriber) {
  std::vector<std::string> names;
  for (auto& [stream, all] : self->state.streams)
    names.push_back(stream);
  for (auto& stream : names)
    drop(self, stream, [&](const subscription& it) { return it.subscriber.address() == subscriber; });
}

event_feed_actor::behavior_type event_feed(self_ptr self, event_feed_parts parts) {
  self->state.parts = std::move(parts);
  self->set_down_handler([self](const caf::down_msg& down) { forget(self, down.source); });
  return {
      [self](const watch_events& wish) { return watch(self, wish); },
      [self](const event_page& news) {
        auto found = self->state.streams.find(news.stream);
        if (found == self->state.streams.end())
          return;
        std::vector<std::uint64_t> numbers;
        for (auto& one : found->second)
          if (one.position < news.last)
            numbers.push_back(one.number);
        for (auto number : numbers)
          hand_over(self, news.stream, number);
      },
  };
}

} // namespace

event_feed_actor spawn_event_feed(caf::actor_system& system, event_feed_parts parts) {
  return system.spawn(event_feed, std::move(parts));
}

event_feed_actor spawn_detached_event_feed(caf::actor_system& system, event_feed_parts parts) {
  return system.spawn<caf::detached>(event_feed, std::move(parts));
}

} // namespace maestro
