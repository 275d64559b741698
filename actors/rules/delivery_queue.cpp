#include "actors/rules/delivery_queue.hpp"

#include "messages/assert.hpp"

#include <algorithm>
#include <utility>

namespace maestro::rules {

namespace {

constexpr std::size_t overhead = 256; ///< of one thing that waits, beside its texts

std::size_t size_of(const room_event_reported& what) {
  auto size = overhead + what.id.str().size() + what.word.size() + what.attributes.size();
  for (auto& port : what.address.ports)
    size += sizeof(port) + port.name.size();
  return size;
}

} // namespace

// What says that the matchmaker, or the way to it, is not there now. Everything else it has answered itself.
call_end end_of(const matchmaker_answer& answer) {
  for (auto* word : {"Unavailable", "DeadlineExceeded", "ResourceExhausted", "Aborted", "Canceled", "Unknown"})
    if (answer.grpc_code == word)
      return call_end::lost;
  return call_end::answered;
}

delivery_queue::delivery_queue(const delivery_limits& limits, std::uint64_t cursor)
    : limits_(limits), position_(cursor), newest_(cursor), width_(limits.calls) {}

void delivery_queue::add(std::uint64_t sequence, room_event_reported what) {
  MAESTRO_ASSERT(sequence > position_, "event {} comes behind {}", sequence, position_);
  note_newest(sequence);
  auto& its = lanes_[what.id];
  event one{sequence, std::move(what), 0};
  one.bytes = size_of(one.what);
  bytes_ += one.bytes;
  ++events_;
  open_.emplace(sequence, one.what.at);
  auto id = one.what.id;
  its.events.push_back(std::move(one));
  leave_behind(its);
  queue(id, its);
  read_up_to(sequence);
}

void delivery_queue::read_up_to(std::uint64_t sequence) {
  position_ = std::max(position_, sequence);
  note_newest(position_);
  while (!behind_.empty() && behind_.begin()->first <= position_) {
    auto id = behind_.begin()->second;
    auto& its = lanes_.at(id);
    leave_behind(its);
    queue(id, its);
  }
}

void delivery_queue::lost_before(std::uint64_t first_available) {
  if (first_available <= position_ + 1)
    return;
  losses_.events += first_available - position_ - 1;
  read_up_to(first_available - 1);
}

void delivery_queue::note_newest(std::uint64_t sequence) {
  newest_ = std::max(newest_, sequence);
}

void delivery_queue::resync(room_event_reported what, std::uint64_t after) {
  auto id = what.id;
  auto& its = lanes_[id];
  auto size = size_of(what);
  if (its.resync) {
    bytes_ -= its.resync->bytes;
    auto place = its.resync->place;
    its.resync = waiting_resync{after, std::move(what), size, place};
  } else {
    its.resync = waiting_resync{after, std::move(what), size, resyncs_.insert(resyncs_.end(), id)};
  }
  bytes_ += size;
  queue(id, its);
  drop_beyond_limits();
}

void delivery_queue::drop_beyond_limits() {
  while (!resyncs_.empty() && (resyncs_.size() > limits_.resyncs || bytes_ > limits_.bytes)) {
    auto id = resyncs_.front();
    drop_resync(lanes_.at(id));
    ++losses_.resyncs;
    release(id);
  }
}

void delivery_queue::drop_resync(lane& of) {
  leave_behind(of);
  bytes_ -= of.resync->bytes;
  resyncs_.erase(of.resync->place);
  of.resync.reset();
}

void delivery_queue::drop_event(lane& of) {
  auto& first = of.events.front();
  bytes_ -= first.bytes;
  --events_;
  open_.erase(first.sequence);
  of.events.pop_front();
}

void delivery_queue::queue(const room_id& id, lane& of) {
  if (of.is_busy || of.is_queued || of.behind || (of.events.empty() && !of.resync))
    return;
  if (of.events.empty() && of.resync->after > position_) {
    of.behind = behind_.emplace(of.resync->after, id);
    return;
  }
  of.is_queued = true;
  turns_.push_back(id);
}

void delivery_queue::leave_behind(lane& of) {
  if (of.behind)
    behind_.erase(*of.behind);
  of.behind.reset();
}

// A room of which nothing waits costs nothing; one that still stands in a list is released when its turn comes.
void delivery_queue::release(const room_id& id) {
  auto found = lanes_.find(id);
  if (found == lanes_.end())
    return;
  auto& its = found->second;
  if (!its.is_busy && !its.is_queued && !its.behind && its.events.empty() && !its.resync)
    lanes_.erase(found);
}

bool delivery_queue::is_resync_next(const lane& of) const {
  if (!of.resync || of.resync->after > position_)
    return false;
  return of.events.empty() || of.events.front().sequence > of.resync->after;
}

void delivery_queue::wake(duration now) {
  while (!sleepers_.empty() && sleepers_.begin()->first <= now) {
    turns_.push_back(sleepers_.begin()->second);
    sleepers_.erase(sleepers_.begin());
  }
}

std::optional<delivery_queue::turn> delivery_queue::next(duration now) {
  if (now < paused_until_ || calls_.size() >= width_)
    return std::nullopt;
  wake(now);
  while (!turns_.empty()) {
    auto id = turns_.front();
    turns_.pop_front();
    auto& its = lanes_.at(id);
    its.is_queued = false;
    while (!its.events.empty() && its.events.front().sequence + limits_.events_behind < newest_) {
      drop_event(its);
      ++losses_.events;
    }
    if (is_resync_next(its) || !its.events.empty())
      return begin(id, its);
    queue(id, its);
    release(id);
  }
  return std::nullopt;
}

delivery_queue::turn delivery_queue::begin(const room_id& id, lane& of) {
  call one{id, std::nullopt, answers_, pauses_};
  if (is_resync_next(of)) {
    one.resync = std::move(of.resync->what);
    drop_resync(of);
  } else if (auto& first = of.events.front(); !first.answers_seen) {
    first.answers_seen = answers_;
  }
  of.is_busy = true;
  auto number = ++last_call_;
  auto& kept = calls_.emplace(number, std::move(one)).first->second;
  return {number, kept.resync ? &*kept.resync : &of.events.front().what};
}

void delivery_queue::ended(call_number number, call_end how, duration now) {
  auto found = calls_.extract(number);
  MAESTRO_ASSERT(!found.empty(), "call {} is not under way", number);
  auto& which = found.mapped();
  auto& its = lanes_.at(which.room);
  its.is_busy = false;
  if (how == call_end::answered) {
    ++answers_;
    pause_ = paused_until_ = {};
    width_ = std::min(limits_.calls, width_ * 2);
    if (!which.resync)
      drop_event(its);
  } else {
    lose(which.room, its, which, now);
  }
  queue(which.room, its);
  release(which.room);
}

// An event's calls are looked at together: where traffic is sparse no other call is under way during any one of them.
bool delivery_queue::were_others_heard(lane& of, const call& which) const {
  if (which.resync)
    return which.answers_before != answers_;
  return std::exchange(of.events.front().answers_seen, answers_) != answers_;
}

// Where others were answered meanwhile the fault is this event's; else nobody is there, and one call will find out.
void delivery_queue::lose(const room_id& id, lane& of, const call& which, duration now) {
  if (were_others_heard(of, which)) {
    if (which.resync)
      return;
    auto& first = of.events.front();
    if (++first.tries >= limits_.tries) {
      drop_event(of);
      ++losses_.events;
      return;
    }
    auto wait = std::min(limits_.pause_max, limits_.pause_min * (1 << std::min(first.tries, 20)));
    of.is_queued = true;
    sleepers_.emplace(now + wait, id);
    return;
  }
  width_ = 1;
  if (which.pauses_before != pauses_)
    return; // it began before the pause that another one caused
  ++pauses_;
  pause_ = std::clamp(pause_ * 2, limits_.pause_min, limits_.pause_max);
  paused_until_ = now + pause_;
}

std::optional<duration> delivery_queue::wakes_at() const {
  if (!turns_.empty() && calls_.size() < width_)
    return paused_until_;
  if (sleepers_.empty() || calls_.size() >= width_)
    return std::nullopt;
  return std::max(paused_until_, sleepers_.begin()->first);
}

} // namespace maestro::rules
