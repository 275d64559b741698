#include "nodes/journal/disk_reserve.hpp"

#include "messages/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace maestro {

namespace {

/// Nothing when it can not be told.
std::optional<std::uint64_t> free_bytes_of(const std::string& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0)
    return std::nullopt;
  auto blocks = ::geteuid() == 0 ? disk.f_bfree : disk.f_bavail; // the rest is root's
  return static_cast<std::uint64_t>(blocks) * disk.f_frsize;
}

} // namespace

result<std::shared_ptr<disk_reserve>> disk_reserve::open(const std::string& folder, std::uint64_t bytes,
                                                         std::uint64_t needed) {
  std::shared_ptr<disk_reserve> reserve(new disk_reserve(folder, bytes));
  auto free = free_bytes_of(folder);
  if (!free)
    return failure{ec::unavailable, "cannot ask how full the disk is: " + std::generic_category().message(errno)};
  std::error_code problem;
  auto is_full = *free < std::max(bytes, needed);
  if (bytes == 0 || is_full)
    std::filesystem::remove(reserve->file(), problem);
  free = free_bytes_of(folder);
  if (free && *free < needed)
    return failure{ec::unavailable,
                   fmt::format("its disk is full: {} bytes are free, opening it needs {}; nothing "
                               "was changed, free some and start again",
                               *free, needed)};
  if (bytes > 0) {
    auto size = std::filesystem::file_size(reserve->file(), problem);
    reserve->is_held_ = !problem && size == bytes;
    if (is_full && free) // what was given back is for opening and reading
      reserve->run_low(*free);
    reserve->has_room();
  }
  return reserve;
}

bool disk_reserve::has_room() {
  if (bytes_ == 0)
    return true;
  std::scoped_lock lock(mutex_);
  auto free = free_bytes_of(folder_);
  if (!free)
    return !is_low_;
  if (!is_low_ && *free < bytes_) {
    run_low(*free);
  } else if (is_low_ && *free >= bytes_ + bytes_ / 4) {
    is_low_ = false;
    log_info("journal", "there is room on the disk again; writing goes on",
             {{"free_bytes", static_cast<std::int64_t>(*free)}});
  }
  if (!is_low_ && !is_held_ && *free >= 2 * bytes_ + bytes_ / 4)
    hold();
  return !is_low_;
}

void disk_reserve::run_low(std::uint64_t free) {
  is_low_ = true;
  log_error("journal", reason(), {{"free_bytes", static_cast<std::int64_t>(free)}});
}

std::uint64_t disk_reserve::free_bytes() const {
  return free_bytes_of(folder_).value_or(0);
}

std::string disk_reserve::reason() const {
  return fmt::format("the journal is read-only: less than journal.reserveBytes ({}) is free on the disk of {}; it "
                     "goes on by itself when {} are free",
                     bytes_, folder_, bytes_ + bytes_ / 4);
}

void disk_reserve::hold() {
  auto fd = ::open(file().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0)
    return;
  is_held_ = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes_)) == 0;
  ::close(fd);
  if (!is_held_)
    ::unlink(file().c_str());
}

} // namespace maestro
