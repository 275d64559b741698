#include "runtime/process/process_config.hpp"

#include "runtime/process/room_layout.hpp"

#include <fmt/format.h>

namespace maestro {

namespace {

failure wrong(const char* field, const std::string& value, const char* limit) {
  return {ec::invalid_argument, fmt::format("{}: {} {}", field, value, limit)};
}

std::string text(duration d) {
  return fmt::format("{} ms", std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

} // namespace

result<done> validate(const process_host_config& c) {
  if (c.data_dir.empty())
    return wrong("data_dir", "\"\"", "must name a directory");
  if (c.host.empty())
    return wrong("host", "\"\"", "must be an address that clients can reach");
  if (!c.node_mark.empty() && !process::is_safe_name(c.node_mark))
    return wrong("node_mark", "\"" + c.node_mark + "\"", "may hold letters, digits, `-`, `_` and `.` only");
  if (c.default_ports.start < 1 || c.default_ports.end > 65535 || c.default_ports.start > c.default_ports.end)
    return wrong("default_ports", fmt::format("{}-{}", c.default_ports.start, c.default_ports.end),
                 "must satisfy 1 <= start <= end <= 65535");
  if (c.log_file_bytes < 1024)
    return wrong("log_file_bytes", std::to_string(c.log_file_bytes), "must be at least 1024");
  if (c.log_files < 1 || c.log_files > 100)
    return wrong("log_files", std::to_string(c.log_files), "must be between 1 and 100");
  if (c.log_tail_bytes < 1 || c.log_tail_bytes > 16 * 1024 * 1024)
    return wrong("log_tail_bytes", std::to_string(c.log_tail_bytes), "must be between 1 and 16777216");
  if (c.max_instances < 1)
    return wrong("max_instances", "0", "must be at least 1");
  if (c.default_grace_period < duration::zero())
    return wrong("default_grace_period", text(c.default_grace_period), "must not be negative");
  if (c.restart_backoff_min <= duration::zero() || c.restart_backoff_max < c.restart_backoff_min)
    return wrong("restart_backoff_min", text(c.restart_backoff_min),
                 "must be positive and at most restart_backoff_max");
  if (c.restart_backoff_reset <= duration::zero())
    return wrong("restart_backoff_reset", text(c.restart_backoff_reset), "must be positive");
  if (c.orphan_grace_period < duration::zero())
    return wrong("orphan_grace_period", text(c.orphan_grace_period), "must not be negative");
  if (c.orphan_sweep_interval <= duration::zero())
    return wrong("orphan_sweep_interval", text(c.orphan_sweep_interval), "must be positive");
  if (c.ended_rooms_age < duration::zero())
    return wrong("ended_rooms_age", text(c.ended_rooms_age), "must not be negative");
  return done{};
}

} // namespace maestro
