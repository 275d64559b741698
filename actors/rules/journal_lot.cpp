#include "actors/rules/journal_lot.hpp"

#include "messages/ids.hpp"

#include <algorithm>

namespace maestro::rules {

namespace {

constexpr std::size_t bytes_per_batch = 64;     ///< what is written around the records
constexpr std::size_t bytes_per_finished = 512; ///< a record of a finished operation, its definition aside
constexpr std::size_t bytes_per_stream = 128;   ///< key and condition

} // namespace

std::size_t bytes_of(const append_events& batch) {
  auto bytes = bytes_per_batch + batch.stream.size();
  for (auto& record : batch.records)
    bytes += record.size() + 4;
  for (auto& finished : batch.finished)
    for (auto& event : finished.what.history)
      bytes += event.event.size() + 16;
  return bytes + batch.finished.size() * bytes_per_finished;
}

bool journal_lot::take(const append_events& batch, bool is_known) {
  auto scheduler = batch.stream.substr(batch.stream.find('/') + 1);
  std::size_t new_stream = streams_.contains(batch.stream) ? 0 : 1;
  std::size_t new_scheduler = schedulers_.contains(scheduler) ? 0 : 1;
  std::size_t new_place = is_known ? 0 : new_stream;
  // The writer's own key is a condition and a write of each transaction.
  auto conditions = 1 + schedulers_.size() + new_scheduler + places_ + new_place;
  auto writes = 1 + streams_.size() + new_stream;
  auto bytes = bytes_ + bytes_of(batch) + new_stream * bytes_per_stream;
  bool is_too_much = std::max(conditions, writes) > limits_.operations || bytes > limits_.bytes;
  if (!streams_.empty() && is_too_much)
    return false;
  streams_.insert(batch.stream);
  schedulers_.insert(scheduler);
  places_ += new_place;
  bytes_ = bytes;
  return true;
}

} // namespace maestro::rules
