#include "nodes/journal/finished_operations.hpp"

#include "messages/journal_codec.hpp"
#include "nodes/journal/journal_keys.hpp"

#include <rocksdb/db.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <limits>

namespace maestro {

namespace {

namespace keys = journal_keys;

std::string to_row(std::int64_t number) {
  std::string row;
  keys::put_big_endian(row, static_cast<std::uint64_t>(number));
  return row;
}
std::int64_t number_at(std::string_view row) {
  return static_cast<std::int64_t>(keys::big_endian<std::uint64_t>(row));
}

/// Counts are added to, not set: the thread that appends and the one that purges need not know of one another.
class adder_of_counts : public rocksdb::AssociativeMergeOperator {
public:
  const char* Name() const override { return "maestro.add"; }
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& value, std::string* sum,
             rocksdb::Logger*) const override {
    *sum = to_row((existing ? number_at(keys::view(*existing)) : 0) + number_at(keys::view(value)));
    return true;
  }
};

bool expired(timestamp expires_at, timestamp now) {
  return expires_at != never && expires_at <= now;
}

failure unreadable(const rocksdb::Status& status) {
  return {ec::internal, "cannot read finished operations: " + status.ToString()};
}

/// Iterates the rows of one letter of a scheduler.
class rows {
public:
  rows(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family, const scheduler_name& scheduler, char letter)
      : lower_(keys::first_of(scheduler.value) + letter),
        upper_(keys::first_of(scheduler.value) + static_cast<char>(letter + 1)), lower_slice_(lower_),
        upper_slice_(upper_) {
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower_slice_;
    options.iterate_upper_bound = &upper_slice_;
    it_.reset(db.NewIterator(options, &family));
  }
  rocksdb::Iterator* operator->() { return it_.get(); }

private:
  std::string lower_, upper_;
  rocksdb::Slice lower_slice_, upper_slice_;
  std::unique_ptr<rocksdb::Iterator> it_;
};

} // namespace

std::shared_ptr<rocksdb::MergeOperator> finished_operations::adder() {
  return std::make_shared<adder_of_counts>();
}

void finished_operations::add(rocksdb::WriteBatch& batch, const finished_operation& finished, bool may_be_there) {
  put(batch, finished);
  bool is_new = !may_be_there || !read(finished.what.scheduler, finished.what.id.value);
  if (finished.listed && is_new)
    batch.Merge(&family_, keys::operations_count(finished.what.scheduler.value), to_row(1));
}

void finished_operations::put(rocksdb::WriteBatch& batch, const finished_operation& finished) {
  auto& op = finished.what;
  batch.Put(&family_, keys::operation(op.scheduler.value, op.id.value), encode(finished));
  std::string when;
  if (finished.listed) {
    keys::put_time(when, finished.expires_at);
    batch.Put(&family_, keys::operation_listed(op.scheduler.value, op.created_at, op.id.value), when);
  }
  if (finished.expires_at != never) {
    when.clear();
    keys::put_time(when, op.created_at);
    when.push_back(finished.listed ? '\1' : '\0');
    batch.Put(&family_, keys::operation_expiring(op.scheduler.value, finished.expires_at, op.id.value), when);
  }
}

void finished_operations::drop_all(rocksdb::WriteBatch& batch, const scheduler_name& scheduler) {
  batch.DeleteRange(&family_, keys::first_of(scheduler.value), keys::past(scheduler.value));
}

result<operation_page> finished_operations::list(const list_operations& query, timestamp now) {
  operation_page page;
  auto expired_rows = count_expired(query.scheduler, now);
  if (!expired_rows)
    return expired_rows.error();
  std::string row;
  auto counted = db_.Get({}, &family_, keys::operations_count(query.scheduler.value), &row);
  if (!counted.ok() && !counted.IsNotFound())
    return unreadable(counted);
  auto total = std::max<std::int64_t>((counted.ok() ? number_at(row) : 0) - *expired_rows, 0);
  page.total =
      static_cast<std::uint32_t>(std::min<std::int64_t>(total, std::numeric_limits<std::uint32_t>::max()));
  auto skip = std::uint64_t{query.page > 0 ? query.page - 1 : 0} * query.per_page;
  std::uint64_t seen = 0;
  rows listed(db_, family_, query.scheduler, 't');
  for (query.descending ? listed->SeekToLast() : listed->SeekToFirst();
       listed->Valid() && page.items.size() < query.per_page; query.descending ? listed->Prev() : listed->Next()) {
    if (expired(keys::time_at(keys::view(listed->value())), now))
      continue;
    if (seen++ < skip)
      continue;
    auto found = read(query.scheduler, keys::id_of_operation(query.scheduler.value, keys::view(listed->key())));
    if (!found && found.error().code != ec::not_found)
      return found.error();
    if (!found)
      continue; // purged since this list was begun
    page.items.push_back(std::move(found->what));
  }
  if (!listed->status().ok())
    return unreadable(listed->status());
  return page;
}

