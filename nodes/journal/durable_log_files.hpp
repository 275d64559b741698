// A RocksDB file system that keeps two promises of ours which RocksDB alone does not give: what was synced is noted
// apart (synced_logs), so that its loss is noticed, and a write that was refused is never seen again. When a write or a
// sync of the write-ahead log fails, part of the refused batch may already stand in the file and would be replayed after
// a restart. Log files made here are cut back to what was synced before the error is reported, and take nothing more; where a
// write fails behind its sync, whoever wrote cuts it back (rocksdb_journal). They are longer than their records while they
// are written to (log_ahead). For nodes/journal/journal_database.
#pragma once

#include "nodes/journal/synced_logs.hpp"

#include <rocksdb/file_system.h>

#include <memory>

namespace maestro {

/// Wraps `disk`; other files than `*.log` pass through.
std::shared_ptr<rocksdb::FileSystem> make_durable_log_files(std::shared_ptr<rocksdb::FileSystem> disk,
                                                            std::shared_ptr<synced_logs> counts);

} // namespace maestro
