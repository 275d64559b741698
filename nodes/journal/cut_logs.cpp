#include "nodes/journal/cut_logs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

namespace maestro {

namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class cut_file : public rocksdb::FSSequentialFileOwnerWrapper {
public:
  cut_file(std::unique_ptr<rocksdb::FSSequentialFile> file, std::uint64_t end)
      : FSSequentialFileOwnerWrapper(std::move(file)), left_(end) {}

  IOStatus Read(std::size_t count, const IOOptions& options, rocksdb::Slice* result, char* scratch,
                IODebugContext* dbg) override {
    auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, left_));
    auto status = FSSequentialFileOwnerWrapper::Read(wanted, options, result, scratch, dbg);
    if (status.ok())
      left_ -= result->size();
    return status;
  }
  IOStatus Skip(std::uint64_t count) override {
    auto wanted = std::min(count, left_);
    left_ -= wanted;
    return FSSequentialFileOwnerWrapper::Skip(wanted);
  }

private:
  std::uint64_t left_;
};

/// What the database remembers of its logs must seem true, or it would not open: all are there, as long as ever, and
/// those behind the damage have nothing in them.
class cut_logs : public rocksdb::FileSystemWrapper {
public:
  cut_logs(std::shared_ptr<rocksdb::FileSystem> disk, const log_review& review)
      : FileSystemWrapper(std::move(disk)) {
    auto* damaged = review.damaged();
    for (auto& log : review.logs) {
      auto is_shown = !log.is_missing && (!damaged || log.number <= damaged->number);
      ends_[log.number] = is_shown ? log.scan.whole : 0;
      if (log.is_missing)
        missing_.insert(log.number);
    }
  }
  const char* Name() const override { return "maestro_cut_logs"; }

  IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file, IODebugContext* dbg) override {
    auto number = log_number_of(name);
    auto end = ends_.find(number);
    if (end == ends_.end())
      return FileSystemWrapper::NewSequentialFile(name, options, file, dbg);
    auto status =
        FileSystemWrapper::NewSequentialFile(missing_.contains(number) ? "/dev/null" : name, options, file, dbg);
    if (status.ok())
      *file = std::make_unique<cut_file>(std::move(*file), end->second);
    return status;
  }
  IOStatus GetChildren(const std::string& folder, const IOOptions& options, std::vector<std::string>* names,
                       IODebugContext* dbg) override {
    auto status = FileSystemWrapper::GetChildren(folder, options, names, dbg);
    for (auto number : missing_)
      names->push_back(fmt::format("{:06}.log", number));
    return status;
  }
  IOStatus GetFileSize(const std::string& name, const IOOptions& options, std::uint64_t* size,
                       IODebugContext* dbg) override {
    if (!ends_.contains(log_number_of(name)))
      return FileSystemWrapper::GetFileSize(name, options, size, dbg);
    *size = std::numeric_limits<std::int64_t>::max();
    return IOStatus::OK();
  }

private:
  std::map<std::uint64_t, std::uint64_t> ends_;
  std::set<std::uint64_t> missing_;
};

} // namespace

std::shared_ptr<rocksdb::FileSystem> make_cut_logs(std::shared_ptr<rocksdb::FileSystem> disk,
                                                   const log_review& review) {
  return std::make_shared<cut_logs>(std::move(disk), review);
}

} // namespace maestro
