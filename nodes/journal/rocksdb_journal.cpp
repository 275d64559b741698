#include "nodes/journal/rocksdb_journal.hpp"

#include "nodes/journal/rocksdb_journal_parts.hpp"

namespace maestro {

rocksdb_journal::rocksdb_journal(std::unique_ptr<impl> parts) : impl_(std::move(parts)) {}
rocksdb_journal::~rocksdb_journal() {
  close();
}

result<std::shared_ptr<rocksdb_journal>> rocksdb_journal::open(const journal_config& config,
                                                               std::shared_ptr<rocksdb::FileSystem> disk) {
  auto base = journal_database::open(config, disk);
  if (!base)
    return base.error();
  auto parts = std::make_unique<impl>();
  parts->config = config;
  parts->disk = std::move(disk);
  parts->base = std::move(*base);
  parts->node_id = parts->base->node_id;
  parts->watermark = parts->base->watermark;
  parts->reserve = parts->base->reserve;
  parts->counts = parts->base->counts;
  parts->finished = std::make_unique<finished_operations>(*parts->base->db, *parts->base->operations);
  std::shared_ptr<rocksdb_journal> journal(new rocksdb_journal(std::move(parts)));
  if (auto current = journal->bring_up_to_date(); !current)
    return current.error();
  return journal;
}

void rocksdb_journal::close() {
  std::unique_lock lock(impl_->open);
  impl_->is_closed = true;
  impl_->finished.reset();
  impl_->base.reset();
}

// -- appending -------------------------------------------------------------------------------------------------

result<events_appended> rocksdb_journal::add(const append_events& events) {
  if (impl_->is_broken) // first of all: whoever opens it anew is not waited for
    return impl_->refusal();
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  // A batch is refused whole: an append that came behind must not be answered before those it follows.
  if (!impl_->has_begun && !impl_->reserve->has_room())
    return failure{ec::unavailable, impl_->reserve->reason()};
  if (!is_name(events.stream))
    return not_a_name("stream", events.stream);
  for (auto& finished : events.finished)
    if (!is_name(finished.what.scheduler.value) || !is_name(finished.what.id.value))
      return not_a_name("operation", finished.what.scheduler.value + "/" + finished.what.id.value);

  for (auto& name : events.ends_streams)
    if (!is_name(name))
      return not_a_name("stream", name);

  // Everything that can be refused is refused before the batch takes any of it.
  std::scoped_lock positions_lock(impl_->positions_mutex);
  auto position = impl_->position_of(events.stream);
  if (!position)
    return position.error();
  if (events.epoch < (*position)->epoch)
    return deposed(events.stream, events.epoch, (*position)->epoch);
  bool begins_anew = events.first_sequence == 1 && (*position)->last > 0 && !(*position)->is_listed &&
                     (*position)->epoch < events.epoch;
  if (events.first_sequence != (*position)->last + 1 && !begins_anew)
    return failure{ec::internal, "stream " + events.stream + ": sequence " +
                                     std::to_string(events.first_sequence) + " does not follow " +
                                     std::to_string((*position)->last)};
  for (auto& name : events.ends_streams) {
    auto ending = impl_->position_of(name);
    if (!ending)
      return ending.error();
    if (events.epoch < (*ending)->epoch)
      return deposed(name, events.epoch, (*ending)->epoch);
  }

  auto& base = *impl_->base;
  impl_->note_move(events.stream, **position);
  auto& last = (*position)->last;
  if (begins_anew) { // another node has dropped what was here of it already
    impl_->empty(impl_->batch, events.stream);
    last = 0;
  }
  if (!events.records.empty())
    impl_->list(events.stream, **position, events.epoch);
  std::string time;
  keys::put_time(time, events.at);
  for (auto& record : events.records) {
    auto key = keys::event(events.stream, ++last);
    rocksdb::Slice key_parts[] = {key}, value_parts[] = {time, record};
    impl_->batch.Put(base.events, rocksdb::SliceParts(key_parts, 1), rocksdb::SliceParts(value_parts, 2));
  }
  if (!events.drop_operations_of.empty()) {
    impl_->finished->drop_all(impl_->batch, events.drop_operations_of);
    impl_->dropping.insert(events.drop_operations_of);
  }
  for (auto& finished : events.finished)
    impl_->finished->add(impl_->batch, finished, !impl_->dropping.contains(finished.what.scheduler));
  for (auto& name : events.ends_streams) {
    auto& ending = impl_->positions.at(name);
    impl_->note_move(name, ending);
    impl_->end(name, ending, events.epoch, events.at);
  }
  impl_->records += events.records.size() + events.finished.size();
  impl_->has_begun = true;
  return events_appended{last};
}

std::size_t rocksdb_journal::batch_records() const {
  return impl_->records;
}
std::size_t rocksdb_journal::batch_bytes() const {
  return impl_->batch.GetDataSize();
}

result<done> rocksdb_journal::commit() {
  std::shared_lock lock(impl_->open);
  auto began = std::chrono::steady_clock::now();
  auto written = impl_->base ? impl_->write(impl_->batch, impl_->config.sync) : impl_->closed();
  if (written) {
    if (impl_->on_commit)
      impl_->on_commit(std::chrono::steady_clock::now() - began, impl_->batch.GetDataSize());
    impl_->statistics.commits += 1;
    impl_->statistics.records += impl_->records;
  }
  impl_->batch.Clear();
  impl_->records = 0;
  impl_->has_begun = false;
  std::scoped_lock positions_lock(impl_->positions_mutex);
  impl_->end_batch(static_cast<bool>(written));
  return written;
}

journal_status rocksdb_journal::status() const {
  journal_status now;
  now.watermark = impl_->watermark;
  now.read_only = impl_->is_broken || !impl_->reserve->has_room();
  if (now.read_only)
    now.reason = impl_->is_broken ? impl_->refusal().text : impl_->reserve->reason();
  return now;
}

void rocksdb_journal::watch_commits(std::function<void(std::chrono::nanoseconds, std::size_t)> watcher) {
  impl_->on_commit = std::move(watcher);
}

disk_space rocksdb_journal::space() const {
  return {impl_->reserve->free_bytes(), impl_->reserve->bytes()};
}

const std::string& rocksdb_journal::node_id() const {
  return impl_->node_id;
}
const journal_statistics& rocksdb_journal::statistics() const {
  return impl_->statistics;
}

} // namespace maestro
