#include "nodes/journal/log_scan.hpp"

#include <boost/crc.hpp>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace maestro {

namespace {

constexpr std::size_t block_bytes = 32 << 10;
constexpr std::size_t header_bytes = 7;
enum part_type : unsigned char { whole_record = 1, first_part = 2, middle_part = 3, last_part = 4 };

std::uint32_t little_endian(std::string_view bytes, std::size_t count) {
  std::uint32_t x = 0;
  for (auto i = count; i-- > 0;)
    x = x << 8 | static_cast<unsigned char>(bytes[i]);
  return x;
}

std::uint32_t masked_crc32c(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> sum;
  sum.process_bytes(bytes.data(), bytes.size());
  auto crc = static_cast<std::uint32_t>(sum.checksum());
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

struct log_part {
  unsigned char type = 0; ///< 0: none that can be trusted
  std::string_view bytes;
  std::size_t total() const { return header_bytes + bytes.size(); }
};

log_part part_at(std::string_view block) {
  if (block.size() < header_bytes)
    return {};
  auto length = little_endian(block.substr(4), 2);
  auto type = static_cast<unsigned char>(block[6]);
  if (type < whole_record || type > last_part || header_bytes + length > block.size())
    return {};
  if (masked_crc32c(block.substr(6, 1 + length)) != little_endian(block, 4))
    return {};
  return {type, block.substr(header_bytes, length)};
}

/// Puts parts together; behind the first damage it looks for the next part that can be trusted, byte by byte.
class log_scanner {
public:
  explicit log_scanner(const log_record_reader& each) : each_(each) {}

  void read_block(std::uint64_t offset, std::string_view block) {
    if (auto last = block.find_last_not_of('\0'); last != std::string_view::npos)
      result_.written = offset + last + 1;
    std::size_t at = 0;
    while (block.size() - at >= header_bytes) {
      auto part = part_at(block.substr(at));
      if (part.type == 0) {
        lose();
        ++at;
        continue;
      }
      take(offset + at, offset + at + part.total(), part);
      at += part.total();
    }
  }
  log_scan finish(std::uint64_t size) {
    result_.size = size;
    result_.written = std::max(result_.written, result_.whole); // a record may end with zeros
    return result_;
  }

private:
  void lose() {
    is_behind_ = true;
    is_open_ = false;
  }
  void take(std::uint64_t offset, std::uint64_t end, const log_part& part) {
    auto begins = part.type == whole_record || part.type == first_part;
    if (begins == is_open_)
      lose();
    if (begins) {
      record_.clear();
      begin_ = offset;
      is_open_ = true;
    }
    if (!is_open_)
      return; // the rest of a record that began in what is lost
    record_.append(part.bytes);
    if (part.type == whole_record || part.type == last_part)
      end_record(end);
  }
  void end_record(std::uint64_t end) {
    is_open_ = false;
    if (is_behind_) {
      ++result_.behind;
    } else {
      ++result_.records;
      result_.whole = end;
    }
    if (each_)
      each_(begin_, record_, is_behind_);
  }

  const log_record_reader& each_;
  log_scan result_;
  bool is_behind_ = false;
  bool is_open_ = false; ///< a record has begun and not ended
  std::uint64_t begin_ = 0;
  std::string record_;
};

} // namespace

result<log_scan> scan_log(const std::string& file, const log_record_reader& each) {
  auto fail = [&] {
    return failure{ec::unavailable, "cannot read " + file + ": " + std::generic_category().message(errno)};
  };
  auto fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail();
  log_scanner scanner(each);
  std::vector<char> block(block_bytes);
  std::uint64_t size = 0;
  for (std::size_t filled = 0;;) {
    auto got = ::pread(fd, block.data() + filled, block_bytes - filled, static_cast<off_t>(size + filled));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      auto why = fail();
      ::close(fd);
      return why;
    }
    filled += static_cast<std::size_t>(got);
    if (got > 0 && filled < block_bytes)
      continue;
    scanner.read_block(size, {block.data(), filled});
    size += filled;
    if (filled < block_bytes)
      break;
    filled = 0;
  }
  ::close(fd);
  return scanner.finish(size);
}

} // namespace maestro
