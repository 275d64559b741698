// Files that are on the disk, and not only on their way there, when a call returns. For those who copy a journal:
// rocksdb_journal's checkpoint, journal_backup and journal_inspection.
#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <string>

namespace maestro {

/// `cannot WHAT FILE: `, and what errno says.
failure cannot(const std::string& what, const std::string& file);

/// Of a file or a folder: what was written to it.
result<done> sync_path(const std::string& path);

/// A new file with the first `bytes` of another, synced; answers the SHA-256 of them in hexadecimal. Fails when there are
/// fewer, and when `to` is there already.
result<std::string> copy_kept(const std::string& from, const std::string& to, std::uint64_t bytes);
/// A new file with this text, synced.
result<done> write_kept(const std::string& file, const std::string& text);

std::string sha256_of(const std::string& text);

} // namespace maestro
