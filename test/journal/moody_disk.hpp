// The operating system's file system, of which some calls fail: those from a given one on, and as many as was said.
// Files, folders, and what is done with them; reading only where it was asked for.
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace maestro {

class moody_disk : public rocksdb::FileSystemWrapper {
  using IOStatus = rocksdb::IOStatus;
  using IOOptions = rocksdb::IOOptions;
  using Debug = rocksdb::IODebugContext;
  using FileOptions = rocksdb::FileOptions;

public:
  struct mood {
    std::int64_t after = 0; ///< calls that succeed before
    std::int64_t count = 0; ///< calls that fail then
    bool is_full = false;   ///< how they fail: no space left, or an error of the device
    bool reads_too = false;
  };

  moody_disk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "moody_disk"; }

  void fall_into(mood now) {
    moods_->is_full = now.is_full;
    moods_->reads_too = now.reads_too;
    moods_->last = now.after + now.count;
    moods_->first = now.after;
    moods_->calls = 0;
  }
  void heal() { fall_into({}); }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, Debug* dbg) override {
    return opened<written>(file, [&] { return FileSystemWrapper::NewWritableFile(name, options, file, dbg); });
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* folder, Debug* dbg) override {
    return opened<watched_folder>(folder,
                                  [&] { return FileSystemWrapper::NewDirectory(name, options, folder, dbg); });
  }
  IOStatus NewSequentialFile(const std::string& name, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file, Debug* dbg) override {
    return read([&] { return FileSystemWrapper::NewSequentialFile(name, options, file, dbg); });
  }
  IOStatus NewRandomAccessFile(const std::string& name, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file, Debug* dbg) override {
    auto status = read([&] { return FileSystemWrapper::NewRandomAccessFile(name, options, file, dbg); });
    if (status.ok())
      *file = std::make_unique<looked_up>(std::move(*file), moods_);
    return status;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      Debug* dbg) override {
    return call([&] { return FileSystemWrapper::RenameFile(from, to, options, dbg); });
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions& options, Debug* dbg) override {
    return call([&] { return FileSystemWrapper::DeleteFile(name, options, dbg); });
  }
  IOStatus GetFileSize(const std::string& name, const IOOptions& options, std::uint64_t* size,
                       Debug* dbg) override {
    return read([&] { return FileSystemWrapper::GetFileSize(name, options, size, dbg); });
  }
  IOStatus GetChildren(const std::string& name, const IOOptions& options, std::vector<std::string>* names,
                       Debug* dbg) override {
    return read([&] { return FileSystemWrapper::GetChildren(name, options, names, dbg); });
  }

private:
  struct moods {
    std::atomic<std::int64_t> calls{0}, first{0}, last{0};
    std::atomic<bool> is_full{false}, reads_too{false};

    IOStatus next() {
      auto call = calls.fetch_add(1);
      if (call < first || call >= last)
        return IOStatus::OK();
      return is_full ? IOStatus::NoSpace("a test's disk is full")
                     : IOStatus::IOError("a test's disk is in a mood");
    }
  };

  template <class Call>
  static IOStatus call(moods& state, Call work) {
    auto status = state.next();
    return status.ok() ? work() : status;
  }
  template <class Call>
  IOStatus call(Call work) {
    return call(*moods_, work);
  }
  template <class Call>
  IOStatus read(Call work) {
    return moods_->reads_too ? call(*moods_, work) : work();
  }
  template <class Wrapper, class File, class Call>
  IOStatus opened(std::unique_ptr<File>* file, Call work) {
    auto status = call(work);
    if (status.ok())
      *file = std::make_unique<Wrapper>(std::move(*file), moods_);
    return status;
  }

  class written : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    written(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<moods> state)
        : FSWritableFileOwnerWrapper(std::move(file)), state_(std::move(state)) {}
    using Base = rocksdb::FSWritableFileOwnerWrapper;

    /// Of what does not go through half is written.
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, Debug* dbg) override {
      auto status = state_->next();
      if (status.ok())
        return Base::Append(data, options, dbg);
      Base::Append(rocksdb::Slice(data.data(), data.size() / 2), options, dbg).PermitUncheckedError();
      return status;
    }
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                    Debug* dbg) override {
      return Append(data, options, dbg);
    }
    IOStatus Flush(const IOOptions& options, Debug* dbg) override {
      return call(*state_, [&] { return Base::Flush(options, dbg); });
    }
    IOStatus Sync(const IOOptions& options, Debug* dbg) override {
      return call(*state_, [&] { return Base::Sync(options, dbg); });
    }
    IOStatus Fsync(const IOOptions& options, Debug* dbg) override {
      return call(*state_, [&] { return Base::Fsync(options, dbg); });
    }
    IOStatus Close(const IOOptions& options, Debug* dbg) override {
      auto closed = Base::Close(options, dbg);
      auto status = state_->next();
      return closed.ok() ? status : closed;
    }
    IOStatus Truncate(std::uint64_t size, const IOOptions& options, Debug* dbg) override {
      return call(*state_, [&] { return Base::Truncate(size, options, dbg); });
    }
    IOStatus Allocate(std::uint64_t offset, std::uint64_t bytes, const IOOptions& options, Debug* dbg) override {
      return call(*state_, [&] { return Base::Allocate(offset, bytes, options, dbg); });
    }
    IOStatus RangeSync(std::uint64_t offset, std::uint64_t bytes, const IOOptions& options, Debug* dbg) override {
      return call(*state_, [&] { return Base::RangeSync(offset, bytes, options, dbg); });
    }

  private:
    std::shared_ptr<moods> state_;
  };

  class looked_up : public rocksdb::FSRandomAccessFileOwnerWrapper {
  public:
    looked_up(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::shared_ptr<moods> state)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), state_(std::move(state)) {}

    IOStatus Read(std::uint64_t offset, std::size_t bytes, const IOOptions& options, rocksdb::Slice* result,
                  char* scratch, Debug* dbg) const override {
      if (auto status = state_->reads_too ? state_->next() : IOStatus::OK(); !status.ok())
        return status;
      return FSRandomAccessFileOwnerWrapper::Read(offset, bytes, options, result, scratch, dbg);
    }

  private:
    std::shared_ptr<moods> state_;
  };

  class watched_folder : public rocksdb::FSDirectory {
  public:
    watched_folder(std::unique_ptr<rocksdb::FSDirectory> folder, std::shared_ptr<moods> state)
        : folder_(std::move(folder)), state_(std::move(state)) {}

    IOStatus Fsync(const IOOptions& options, Debug* dbg) override {
      return call(*state_, [&] { return folder_->Fsync(options, dbg); });
    }
    IOStatus FsyncWithDirOptions(const IOOptions& options, Debug* dbg,
                                 const rocksdb::DirFsyncOptions& how) override {
      return call(*state_, [&] { return folder_->FsyncWithDirOptions(options, dbg, how); });
    }
    IOStatus Close(const IOOptions& options, Debug* dbg) override { return folder_->Close(options, dbg); }

  private:
    std::unique_ptr<rocksdb::FSDirectory> folder_;
    std::shared_ptr<moods> state_;
  };

  std::shared_ptr<moods> moods_ = std::make_shared<moods>();
};

} // namespace maestro
