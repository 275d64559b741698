// A copy of what is durable, made beside a journal that goes on. Called from the upkeep's thread. RocksDB's own checkpoint
// is not used: it would write the copies of logs through durable_log_files, which takes every log for one of the journal's.
#include "nodes/journal/kept_files.hpp"
#include "nodes/journal/rocksdb_journal_parts.hpp"

#include <filesystem>

namespace maestro {

namespace {

namespace fs = std::filesystem;

failure cannot_copy(const std::string& why) {
  return {ec::unavailable, "no checkpoint was made: " + why};
}

/// Tables never change: another name for them is as good as a copy, and costs nothing.
result<done> copy_file(const rocksdb::LiveFileStorageInfo& file, const std::string& folder) {
  auto from = file.directory + "/" + file.relative_filename;
  auto to = folder + "/" + file.relative_filename;
  if (!file.replacement_contents.empty())
    return write_kept(to, file.replacement_contents);
  std::error_code problem;
  if (file.file_type == rocksdb::kTableFile) {
    fs::create_hard_link(from, to, problem);
    if (!problem)
      return done{};
  }
  if (auto copied = copy_kept(from, to, file.size); !copied)
    return copied.error();
  return done{};
}

/// The database deletes no file meanwhile.
result<done> copy_files(rocksdb::DB& db, const std::string& folder) {
  std::vector<rocksdb::LiveFileStorageInfo> files;
  rocksdb::LiveFilesStorageInfoOptions options;
  options.wal_size_for_flush = 0; // always: the copy then replays next to nothing
  auto status = db.DisableFileDeletions();
  if (status.ok())
    status = db.GetLiveFilesStorageInfo(options, &files);
  result<done> copied = status.ok() ? result<done>(done{}) : result<done>(cannot_copy(status.ToString()));
  for (auto file = files.begin(); copied && file != files.end(); ++file)
    copied = copy_file(*file, folder);
  db.EnableFileDeletions(false).PermitUncheckedError();
  return copied;
}

} // namespace

result<checkpoint_made> rocksdb_journal::checkpoint() {
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  auto folder = impl_->config.path + ".checkpoint";
  auto unfinished = folder + ".partial";
  std::error_code problem;
  for (auto& old : {folder, unfinished})
    if (!problem)
      fs::remove_all(old, problem);
  if (!problem)
    fs::create_directory(unfinished, problem);
  if (problem)
    return cannot_copy(unfinished + ": " + problem.message());
  auto copied = copy_files(*impl_->base->db, unfinished);
  if (copied)
    copied = sync_path(unfinished);
  // A batch whose write is under way may be in the copy. It may be, unless it is refused: so its fate is waited for.
  std::unique_lock nobody_writes(impl_->writing);
  nobody_writes.unlock();
  if (copied && impl_->is_broken)
    copied = cannot_copy(impl_->refusal().text);
  if (copied)
    fs::rename(unfinished, folder, problem);
  if (copied && problem)
    copied = cannot_copy(folder + ": " + problem.message());
  if (!copied) {
    fs::remove_all(unfinished, problem);
    return copied.error();
  }
  return checkpoint_made{folder};
}

} // namespace maestro
