#include "nodes/journal/rocksdb_log.hpp"

#include "messages/log.hpp"

#include <rocksdb/env.h>

#include <array>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <utility>

namespace maestro {

namespace {

constexpr std::size_t longest_line = 1024;
constexpr std::uint64_t lines_a_minute = 20;

class rocksdb_log : public rocksdb::Logger {
public:
  explicit rocksdb_log(std::string folder) : Logger(rocksdb::WARN_LEVEL), folder_(std::move(folder)) {}

  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    auto ours = level >= rocksdb::ERROR_LEVEL ? log_level::warn : log_level::debug;
    if (level < rocksdb::WARN_LEVEL || level == rocksdb::HEADER_LEVEL || !log_enabled(ours))
      return;
    auto left_out = take_turn();
    if (left_out < 0)
      return;
    std::array<char, longest_line> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    std::string said = "RocksDB: " + std::string(text.data());
    said.erase(said.find_last_not_of("\r\n") + 1);
    log(ours, "journal", said, {{"folder", folder_}, {"left_out", left_out}});
  }
  void Logv(const char* format, va_list arguments) override { Logv(rocksdb::INFO_LEVEL, format, arguments); }
  void LogHeader(const char*, va_list) override {} // its options, some hundred lines

private:
  /// Lines that went unsaid before this one, or -1 when it goes unsaid itself.
  std::int64_t take_turn() {
    std::scoped_lock lock(mutex_);
    auto now = std::chrono::steady_clock::now();
    if (now - minute_ >= std::chrono::minutes{1}) {
      minute_ = now;
      said_ = 0;
    }
    if (said_ == lines_a_minute) {
      ++left_out_;
      return -1;
    }
    ++said_;
    return std::exchange(left_out_, 0);
  }

  std::string folder_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point minute_ = std::chrono::steady_clock::now();
  std::uint64_t said_ = 0;
  std::int64_t left_out_ = 0;
};

} // namespace

std::shared_ptr<rocksdb::Logger> make_rocksdb_log(std::string folder) {
  return std::make_shared<rocksdb_log>(std::move(folder));
}

} // namespace maestro
