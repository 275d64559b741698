#include "messages/log.hpp"

#include <atomic>

namespace maestro {

namespace {
std::atomic<log_sink> current_sink{nullptr};
std::atomic<log_level> threshold{log_level::off};
} // namespace

std::string to_string(log_level level) {
  switch (level) {
  case log_level::debug: return "debug";
  case log_level::info: return "info";
  case log_level::warn: return "warn";
  case log_level::error: return "error";
  case log_level::off: return "off";
  }
  return "invalid";
}

void set_log_sink(log_sink sink, log_level lowest) {
  current_sink.store(sink, std::memory_order_release);
  threshold.store(sink ? lowest : log_level::off, std::memory_order_relaxed);
}

bool log_enabled(log_level level) {
  return level != log_level::off && level >= threshold.load(std::memory_order_relaxed);
}

void log(log_level level, std::string_view component, std::string_view message,
         std::initializer_list<log_field> fields) {
  if (!log_enabled(level))
    return;
  if (auto sink = current_sink.load(std::memory_order_acquire))
    sink({level, component, message, fields});
}

} // namespace maestro
