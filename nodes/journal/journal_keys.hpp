// The keys and row heads of the journal's column families. Numbers in keys are big-endian, so that keys sort as
// what they say; names hold no NUL, so that no name's rows stand between another's. Whoever reads or writes rows
// (nodes/journal/rocksdb_journal, finished_operations) takes them from here.
//
//   events      stream NUL sequence:u64                         -> at:i64 record
//   snapshots   stream NUL 'h'                                  -> sequence:u64 at:i64 chunks:u32
//               stream NUL 'c' sequence:u64 chunk:u32           -> bytes; a snapshot is its chunks in order
//   operations  scheduler NUL 'o' operation_id                  -> FinishedOperation (proto/journal/v1)
//               scheduler NUL 't' created_at:i64 operation_id   -> expires_at:i64       listed ones, by time
//               scheduler NUL 'e' expires_at:i64 operation_id   -> created_at:i64 listed:u8     those that expire
//               scheduler NUL 'n'                               -> i64                  how many are listed
//   meta        "format"                                        -> decimal number
//               "node_id"                                       -> 32 hex digits, drawn when the journal was made
//               "watermark"                                     -> revision:u64, in a cluster: save_watermark
//               "stream/" stream                                -> epoch:u64            every stream that lives
//               "ended/" stream                                 -> ended_at:i64 epoch:u64
//
// The count is kept by adding to it (finished_operations). In format 1 there was none, and `listed` was not said.
// The epoch is the highest that wrote to the stream; an empty value is of format 1 and means 1. Everything of a
// stream that has ended goes when its retention is over; until then an append may take it up again.
// A chunk counts only when the head names its sequence; expires_at 0 = never.
#pragma once

#include "messages/owner_epoch.hpp"
#include "messages/time.hpp"

#include <rocksdb/slice.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace maestro::journal_keys {

/// 2: epochs, streams that end, snapshots in parts. Version 1 is read as it is and becomes 2 when it is opened.
constexpr int format_version = 2;
constexpr std::string_view format_key = "format";
constexpr std::string_view node_id_key = "node_id";
constexpr std::string_view watermark_key = "watermark";
constexpr std::string_view stream_prefix = "stream/";
constexpr std::string_view ended_prefix = "ended/";
constexpr std::size_t max_name_bytes = 512;

template <class Unsigned>
void put_big_endian(std::string& out, Unsigned x) {
  for (int shift = 8 * (static_cast<int>(sizeof x) - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(x >> shift));
}
template <class Unsigned>
Unsigned big_endian(std::string_view bytes) {
  Unsigned x = 0;
  for (std::size_t i = 0; i < sizeof x && i < bytes.size(); ++i)
    x = static_cast<Unsigned>(x << 8 | static_cast<unsigned char>(bytes[i]));
  return x;
}
inline void put_time(std::string& out, timestamp t) {
  put_big_endian(out, static_cast<std::uint64_t>(t.time_since_epoch().count()));
}
inline timestamp time_at(std::string_view bytes) {
  return timestamp{duration{static_cast<std::int64_t>(big_endian<std::uint64_t>(bytes))}};
}

inline std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

inline std::string epoch_row(owner_epoch epoch) {
  std::string row;
  put_big_endian(row, epoch.number);
  return row;
}
inline owner_epoch epoch_at(std::string_view row) {
  return row.empty() ? first_epoch : owner_epoch{big_endian<std::uint64_t>(row)};
}

/// Every row of a name stands in [first_of(name), past(name)).
inline std::string first_of(std::string_view name) {
  return std::string(name) + '\0';
}
inline std::string past(std::string_view name) {
  return std::string(name) + '\1';
}

inline std::string event(std::string_view stream, std::uint64_t sequence) {
  std::string key;
  key.reserve(stream.size() + 9);
  key.append(stream).push_back('\0');
  put_big_endian(key, sequence);
  return key;
}
inline std::uint64_t sequence_of_event(std::string_view key) {
  return big_endian<std::uint64_t>(key.substr(key.size() - 8));
}

inline std::string snapshot_head(std::string_view stream) {
  return first_of(stream) + 'h';
}
inline std::string snapshot_chunk(std::string_view stream, std::uint64_t sequence, std::uint32_t chunk) {
  auto key = first_of(stream) + 'c';
  put_big_endian(key, sequence);
  put_big_endian(key, chunk);
  return key;
}

inline std::string operation(std::string_view scheduler, std::string_view id) {
  return first_of(scheduler).append("o").append(id);
}
inline std::string operation_listed(std::string_view scheduler, timestamp created_at, std::string_view id) {
  auto key = first_of(scheduler) + 't';
  put_time(key, created_at);
  return key.append(id);
}
inline std::string operation_expiring(std::string_view scheduler, timestamp expires_at, std::string_view id) {
  auto key = first_of(scheduler) + 'e';
  put_time(key, expires_at);
  return key.append(id);
}
inline std::string operations_count(std::string_view scheduler) {
  return first_of(scheduler) + 'n';
}
/// Of the two with a time.
inline timestamp time_of_operation(std::string_view scheduler, std::string_view key) {
  return time_at(key.substr(scheduler.size() + 2));
}
inline std::string_view id_of_operation(std::string_view scheduler, std::string_view key) {
  return key.substr(scheduler.size() + 10);
}

inline std::string stream(std::string_view name) {
  return std::string(stream_prefix).append(name);
}
inline std::string ended_stream(std::string_view name) {
  return std::string(ended_prefix).append(name);
}

} // namespace maestro::journal_keys
