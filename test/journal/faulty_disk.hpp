// The operating system's file system, with a switch that makes writing RocksDB's log, or making files, fail in a given
// way; or with so many bytes left for all files together.
#pragma once

#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace maestro {

class faulty_disk : public rocksdb::FileSystemWrapper {
public:
  enum class fault {
    none,
    sync,
    short_write,
    folder_sync, ///< of the folder, where a new log's name is not promised
    no_files,    ///< as without descriptors
    no_manifest  ///< a database can be read, but not opened for writing
  };

  faulty_disk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "faulty_disk"; }

  void fail_log(fault how) { fault_ = how; }
  /// From now on all files together may grow by that much; what does not fit is written as far as it does.
  void leave(std::int64_t bytes) { left_ = bytes; }
  void heal() {
    fault_ = fault::none;
    left_ = endless;
  }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override {
    bool is_manifest = name.find("MANIFEST") != std::string::npos;
    if (fault_ == fault::no_files || (fault_ == fault::no_manifest && is_manifest))
      return rocksdb::IOStatus::IOError(name, "a test's disk makes no file");
    auto status = FileSystemWrapper::NewWritableFile(name, options, file, dbg);
    if (status.ok() && name.ends_with(".log"))
      *file = std::make_unique<faulty_file>(std::move(*file), fault_);
    if (status.ok())
      *file = std::make_unique<bounded_file>(std::move(*file), left_);
    return status;
  }
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 rocksdb::IODebugContext* dbg) override {
    auto status = FileSystemWrapper::NewDirectory(name, options, folder, dbg);
    if (status.ok())
      *folder = std::make_unique<faulty_folder>(std::move(*folder), fault_);
    return status;
  }
  /// RocksDB's own log lies on this disk too, and not beside it on the operating system's.
  rocksdb::IOStatus NewLogger(const std::string& name, const rocksdb::IOOptions& options,
                              std::shared_ptr<rocksdb::Logger>* log, rocksdb::IODebugContext* dbg) override {
    return FileSystem::NewLogger(name, options, log, dbg);
  }
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options, std::uint64_t* free,
                                 rocksdb::IODebugContext* dbg) override {
    auto status = FileSystemWrapper::GetFreeSpace(path, options, free, dbg);
    *free = std::min(*free, static_cast<std::uint64_t>(left_));
    return status;
  }

private:
  class faulty_file : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    faulty_file(std::unique_ptr<rocksdb::FSWritableFile> file, std::atomic<fault>& how)
        : FSWritableFileOwnerWrapper(std::move(file)), fault_(how) {}

    // The whole batch reaches the file except its last byte: a restart that trusted the file would not see it, but
    // what stands before it in the same write would be.
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* dbg) override {
      if (fault_ != fault::short_write)
        return FSWritableFileOwnerWrapper::Append(data, options, dbg);
      return FSWritableFileOwnerWrapper::Append(rocksdb::Slice(data.data(), data.size() - 1), options, dbg),
             rocksdb::IOStatus::NoSpace("a test's disk is full");
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* dbg) override {
      return Append(data, options, dbg);
    }
    // The data is in the file, but the disk does not promise it.
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* dbg) override {
      if (fault_ == fault::sync)
        return rocksdb::IOStatus::IOError("a test's disk does not sync");
      return FSWritableFileOwnerWrapper::Sync(options, dbg);
    }

  private:
    std::atomic<fault>& fault_;
  };

  class faulty_folder : public rocksdb::FSDirectory {
  public:
    faulty_folder(std::unique_ptr<rocksdb::FSDirectory> folder, std::atomic<fault>& how)
        : folder_(std::move(folder)), fault_(how) {}

    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* dbg) override {
      if (fault_ == fault::folder_sync)
        return rocksdb::IOStatus::IOError("a test's disk does not sync the folder");
      return folder_->Fsync(options, dbg);
    }
    rocksdb::IOStatus FsyncWithDirOptions(const rocksdb::IOOptions& options, rocksdb::IODebugContext* dbg,
                                          const rocksdb::DirFsyncOptions& how) override {
      if (fault_ == fault::folder_sync)
        return rocksdb::IOStatus::IOError("a test's disk does not sync the folder");
      return folder_->FsyncWithDirOptions(options, dbg, how);
    }

  private:
    std::unique_ptr<rocksdb::FSDirectory> folder_;
    std::atomic<fault>& fault_;
  };

  class bounded_file : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    bounded_file(std::unique_ptr<rocksdb::FSWritableFile> file, std::atomic<std::int64_t>& left)
        : FSWritableFileOwnerWrapper(std::move(file)), left_(left) {}

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* dbg) override {
      auto wanted = static_cast<std::int64_t>(data.size());
      auto taken = std::min(wanted, std::max<std::int64_t>(0, left_.fetch_sub(wanted)));
      if (taken < wanted)
        left_.fetch_add(wanted - taken);
      auto written = FSWritableFileOwnerWrapper::Append(
          rocksdb::Slice(data.data(), static_cast<std::size_t>(taken)), options, dbg);
      return taken == wanted || !written.ok() ? written : rocksdb::IOStatus::NoSpace("a test's disk is full");
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* dbg) override {
      return Append(data, options, dbg);
    }

  private:
    std::atomic<std::int64_t>& left_;
  };

  static constexpr std::int64_t endless = std::int64_t{1} << 50;
  std::atomic<fault> fault_{fault::none};
  std::atomic<std::int64_t> left_{endless};
};

} // namespace maestro
