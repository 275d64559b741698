#include "actors/rules/journal_lot.hpp"

#include "messages/journal_codec.hpp"

#include <algorithm>

namespace maestro::rules {

namespace {

constexpr std::size_t bytes_per_batch = 64;   ///< its numbers, and what is written around it
constexpr std::size_t bytes_per_value = 6;    ///< what is written around a text
constexpr std::size_t bytes_per_stream = 512; ///< keys, as they are written and compared

} // namespace

std::size_t bytes_of(const append_events& batch) {
  auto bytes = bytes_per_batch + batch.stream.size() + batch.drop_operations_of.value.size();
  for (auto& record : batch.records)
    bytes += record.size() + bytes_per_value;
  for (auto& finished : batch.finished) // with its definition, which may hold a whole recipe
    bytes += encode(finished).size() + bytes_per_value;
  for (auto& stream : batch.ends_streams)
    bytes += stream.size() + bytes_per_value;
  return bytes;
}

bool journal_lot::take(const append_events& batch, std::size_t bytes, bool is_known) {
  auto scheduler = batch.stream.substr(batch.stream.find('/') + 1);
  std::size_t new_stream = streams_.contains(batch.stream) ? 0 : 1;
  std::size_t new_scheduler = schedulers_.contains(scheduler) ? 0 : 1;
  std::size_t new_place = is_known ? 0 : new_stream;
  // The writer's own key is a condition and a write of each transaction.
  auto conditions = 1 + schedulers_.size() + new_scheduler + places_ + new_place;
  auto writes = 1 + streams_.size() + new_stream;
  auto all_bytes = bytes_ + bytes + new_stream * bytes_per_stream;
  bool is_too_much = std::max(conditions, writes) > limits_.operations || all_bytes > limits_.bytes;
  if (!streams_.empty() && is_too_much)
    return false;
  streams_.insert(batch.stream);
  schedulers_.insert(scheduler);
  places_ += new_place;
  bytes_ = all_bytes;
  return true;
}

} // namespace maestro::rules
