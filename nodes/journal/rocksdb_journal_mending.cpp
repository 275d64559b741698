// How writing goes on after a write has failed. Called from the upkeep's thread.
#include "messages/log.hpp"
#include "nodes/journal/rocksdb_journal_parts.hpp"
#include "nodes/journal/synced_logs.hpp"

#include <rocksdb/file_system.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace maestro {

namespace {

constexpr std::size_t tried_bytes = 64 << 10;
constexpr std::size_t tried_descriptors = 32; ///< opening a database takes about as many at once

/// So that what is read next is what the disk has, and not what the kernel remembers of a write that failed.
void forget_cached_logs(const std::string& folder) {
  std::error_code ignored;
  for (auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (log_number_of(entry.path().string()) == 0)
      continue;
    auto fd = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      continue;
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
  }
}

result<done> try_descriptors(const std::string& folder) {
  std::vector<int> open;
  int problem = 0;
  for (std::size_t i = 0; problem == 0 && i < tried_descriptors; ++i) {
    auto fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    problem = fd < 0 ? errno : 0;
    if (fd >= 0)
      open.push_back(fd);
  }
  for (auto fd : open)
    ::close(fd);
  if (problem != 0)
    return failure{ec::unavailable, "cannot open " + folder + ": " + std::generic_category().message(problem)};
  return done{};
}

} // namespace

result<done> rocksdb_journal::impl::try_disk() {
  if (!reserve->has_room())
    return failure{ec::unavailable, reserve->reason()};
  if (auto enough = try_descriptors(config.path); !enough)
    return enough;
  auto& files = disk ? *disk : *rocksdb::FileSystem::Default();
  auto name = config.path + "/TRIED";
  std::unique_ptr<rocksdb::FSWritableFile> file;
  auto status = files.NewWritableFile(name, {}, &file, nullptr);
  if (status.ok())
    status = file->Append(std::string(tried_bytes, 'm'), {}, nullptr);
  if (status.ok())
    status = file->Fsync({}, nullptr);
  if (file && status.ok())
    status = file->Close({}, nullptr);
  files.DeleteFile(name, {}, nullptr).PermitUncheckedError();
  if (!status.ok())
    return failure{ec::unavailable, status.ToString()};
  return done{};
}

result<done> rocksdb_journal::impl::open_anew() {
  std::unique_lock lock(open);
  if (is_closed)
    return closed();
  finished.reset();
  base.reset();
  // Nothing that was refused may come back: each log ends where it was acknowledged, whatever has reached the file behind.
  auto opened = result<std::unique_ptr<journal_database>>(failure{});
  auto cut = counts->cut_back(config.path);
  if (cut) {
    forget_cached_logs(config.path);
    opened = journal_database::open(config, disk, reserve);
  }
  result<done> outcome = done{};
  if (opened) {
    base = std::move(*opened);
    counts = base->counts;
  } else {
    outcome = cut ? opened.error() : cut.error();
    auto looked_at = journal_database::open_to_look(config, disk ? disk : rocksdb::FileSystem::Default());
    if (looked_at) // reading goes on
      base = std::move(*looked_at);
  }
  if (base)
    finished = std::make_unique<finished_operations>(*base->db, *base->operations);
  std::scoped_lock unfinished_lock(unfinished_mutex);
  unfinished.clear();
  return outcome;
}

result<done> rocksdb_journal::impl::compare_with_acknowledged() {
  std::scoped_lock lock(positions_mutex);
  std::unordered_map<std::string_view, const stream_position*> before;
  for (auto& [stream, position] : moved)
    before.emplace(stream, &position);
  for (auto& [stream, latest] : positions) {
    auto was_moved = before.find(stream);
    auto& known = was_moved == before.end() ? latest : *was_moved->second;
    auto last = last_sequence_of(stream);
    if (!last)
      return last.error();
    if (*last == known.last)
      continue;
    std::scoped_lock broken_lock(broken_mutex);
    is_past_mending = true;
    broken = "what the disk of " + config.path + " holds is not what was acknowledged: stream " + stream +
             " ends at " + std::to_string(*last) + " and not at " + std::to_string(known.last);
    return failure{ec::internal, broken};
  }
  return done{};
}

bool rocksdb_journal::is_to_mend() const {
  return impl_->is_broken && !impl_->is_past_mending;
}

result<done> rocksdb_journal::mend() {
  if (!impl_->is_broken)
    return done{};
  if (impl_->is_past_mending)
    return impl_->refusal();
  if (auto tried = impl_->try_disk(); !tried)
    return tried;
  if (auto opened = impl_->open_anew(); !opened)
    return opened;
  std::shared_lock lock(impl_->open);
  if (!impl_->base)
    return impl_->closed();
  if (auto same = impl_->compare_with_acknowledged(); !same)
    return same;
  // A write of its own, of what is there already: the disk is believed when it has taken one.
  auto& base = *impl_->base;
  rocksdb::WriteOptions durable;
  durable.sync = true;
  auto status = base.db->Put(durable, base.meta, slice(keys::node_id_key), impl_->node_id);
  if (!status.ok())
    return failure{ec::unavailable, "writing to " + impl_->config.path + " failed again: " + status.ToString()};
  base.counts->acknowledge();
  std::scoped_lock broken_lock(impl_->broken_mutex);
  impl_->broken.clear();
  impl_->is_broken = false;
  return done{};
}

} // namespace maestro
