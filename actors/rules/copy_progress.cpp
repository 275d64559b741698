#include "actors/rules/copy_progress.hpp"

#include <algorithm>
#include <utility>

namespace maestro::rules {

namespace {

std::uint64_t end_of(const append_events& batch) {
  return batch.first_sequence + batch.records.size() - 1;
}

bool begins_anew(const append_events& batch, const stream_place& at) {
  return at.has_ended && batch.first_sequence == 1;
}

} // namespace

void copy_progress::place(const std::string& stream, const stream_place& at) {
  streams_[stream] = at;
}

stream_place copy_progress::of(const std::string& stream) const {
  auto found = streams_.find(stream);
  return found == streams_.end() ? stream_place{} : found->second;
}

void copy_progress::clear() {
  streams_.clear();
  ends_.clear();
}

// A stream that has ended and begins anew has low sequences again, under a higher epoch.
bool copy_progress::is_there(const append_events& batch, const stream_place& at) const {
  return end_of(batch) <= at.last && !(begins_anew(batch, at) && batch.epoch > at.epoch);
}

const append_events* copy_progress::gap_of(const journal_transaction& what) const {
  std::unordered_map<std::string, stream_place> places;
  for (auto& batch : what.batches) {
    auto& at = places.try_emplace(batch.stream, of(batch.stream)).first->second;
    if (is_there(batch, at))
      continue;
    if (batch.first_sequence != at.last + 1 && !begins_anew(batch, at))
      return &batch;
    at = {end_of(batch), batch.epoch, false};
  }
  return nullptr;
}

copy_progress::step copy_progress::take(journal_transaction what, std::vector<append_events>& batches) {
  auto& number = writers_[what.writer];
  if (what.number > number + 1 || gap_of(what) != nullptr)
    return step::missing;
  number = std::max(number, what.number);
  for (auto& batch : what.batches) {
    auto& at = streams_[batch.stream];
    if (!batch.records.empty())
      at.told = std::max(at.told, what.revision);
    if (is_there(batch, at)) {
      note_ends(batch, what.revision);
      continue;
    }
    at = {end_of(batch), std::max(at.epoch, batch.epoch), false, at.told};
    for (auto& name : batch.ends_streams)
      if (auto ended = streams_.find(name); ended != streams_.end())
        ended->second.has_ended = true;
    batches.push_back(std::move(batch));
  }
  return step::taken;
}

void copy_progress::note_ends(const append_events& batch, std::int64_t revision) {
  for (auto& name : batch.ends_streams) {
    auto found = streams_.find(name);
    if (found == streams_.end() || found->second.has_ended || found->second.epoch > batch.epoch)
      continue;
    append_events end;
    end.stream = name;
    end.at = batch.at;
    end.epoch = batch.epoch;
    end.ends_streams = {name};
    ends_[name] = {revision, std::move(end)};
  }
}

std::vector<append_events> copy_progress::take_ends() {
  std::vector<append_events> all;
  for (auto& [name, end] : std::exchange(ends_, {})) {
    auto& at = streams_[name];
    if (at.has_ended || at.told > end.revision)
      continue;
    at.has_ended = true;
    end.batch.first_sequence = at.last + 1;
    all.push_back(std::move(end.batch));
  }
  return all;
}

bool copy_progress::has_all(const archive_state& written) const {
  return std::all_of(written.writers.begin(), written.writers.end(), [&](auto& writer) {
    auto taken = writers_.find(writer.first);
    return (taken == writers_.end() ? 0 : taken->second) >= writer.second.number;
  });
}

void copy_progress::assume(const archive_state& written) {
  for (auto& [name, writer] : written.writers)
    writers_[name] = std::max(writers_[name], writer.number);
}

std::optional<journal_transaction> assemble(const store_entry* first, const store_entry* end) {
  journal_transaction whole;
  std::vector<journal_entry::placed_batch> placed;
  for (auto* at = first; at != end; ++at) {
    auto entry = read_entry(*at);
    if (!entry || entry->parts != static_cast<std::uint32_t>(end - first))
      return {};
    whole.writer = entry->writer;
    whole.number = entry->number;
    whole.revision = at->revision;
    std::move(entry->batches.begin(), entry->batches.end(), std::back_inserter(placed));
  }
  std::sort(placed.begin(), placed.end(), [](auto& a, auto& b) { return a.place < b.place; });
  for (auto& one : placed)
    whole.batches.push_back(std::move(one.batch));
  return whole;
}

} // namespace maestro::rules
