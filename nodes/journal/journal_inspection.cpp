#include "nodes/journal/journal_inspection.hpp"

#include "nodes/journal/cut_logs.hpp"
#include "nodes/journal/journal_database.hpp"
#include "nodes/journal/journal_keys.hpp"
#include "nodes/journal/kept_files.hpp"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace maestro {

namespace fs = std::filesystem;
namespace keys = journal_keys;

namespace {

/// A writing lock of ours would make the file.
result<done> check_unused(const std::string& folder) {
  if (!fs::exists(folder + "/CURRENT"))
    return failure{ec::not_found, folder + " is no journal: it has no file CURRENT"};
  auto fd = ::open((folder + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return done{};
  struct flock held {};
  held.l_type = F_WRLCK;
  auto asked = ::fcntl(fd, F_GETLK, &held);
  ::close(fd);
  if (asked == 0 && held.l_type != F_UNLCK)
    return failure{ec::unavailable, fmt::format("{} is in use by process {}", folder, held.l_pid)};
  return done{};
}

/// The sequences of one stream; none when it has no records.
inspected_stream look_at(journal_database& base, const std::string& name, bool has_ended) {
  inspected_stream stream{name, 0, 0, 0, has_ended};
  auto lower = keys::first_of(name), upper = keys::past(name);
  rocksdb::Slice lower_bound(lower), upper_bound(upper);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower_bound;
  options.iterate_upper_bound = &upper_bound;
  std::unique_ptr<rocksdb::Iterator> it(base.db->NewIterator(options, base.events));
  it->SeekToFirst();
  if (it->Valid())
    stream.first = keys::sequence_of_event(keys::view(it->key()));
  it->SeekToLast();
  if (it->Valid())
    stream.last = keys::sequence_of_event(keys::view(it->key()));
  std::string head;
  if (base.db->Get({}, base.snapshots, keys::snapshot_head(name), &head).ok())
    stream.snapshot = keys::big_endian<std::uint64_t>(head);
  stream.last = std::max(stream.last, stream.snapshot);
  return stream;
}

/// Names of streams that have records and no row: the row was in what is lost.
rocksdb::Status find_unlisted(journal_database& base, const std::set<std::string>& listed,
                              std::vector<std::string>& unlisted) {
  std::unique_ptr<rocksdb::Iterator> it(base.db->NewIterator({}, base.events));
  for (it->SeekToFirst(); it->Valid();) {
    auto name = std::string(keys::view(it->key()).substr(0, it->key().size() - 9));
    if (!listed.contains(name))
      unlisted.push_back(name);
    it->Seek(keys::past(name));
  }
  return it->status();
}

rocksdb::Status look_at_streams(journal_database& base, std::vector<inspected_stream>& streams) {
  std::set<std::string> listed;
  for (auto prefix : {keys::stream_prefix, keys::ended_prefix}) {
    std::unique_ptr<rocksdb::Iterator> it(base.db->NewIterator({}, base.meta));
    rocksdb::Slice first(prefix.data(), prefix.size());
    for (it->Seek(first); it->Valid() && it->key().starts_with(first); it->Next()) {
      auto name = std::string(keys::view(it->key()).substr(prefix.size()));
      streams.push_back(look_at(base, name, prefix == keys::ended_prefix));
      listed.insert(std::move(name));
    }
    if (!it->status().ok())
      return it->status();
  }
  std::vector<std::string> unlisted;
  auto status = find_unlisted(base, listed, unlisted);
  for (auto& name : unlisted)
    streams.push_back(look_at(base, name, false));
  return status;
}

/// A stream that lost its row is listed again, so that its owner finds it.
rocksdb::Status list_again(journal_database& base) {
  std::vector<inspected_stream> streams;
  auto status = look_at_streams(base, streams);
  rocksdb::WriteBatch batch;
  std::string row;
  for (auto& stream : streams)
    if (!stream.has_ended && base.db->Get({}, base.meta, keys::stream(stream.name), &row).IsNotFound())
      batch.Put(base.meta, keys::stream(stream.name), keys::epoch_row(first_epoch));
  rocksdb::WriteOptions durable;
  durable.sync = true;
  return status.ok() ? base.db->Write(durable, &batch) : status;
}

std::string free_name_beside(const std::string& folder) {
  auto base = fs::path(folder).lexically_normal().string();
  while (base.size() > 1 && base.ends_with('/'))
    base.pop_back();
  for (int i = 1;; ++i)
    if (auto name = fmt::format("{}.cut-{}", base, i); !fs::exists(name))
      return name;
}

/// Copies what is cut, whole, and only then cuts: a crash in between leaves what can be repaired again.
result<std::string> cut(const std::string& folder, const log_review& review) {
  auto& damaged = *review.damaged();
  auto kept = free_name_beside(folder);
  std::error_code problem;
  fs::create_directory(kept, problem);
  auto copy = [&](const std::string& file) -> result<done> {
    auto to = kept + "/" + fs::path(file).filename().string();
    if (!problem)
      fs::copy_file(file, to, problem);
    if (problem)
      return failure{ec::unavailable, "cannot copy " + file + " to " + kept + ": " + problem.message()};
    return sync_path(to);
  };
  for (auto& log : review.logs)
    if (log.number >= damaged.number && !log.is_missing)
      if (auto copied = copy(log.file); !copied)
        return copied.error();
  if (auto counts = folder + "/" + synced_logs::file_name; fs::exists(counts))
    if (auto copied = copy(counts); !copied)
      return copied.error();
  if (auto synced = sync_path(kept); !synced)
    return synced.error();

  auto counts = synced_logs::open(folder);
  if (!counts)
    return counts.error();
  for (auto log = review.logs.rbegin(); log != review.logs.rend() && log->number >= damaged.number; ++log) {
    auto is_cut = log->number == damaged.number && !log->is_missing;
    if (is_cut && ::truncate(log->file.c_str(), static_cast<off_t>(log->scan.whole)) != 0)
      return cannot("cut", log->file);
    if (is_cut)
      if (auto synced = sync_path(log->file); !synced)
        return synced.error();
    if (!(*counts)->forget(log->number))
      return cannot("write", folder + "/" + synced_logs::file_name);
    if (!is_cut && !log->is_missing && ::unlink(log->file.c_str()) != 0)
      return cannot("remove", log->file);
  }
  if (auto synced = sync_path(folder); !synced)
    return synced.error();
  return kept;
}

} // namespace

result<journal_inspection> inspect_journal(const std::string& folder) {
  if (auto unused = check_unused(folder); !unused)
    return unused.error();
  auto review = review_logs(folder);
  if (!review)
    return review.error();
  journal_inspection inspection;
  inspection.review = std::move(*review);
  journal_config config;
  config.path = folder;
  auto base =
      journal_database::open_to_look(config, make_cut_logs(rocksdb::FileSystem::Default(), inspection.review));
  if (!base) {
    inspection.damaged_tables = base.error().text;
    return inspection;
  }
  inspection.format = (*base)->format;
  inspection.node_id = (*base)->node_id;
  auto status = look_at_streams(**base, inspection.streams);
  if (status.ok())
    status = (*base)->db->VerifyChecksum();
  if (!status.ok())
    inspection.damaged_tables = status.ToString();
  return inspection;
}

namespace {

/// A node of a cluster has less than it said by now: it takes what is missing from another one's disk.
rocksdb::Status distrust(journal_database& base) {
  if (base.watermark < 0)
    return {};
  rocksdb::WriteOptions durable;
  durable.sync = true;
  std::string nothing;
  journal_keys::put_big_endian(nothing, std::uint64_t{0});
  return base.db->Put(durable, base.meta, std::string(journal_keys::watermark_key), nothing);
}

} // namespace

result<journal_repair> repair_journal(const std::string& folder) {
  if (auto unused = check_unused(folder); !unused)
    return unused.error();
  auto* env = rocksdb::Env::Default();
  rocksdb::FileLock* lock = nullptr;
  if (auto status = env->LockFile(folder + "/LOCK", &lock); !status.ok())
    return failure{ec::unavailable, folder + " is in use: " + status.ToString()};
  auto locked = [&]() -> result<journal_repair> {
    auto review = review_logs(folder);
    if (!review)
      return review.error();
    if (!review->damaged())
      return failure{ec::not_found, "no log of " + folder + " is damaged: there is nothing to repair"};
    auto kept = cut(folder, *review);
    if (!kept)
      return kept.error();
    return journal_repair{review->loss, *kept};
  };
  auto repaired = locked();
  env->UnlockFile(lock);
  if (!repaired)
    return repaired;
  // The database remembers the sizes of its logs; opened once without looking at them it forgets.
  journal_config config;
  config.path = folder;
  auto opened = journal_database::open(config, nullptr);
  auto status = opened ? list_again(**opened) : rocksdb::Status::Corruption(opened.error().text);
  if (status.ok())
    status = distrust(**opened);
  if (!status.ok())
    return failure{ec::unavailable, status.ToString() + "; the logs as they were are in " + repaired->kept_in};
  return repaired;
}

} // namespace maestro