/// Those whose time is over and that were not purged yet: as many as became so since the last purge.
result<std::int64_t> finished_operations::count_expired(const scheduler_name& scheduler, timestamp now) {
  std::int64_t count = 0;
  rows expiring(db_, family_, scheduler, 'e');
  for (expiring->SeekToFirst(); expiring->Valid(); expiring->Next()) {
    if (!expired(keys::time_of_operation(scheduler.value, keys::view(expiring->key())), now))
      break;
    count += was_listed(scheduler, *expiring.operator->());
  }
  if (!expiring->status().ok())
    return unreadable(expiring->status());
  return count;
}

bool finished_operations::was_listed(const scheduler_name& scheduler, const rocksdb::Iterator& expiring) {
  auto value = keys::view(expiring.value());
  if (value.size() > 8)
    return value[8] != '\0';
  // Format 1 did not say it here.
  auto id = keys::id_of_operation(scheduler.value, keys::view(expiring.key()));
  std::string row;
  return db_.Get({}, &family_, keys::operation_listed(scheduler.value, keys::time_at(value), id), &row).ok();
}

result<done> finished_operations::count_again(rocksdb::WriteBatch& batch, const scheduler_name& scheduler) {
  std::int64_t count = 0;
  rows listed(db_, family_, scheduler, 't');
  for (listed->SeekToFirst(); listed->Valid(); listed->Next())
    ++count;
  if (!listed->status().ok())
    return unreadable(listed->status());
  batch.Put(&family_, keys::operations_count(scheduler.value), to_row(count));
  return done{};
}

result<operation> finished_operations::get(const get_operation& query, timestamp now) {
  auto found = read(query.scheduler, query.id.value);
  if (found && expired(found->expires_at, now))
    found = failure{ec::not_found, {}};
  if (found)
    return std::move(found->what);
  if (found.error().code != ec::not_found)
    return found.error();
  return failure{ec::not_found, "operation " + query.id.value + " not found in scheduler " + query.scheduler.value,
                 failure_subject::operation};
}

result<finished_list> finished_operations::all(const read_finished& query) {
  finished_list page;
  rows records(db_, family_, query.scheduler, 'o');
  auto first = keys::operation(query.scheduler.value, query.after);
  for (records->Seek(first); records->Valid(); records->Next()) {
    auto key = keys::view(records->key());
    if (!query.after.empty() && key == first)
      continue;
    if (page.items.size() == std::max<std::uint32_t>(query.limit, 1)) {
      page.next = page.items.back().what.id.value;
      return page;
    }
    if (!decode(keys::view(records->value()), page.items.emplace_back()))
      return failure{ec::internal,
                     "the record of an operation of scheduler " + query.scheduler.value + " is damaged"};
  }
  if (!records->status().ok())
    return unreadable(records->status());
  return page;
}

result<std::uint64_t> finished_operations::purge(rocksdb::WriteBatch& batch, const scheduler_name& scheduler,
                                                 timestamp now, std::uint64_t limit) {
  std::uint64_t count = 0;
  std::int64_t listed = 0;
  rows expiring(db_, family_, scheduler, 'e');
  for (expiring->SeekToFirst(); expiring->Valid() && count < limit; expiring->Next(), ++count) {
    auto key = keys::view(expiring->key());
    if (!expired(keys::time_of_operation(scheduler.value, key), now))
      break;
    auto id = keys::id_of_operation(scheduler.value, key);
    listed += was_listed(scheduler, *expiring.operator->());
    batch.Delete(&family_, expiring->key());
    batch.Delete(&family_, keys::operation(scheduler.value, id));
    batch.Delete(&family_,
                 keys::operation_listed(scheduler.value, keys::time_at(keys::view(expiring->value())), id));
  }
  if (!expiring->status().ok())
    return unreadable(expiring->status());
  if (listed > 0)
    batch.Merge(&family_, keys::operations_count(scheduler.value), to_row(-listed));
  return count;
}

result<finished_operation> finished_operations::read(const scheduler_name& scheduler, std::string_view id) {
  std::string bytes;
  auto status = db_.Get(rocksdb::ReadOptions(), &family_, keys::operation(scheduler.value, id), &bytes);
  if (status.IsNotFound())
    return failure{ec::not_found, {}};
  if (!status.ok())
    return unreadable(status);
  finished_operation found;
  if (!decode(bytes, found))
    return failure{ec::internal, "the record of operation " + std::string(id) + " is damaged"};
  return found;
}

} // namespace maestro
