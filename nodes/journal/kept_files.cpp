#include "nodes/journal/kept_files.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace maestro {

namespace {

class open_file {
public:
  open_file(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~open_file() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

private:
  int fd_;
};

class sha256 {
public:
  sha256() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(const char* bytes, std::size_t size) { EVP_DigestUpdate(context_.get(), bytes, size); }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i)
      text += fmt::format("{:02x}", digest[i]);
    return text;
  }

private:
  struct freeing {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, freeing> context_{EVP_MD_CTX_new()};
};

bool write_all(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    auto written = ::write(fd, bytes, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

} // namespace

failure cannot(const std::string& what, const std::string& file) {
  return {ec::unavailable, "cannot " + what + " " + file + ": " + std::generic_category().message(errno)};
}

result<done> sync_path(const std::string& path) {
  open_file file(path, O_RDONLY);
  if (!file)
    return cannot("open", path);
  if (::fsync(file.fd()) != 0)
    return cannot("sync", path);
  return done{};
}

result<std::string> copy_kept(const std::string& from, const std::string& to, std::uint64_t bytes) {
  open_file source(from, O_RDONLY);
  if (!source)
    return cannot("open", from);
  open_file copy(to, O_WRONLY | O_CREAT | O_EXCL);
  if (!copy)
    return cannot("make", to);
  std::vector<char> buffer(std::size_t{1} << 20);
  sha256 sum;
  for (auto left = bytes; left > 0;) {
    auto got = ::read(source.fd(), buffer.data(), std::min<std::uint64_t>(left, buffer.size()));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return cannot("read", from);
    if (got == 0)
      return failure{ec::unavailable, fmt::format("{} has {} bytes and not {}", from, bytes - left, bytes)};
    sum.add(buffer.data(), static_cast<std::size_t>(got));
    if (!write_all(copy.fd(), buffer.data(), static_cast<std::size_t>(got)))
      return cannot("write", to);
    left -= static_cast<std::uint64_t>(got);
  }
  if (::fsync(copy.fd()) != 0)
    return cannot("sync", to);
  return sum.hex();
}

result<done> write_kept(const std::string& path, const std::string& text) {
  open_file file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!file)
    return cannot("make", path);
  if (!write_all(file.fd(), text.data(), text.size()))
    return cannot("write", path);
  if (::fsync(file.fd()) != 0)
    return cannot("sync", path);
  return done{};
}

std::string sha256_of(const std::string& text) {
  sha256 sum;
  sum.add(text.data(), text.size());
  return sum.hex();
}

} // namespace maestro
