#include "nodes/journal/finished_operations.hpp"

#include "messages/journal_codec.hpp"
#include "nodes/journal/journal_keys.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <limits>

namespace maestro {

namespace {

namespace keys = journal_keys;

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

void finished_operations::add(rocksdb::WriteBatch& batch, const finished_operation& finished) {
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
    batch.Put(&family_, keys::operation_expiring(op.scheduler.value, finished.expires_at, op.id.value), when);
  }
}

void finished_operations::drop_all(rocksdb::WriteBatch& batch, const scheduler_name& scheduler) {
  batch.DeleteRange(&family_, keys::first_of(scheduler.value), keys::past(scheduler.value));
}

result<operation_page> finished_operations::list(const list_operations& query, timestamp now) {
  operation_page page;
  auto skip = std::uint64_t{query.page > 0 ? query.page - 1 : 0} * query.per_page;
  std::uint64_t seen = 0;
  rows listed(db_, family_, query.scheduler, 't');
  for (query.descending ? listed->SeekToLast() : listed->SeekToFirst(); listed->Valid();
       query.descending ? listed->Prev() : listed->Next()) {
    if (expired(keys::time_at(keys::view(listed->value())), now))
      continue;
    if (seen++ < skip || page.items.size() >= query.per_page)
      continue;
    auto found = read(query.scheduler, keys::id_of_operation(query.scheduler.value, keys::view(listed->key())));
    if (!found && found.error().code != ec::not_found)
      return found.error();
    if (!found) { // purged since this list was begun
      --seen;
      continue;
    }
    page.items.push_back(std::move(found->what));
  }
  if (!listed->status().ok())
    return unreadable(listed->status());
  page.total =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(seen, std::numeric_limits<std::uint32_t>::max()));
  return page;
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

result<std::uint64_t> finished_operations::purge(rocksdb::WriteBatch& batch, const scheduler_name& scheduler,
                                                 timestamp now, std::uint64_t limit) {
  std::uint64_t count = 0;
  rows expiring(db_, family_, scheduler, 'e');
  for (expiring->SeekToFirst(); expiring->Valid() && count < limit; expiring->Next(), ++count) {
    auto key = keys::view(expiring->key());
    if (!expired(keys::time_of_operation(scheduler.value, key), now))
      break;
    auto id = keys::id_of_operation(scheduler.value, key);
    batch.Delete(&family_, expiring->key());
    batch.Delete(&family_, keys::operation(scheduler.value, id));
    batch.Delete(&family_,
                 keys::operation_listed(scheduler.value, keys::time_at(keys::view(expiring->value())), id));
  }
  if (!expiring->status().ok())
    return unreadable(expiring->status());
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
