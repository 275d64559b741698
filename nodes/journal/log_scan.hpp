// Reads a write-ahead log of RocksDB as bytes, without a database, to say up to where it is whole and what stands
// behind that. RocksDB itself can not tell a torn tail from damage in the middle of what was synced. For
// nodes/journal/log_review.
//
//   log      := block* zeros ; a block has 32 KiB, the last one may be shorter; zeros: nodes/journal/log_ahead
//   block    := part* zeros ; less than 7 bytes of zeros at its end
//   part     := masked crc32c of type and bytes:u32le, length:u16le, type:u8, bytes
//   type     := 1 (a whole record) | 2 (its first part) | 3 (a middle part) | 4 (its last part)
//   record   := one write batch
#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace maestro {

struct log_scan {
  std::uint64_t size = 0;    ///< of the file
  std::uint64_t written = 0; ///< up to here something was written; zeros follow
  std::uint64_t whole = 0;   ///< up to here it is whole records, one behind the other
  std::uint64_t behind = 0;  ///< whole records that stand behind something unreadable
  std::uint64_t records = 0; ///< those before it
};

/// Of the batch at `offset`; `is_behind` when something unreadable stands before it.
using log_record_reader = std::function<void(std::uint64_t offset, const std::string& batch, bool is_behind)>;

/// Fails when the file can not be read, which says nothing about what it holds.
result<log_scan> scan_log(const std::string& file, const log_record_reader& each = {});

} // namespace maestro
