#include "runtime/process/room_output.hpp"

#include "messages/json_text.hpp"
#include "runtime/process/files.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

/// The last `limit` bytes of a file; `cut` tells whether something came before them.
std::optional<std::string> read_end(const std::string& path, std::uint64_t limit, bool& cut) {
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
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
  return valid_utf8(*text);
}

} // namespace maestro::process
