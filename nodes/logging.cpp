#include "nodes/logging.hpp"

#include "messages/json_text.hpp"
#include "messages/time.hpp"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>

namespace maestro {

namespace {

constexpr std::chrono::milliseconds last_lines_time{1000};

std::string time_now() {
  using namespace std::chrono;
  return to_rfc3339(timestamp{floor<milliseconds>(system_clock::now())});
}

struct append_json_value {
  std::string& out;
  void operator()(std::string_view text) const { append_json_string(out, text); }
  void operator()(std::int64_t number) const { out += std::to_string(number); }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
};

const log_field* find(const log_record& record, std::string_view key) {
  auto at =
      std::find_if(record.fields.begin(), record.fields.end(), [&](auto& field) { return field.key == key; });
  return at == record.fields.end() ? nullptr : at;
}

std::string json_line(const log_record& record, const std::string& time, const std::string& node,
                      std::int64_t epoch) {
  std::string line = "{\"level\":\"" + to_string(record.level) + "\",";
  if (!time.empty())
    line += "\"ts\":\"" + time + "\",";
  line += "\"msg\":";
  append_json_string(line, record.message);
  line += ",\"component\":";
  append_json_string(line, record.component);
  if (!node.empty()) {
    line += ",\"node\":";
    append_json_string(line, node);
  }
  for (auto& field : record.fields) {
    line += ',';
    append_json_string(line, field.key);
    line += ':';
    std::visit(append_json_value{line}, field.value);
  }
  if (epoch != 0)
    line += fmt::format(",\"epoch\":{}", epoch);
  return line += '}';
}

std::string console_line(const log_record& record, const std::string& time, const std::string& node,
                         std::int64_t epoch) {
  auto line = time.empty() ? fmt::format("{}: ", record.component)
                           : fmt::format("{} {:<5} {}: ", time, to_string(record.level), record.component);
  for (char c : record.message)
    line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  for (auto& field : record.fields) {
    line += fmt::format(" {}=", field.key);
    std::visit(append_json_value{line}, field.value);
  }
  if (epoch != 0)
    line += fmt::format(" epoch={}", epoch);
  if (!node.empty())
    line += fmt::format(" node={}", node);
  return line;
}

/// syslog's numbers, by which the journal sorts and colours.
char priority_of(log_level level) {
  switch (level) {
  case log_level::debug: return '7';
  case log_level::info: return '6';
  case log_level::warn: return '4';
  case log_level::error: return '3';
  case log_level::off: break;
  }
  return '6';
}

/// Whether the descriptor is what systemd has connected to its journal: the variable outlives redirections.
bool is_journal(int descriptor) {
  struct stat file {};
  auto* stream = std::getenv("JOURNAL_STREAM");
  return stream != nullptr && ::fstat(descriptor, &file) == 0 &&
         stream == fmt::format("{}:{}", file.st_dev, file.st_ino);
}

std::string mark_of(log_level level) {
  return {'<', priority_of(level), '>'};
}

using epoch_table = std::function<std::int64_t(std::string_view)>;
std::atomic<std::shared_ptr<epoch_table>>& epochs() {
  static std::atomic<std::shared_ptr<epoch_table>> table;
  return table;
}

std::int64_t epoch_in(const log_record& record) {
  auto table = epochs().load();
  auto* named = find(record, "scheduler_name");
  auto* scheduler = named == nullptr ? nullptr : std::get_if<std::string_view>(&named->value);
  return table && scheduler != nullptr ? (*table)(*scheduler) : 0;
}

struct line_form {
  log_format format = log_format::console;
  bool is_for_journal = false;
  std::string node{};

  std::string line(const log_record& record) const {
    if (!is_for_journal)
      return render_log_line(record, format, time_now(), node, epoch_in(record));
    return mark_of(record.level) + render_log_line(record, format, "", node, epoch_in(record));
  }
};

/// Takes finished lines and writes each whole, whatever the descriptor is. Waits for a reader that is slow, but not for
/// one that does not read once the log ends; says how many lines nobody got.
class descriptor_sink : public spdlog::sinks::base_sink<std::mutex> {
public:
  descriptor_sink(int descriptor, line_form form) : descriptor_(descriptor), form_(form) {}

