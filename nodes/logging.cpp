#include "nodes/logging.hpp"

#include "messages/json_text.hpp"
#include "messages/time.hpp"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>

#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace maestro {

namespace {

struct append_json_value {
  std::string& out;
  void operator()(std::string_view text) const { append_json_string(out, text); }
  void operator()(std::int64_t number) const { out += std::to_string(number); }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
};

std::string json_line(const log_record& record, const std::string& time) {
  std::string line = "{\"level\":\"" + to_string(record.level) + "\",\"ts\":\"" + time + "\",\"msg\":";
  append_json_string(line, record.message);
  line += ",\"component\":";
  append_json_string(line, record.component);
  for (auto& field : record.fields) {
    line += ',';
    append_json_string(line, field.key);
    line += ':';
    std::visit(append_json_value{line}, field.value);
  }
  return line += '}';
}

std::string console_line(const log_record& record, const std::string& time) {
  auto line = fmt::format("{} {:<5} {}: ", time, to_string(record.level), record.component);
  for (char c : record.message)
    line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  for (auto& field : record.fields) {
    line += fmt::format(" {}=", field.key);
    std::visit(append_json_value{line}, field.value);
  }
  return line;
}

/// Takes finished lines and writes each whole, whatever the descriptor is.
class descriptor_sink : public spdlog::sinks::base_sink<std::mutex> {
public:
  explicit descriptor_sink(int descriptor) : descriptor_(descriptor) {}

protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string line(message.payload.data(), message.payload.size());
    line += '\n';
    for (std::string_view left = line; !left.empty();) {
      auto written = ::write(descriptor_, left.data(), left.size());
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return; // nobody reads; the node goes on
      left.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void flush_() override {}

private:
  int descriptor_;
};

struct running_log {
  std::shared_ptr<spdlog::details::thread_pool> writer;
  std::shared_ptr<spdlog::async_logger> logger;
  log_format format;
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
  using namespace std::chrono;
  auto time = to_rfc3339(timestamp{floor<milliseconds>(system_clock::now())});
  log->logger->log(level_of(record.level), render_log_line(record, log->format, time));
}

} // namespace

std::string render_log_line(const log_record& record, log_format format, const std::string& time) {
  return format == log_format::json ? json_line(record, time) : console_line(record, time);
}

void start_logging(const logging_config& config, int file_descriptor) {
  stop_logging();
  auto log = std::make_shared<running_log>();
  log->format = config.format;
  log->writer = std::make_shared<spdlog::details::thread_pool>(config.queue_lines, 1);
  log->logger =
      std::make_shared<spdlog::async_logger>("maestro", std::make_shared<descriptor_sink>(file_descriptor),
                                             log->writer, spdlog::async_overflow_policy::overrun_oldest);
  log->logger->set_level(spdlog::level::trace);
  current().store(std::move(log));
  set_log_sink(write_record, config.level);
}

void stop_logging() {
  set_log_sink(nullptr, log_level::off);
  current().store(nullptr); // its writer writes what waits, then ends
}

} // namespace maestro
