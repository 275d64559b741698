#include "runtime/process/room_output.hpp"

#include "messages/json_text.hpp"
#include "runtime/process/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

constexpr std::uint64_t least_marks_limit =
    1 << 20; ///< of one file; the shim seldom writes more than a third of the log

/// Positions count from the beginning of the oldest file that is left.
struct mark {
  std::int64_t at = 0; ///< seconds
  std::uint64_t position = 0;
  std::uint64_t run = 0;
};

/// One file of the output, opened once, so that a rotation meanwhile takes nothing away.
struct piece {
  unique_fd file;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

struct output {
  std::vector<piece> pieces; ///< oldest first
  std::vector<mark> marks;
  std::uint64_t size = 0;
};

std::string aged(const std::string& path, int age) {
  return age == 0 ? path : path + "." + std::to_string(age);
}

bool open_piece(const std::string& path, piece& into) {
  into.file = unique_fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat info {};
  if (!into.file || ::fstat(into.file.get(), &info) != 0 || !S_ISREG(info.st_mode))
    return false;
  into.size = static_cast<std::uint64_t>(info.st_size);
  return true;
}

void add_marks(const std::string& text, const piece& of, std::vector<mark>& to) {
  auto* at = text.data();
  auto* end = at + text.size();
  while (at < end) {
    mark one;
    auto* line = std::find(at, end, '\n');
    auto seconds = std::from_chars(at, line, one.at);
    auto offset = std::from_chars(std::min(seconds.ptr + 1, line), line, one.position);
    auto run = std::from_chars(std::min(offset.ptr + 1, line), line, one.run);
    at = std::min(line + 1, end);
    if (seconds.ec != std::errc{} || offset.ec != std::errc{} || run.ec != std::errc{} || one.position > of.size)
      continue;
    one.position += of.begin;
    to.push_back(one);
  }
}

output open_output(const std::string& logs_directory, const std::string& container) {
  output all;
  auto base = logs_directory + "/" + container;
  for (int age = 0;; ++age) {
    piece one;
    if (!open_piece(aged(base + ".log", age), one))
      break;
    all.pieces.insert(all.pieces.begin(), std::move(one));
  }
  auto age = static_cast<int>(all.pieces.size());
  for (auto& one : all.pieces) {
    one.begin = all.size;
    all.size += one.size;
    if (auto text = read_file(aged(base + ".marks", --age), std::max(one.size, least_marks_limit)))
      add_marks(*text, one, all.marks);
  }
  return all;
}

struct range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// The last mark before that time: clocks are set back, and what came later is wanted in any case.
std::uint64_t begin_since(const output& all, timestamp since) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(since.time_since_epoch()).count();
  auto found = std::find_if(all.marks.rbegin(), all.marks.rend(), [&](auto& one) { return one.at <= seconds; });
  return found == all.marks.rend() ? 0 : found->position;
}

std::uint64_t begin_of_run(const output& all, std::uint64_t run) {
  auto first = std::find_if(all.marks.begin(), all.marks.end(), [&](auto& one) { return one.run >= run; });
  return first == all.marks.end() ? 0 : first->position;
}

result<range> run_before(const output& all) {
  auto last = all.marks.empty() ? 0 : all.marks.back().run;
  if (last == 0)
    return failure{ec::failed_precondition, "it was not restarted, or what it wrote before is gone"};
  return range{begin_of_run(all, last - 1), begin_of_run(all, last)};
}

std::string read_range(const output& all, range wanted) {
  std::string text;
  for (auto& one : all.pieces) {
    auto begin = std::max(wanted.begin, one.begin);
    auto end = std::min(wanted.end, one.begin + one.size);
    while (begin < end) {
      auto before = text.size();
      text.resize(before + static_cast<std::size_t>(end - begin));
      auto got = ::pread(one.file.get(), text.data() + before, end - begin, static_cast<off_t>(begin - one.begin));
      text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got <= 0)
        break;
      begin += static_cast<std::uint64_t>(got);
    }
  }
  return text;
}

} // namespace

result<std::string> read_output(const std::string& logs_directory, const std::string& container,
                                const output_wish& wish) {
  auto all = open_output(logs_directory, container);
  if (all.pieces.empty())
    return failure{ec::not_found, fmt::format("there are no logs of a container \"{}\"", container)};
  range wanted{0, all.size};
  if (wish.is_previous) {
    auto before = run_before(all);
    if (!before)
      return before.error();
    wanted = *before;
  }
  if (wish.is_latest && !all.marks.empty() && all.marks.back().run > 0)
    wanted.begin = begin_of_run(all, all.marks.back().run);
  if (wish.since != never)
    wanted.begin = std::min(std::max(wanted.begin, begin_since(all, wish.since)), wanted.end);
  bool is_cut = wanted.end - wanted.begin > wish.tail_bytes;
  if (is_cut)
    wanted.begin = wanted.end - wish.tail_bytes;
  auto text = read_range(all, wanted);
  if (is_cut)
    if (auto line = text.find('\n'); line != std::string::npos && line + 1 < text.size())
      text.erase(0, line + 1);
  return valid_utf8(text);
}

} // namespace maestro::process
