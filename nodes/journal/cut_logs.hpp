// A file system that shows the write-ahead logs of a folder as if they had been cut where they stop being whole,
// and nothing of them behind the first damage, without touching them. For nodes/journal/journal_inspection.
#pragma once

#include "nodes/journal/log_review.hpp"

#include <rocksdb/file_system.h>

#include <memory>

namespace maestro {

std::shared_ptr<rocksdb::FileSystem> make_cut_logs(std::shared_ptr<rocksdb::FileSystem> disk,
                                                   const log_review& review);

} // namespace maestro
