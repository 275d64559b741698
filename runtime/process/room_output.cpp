#include "runtime/process/room_output.hpp"

#include "runtime/process/files.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

/// The last `limit` bytes of a file; `cut` tells whether something came before them.
std::optional<std::string> read_end(const std::string& path, std::uint64_t limit, bool& cut) {
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0)
    return std::nullopt;
  auto size = static_cast<std::uint64_t>(info.st_size);
  auto wanted = std::min(size, limit);
  cut = wanted < size;
  std::string text(wanted, '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    auto n = ::pread(fd.get(), text.data() + got, text.size() - got, static_cast<off_t>(size - wanted + got));
    if (n <= 0)
      break;
    got += static_cast<std::size_t>(n);
  }
  text.resize(got);
  return text;
}

/// Length of the valid UTF-8 sequence at `at`, 0 when there is none.
std::size_t sequence_length(const std::string& text, std::size_t at) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  auto first = byte(at);
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first <= 0xDF)
    return follows(at + 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    auto second = byte(at + 1);
    auto bad = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F);
    return !bad && follows(at + 1) && follows(at + 2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    auto second = byte(at + 1);
    auto bad = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return !bad && follows(at + 1) && follows(at + 2) && follows(at + 3) ? 4 : 0;
  }
  return 0;
}

std::string valid_text(const std::string& text) {
  std::string valid;
  valid.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    auto length = sequence_length(text, at);
    if (length == 0)
      valid += "\xEF\xBF\xBD";
    else
      valid.append(text, at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return valid;
}

} // namespace

std::optional<std::string> read_output_tail(const std::string& logs_directory, const std::string& container,
                                            std::uint64_t tail_bytes) {
  auto path = logs_directory + "/" + container + ".log";
  bool cut = false;
  auto text = read_end(path, tail_bytes, cut);
  if (!text)
    return std::nullopt;
  for (int age = 1; !cut && text->size() < tail_bytes; ++age) {
    auto older = read_end(path + "." + std::to_string(age), tail_bytes - text->size(), cut);
    if (!older)
      break;
    text->insert(0, *older);
  }
  if (cut)
    if (auto line = text->find('\n'); line != std::string::npos && line + 1 < text->size())
      text->erase(0, line + 1);
  return valid_text(*text);
}

} // namespace maestro::process
