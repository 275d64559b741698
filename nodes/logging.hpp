// Where the node's log goes: standard error, one line per record, written by a thread of its own so that no actor
// waits for a terminal or a pipe. Two forms: JSON objects for machines (production), or text for people
// (development). When more is logged than the reader takes, the oldest waiting lines are dropped rather than
// anybody being blocked, and a line says how many as soon as one can be written. Called by the node's main; everyone else logs through messages/log.hpp.
//
// Under systemd's journal (JOURNAL_STREAM names the descriptor) each line begins with its priority, as `<6>`, and has no
// time of its own: the journal keeps both.
//
//   {"level":"info","ts":"2026-11-22T14:00:00.123Z","msg":"room allocated","component":"room_pool","room_id":"a-1"}
#pragma once

#include "messages/log.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace maestro {

enum class log_format : std::uint8_t { json, console };

struct logging_config {
  log_level level = log_level::info;
  log_format format = log_format::console;
  std::uint32_t queue_lines = 8192; ///< lines waiting for the writing thread; the oldest are dropped beyond
  std::string node{};               ///< named in each line that names none; empty: the node stands alone
};

/// Starts writing to the file descriptor (2: standard error). Replaces what was started before.
void start_logging(const logging_config& config, int file_descriptor = 2);
/// Writes what waits and stops, without waiting longer than a second for a reader; nothing is logged afterwards.
void stop_logging();

/// In a cluster each line that names a scheduler names the epoch that this node serves it with (field `epoch`), unless it names
/// one itself. `epoch_of` is called from any thread until the next call; 0: not served here; an empty function: nothing is
/// named any more.
void name_epochs(std::function<std::int64_t(std::string_view scheduler)> epoch_of);

/// What a line for the journal begins with, `<3>` of an error; empty when the descriptor is not the journal's. For what is
/// said before logging begins or after it ended.
std::string journal_mark(log_level level, int file_descriptor = 2);

/// The line of a record without its newline; for logging and its tests. Without a time: as the journal wants it.
/// `node`: named where the record names none; empty: nobody's. `epoch`: likewise; 0: none.
std::string render_log_line(const log_record& record, log_format format, const std::string& time,
                            const std::string& node = {}, std::int64_t epoch = 0);

} // namespace maestro
