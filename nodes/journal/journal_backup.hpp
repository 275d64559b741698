// A backup: a folder that holds a journal as it was at one instant, and a page that says what must be in it. It is whole or
// it is not there: files are copied and synced under another name, read back once as a journal, and get the folder's own name
// last. `maestro backup` takes one from a node's checkpoint, `maestro restore` makes a data directory of one; neither speaks
// to a node here (nodes/cli/backup_command does).
//
//   <backup>/BACKUP     := "maestro-backup 1" | "maestro " version | "journal-format " number | "node " id
//                          | "taken " RFC 3339 | ("file " bytes SHA-256 name)* | "end " SHA-256 of all lines before
//   <backup>/journal/   the files that it lists
//
// Not in it: folders and logs of rooms, which belong to processes of one machine.
#pragma once

#include "messages/error.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace maestro {

struct backup_file {
  std::string name;
  std::uint64_t bytes = 0;
  std::string sha256;
};

struct backup_page {
  std::string maestro;
  int journal_format = 0;
  std::string node_id;
  std::string taken;
  std::vector<backup_file> files;

  std::uint64_t bytes() const;
  std::string text() const;
};

/// Copies a checkpoint to `to`, which must not be there yet, and makes sure that it can be read.
result<backup_page> take_backup(const std::string& checkpoint, const std::string& to, const std::string& maestro,
                                timestamp now);

/// What a backup says of itself. Fails when it is none, is not whole as far as its page tells, or is of a newer format.
result<backup_page> read_backup(const std::string& folder);

/// Makes `data_dir` of a backup; it must not be there yet, or be empty. What is copied is compared with the page.
result<backup_page> restore_backup(const std::string& backup, const std::string& data_dir);

} // namespace maestro
