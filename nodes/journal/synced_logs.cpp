#include "nodes/journal/synced_logs.hpp"
#include "nodes/journal/kept_files.hpp"

#include "nodes/journal/journal_keys.hpp"

#include <boost/crc.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro {

namespace keys = journal_keys;

namespace {

constexpr std::size_t slot_bytes = 32;   ///< never across two sectors
constexpr std::size_t first_slots = 128; ///< written at once, so that a full disk does not stop counting

std::uint32_t sum_of(std::string_view bytes) {
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  return static_cast<std::uint32_t>(sum.checksum());
}

std::string slot_of(std::uint64_t log, std::uint64_t bytes) {
  std::string row;
  keys::put_big_endian(row, log);
  keys::put_big_endian(row, bytes);
  keys::put_big_endian(row, sum_of(row));
  row.resize(slot_bytes);
  return row;
}

struct slot_row {
  std::uint64_t log = 0; ///< 0: free
  std::uint64_t bytes = 0;
};

result<std::vector<slot_row>> read_slots(int fd, const std::string& file) {
  std::vector<slot_row> rows;
  for (char row[slot_bytes];;) {
    auto got = ::pread(fd, row, slot_bytes, static_cast<off_t>(rows.size() * slot_bytes));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return cannot("read", file);
    if (static_cast<std::size_t>(got) < slot_bytes)
      return rows;
    std::string_view bytes(row, slot_bytes);
    auto is_whole = keys::big_endian<std::uint32_t>(bytes.substr(16)) == sum_of(bytes.substr(0, 16));
    auto log = keys::big_endian<std::uint64_t>(bytes);
    rows.push_back(is_whole && log > 0 ? slot_row{log, keys::big_endian<std::uint64_t>(bytes.substr(8))}
                                       : slot_row{});
  }
}

} // namespace

std::uint64_t log_number_of(const std::string& file) {
  auto name = std::filesystem::path(file).filename().string();
  std::uint64_t number = 0;
  auto end = name.data() + name.size();
  auto parsed = std::from_chars(name.data(), end, number);
  return parsed.ec == std::errc{} && std::string_view(parsed.ptr, end) == ".log" ? number : 0;
}

result<std::map<std::uint64_t, std::uint64_t>> synced_logs::read(const std::string& folder) {
  std::map<std::uint64_t, std::uint64_t> counts;
  auto file = folder + "/" + file_name;
  auto fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return counts;
  if (fd < 0)
    return cannot("read", file);
  auto rows = read_slots(fd, file);
  ::close(fd);
  if (!rows)
    return rows.error();
  for (auto& row : *rows)
    if (row.log > 0)
      counts[row.log] = std::max(counts[row.log], row.bytes);
  return counts;
}

result<std::shared_ptr<synced_logs>> synced_logs::open(const std::string& folder) {
  auto file = folder + "/" + file_name;
  auto fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0)
    return cannot("open", file);
  std::shared_ptr<synced_logs> counts(new synced_logs(fd));
  auto rows = read_slots(fd, file);
  if (!rows)
    return rows.error();
  for (std::size_t slot = 0; slot < rows->size(); ++slot)
    if ((*rows)[slot].log > 0)
      counts->slots_[(*rows)[slot].log] = slot;
  for (auto slot = rows->size(); slot < first_slots; ++slot)
    if (!counts->write(slot, std::string(slot_bytes, '\0')))
      return cannot("write", file);
  return counts;
}

synced_logs::~synced_logs() {
  ::close(file_);
}

void synced_logs::synced(std::uint64_t log, std::uint64_t bytes) {
  std::scoped_lock lock(mutex_);
  synced_[log] = bytes;
}

void synced_logs::acknowledge() {
  std::scoped_lock lock(mutex_);
  for (auto& [log, bytes] : synced_)
    write_count(log, bytes);
  synced_.clear();
}

void synced_logs::count(std::uint64_t log, std::uint64_t bytes) {
  std::scoped_lock lock(mutex_);
  write_count(log, bytes);
}

void synced_logs::write_count(std::uint64_t log, std::uint64_t bytes) {
  if (auto begun = begun_.find(log); begun != begun_.end())
    begun->second = bytes;
  auto known = slots_.find(log);
  if (known == slots_.end()) {
    std::set<std::size_t> taken;
    for (auto& [other, slot] : slots_)
      taken.insert(slot);
    std::size_t free = 0;
    while (taken.contains(free))
      ++free;
    known = slots_.emplace(log, free).first;
  }
  write(known->second, slot_of(log, bytes));
}

void synced_logs::begin(std::uint64_t log) {
  std::scoped_lock lock(mutex_);
  begun_[log] = 0;
  synced_.erase(log);
}

result<done> synced_logs::cut_back(const std::string& folder) {
  std::scoped_lock lock(mutex_);
  synced_.clear();
  for (auto& [log, acknowledged] : begun_) {
    auto file = fmt::format("{}/{:06}.log", folder, log);
    auto fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
      continue;
    if (fd < 0)
      return cannot("open", file);
    struct stat now {};
    result<done> outcome = done{};
    if (::fstat(fd, &now) != 0)
      outcome = cannot("ask for the size of", file);
    else if (static_cast<std::uint64_t>(now.st_size) > acknowledged &&
             (::ftruncate(fd, static_cast<off_t>(acknowledged)) != 0 || ::fsync(fd) != 0))
      outcome = cannot("cut", file);
    ::close(fd);
    if (!outcome)
      return outcome;
  }
  return done{};
}

bool synced_logs::forget(std::uint64_t log) {
  std::scoped_lock lock(mutex_);
  begun_.erase(log);
  synced_.erase(log);
  auto known = slots_.find(log);
  if (known == slots_.end())
    return true;
  if (!write(known->second, std::string(slot_bytes, '\0')) || ::fdatasync(file_) != 0)
    return false;
  slots_.erase(known);
  return true;
}

bool synced_logs::write(std::size_t slot, const std::string& row) const {
  ssize_t put = 0;
  do
    put = ::pwrite(file_, row.data(), row.size(), static_cast<off_t>(slot * slot_bytes));
  while (put < 0 && errno == EINTR);
  return put == static_cast<ssize_t>(row.size());
}

} // namespace maestro
