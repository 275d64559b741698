// What another node's disk needs of this one, and takes from it (actors/cluster/shared_journal).
#include "nodes/journal/rocksdb_journal_parts.hpp"

namespace maestro {

result<copy_list> rocksdb_journal::copies(const list_copies& query) const {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  // Both kinds of rows stand in one order, `ended/` before `stream/`, with others of meta around them.
  copy_list page;
  auto& base = *impl_->base;
  auto limit = std::max<std::size_t>(query.limit, 1);
  std::unique_ptr<rocksdb::Iterator> rows(base.db->NewIterator({}, base.meta));
  for (auto prefix : {keys::ended_prefix, keys::stream_prefix}) {
    std::string first(prefix);
    for (rows->Seek(std::max(first, query.after)); rows->Valid() && rows->key().starts_with(first); rows->Next()) {
      if (keys::view(rows->key()) == query.after)
        continue;
      if (page.items.size() == limit) {
        auto& last = page.items.back();
        page.next = std::string(last.has_ended ? keys::ended_prefix : keys::stream_prefix) + last.stream;
        return page;
      }
      auto place = impl_->place_of(std::string(keys::view(rows->key()).substr(first.size())));
      if (!place)
        return place.error();
      page.items.push_back(std::move(*place));
    }
    if (!rows->status().ok())
      return failure{ec::internal, "cannot list streams: " + rows->status().ToString()};
  }
  return page;
}

result<snapshot_part> rocksdb_journal::snapshot(const read_snapshot& query) const {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  auto head = impl_->head_of(query.stream);
  if (!head)
    return head.error();
  if (query.sequence != 0 && query.sequence != head->sequence)
    return failure{ec::aborted, "stream " + query.stream + " has another snapshot by now"};
  snapshot_part part{head->sequence, head->at, {}, query.part + 1 >= head->chunks};
  if (query.part >= head->chunks)
    return part;
  auto& base = *impl_->base;
  auto status = base.db->Get({}, base.snapshots, keys::snapshot_chunk(query.stream, head->sequence, query.part),
                             &part.bytes);
  if (status.IsNotFound())
    return failure{ec::aborted, "stream " + query.stream + " has another snapshot by now"};
  if (!status.ok())
    return unreadable(query.stream, "its snapshot: " + status.ToString());
  return part;
}

result<finished_list> rocksdb_journal::finished(const read_finished& query) const {
  std::shared_lock lock(impl_->open);
  return impl_->base ? impl_->finished->all(query) : impl_->closed();
}

result<done> rocksdb_journal::restore(const restore_copy& part) {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  if (!impl_->reserve->has_room())
    return failure{ec::unavailable, impl_->reserve->reason()};
  std::scoped_lock positions_lock(impl_->positions_mutex);
  auto position = impl_->position_of(part.stream);
  if (!position)
    return position.error();
  if (!part.is_anew && !part.items.empty() && part.items.front().sequence != (*position)->last + 1)
    return failure{ec::internal, "stream " + part.stream + ": sequence " +
                                     std::to_string(part.items.front().sequence) + " does not follow " +
                                     std::to_string((*position)->last)};
  auto& base = *impl_->base;
  rocksdb::WriteBatch batch;
  if (part.is_anew)
    impl_->empty(batch, part.stream);
  for (auto& event : part.items) {
    std::string value;
    keys::put_time(value, event.at);
    batch.Put(base.events, keys::event(part.stream, event.sequence), value.append(event.record));
  }
  batch.Delete(base.meta, keys::stream(part.stream));
  batch.Delete(base.meta, keys::ended_stream(part.stream));
  std::string row;
  if (part.has_ended)
    keys::put_time(row, part.ended_at);
  if (part.epoch.number > 0)
    batch.Put(base.meta, part.has_ended ? keys::ended_stream(part.stream) : keys::stream(part.stream),
              row.append(keys::epoch_row(part.epoch)));
  auto written = impl_->write(batch, impl_->config.sync);
  impl_->positions.erase(part.stream); // read again when it is next asked for
  return written;
}

result<done> rocksdb_journal::save_watermark(std::int64_t revision) {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  std::string row;
  keys::put_big_endian(row, static_cast<std::uint64_t>(revision));
  rocksdb::WriteBatch batch;
  batch.Put(impl_->base->meta, std::string(keys::watermark_key), row);
  auto written = impl_->write(batch, impl_->config.sync);
  if (written)
    impl_->watermark = revision;
  return written;
}

} // namespace maestro
