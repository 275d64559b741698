#include "runtime/process/ended_room_archive.hpp"

#include "runtime/process/artifact_gathering.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/tar_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

constexpr std::size_t piece_bytes = 128 * 1024;

struct archive_entry {
  std::string name; ///< in the archive
  std::string path; ///< on the disk; empty: `text` is its content
  std::string text{};
};

/// Where the next piece begins: this many bytes into that entry, whose size was told as that.
struct archive_place {
  std::size_t entry = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

std::string text_of(const archive_place& at) {
  return fmt::format("{} {} {}", at.entry, at.offset, at.size);
}

std::optional<archive_place> archived_at(std::string_view text) {
  archive_place at;
  auto take = [&text](auto& number) {
    auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    if (text.starts_with(' '))
      text.remove_prefix(1);
    return read.ec == std::errc{};
  };
  if (text.empty())
    return at;
  if (!take(at.entry) || !take(at.offset) || !take(at.size) || !text.empty() || at.offset > at.size)
    return std::nullopt;
  return at;
}

std::vector<archive_entry> entries_of(const std::string& ended_room, const std::string& room) {
  std::vector<archive_entry> all{{room + "/end", ended_room + "/end"}};
  std::vector<std::string> logs;
  std::error_code error;
  for (std::filesystem::directory_iterator at{ended_room + "/logs", error}, end; !error && at != end;
       at.increment(error))
    if (auto name = at->path().filename().string(); name.find(".log") != name.npos)
      logs.push_back(name);
  std::sort(logs.begin(), logs.end());
  for (auto& name : logs)
    all.push_back({room + "/logs/" + name, ended_room + "/logs/" + name});
  auto gathered = read_index(ended_room);
  for (auto& file : gathered.files)
    all.push_back({room + "/work/" + file.path, ended_room + "/artifacts/" + file.number});
  if (gathered.left_out > 0)
    all.push_back({room + "/left-out.txt",
                   {},
                   fmt::format("{} more files matched the recipe's artifacts, and were too many or too large "
                               "(process.artifactFiles, process.artifactBytes)\n",
                               gathered.left_out)});
  return all;
}

class archive_writer {
public:
  explicit archive_writer(archive_place from) : at_(from) {}

  /// False when the piece is full; then it goes on at `at()`.
  bool add(const archive_entry& entry) {
    if (entry.path.empty()) {
      bytes += tar_header(entry.name, entry.text.size(), 0) + entry.text + tar_padding(entry.text.size());
      return next();
    }
    unique_fd file{::open(entry.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    struct stat info {};
    bool is_there = file && ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode);
    if (at_.offset == 0) {
      if (!is_there)
        return next();
      at_.size = static_cast<std::uint64_t>(info.st_size);
      bytes += tar_header(entry.name, at_.size, info.st_mtime);
    }
    while (at_.offset < at_.size && bytes.size() < piece_bytes)
      copy(is_there ? file.get() : -1);
    if (at_.offset < at_.size)
      return false;
    bytes += tar_padding(at_.size);
    return next();
  }

  const archive_place& at() const { return at_; }
  std::string bytes;

private:
  // Its size is told already: a file that has become shorter meanwhile is filled up.
  void copy(int file) {
    auto before = bytes.size();
    auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(at_.size - at_.offset, piece_bytes));
    bytes.resize(before + wanted);
    auto got = file < 0 ? 0 : ::pread(file, bytes.data() + before, wanted, static_cast<off_t>(at_.offset));
    if (got > 0)
      bytes.resize(before + static_cast<std::size_t>(got));
    at_.offset += got > 0 ? static_cast<std::uint64_t>(got) : wanted;
  }

  bool next() {
    at_ = {at_.entry + 1, 0, 0};
    return bytes.size() < piece_bytes;
  }

  archive_place at_;
};

} // namespace

result<artifact_piece> read_ended_room(const room_layout& layout, const read_artifacts& wish) {
  auto at = archived_at(wish.after);
  if (!at)
    return failure{ec::invalid_argument, "after must be `next` of the piece before"};
  auto folder = layout.ended_room(wish.scheduler, wish.room);
  struct stat info {};
  if (::lstat(folder.c_str(), &info) != 0 && errno != ENOENT)
    return could_not("look at", folder, errno);
  if (!S_ISDIR(info.st_mode))
    return failure{ec::not_found, fmt::format("nothing is kept of room {}", wish.room.str())};
  if (::lstat((folder + "/work").c_str(), &info) == 0)
    return failure{ec::unavailable, fmt::format("what room {} left is being gathered", wish.room.str())};
  auto entries = entries_of(folder, wish.room.str());
  archive_writer writer(*at);
  while (writer.at().entry < entries.size())
    if (!writer.add(entries[writer.at().entry]))
      return artifact_piece{std::move(writer.bytes), text_of(writer.at())};
  return artifact_piece{writer.bytes + tar_end(), {}};
}

} // namespace maestro::process