  /// Lines that the queue has dropped; asked on the writing thread.
  void watch_drops(std::function<std::size_t()> dropped) { dropped_ = std::move(dropped); }
  /// From any thread: what cannot be written within the time is dropped.
  void end_within(std::chrono::milliseconds time) {
    auto until = std::chrono::steady_clock::now().time_since_epoch() + time;
    ends_at_ = std::chrono::duration_cast<std::chrono::milliseconds>(until).count();
  }

protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    auto lost = dropped_() + unwritten_;
    if (lost > told_ && write_line(drop_notice(lost - told_)))
      told_ = lost;
    std::string line(message.payload.data(), message.payload.size());
    if (!write_line(line))
      ++unwritten_;
  }
  void flush_() override {}

private:
  std::string drop_notice(std::size_t lines) const {
    return form_.line(
        {log_level::warn, "log", "lines were dropped, nobody read them in time", {{"lines", lines}}});
  }
  /// A line that was begun is ended if there is a way.
  bool write_line(std::string line) {
    line += '\n';
    for (std::string_view left = line; !left.empty();) {
      if (!wait_writable())
        return false;
      auto written = write_some(left.substr(0, PIPE_BUF));
      if (written < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (written <= 0)
        return false; // nobody will ever read; the node goes on
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  /// A pipe that can be written to takes PIPE_BUF bytes at once; of a socket that is not sure.
  ssize_t write_some(std::string_view bytes) {
    auto sent = is_socket_ ? ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) : -1;
    if (!is_socket_ || (sent < 0 && errno == ENOTSOCK)) {
      is_socket_ = false;
      return ::write(descriptor_, bytes.data(), bytes.size());
    }
    return sent;
  }
  bool wait_writable() {
    constexpr int look_again = 50; // ms
    for (;;) {
      pollfd ready{descriptor_, POLLOUT, 0};
      if (::poll(&ready, 1, look_again) > 0)
        return true;
      auto now = std::chrono::steady_clock::now().time_since_epoch();
      if (std::chrono::duration_cast<std::chrono::milliseconds>(now).count() >= ends_at_)
        return false;
    }
  }

  int descriptor_;
  line_form form_;
  bool is_socket_ = true; ///< until it turns out that it is none
  std::function<std::size_t()> dropped_ = [] { return std::size_t{0}; };
  std::size_t unwritten_ = 0;
  std::size_t told_ = 0;
  std::atomic<std::int64_t> ends_at_ = std::numeric_limits<std::int64_t>::max();
};

struct running_log {
  std::shared_ptr<spdlog::details::thread_pool> writer;
  std::shared_ptr<descriptor_sink> sink;
  std::shared_ptr<spdlog::async_logger> logger;
  line_form form;
};

std::atomic<std::shared_ptr<running_log>>& current() {
  static std::atomic<std::shared_ptr<running_log>> log;
  return log;
}

spdlog::level::level_enum level_of(log_level level) {
  switch (level) {
  case log_level::debug: return spdlog::level::debug;
  case log_level::info: return spdlog::level::info;
  case log_level::warn: return spdlog::level::warn;
  case log_level::error: return spdlog::level::err;
  case log_level::off: return spdlog::level::off;
  }
  return spdlog::level::off;
}

void write_record(const log_record& record) {
  auto log = current().load();
  if (!log)
    return;
  log->logger->log(level_of(record.level), log->form.line(record));
}

} // namespace

std::string journal_mark(log_level level, int file_descriptor) {
  return is_journal(file_descriptor) ? mark_of(level) : std::string{};
}

std::string render_log_line(const log_record& record, log_format format, const std::string& time,
                            const std::string& node, std::int64_t epoch) {
  auto of = find(record, "node") != nullptr ? std::string() : node;
  auto with = find(record, "epoch") != nullptr ? 0 : epoch;
  return format == log_format::json ? json_line(record, time, of, with) : console_line(record, time, of, with);
}

void name_epochs(std::function<std::int64_t(std::string_view scheduler)> epoch_of) {
  epochs().store(epoch_of ? std::make_shared<epoch_table>(std::move(epoch_of)) : nullptr);
}

void start_logging(const logging_config& config, int file_descriptor) {
  stop_logging();
  auto log = std::make_shared<running_log>();
  log->form = {config.format, is_journal(file_descriptor), config.node};
  log->writer = std::make_shared<spdlog::details::thread_pool>(config.queue_lines, 1);
  log->sink = std::make_shared<descriptor_sink>(file_descriptor, log->form);
  log->sink->watch_drops([writer = log->writer.get()] { return writer->overrun_counter(); });
  log->logger = std::make_shared<spdlog::async_logger>("maestro", log->sink, log->writer,
                                                       spdlog::async_overflow_policy::overrun_oldest);
  log->logger->set_level(spdlog::level::trace);
  current().store(std::move(log));
  set_log_sink(write_record, config.level);
}

void stop_logging() {
  set_log_sink(nullptr, log_level::off);
  auto log = current().exchange(nullptr);
  if (log)
    log->sink->end_within(last_lines_time);
  log.reset(); // its writer writes what waits, then ends
}

} // namespace maestro
