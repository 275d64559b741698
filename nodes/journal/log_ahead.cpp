#include "nodes/journal/log_ahead.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace maestro {

namespace {

// A log that few write to stays small; and no sync has to write more than a millisecond's worth of zeros.
constexpr std::uint64_t least_step = 32 << 10;
constexpr std::uint64_t largest_step = 256 << 10;
constexpr std::array<char, 32 << 10> zeros{};

} // namespace

log_ahead::log_ahead(std::unique_ptr<rocksdb::FSRandomRWFile> log) : log_(std::move(log)) {}

void log_ahead::reach(std::uint64_t size, std::uint64_t end) {
  if (end <= reached_ || !log_)
    return;
  reached_ = std::max(reached_, size);
  auto goal = end + std::clamp(end, least_step, largest_step);
  while (reached_ < goal) {
    auto count = std::min<std::uint64_t>(goal - reached_, zeros.size());
    auto put =
        log_->Write(reached_, {zeros.data(), static_cast<std::size_t>(count)}, rocksdb::IOOptions(), nullptr);
    if (!put.ok())
      return log_.reset();
    reached_ += count;
  }
}

} // namespace maestro
