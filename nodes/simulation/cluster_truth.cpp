#include "nodes/simulation/cluster_truth.hpp"

#include "messages/cluster_codec.hpp"
#include "messages/epoch_era.hpp"
#include "messages/shared_journal_codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::simulation {

namespace {

constexpr std::size_t disks_wanted = 2;

std::uint64_t last_sequence(const append_events& batch) {
  return batch.first_sequence + batch.records.size() - 1;
}

} // namespace

void cluster_truth::add_machine(const std::string& name, std::shared_ptr<simulated_disk> disk) {
  machines_[name] = std::move(disk);
}

std::int64_t cluster_truth::epoch_of_owner(const scheduler_name& name) const {
  auto found = owners_.find(name);
  return found == owners_.end() ? 0 : found->second;
}

// The owners are those before the transaction: it writes under their epochs.
void cluster_truth::observe(const change_store& change, std::int64_t revision) {
  std::vector<journal_entry::placed_batch> placed;
  for (auto& write : change.writes) {
    if (write.key.starts_with(copy_key(node_name())))
      note_copy(write, revision);
    if (!write.key.starts_with(journal_entries))
      continue;
    if (write.kind == store_write_kind::erase) {
      erase_entry(write.key);
      continue;
    }
    auto entry = read_entry({write.key, write.value, revision});
    if (!entry)
      tell_("G10", fmt::format("what stands at {} cannot be read", write.key));
    else
      for (auto& one : entry->batches) {
        in_store_[write.key].push_back(one.batch);
        placed.push_back(std::move(one));
      }
  }
  std::stable_sort(placed.begin(), placed.end(), [](auto& a, auto& b) { return a.place < b.place; });
  for (auto& one : placed)
    add(one.batch);
  auto prefix = owner_key(scheduler_name());
  for (auto& write : change.writes) {
    if (!write.key.starts_with(prefix))
      continue;
    scheduler_name name(write.key.substr(prefix.size()));
    if (write.kind == store_write_kind::erase) {
      owners_.erase(name);
      continue;
    }
    owners_[name] = revision;
    ++owners_seen_;
  }
}

void cluster_truth::lose_machine(const std::string& name, std::shared_ptr<simulated_disk> lost) {
  lost_[name] = std::move(lost);
  joined_.erase(node_name(name));
  joining_.erase(node_name(name));
}

void cluster_truth::note_copy(const store_write& write, std::int64_t revision) {
  for (auto& [name, copy] : read_archive({revision, {{write.key, write.value, revision}}, false}).copies) {
    if (copy.complete < std::exchange(marks_[name], copy.complete))
      lost_.erase(name.str());
    if (copy.complete >= joining_.try_emplace(name, revision).first->second)
      joined_.insert(name);
  }
}

void cluster_truth::add(const append_events& batch) {
  auto& stream = streams_[batch.stream];
  auto owner = epoch_of_owner(scheduler_of_stream(batch.stream));
  if (revision_of(batch.epoch) != owner)
    tell_("G10", fmt::format("{} from {} on became durable under epoch {}, its owner's is {}", batch.stream,
                             batch.first_sequence, revision_of(batch.epoch), owner));
  bool begins_anew = batch.first_sequence == 1 && stream.has_ended && stream.epoch < batch.epoch;
  if (begins_anew)
    stream = {stream.begins_after + stream.last, 0, batch.epoch, false};
  if (batch.first_sequence != stream.last + 1)
    return tell_("G10", fmt::format("{} is at {}, and {} of epoch {} became durable", batch.stream, stream.last,
                                    batch.first_sequence, revision_of(batch.epoch)));
  stream.last = last_sequence(batch);
  stream.epoch = std::max(stream.epoch, batch.epoch);
  stream.has_ended = stream.has_ended && batch.records.empty();
  for (auto& name : batch.ends_streams)
    streams_[name].has_ended = true;
  auto all = batch;
  all.first_sequence += stream.begins_after;
  disk_.write(all);
}

std::size_t cluster_truth::copies_of(const append_events& batch) const {
  auto has_it = [&](auto& machine) {
    auto found = machine.second->streams.find(batch.stream);
    if (found == machine.second->streams.end())
      return batch.records.empty();
    auto& copy = found->second;
    return copy.epoch > batch.epoch || copy.records.size() >= last_sequence(batch);
  };
  auto count = std::count_if(machines_.begin(), machines_.end(), has_it) +
               std::count_if(lost_.begin(), lost_.end(), has_it);
  return static_cast<std::size_t>(count);
}

void cluster_truth::erase_entry(const std::string& key) {
  auto entry = in_store_.extract(key);
  if (entry.empty())
    return;
  for (auto& batch : entry.mapped())
    if (auto copies = copies_of(batch); copies < std::min(disks_wanted, joined_.size()))
      tell_("G11", fmt::format("{} up to {} left the store, and {} machines have it", batch.stream,
                               last_sequence(batch), copies));
}

void cluster_truth::check_disks() const {
  for (auto& [name, stream] : streams_) {
    if (stream.has_ended || stream.last == 0)
      continue;
    auto& all = disk_.streams.at(name).records;
    for (auto& [machine, disk] : machines_) {
      auto found = disk->streams.find(name);
      if (found == disk->streams.end() || found->second.records.size() != stream.last) {
        tell_("G11",
              fmt::format("{} has {} of {} events of {}", machine,
                          found == disk->streams.end() ? 0 : found->second.records.size(), stream.last, name));
        continue;
      }
      auto& copy = found->second;
      for (auto i = copy.first; i <= stream.last; ++i)
        if (copy.records[i - 1] != all[stream.begins_after + i - 1])
          return tell_("G11", fmt::format("{} has another event {} of {}", machine, i, name));
    }
  }
}

} // namespace maestro::simulation
