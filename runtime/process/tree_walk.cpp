#include "runtime/process/tree_walk.hpp"

#include "runtime/process/open_folder.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

constexpr int depth_max = 40;   // descriptors held at once
constexpr int rounds_max = 100; // of a folder that is filled while it is emptied

bool is_dots(const char* name) {
  return std::string_view{name} == "." || std::string_view{name} == "..";
}

dev_t device_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? info.st_dev : 0;
}

struct removal {
  int top;
  dev_t device;
  const std::function<bool()>& stop;

  bool remove(int parent, const char* name, int depth) {
    static std::atomic<std::uint64_t> counter{0};
    if (stop())
      return false;
    if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT)
      return true;
    if (depth == depth_max) {
      auto unique = fmt::format("deep-{}-{}", ::getpid(), ++counter);
      ::renameat(parent, name, top, unique.c_str());
      return true;
    }
    auto folder = open_below(parent, name);
    if (folder && device_of(::dirfd(folder.get())) == device)
      if (!empty(folder.get(), depth))
        return false;
    ::unlinkat(parent, name, AT_REMOVEDIR);
    return true;
  }

  bool empty(DIR* folder, int depth) {
    for (int round = 0, found = 1; found > 0 && round < rounds_max; ++round) {
      found = 0;
      ::rewinddir(folder);
      while (auto* entry = ::readdir(folder)) {
        if (is_dots(entry->d_name))
          continue;
        ++found;
        if (!remove(::dirfd(folder), entry->d_name, depth + 1))
          return false;
      }
    }
    return true;
  }
};

struct measuring {
  const tree_size& most;
  const std::function<bool()>& stop;
  dev_t device = 0;
  tree_size sum{};

  bool is_enough() const { return sum.bytes > most.bytes || sum.files > most.files; }

  void add(DIR* folder, int depth) {
    while (auto* entry = ::readdir(folder)) {
      struct stat info {};
      if (is_enough() || stop())
        return;
      if (is_dots(entry->d_name) || ::fstatat(::dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      ++sum.files;
      sum.bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
      if (!S_ISDIR(info.st_mode) || info.st_dev != device)
        continue;
      if (depth == depth_max) {
        sum.files = most.files + 1; // nobody needs that, and who does it on purpose is not walked after
        return;
      }
      if (auto below = open_below(::dirfd(folder), entry->d_name))
        add(below.get(), depth + 1);
    }
  }
};

} // namespace

bool remove_tree(const unique_fd& folder, const std::string& name, const std::function<bool()>& stop) {
  return removal{folder.get(), device_of(folder.get()), stop}.remove(folder.get(), name.c_str(), 0);
}

tree_size measure_tree(const std::string& folder, const tree_size& most, const std::function<bool()>& stop) {
  measuring all{most, stop};
  if (auto top = open_below(AT_FDCWD, folder.c_str())) {
    all.device = device_of(::dirfd(top.get()));
    all.add(top.get(), 0);
  }
  return all.sum;
}

} // namespace maestro::process
