// What is taken to be written to the store: nothing that cannot be written, that does not follow, or whose writer has been replaced; and
// no more than may wait.
#include "actors/cluster/shared_journal_state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::sharing {

namespace {

/// What was accepted last, or committed, or is in the copy.
bool follows(self_ptr self, const append_events& batch) {
  auto& state = self->state;
  auto place = state.progress.of(batch.stream);
  auto last = std::max(place.last, state.former.of(batch.stream).last);
  if (auto committed = state.unsynced.find(batch.stream); committed != state.unsynced.end())
    last = std::max(last, committed->second.last);
  auto accepted = state.admitted.find(batch.stream);
  if (accepted != state.admitted.end() && accepted->second.epoch >= batch.epoch)
    return batch.first_sequence == accepted->second.last + 1;
  bool begins_anew = place.has_ended && batch.first_sequence == 1 && batch.epoch > place.epoch;
  return batch.first_sequence == last + 1 || begins_anew;
}

bool is_in_doubt_for_long(self_ptr self) {
  auto& lot = self->state.under_way;
  return lot && lot->is_in_doubt && now(self) - lot->doubted_at > self->state.parts.settings.doubt_limit;
}

/// Why nothing at all is taken now. Nothing of it was sent, so nothing of it will ever be visible.
std::optional<failure> closed(self_ptr self) {
  auto& state = self->state;
  if (!state.replaced.empty())
    return failure{ec::unavailable, state.replaced};
  if (!state.is_open || state.seen == 0)
    return failure{ec::unavailable, "the journal is not open yet: " + state.said};
  if (!state.behind.empty())
    return failure{ec::unavailable, state.behind};
  if (!state.refusal.empty() && now(self) - state.refused_at < state.parts.settings.retry_max)
    return failure{ec::resource_exhausted, state.refusal};
  if (is_in_doubt_for_long(self))
    return failure{ec::unavailable, "the store does not answer"};
  return {};
}

std::optional<failure> objection(self_ptr self, const append_events& batch, std::size_t bytes) {
  auto& state = self->state;
  auto& settings = state.parts.settings;
  if (auto why = closed(self))
    return why;
  if (batch.records.empty())
    return failure{ec::invalid_argument, fmt::format("stream {}: a batch without records", batch.stream)};
  // One that is longer than a lot goes alone, and the store has the last word: it may take half as much again, as etcd does.
  if (auto most = settings.lot_bytes + settings.lot_bytes / 2; bytes > most)
    return failure{ec::invalid_argument,
                   fmt::format("stream {}: a batch of {} bytes, the store takes {}", batch.stream, bytes, most)};
  if (state.queue.size() >= settings.waiting_batches || state.queue.bytes() + bytes > settings.waiting_bytes)
    return failure{ec::resource_exhausted,
                   fmt::format("{} batches of {} bytes wait for the store; the limits are {} and {}",
                               state.queue.size(), state.queue.bytes(), settings.waiting_batches,
                               settings.waiting_bytes)};
  auto highest = state.progress.of(batch.stream).epoch;
  if (auto newest = state.admitted.find(batch.stream); newest != state.admitted.end())
    highest = std::max(highest, newest->second.epoch);
  if (batch.epoch < highest)
    return failure{ec::deposed,
                   fmt::format("stream {}: the writer's epoch {} is below {}, the highest it has seen: "
                               "it has another owner now",
                               batch.stream, batch.epoch.number, highest.number)};
  if (!follows(self, batch))
    return failure{ec::internal,
                   fmt::format("stream {}: sequence {} does not follow", batch.stream, batch.first_sequence)};
  return {};
}

} // namespace

caf::result<events_appended> append(self_ptr self, append_events& batch) {
  auto bytes = rules::bytes_of(batch);
  if (auto why = objection(self, batch, bytes))
    return to_caf(*why);
  auto& state = self->state;
  auto answer = self->make_response_promise<events_appended>();
  auto& admitted = state.admitted[batch.stream];
  if (admitted.epoch < batch.epoch)
    admitted = {batch.epoch, 0, 0};
  admitted.last = last_of(batch);
  ++admitted.count;
  state.queue.push_back({std::move(batch), answer, bytes});
  commit_soon(self);
  return answer;
}

} // namespace maestro::sharing
