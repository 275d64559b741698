// What RocksDB says goes to the node's own log. In a file of the journal's folder, where RocksDB puts it by itself, the
// second line that a full disk does not take ends the process: Debian's RocksDB has its assertions on, and one of them says that
// nobody writes to a file that failed before. For nodes/journal/journal_database.
#pragma once

#include <memory>
#include <string>

namespace rocksdb {
class Logger;
}

namespace maestro {

/// `folder` is named in every line. Warnings of RocksDB are the log's `debug`, errors its `warn`, as whatever failed is refused in
/// the journal's own words too; of more than 20 lines in a minute the rest is counted. From any thread.
std::shared_ptr<rocksdb::Logger> make_rocksdb_log(std::string folder);

} // namespace maestro
