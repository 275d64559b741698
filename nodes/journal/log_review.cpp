#include "nodes/journal/log_review.hpp"
#include "nodes/journal/kept_files.hpp"

#include "messages/log.hpp"
#include "nodes/journal/journal_keys.hpp"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace maestro {

namespace keys = journal_keys;

namespace {

constexpr std::size_t named_streams = 8; ///< in one sentence

/// Notes which records of streams a batch holds. Families have numbers in a log; events were always the first.
class record_finder : public rocksdb::WriteBatch::Handler {
public:
  explicit record_finder(log_loss& loss) : loss_(loss) {}

  rocksdb::Status PutCF(std::uint32_t family, const rocksdb::Slice& key, const rocksdb::Slice&) override {
    constexpr std::uint32_t events_family = 1;
    if (family != events_family || key.size() < 10)
      return {};
    auto stream = std::string(keys::view(key).substr(0, key.size() - 9));
    auto sequence = keys::sequence_of_event(keys::view(key));
    auto& range = loss_.streams.try_emplace(stream, log_loss::range{sequence, sequence}).first->second;
    range = {std::min(range.first, sequence), std::max(range.last, sequence)};
    return {};
  }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status SingleDeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
    return {};
  }
  rocksdb::Status MergeCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override { return {}; }
  void LogData(const rocksdb::Slice&) override {}

private:
  log_loss& loss_;
};

result<log_loss> loss_behind(const std::vector<reviewed_log>& logs, const reviewed_log& damaged) {
  log_loss loss;
  record_finder finder(loss);
  for (auto& log : logs) {
    if (log.number < damaged.number || log.is_missing)
      continue;
    auto is_later = log.number > damaged.number;
    loss.bytes += is_later ? log.scan.written : log.scan.written - log.scan.whole;
    auto scanned = scan_log(log.file, [&](std::uint64_t, const std::string& bytes, bool is_behind) {
      if (!is_later && !is_behind)
        return;
      ++loss.batches;
      rocksdb::WriteBatch(bytes).Iterate(&finder).PermitUncheckedError();
    });
    if (!scanned)
      return scanned.error();
  }
  return loss;
}

/// With logs in order and scanned.
void judge(std::vector<reviewed_log>& logs) {
  auto has_records_behind = false;
  for (auto log = logs.rbegin(); log != logs.rend(); ++log) {
    log->is_damaged = log->is_missing || log->scan.whole < log->synced || log->scan.behind > 0 ||
                      (log->is_torn() && log->synced > 0 && has_records_behind);
    has_records_behind = has_records_behind || log->scan.records > 0 || log->synced > 0;
  }
}

result<done> settle(const reviewed_log& log, synced_logs& counts) {
  if (log.scan.whole == log.synced && log.scan.whole == log.scan.size)
    return done{};
  auto fd = ::open(log.file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return cannot("open", log.file);
  result<done> outcome = done{};
  if (log.scan.whole < log.scan.size && ::ftruncate(fd, static_cast<off_t>(log.scan.whole)) != 0)
    outcome = cannot("cut", log.file);
  else if (::fsync(fd) != 0)
    outcome = cannot("sync", log.file);
  ::close(fd);
  if (!outcome)
    return outcome;
  if (log.is_torn())
    log_warn("journal", "the end of a log was torn and is cut off; nothing of it was acknowledged",
             {{"file", log.file},
              {"offset", static_cast<std::int64_t>(log.scan.whole)},
              {"bytes", static_cast<std::int64_t>(log.scan.written - log.scan.whole)}});
  counts.count(log.number, log.scan.whole);
  return outcome;
}

} // namespace

const reviewed_log* log_review::damaged() const {
  auto found = std::find_if(logs.begin(), logs.end(), [](auto& log) { return log.is_damaged; });
  return found == logs.end() ? nullptr : &*found;
}

result<log_review> review_logs(const std::string& folder) {
  auto counts = synced_logs::read(folder);
  if (!counts)
    return counts.error();
  std::map<std::uint64_t, reviewed_log> by_number;
  for (auto& [number, synced] : *counts) {
    auto& log = by_number[number];
    log.file = fmt::format("{}/{:06}.log", folder, number);
    log.number = number;
    log.synced = synced;
    log.is_missing = true;
  }
  std::error_code problem;
  for (std::filesystem::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem))
    if (auto number = log_number_of(it->path().string()); number > 0) {
      auto& log = by_number[number];
      log.file = it->path().string();
      log.number = number;
      log.is_missing = false;
    }
  if (problem)
    return failure{ec::unavailable, "cannot read " + folder + ": " + problem.message()};

  log_review review;
  for (auto& [number, log] : by_number) {
    if (!log.is_missing) {
      auto scanned = scan_log(log.file);
      if (!scanned)
        return scanned.error();
      log.scan = *scanned;
    }
    review.logs.push_back(std::move(log));
  }
  judge(review.logs);
  if (auto* damaged = review.damaged()) {
    auto loss = loss_behind(review.logs, *damaged);
    if (!loss)
      return loss.error();
    review.loss = std::move(*loss);
  }
  return review;
}

std::string describe_damage(const log_review& review) {
  auto& log = *review.damaged();
  auto& loss = review.loss;
  auto text = log.is_missing
                  ? fmt::format("{} is missing", log.file)
                  : fmt::format("{} is damaged at offset {} of {}", log.file, log.scan.whole, log.scan.written);
  text +=
      log.synced > 0 ? fmt::format("; {} bytes were synced", log.synced) : "; it was not counted what was synced";
  text += fmt::format(". Going on without what is behind it costs what can not be read there and {} more batches",
                      loss.batches);
  std::size_t named = 0;
  for (auto& [stream, range] : loss.streams) {
    if (++named > named_streams)
      break;
    text += fmt::format("{} {} {} to {}", named == 1 ? ", with records of" : ",", stream, range.first, range.last);
  }
  if (loss.streams.size() > named_streams)
    text += fmt::format(" and {} other streams", loss.streams.size() - named_streams);
  return text;
}

result<done> settle_logs(const std::string& folder, synced_logs& counts) {
  auto review = review_logs(folder);
  if (!review)
    return review.error();
  if (review->damaged())
    return failure{ec::unavailable, describe_damage(*review) + ". Nothing was changed. `maestro journal inspect " +
                                        folder + "` tells more, `maestro journal repair " + folder +
                                        " --yes` cuts the log there and keeps what it cuts off"};
  for (auto& log : review->logs)
    if (auto settled = settle(log, counts); !settled)
      return settled;
  return done{};
}

} // namespace maestro
