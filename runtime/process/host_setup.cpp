#include "runtime/process/host_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

result<unique_fd> try_lock(const std::string& path) {
  unique_fd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0600)};
  if (fd && ::fchmod(fd.get(), 0600) == 0 && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (fd && errno == EWOULDBLOCK)
    return unique_fd{};
  return could_not("lock", path, errno);
}

result<done> make_folders(const room_layout& layout, bool rooms_are_others) {
  for (auto& directory : {layout.rooms(), layout.ended(), layout.trash()})
    if (auto made = make_directories(directory); !made)
      return made.error();
  for (auto& directory : {layout.ended(), layout.trash()})
    if (::chmod(directory.c_str(), 0700) != 0)
      return could_not("close to others", directory, errno);
  for (auto& directory : {layout.data(), layout.rooms()}) {
    struct stat info {};
    if (::stat(directory.c_str(), &info) != 0)
      return could_not("look at", directory, errno);
    auto mode = (info.st_mode & 07750U) | (rooms_are_others ? 0011U : 0U);
    if ((info.st_mode & 07777U) != mode && ::chmod(directory.c_str(), mode) != 0)
      return could_not("close to others", directory, errno);
  }
  return done{};
}

std::string closed_folder_above(const std::string& folder) {
  std::filesystem::path way;
  for (auto& name : std::filesystem::path{folder}.parent_path()) {
    way /= name;
    struct stat info {};
    if (::stat(way.c_str(), &info) == 0 && (info.st_mode & S_IXOTH) == 0)
      return way;
  }
  return {};
}

result<unique_fd> lock_rooms(const room_layout& layout) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    auto fd = try_lock(layout.lock_file());
    if (!fd || *fd)
      return fd;
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return failure{ec::unavailable,
                 fmt::format("{} is locked: another node uses this data directory", layout.lock_file())};
}

namespace {

/// Which folder this is, and no copy of it.
result<std::string> place_of(const std::string& folder) {
  struct statx info {};
  if (::statx(AT_FDCWD, folder.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &info) != 0)
    return could_not("look at", folder, errno);
  auto born = (info.stx_mask & STATX_BTIME) != 0 ? info.stx_btime : statx_timestamp{};
  return fmt::format("{}:{} {} {}.{:09}", info.stx_dev_major, info.stx_dev_minor, info.stx_ino, born.tv_sec,
                     born.tv_nsec);
}

std::string take_line(std::string_view& text) {
  auto end = std::min(text.find('\n'), text.size());
  std::string line{text.substr(0, end)};
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string draw() {
  std::random_device source;
  return fmt::format("{:08x}{:08x}", source(), source());
}

} // namespace

result<node_mark> take_mark(const process_host_config& config, const room_layout& layout) {
  auto place = place_of(layout.rooms());
  if (!place)
    return place.error();
  auto kept = look_at_file(layout.mark_file(), 4096);
  if (!kept)
    return kept.error();
  std::string_view rest = *kept ? std::string_view{**kept} : std::string_view{};
  node_mark found;
  auto former = take_line(rest);
  auto former_place = take_line(rest);
  found.is_original = former_place == *place && is_safe_name(former);
  auto& wanted = config.node_mark;
  if (found.is_original && (wanted.empty() || former == wanted || former.starts_with(wanted + ".")))
    found.mark = std::move(former);
  else if (!is_safe_name(former) || found.is_original)
    found.mark = wanted.empty() ? draw() : wanted;
  else
    found.mark = wanted.empty() ? draw() : wanted + "." + draw();
  if (!found.is_original && is_safe_name(former))
    found.notice =
        fmt::format("{} is a copy or a restored backup: mark {} was made in place {}, this one is {}. Only rooms "
                    "that are proven to run here are taken over, and nothing else is ended; the mark is {} now",
                    layout.rooms(), former, former_place.empty() ? "(unknown)" : former_place, *place, found.mark);
  if (auto written = write_durable_file(layout.mark_file(), found.mark + "\n" + *place + "\n"); !written)
    return written.error();
  return found;
}

std::string boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id", 64).value_or("");
  return text.substr(0, text.find('\n'));
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  auto former = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return former == RLIM_INFINITY ? 0 : former;
}

} // namespace maestro::process
