// What actors say to the operator's log, without knowing where it goes: nodes/logging installs the sink, and until
// it does (tests, simulation) nothing is written. A level that is off costs one relaxed load. Safe from any
// thread.
//
//   log_info("room_pool", "room allocated", {scheduler, room, {"ready", ready}});
//
// `component` is the actor's noun. Ids bring their own field names (proto/README.md 8.4); other fields are
// lower_snake_case. Everything a record points at lives only during the call.
#pragma once

#include "messages/ids.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace maestro {

enum class log_level : std::uint8_t { debug, info, warn, error, off };
/// `debug`, `info`, `warn`, `error`, `off`.
std::string to_string(log_level level);

struct log_field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, bool> value;

  log_field(std::string_view k, std::string_view v) : key(k), value(v) {}
  log_field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  log_field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  log_field(std::string_view k, bool v) : key(k), value(v) {}
  template <std::integral Int>
  log_field(std::string_view k, Int v) : key(k), value(static_cast<std::int64_t>(v)) {}
  template <class Tag>
  log_field(std::string_view k, const strong_id<Tag>& v) : log_field(k, v.value) {}
  log_field(const scheduler_name& v) : log_field("scheduler_name", v.value) {}
  log_field(const room_id& v) : log_field("room_id", v.value) {}
  log_field(const operation_id& v) : log_field("operation_id", v.value) {}
};

struct log_record {
  log_level level = log_level::info;
  std::string_view component;
  std::string_view message;
  std::initializer_list<log_field> fields;
};

/// Must not throw and must not block for long.
using log_sink = void (*)(const log_record& record);

/// Installs the process-wide sink and the lowest level that reaches it; nullptr silences everything.
void set_log_sink(log_sink sink, log_level lowest);

bool log_enabled(log_level level);
void log(log_level level, std::string_view component, std::string_view message,
         std::initializer_list<log_field> fields = {});

inline void log_info(std::string_view component, std::string_view message,
                     std::initializer_list<log_field> fields = {}) {
  log(log_level::info, component, message, fields);
}
inline void log_warn(std::string_view component, std::string_view message,
                     std::initializer_list<log_field> fields = {}) {
  log(log_level::warn, component, message, fields);
}
inline void log_error(std::string_view component, std::string_view message,
                      std::initializer_list<log_field> fields = {}) {
  log(log_level::error, component, message, fields);
}

} // namespace maestro
