#include "nodes/journal/durable_log_files.hpp"

#include "nodes/journal/log_ahead.hpp"

#include <atomic>

namespace maestro {

namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class log_file : public rocksdb::FSWritableFileOwnerWrapper {
public:
  log_file(std::unique_ptr<rocksdb::FSWritableFile> file, std::unique_ptr<rocksdb::FSRandomRWFile> once_more,
           std::uint64_t number, std::shared_ptr<synced_logs> counts)
      : FSWritableFileOwnerWrapper(std::move(file)), number_(number), counts_(std::move(counts)),
        ahead_(std::move(once_more)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    return appended(data, [&] { return FSWritableFileOwnerWrapper::Append(data, options, dbg); });
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& info,
                  IODebugContext* dbg) override {
    return appended(data, [&] { return FSWritableFileOwnerWrapper::Append(data, options, info, dbg); });
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* dbg) override {
    if (is_durable())
      return IOStatus::OK();
    return checked(FSWritableFileOwnerWrapper::Flush(options, dbg));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* dbg) override {
    return synced([&] { return FSWritableFileOwnerWrapper::Sync(options, dbg); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    return synced([&] { return FSWritableFileOwnerWrapper::Fsync(options, dbg); });
  }

private:
  /// A closed log is synced by the first batch behind it and by a flush, at once, and RocksDB 7.8 asserts that the second
  /// meets no failure of the first. So what is durable already is not tried again.
  bool is_durable() const { return !failed_ && size_ > 0 && durable_ == size_; }

  template <class Append>
  IOStatus appended(const Slice& data, Append append) {
    if (failed_)
      return IOStatus::IOError("the log failed before and takes nothing more");
    ahead_.reach(size_, size_ + data.size());
    auto status = append();
    if (status.ok())
      size_ += data.size();
    return checked(std::move(status));
  }

  template <class Sync>
  IOStatus synced(Sync sync) {
    if (failed_)
      return IOStatus::IOError("the log failed before and takes nothing more");
    if (is_durable())
      return IOStatus::OK();
    auto upto = size_.load();
    auto status = sync();
    if (status.ok() && durable_.exchange(upto) != upto)
      counts_->synced(number_, upto);
    return checked(std::move(status));
  }

  IOStatus checked(IOStatus status) {
    if (status.ok() || failed_.exchange(true))
      return status;
    auto cut = FSWritableFileOwnerWrapper::Truncate(durable_, IOOptions(), nullptr);
    if (cut.ok())
      cut = FSWritableFileOwnerWrapper::Fsync(IOOptions(), nullptr);
    if (!cut.ok())
      return IOStatus::IOError(status.ToString(),
                               "and the refused writes could not be cut off the log: " + cut.ToString());
    return status;
  }

  std::uint64_t number_;
  std::shared_ptr<synced_logs> counts_;
  std::atomic<std::uint64_t> size_{0};
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<bool> failed_{false};
  log_ahead ahead_; ///< what is left of it RocksDB cuts off when it closes the file
};

class log_file_system : public rocksdb::FileSystemWrapper {
public:
  log_file_system(std::shared_ptr<rocksdb::FileSystem> disk, std::shared_ptr<synced_logs> counts)
      : FileSystemWrapper(std::move(disk)), counts_(std::move(counts)) {}
  const char* Name() const override { return "maestro_durable_log_files"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) override {
    auto status = FileSystemWrapper::NewWritableFile(name, options, file, dbg);
    if (auto number = log_number_of(name); status.ok() && number > 0) {
      counts_->begin(number);
      std::unique_ptr<rocksdb::FSRandomRWFile> once_more; // none where there can be none
      FileSystemWrapper::NewRandomRWFile(name, options, &once_more, dbg).PermitUncheckedError();
      *file = std::make_unique<log_file>(std::move(*file), std::move(once_more), number, counts_);
    }
    return status;
  }
  // The count goes first: a log without one may be missing, one with a count may not.
  IOStatus DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* dbg) override {
    if (auto number = log_number_of(name); number > 0 && !counts_->forget(number))
      return IOStatus::IOError(name, "is kept: its count can not be removed");
    return FileSystemWrapper::DeleteFile(name, options, dbg);
  }

private:
  std::shared_ptr<synced_logs> counts_;
};

} // namespace

std::shared_ptr<rocksdb::FileSystem> make_durable_log_files(std::shared_ptr<rocksdb::FileSystem> disk,
                                                            std::shared_ptr<synced_logs> counts) {
  return std::make_shared<log_file_system>(std::move(disk), std::move(counts));
}

} // namespace maestro
