// What any thread may read of the journal while batches go on.
#include "nodes/journal/rocksdb_journal_parts.hpp"

namespace maestro {

result<loaded_stream> rocksdb_journal::load(const std::string& stream) const {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  if (!is_name(stream))
    return not_a_name("stream", stream);
  auto& base = *impl_->base;
  rocksdb::ManagedSnapshot as_of(base.db.get());
  rocksdb::ReadOptions options;
  options.snapshot = as_of.snapshot();
  auto head = impl_->head_of(stream, as_of.snapshot());
  if (!head)
    return head.error();

  auto owner = impl_->ownership_of(stream, as_of.snapshot());
  if (!owner)
    return owner.error();

  loaded_stream loaded;
  loaded.epoch = owner->epoch;
  loaded.has_ended = !owner->is_listed && owner->ended_at != never;
  loaded.snapshot_sequence = loaded.last_sequence = head->sequence;
  for (std::uint32_t chunk = 0; chunk < head->chunks; ++chunk) {
    rocksdb::PinnableSlice piece;
    auto status =
        base.db->Get(options, base.snapshots, keys::snapshot_chunk(stream, head->sequence, chunk), &piece);
    if (!status.ok())
      return unreadable(stream, "its snapshot: " + status.ToString());
    loaded.snapshot.append(piece.data(), piece.size());
  }
  auto upper = keys::past(stream);
  rocksdb::Slice upper_bound(upper);
  options.iterate_upper_bound = &upper_bound;
  std::unique_ptr<rocksdb::Iterator> it(base.db->NewIterator(options, base.events));
  for (it->Seek(keys::event(stream, head->sequence + 1)); it->Valid(); it->Next()) {
    auto sequence = keys::sequence_of_event(keys::view(it->key()));
    if (sequence != loaded.last_sequence + 1 || it->value().size() < 8)
      return unreadable(stream, "record " + std::to_string(loaded.last_sequence + 1) + " is missing or damaged");
    loaded.last_sequence = sequence;
    loaded.tail.push_back(keys::view(it->value()).substr(8));
  }
  if (!it->status().ok())
    return unreadable(stream, it->status().ToString());
  return loaded;
}

result<bool> rocksdb_journal::has_ended(const std::string& stream) const {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  auto owner = impl_->ownership_of(stream);
  if (!owner)
    return owner.error();
  return !owner->is_listed && owner->ended_at != never;
}

result<stream_list> rocksdb_journal::streams(const std::string& prefix) const {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  stream_list list;
  auto first = keys::stream(prefix);
  std::unique_ptr<rocksdb::Iterator> it(impl_->base->db->NewIterator({}, impl_->base->meta));
  for (it->Seek(first); it->Valid() && it->key().starts_with(first); it->Next())
    list.names.emplace_back(keys::view(it->key()).substr(keys::stream_prefix.size()));
  if (!it->status().ok())
    return failure{ec::internal, "cannot list streams: " + it->status().ToString()};
  return list;
}

result<stream_list> rocksdb_journal::ended_streams(timestamp before) const {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  stream_list list;
  std::unique_ptr<rocksdb::Iterator> it(impl_->base->db->NewIterator({}, impl_->base->meta));
  for (it->Seek(slice(keys::ended_prefix)); it->Valid() && it->key().starts_with(slice(keys::ended_prefix));
       it->Next())
    if (keys::time_at(keys::view(it->value())) < before)
      list.names.emplace_back(keys::view(it->key()).substr(keys::ended_prefix.size()));
  if (!it->status().ok())
    return failure{ec::internal, "cannot list ended streams: " + it->status().ToString()};
  return list;
}

result<event_page> rocksdb_journal::read(const read_events& query) const {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  auto& stream = query.stream;
  if (!is_name(stream))
    return not_a_name("stream", stream);
  auto head = impl_->head_of(stream);
  if (!head)
    return head.error();
  auto lower = keys::first_of(stream), upper = keys::past(stream);
  rocksdb::Slice lower_bound(lower), upper_bound(upper);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower_bound;
  options.iterate_upper_bound = &upper_bound;
  options.fill_cache = false; // nobody reads the past twice
  std::unique_ptr<rocksdb::Iterator> it(impl_->base->db->NewIterator(options, impl_->base->events));

  event_page page;
  page.stream = stream;
  it->SeekToLast();
  page.last = std::max(head->sequence, it->Valid() ? keys::sequence_of_event(keys::view(it->key())) : 0);
  it->SeekToFirst();
  page.first_available = it->Valid() ? keys::sequence_of_event(keys::view(it->key())) : page.last + 1;
  auto limit = std::clamp<std::size_t>(query.limit, 1, std::max<std::size_t>(impl_->config.max_read_records, 1));
  auto next = std::max({query.from, page.first_available, std::uint64_t{1}});
  std::size_t bytes = 0;
  for (it->Seek(keys::event(stream, next)); it->Valid() && page.items.size() < limit; it->Next(), ++next) {
    auto value = keys::view(it->value());
    if (keys::sequence_of_event(keys::view(it->key())) != next || value.size() < 8)
      return unreadable(stream, "record " + std::to_string(next) + " is missing or damaged");
    bytes += value.size();
    if (bytes > impl_->config.max_read_bytes && !page.items.empty())
      break;
    page.items.push_back({next, keys::time_at(value), std::string(value.substr(8))});
  }
  if (!it->status().ok())
    return unreadable(stream, it->status().ToString());
  return page;
}

result<operation_page> rocksdb_journal::operations(const list_operations& query, timestamp now) const {
  std::shared_lock lock(impl_->open);
  return impl_->base ? impl_->finished->list(query, now) : impl_->closed();
}

result<operation> rocksdb_journal::operation_of(const get_operation& query, timestamp now) const {
  std::shared_lock lock(impl_->open);
  return impl_->base ? impl_->finished->get(query, now) : impl_->closed();
}

} // namespace maestro
