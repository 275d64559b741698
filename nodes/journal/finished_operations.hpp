// The `operations` column family: what became of operations that are over, so that listing them walks no actor's
// memory. A projection: rows go into the batch of the event that ends the operation, which holds the same record, and
// can be written anew from the events. Counts go along, so that a page costs a page. Reading takes no lock and any
// thread may. For nodes/journal/rocksdb_journal, which owns the database. Rows: nodes/journal/journal_keys.hpp.
#pragma once

#include "messages/commands.hpp"
#include "messages/error.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Iterator;
class MergeOperator;
class WriteBatch;
} // namespace rocksdb

namespace maestro {

class finished_operations {
public:
  finished_operations(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family) : db_(db), family_(family) {}

  /// What the family must be opened with: counts are added up by it.
  static std::shared_ptr<rocksdb::MergeOperator> adder();

  /// Adds rows, or the removal of all rows of a scheduler, to a batch. One that may be there already is looked for, or it
  /// would be counted twice.
  void add(rocksdb::WriteBatch& batch, const finished_operation& finished, bool may_be_there);
  void drop_all(rocksdb::WriteBatch& batch, const scheduler_name& scheduler);

  /// One page of what is listed and not expired, by creation time; its total counts all pages.
  result<operation_page> list(const list_operations& query, timestamp now);
  /// Unlisted ones too; not_found when it is not there or its time is over.
  result<operation> get(const get_operation& query, timestamp now);
  /// One page of all there are, expired or not, by id.
  result<finished_list> all(const read_finished& query);
  /// Fills the batch with the removal of at most `limit` expired operations; answers how many.
  result<std::uint64_t> purge(rocksdb::WriteBatch& batch, const scheduler_name& scheduler, timestamp now,
                              std::uint64_t limit);

  /// For a rebuild: rows without the count, and the count of the rows that are there.
  void put(rocksdb::WriteBatch& batch, const finished_operation& finished);
  result<done> count_again(rocksdb::WriteBatch& batch, const scheduler_name& scheduler);

private:
  result<std::int64_t> count_expired(const scheduler_name& scheduler, timestamp now);
  bool was_listed(const scheduler_name& scheduler, const rocksdb::Iterator& expiring);
  result<finished_operation> read(const scheduler_name& scheduler, std::string_view id);

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& family_;
};

} // namespace maestro
