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

bool journal_lot::take(const append_events& batch) {
  auto scheduler = batch.stream.substr(batch.stream.find('/') + 1);
  bool is_new_stream = !streams_.contains(batch.stream);
  bool is_new_scheduler = !schedulers_.contains(scheduler);
  // The writer's own key is a condition and a write of each transaction.
  auto operations =
      1 + streams_.size() + schedulers_.size() + (is_new_stream ? 1 : 0) + (is_new_scheduler ? 1 : 0);
  auto bytes = bytes_ + bytes_of(batch) + (is_new_stream ? bytes_per_stream : 0);
  if (!streams_.empty() && (operations > limits_.operations || bytes > limits_.bytes))
    return false;
  streams_.insert(batch.stream);
  schedulers_.insert(scheduler);
  bytes_ = bytes;
  return true;
}

} // namespace maestro::rules
