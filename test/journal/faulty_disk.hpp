// The operating system's file system, with a switch that makes writing RocksDB's log, or making files, fail in a given
// way.
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>

namespace maestro {

class faulty_disk : public rocksdb::FileSystemWrapper {
public:
  enum class fault {
    none,
    sync,
    short_write,
    no_files,   ///< as without descriptors
    no_manifest ///< a database can be read, but not opened for writing
  };

  faulty_disk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "faulty_disk"; }

  void fail_log(fault how) { fault_ = how; }
  void heal() { fault_ = fault::none; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override {
    bool is_manifest = name.find("MANIFEST") != std::string::npos;
    if (fault_ == fault::no_files || (fault_ == fault::no_manifest && is_manifest))
      return rocksdb::IOStatus::IOError(name, "a test's disk makes no file");
    auto status = FileSystemWrapper::NewWritableFile(name, options, file, dbg);
    if (status.ok() && name.ends_with(".log"))
      *file = std::make_unique<faulty_file>(std::move(*file), fault_);
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

  std::atomic<fault> fault_{fault::none};
};

} // namespace maestro
