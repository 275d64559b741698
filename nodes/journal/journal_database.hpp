// An open RocksDB database of the journal: its column families, options and format. Opening is where everything
// that is wrong with a data folder becomes one sentence with its path. For nodes/journal/rocksdb_journal and
// journal_inspection alone.
#pragma once

#include "messages/error.hpp"
#include "nodes/journal/disk_reserve.hpp"
#include "nodes/journal/journal_config.hpp"
#include "nodes/journal/synced_logs.hpp"

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <vector>

namespace maestro {

struct journal_database {
  std::unique_ptr<rocksdb::Env> env; ///< outlives the database
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::ColumnFamilyHandle* events = nullptr;
  rocksdb::ColumnFamilyHandle* snapshots = nullptr;
  rocksdb::ColumnFamilyHandle* operations = nullptr;
  rocksdb::ColumnFamilyHandle* meta = nullptr;
  std::shared_ptr<disk_reserve> reserve;
  std::shared_ptr<synced_logs> counts; ///< none where it was opened to look
  std::string node_id;
  std::int64_t watermark = -1; ///< none
  int format = 0;              ///< as it was found; whoever opens it brings it up to date (rocksdb_journal)

  journal_database() {}
  journal_database(const journal_database&) = delete;
  ~journal_database();

  /// `reserve` is what an earlier one of the same folder held.
  static result<std::unique_ptr<journal_database>> open(const journal_config& config,
                                                        std::shared_ptr<rocksdb::FileSystem> disk,
                                                        std::shared_ptr<disk_reserve> reserve = nullptr);
  /// Changes nothing in the folder, also no torn tail; for nodes/journal/journal_inspection.
  static result<std::unique_ptr<journal_database>> open_to_look(const journal_config& config,
                                                                std::shared_ptr<rocksdb::FileSystem> disk);

private:
  result<done> find_families(const journal_config& config, const std::vector<std::string>& names);
};

} // namespace maestro
