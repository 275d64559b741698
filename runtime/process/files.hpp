// Small file helpers of the process runtime: every answer is a value, nothing throws. Paths are used as given.
#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace maestro::process {

/// Closes what it holds.
class unique_fd {
public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  unique_fd& operator=(unique_fd&& other) noexcept;
  ~unique_fd();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_ = -1;
};

/// `ENOENT`-like name and the system's text: `No such file or directory (ENOENT)`.
std::string error_text(int error);

/// `unavailable`: `cannot <what> <path>: …`.
failure could_not(const char* what, const std::string& path, int error);

/// At most `limit` bytes from the beginning; none when there is no such file, a failure that names it when it cannot
/// be looked at. Follows no link and waits for nobody; what stands there and is no regular file reads as empty.
result<std::optional<std::string>> look_at_file(const std::string& path, std::size_t limit = 1 << 20);

/// Names of the folders in a folder, sorted, links left out; none when it is not there.
result<std::vector<std::string>> folders_in(const std::string& path);

/// Where it does not matter why there is nothing: at most `limit` bytes, none when it cannot be read.
std::optional<std::string> read_file(const std::string& path, std::size_t limit = 1 << 20);

/// Complete or not at all, by renaming.
result<done> write_file(const std::string& path, std::string_view text, unsigned mode = 0600);

/// The same, and on the disk when it answers.
result<done> write_durable_file(const std::string& path, std::string_view text);

/// For files of the kernel: written in place, in one write.
result<done> write_in_place(const std::string& path, std::string_view text);

result<done> append_line(const std::string& path, std::string_view line);

/// With all its parents; fine when it is there.
result<done> make_directories(const std::string& path);

} // namespace maestro::process
