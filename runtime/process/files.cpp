#include "runtime/process/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

/// None with errno.
std::optional<std::string> read_to(int fd, std::size_t limit) {
  std::string text;
  char chunk[8192];
  while (text.size() < limit) {
    auto got = ::read(fd, chunk, std::min(sizeof chunk, limit - text.size()));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return std::nullopt;
    if (got == 0)
      break;
    text.append(chunk, static_cast<std::size_t>(got));
  }
  return text;
}

} // namespace

unique_fd& unique_fd::operator=(unique_fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0)
      ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

unique_fd::~unique_fd() {
  if (fd_ >= 0)
    ::close(fd_);
}

std::string error_text(int error) {
  auto* name = ::strerrorname_np(error);
  auto* text = ::strerrordesc_np(error);
  if (name == nullptr || text == nullptr)
    return fmt::format("error {}", error);
  return fmt::format("{} ({})", text, name);
}

failure could_not(const char* what, const std::string& path, int error) {
  return {ec::unavailable, fmt::format("cannot {} {}: {}", what, path, error_text(error))};
}

result<std::optional<std::string>> look_at_file(const std::string& path, std::size_t limit) {
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)};
  if (!fd && (errno == ENOENT || errno == ENOTDIR))
    return std::optional<std::string>{};
  if (!fd && (errno == ELOOP || errno == ENXIO)) // a link or a socket
    return std::optional{std::string{}};
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0)
    return could_not("look at", path, errno);
  if (!S_ISREG(info.st_mode))
    return std::optional{std::string{}};
  auto text = read_to(fd.get(), limit);
  if (!text)
    return could_not("read", path, errno);
  return text;
}

result<std::vector<std::string>> folders_in(const std::string& path) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir(path.c_str()), ::closedir};
  if (!folder && errno == ENOENT)
    return names;
  if (!folder)
    return could_not("look at", path, errno);
  errno = 0;
  for (dirent* entry = nullptr; (entry = ::readdir(folder.get())) != nullptr; errno = 0) {
    std::string name{entry->d_name};
    struct stat info {};
    if (name == "." || name == "..")
      continue;
    if (::fstatat(::dirfd(folder.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT)
        return could_not("look at", path + "/" + name, errno);
    } else if (S_ISDIR(info.st_mode)) {
      names.push_back(std::move(name));
    }
  }
  if (errno != 0)
    return could_not("look at", path, errno);
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::string> read_file(const std::string& path, std::size_t limit) {
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  return fd ? read_to(fd.get(), limit) : std::nullopt;
}

result<done> write_file(const std::string& path, std::string_view text, unsigned mode) {
  auto temporary = path + ".new";
  ::unlink(temporary.c_str()); // whatever stands there: what is written to must be a new file of ours
  unique_fd fd{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)};
  if (!fd || !write_all(fd.get(), text) || ::rename(temporary.c_str(), path.c_str()) != 0)
    return could_not("write", path, errno);
  return done{};
}

result<done> write_durable_file(const std::string& path, std::string_view text) {
  if (auto written = write_file(path, text); !written)
    return written;
  // The file first, then the folder that names it.
  unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  unique_fd folder{::open(path.substr(0, path.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!file || !folder || ::fsync(file.get()) != 0 || ::fsync(folder.get()) != 0)
    return could_not("sync", path, errno);
  return done{};
}

result<done> write_in_place(const std::string& path, std::string_view text) {
  unique_fd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return could_not("write", path, errno);
  return done{};
}

result<done> append_line(const std::string& path, std::string_view line) {
  unique_fd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
  std::string text{line};
  if (!fd || !write_all(fd.get(), text.append(1, '\n')))
    return could_not("append to", path, errno);
  return done{};
}

result<done> make_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return could_not("make directory", path, error.value());
  return done{};
}

} // namespace maestro::process
