#include "messages/shared_journal_codec.hpp"

#include "messages/journal_codec.hpp"
#include "messages/store_json.hpp"

#include "cluster/v1/journal.pb.h"

#include <algorithm>
#include <fmt/format.h>

namespace maestro {

namespace wire = cluster::v1;

namespace {

constexpr std::string_view entries = "journal/";
constexpr std::string_view writers = "archive/writers/";
constexpr std::string_view copies = "archive/copies/";
constexpr std::size_t sequence_digits = 20;

void fill(wire::JournalBatch& into, const append_events& batch, std::uint32_t place) {
  into.set_place(place);
  into.set_first_sequence(batch.first_sequence);
  into.set_at(static_cast<std::uint64_t>(batch.at.time_since_epoch().count()));
  into.set_epoch(batch.epoch.number);
  for (auto& record : batch.records)
    into.add_records(record);
  for (auto& finished : batch.finished)
    into.add_finished(encode(finished));
  into.set_drop_operations_of(batch.drop_operations_of.value);
  for (auto& stream : batch.ends_streams)
    into.add_ends_streams(stream);
}

bool read_batch(wire::JournalBatch& from, append_events& into) {
  into.first_sequence = from.first_sequence();
  into.at = timestamp{duration{static_cast<std::int64_t>(from.at())}};
  into.epoch.number = from.epoch();
  for (auto& record : *from.mutable_records())
    into.records.push_back(std::move(record));
  for (auto& bytes : from.finished())
    if (!decode(bytes, into.finished.emplace_back()))
      return false;
  into.drop_operations_of = scheduler_name(from.drop_operations_of());
  into.ends_streams.assign(from.ends_streams().begin(), from.ends_streams().end());
  return true;
}

} // namespace

std::string entry_key(std::string_view stream, std::uint64_t first_sequence) {
  return fmt::format("{}{}/{:020}", entries, stream, first_sequence);
}

std::string writer_key(const node_name& node) {
  return std::string(writers) + node.str();
}

std::string copy_key(const node_name& node) {
  return std::string(copies) + node.str();
}

scheduler_name scheduler_of_stream(std::string_view stream) {
  return scheduler_name(std::string(stream.substr(stream.find('/') + 1)));
}

std::vector<store_write> entries_of(const journal_transaction& what) {
  std::map<std::string_view, wire::JournalEntry> by_stream;
  for (std::uint32_t place = 0; place < what.batches.size(); ++place)
    fill(*by_stream[what.batches[place].stream].add_batches(), what.batches[place], place);
  std::vector<store_write> writes;
  for (auto& [stream, entry] : by_stream) {
    entry.set_writer(what.writer.str());
    entry.set_number(what.number);
    entry.set_parts(static_cast<std::uint32_t>(by_stream.size()));
    writes.push_back(
        {store_write_kind::put, entry_key(stream, entry.batches(0).first_sequence()), entry.SerializeAsString()});
  }
  return writes;
}

std::optional<journal_entry> read_entry(const store_entry& stored) {
  std::string_view key = stored.key;
  wire::JournalEntry from;
  auto slash = key.rfind('/');
  bool is_key = key.starts_with(entries) && slash > entries.size() && key.size() - slash - 1 == sequence_digits;
  if (!is_key || !from.ParseFromString(stored.value) || from.batches().empty())
    return {};
  std::string stream(key.substr(entries.size(), slash - entries.size()));
  journal_entry entry{node_name(from.writer()), from.number(), from.parts(), {}};
  for (auto& one : *from.mutable_batches()) {
    auto& placed = entry.batches.emplace_back();
    placed.place = one.place();
    placed.batch.stream = stream;
    if (!read_batch(one, placed.batch))
      return {};
  }
  return entry;
}

// What cannot be read counts as never written.
archive_state read_archive(const store_listing& listing) {
  archive_state state;
  state.revision = listing.revision;
  for (auto& entry : listing.entries) {
    std::string_view key = entry.key;
    if (key.starts_with(writers)) {
      auto message = read_store_json<wire::JournalWriter>(entry.value).value_or(wire::JournalWriter());
      state.writers[node_name(std::string(key.substr(writers.size())))] = {message.process(), message.number(),
                                                                           message.lot(), entry.revision};
    } else if (key.starts_with(copies)) {
      auto message = read_store_json<wire::JournalCopy>(entry.value).value_or(wire::JournalCopy());
      state.copies[node_name(std::string(key.substr(copies.size())))] = {message.node_id(), message.revision(),
                                                                         entry.revision};
    } else if (key == trimmed_key) {
      state.trimmed = read_store_json<wire::JournalTrim>(entry.value).value_or(wire::JournalTrim()).revision();
      state.trimmed_revision = entry.revision;
    }
  }
  return state;
}

std::string writer_value(const journal_writer& writer) {
  wire::JournalWriter message;
  message.set_process(writer.process);
  message.set_number(writer.number);
  message.set_lot(writer.lot);
  return write_store_json(message);
}

std::string copy_value(const journal_copy& copy) {
  wire::JournalCopy message;
  message.set_node_id(copy.node_id);
  message.set_revision(copy.complete);
  return write_store_json(message);
}

std::string trimmed_value(std::int64_t revision) {
  wire::JournalTrim message;
  message.set_revision(revision);
  return write_store_json(message);
}

void fence_trims(change_store& wanted, const archive_state& as_of) {
  if (as_of.trimmed_revision == 0)
    return;
  wanted.conditions.push_back({trimmed_key, as_of.trimmed_revision});
  wanted.writes.push_back({store_write_kind::put, trimmed_key, trimmed_value(as_of.trimmed)});
}

} // namespace maestro
