// Space on the journal's disk that nobody else can take. A database that meets a full disk in the middle of a write
// can not go on, so writing stops while there is still room, and goes on by itself when there is enough again:
// nothing was written in between, so nothing has to be read again. A file of the same size, RESERVE, is given back
// by a start on a full disk, so that the node can open its journal and serve reads. For nodes/journal.
//
//   free < bytes              nothing is written
//   free >= bytes * 5/4       writing goes on
//   free >= bytes * 9/4       RESERVE is made again, when it was given back
#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace maestro {

class disk_reserve {
public:
  static constexpr const char* file_name = "RESERVE";

  /// Before a database is opened: gives RESERVE back when there is less than `bytes`; fails with a text when there
  /// is less than `needed` then too. What was given back is for opening and reading: nothing is written before there is room
  /// again. With `bytes` 0 nothing is reserved or watched.
  static result<std::shared_ptr<disk_reserve>> open(const std::string& folder, std::uint64_t bytes,
                                                    std::uint64_t needed);

  /// Looks at the disk; false when nothing may be written. From any thread.
  bool has_room();
  /// On the disk now; 0 when it cannot be told.
  std::uint64_t free_bytes() const;
  /// What must be free for writing.
  std::uint64_t bytes() const { return bytes_; }
  /// For people: why nothing may be written.
  std::string reason() const;

private:
  disk_reserve(std::string folder, std::uint64_t bytes) : folder_(std::move(folder)), bytes_(bytes) {}
  std::string file() const { return folder_ + "/" + file_name; }
  void hold();
  void run_low(std::uint64_t free);

  std::string folder_;
  std::uint64_t bytes_;
  std::mutex mutex_;
  bool is_held_ = false;
  bool is_low_ = false;
};

} // namespace maestro
