#include "runtime/process/artifact_gathering.hpp"

#include "messages/log.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/open_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

constexpr int depth_max = 40;
constexpr std::uint64_t looks_max = 1'000'000; ///< at names, in one gathering
constexpr std::size_t index_max = 16 << 20;

std::vector<std::string> lines_of(const std::string& path, std::size_t limit) {
  auto text = read_file(path, limit).value_or("");
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string printable(std::string path) {
  std::replace_if(
      path.begin(), path.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\'; }, '?');
  return path;
}

class gathering {
public:
  gathering(const std::string& ended_room, const gathering_limits& limits, const std::function<bool()>& stop)
      : index_(ended_room + "/artifacts/index"), limits_(limits), stop_(stop),
        patterns_(lines_of(ended_room + "/artifact_patterns", 1 << 16)),
        to_(::open((ended_room + "/artifacts").c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) {
    count_former();
  }

  bool run(const std::string& work) {
    auto top = open_below(AT_FDCWD, work.c_str());
    struct stat info {};
    if (!to_ || !top || ::fstat(::dirfd(top.get()), &info) != 0)
      return true;
    device_ = info.st_dev;
    if (!walk(top.get(), "", 0))
      return false;
    if (left_out_ > 0 && !append_line(index_, fmt::format("left_out {}", left_out_)))
      log_warn("process_host", "what was left out of a room's artifacts could not be written down",
               {{"file", index_}});
    return true;
  }

private:
  /// What an earlier run, which was stopped, has gathered. Numbers that it wrote down are not given again.
  void count_former() {
    if (!to_)
      return;
    open_folder folder = open_below(to_.get(), ".");
    while (auto* entry = folder ? ::readdir(folder.get()) : nullptr) {
      struct stat info {};
      if (::fstatat(to_.get(), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode)) {
        ++files_;
        bytes_ += static_cast<std::uint64_t>(info.st_size);
      }
    }
    for (auto& line : lines_of(index_, index_max)) {
      std::uint64_t number = 0;
      if (std::from_chars(line.data(), line.data() + line.size(), number).ec == std::errc{})
        files_ = std::max(files_, number + 1);
    }
  }

  bool walk(DIR* folder, const std::string& path, int depth) {
    while (auto* entry = ::readdir(folder)) {
      std::string name = entry->d_name;
      if (stop_())
        return false;
      if (++looks_ > looks_max)
        return true;
      struct stat info {};
      if (name == "." || name == ".." ||
          ::fstatat(::dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      auto whole = path.empty() ? name : path + "/" + name;
      if (S_ISREG(info.st_mode))
        consider(::dirfd(folder), name, whole, info);
      else if (S_ISDIR(info.st_mode) && info.st_dev == device_ && depth < depth_max)
        if (auto below = open_below(::dirfd(folder), entry->d_name); below && !walk(below.get(), whole, depth + 1))
          return false;
    }
    return true;
  }

  /// A file of several names may be another room's, or the machine's.
  void consider(int folder, const std::string& name, const std::string& path, const struct stat& info) {
    bool is_wanted = info.st_nlink == 1 && std::any_of(patterns_.begin(), patterns_.end(),
                                                       [&](auto& pattern) { return matches_path(pattern, path); });
    if (!is_wanted)
      return;
    auto size = static_cast<std::uint64_t>(info.st_size);
    if (files_ >= limits_.files || size > limits_.bytes - std::min(limits_.bytes, bytes_)) {
      ++left_out_;
      return;
    }
    // The number is used up whatever comes of it: the line may be there, and must never name another file.
    auto number = std::to_string(files_++);
    if (!append_line(index_, number + " " + printable(path)))
      return;
    if (::renameat(folder, name.c_str(), to_.get(), number.c_str()) == 0)
      bytes_ += size;
  }

  std::string index_;
  gathering_limits limits_;
  const std::function<bool()>& stop_;
  std::vector<std::string> patterns_;
  unique_fd to_;
  dev_t device_ = 0;
  std::uint64_t looks_ = 0, files_ = 0, bytes_ = 0, left_out_ = 0;
};

} // namespace

bool matches_path(std::string_view pattern, std::string_view path) {
  // Where the last `*` stands and how much it has taken so far; a `**` is tried again after it.
  std::size_t p = 0, t = 0, star = pattern.npos, taken = 0, deep = pattern.npos, deep_taken = 0;
  while (t < path.size()) {
    if (pattern.substr(p).starts_with("**")) {
      deep = p += 2;
      deep_taken = t;
      star = pattern.npos;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      taken = t;
    } else if (p < pattern.size() && (pattern[p] == path[t] || (pattern[p] == '?' && path[t] != '/'))) {
      ++p, ++t;
    } else if (star != pattern.npos && path[taken] != '/') {
      p = star;
      t = ++taken;
    } else if (deep != pattern.npos) {
      p = deep;
      t = ++deep_taken;
      star = pattern.npos;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

bool gather_artifacts(const std::string& ended_room, const gathering_limits& limits,
                      const std::function<bool()>& stop) {
  if (!make_directories(ended_room + "/artifacts"))
    return true;
  return gathering(ended_room, limits, stop).run(ended_room + "/work");
}

gathered_files read_index(const std::string& ended_room) {
  gathered_files all;
  for (auto& line : lines_of(ended_room + "/artifacts/index", index_max)) {
    auto space = line.find(' ');
    if (space == line.npos)
      continue;
    auto word = line.substr(0, space), rest = line.substr(space + 1);
    if (word == "left_out")
      std::from_chars(rest.data(), rest.data() + rest.size(), all.left_out);
    else
      all.files.push_back({word, rest});
  }
  return all;
}

} // namespace maestro::process
