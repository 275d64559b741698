#include "nodes/journal/journal_backup.hpp"

#include "nodes/journal/journal_inspection.hpp"
#include "nodes/journal/journal_keys.hpp"
#include "nodes/journal/kept_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace maestro {

namespace {

namespace fs = std::filesystem;

constexpr const char* page_name = "/BACKUP";
constexpr const char* first_line = "maestro-backup 1";
constexpr std::uintmax_t longest_page = 16 << 20;

failure refused(const std::string& text) {
  return {ec::invalid_argument, text};
}

result<done> make_folder(const std::string& folder) {
  std::error_code problem;
  fs::create_directory(folder, problem);
  if (problem)
    return failure{ec::unavailable, "cannot make " + folder + ": " + problem.message()};
  fs::permissions(folder, fs::perms::owner_all, problem);
  return done{};
}

std::string parent_of(const std::string& folder) {
  auto parent = fs::absolute(folder).lexically_normal().parent_path();
  return parent.string();
}

result<done> give_name(const std::string& unfinished, const std::string& name) {
  std::error_code problem;
  fs::rename(unfinished, name, problem);
  if (problem)
    return failure{ec::unavailable, "cannot rename " + unfinished + " to " + name + ": " + problem.message()};
  return sync_path(parent_of(name));
}

/// Nothing that would be lost if a node were to run on this folder.
result<journal_inspection> examined(const std::string& folder) {
  auto seen = inspect_journal(folder);
  if (!seen)
    return seen;
  if (seen->review.damaged())
    return failure{ec::internal, describe_damage(seen->review)};
  if (!seen->damaged_tables.empty())
    return failure{ec::internal, seen->damaged_tables};
  return seen;
}

result<std::vector<backup_file>> copy_all(const std::string& from, const std::string& to) {
  std::vector<backup_file> files;
  std::error_code problem;
  for (auto& entry : fs::directory_iterator(from, problem)) {
    auto name = entry.path().filename().string();
    auto bytes = entry.file_size(problem);
    if (problem)
      return failure{ec::unavailable, "cannot look at " + entry.path().string() + ": " + problem.message()};
    auto sum = copy_kept(entry.path().string(), to + "/" + name, bytes);
    if (!sum)
      return sum.error();
    files.push_back({name, bytes, *sum});
  }
  if (problem)
    return failure{ec::unavailable, "cannot read " + from + ": " + problem.message()};
  std::sort(files.begin(), files.end(), [](auto& a, auto& b) { return a.name < b.name; });
  return files;
}

result<backup_page> fill_backup(const std::string& checkpoint, const std::string& folder,
                                const std::string& maestro, timestamp now) {
  auto journal = folder + "/journal";
  if (auto made = make_folder(journal); !made)
    return made.error();
  auto files = copy_all(checkpoint, journal);
  if (!files)
    return files.error();
  auto seen = examined(journal);
  if (!seen)
    return failure{seen.error().code, "the copy cannot be read: " + seen.error().text};
  backup_page page{maestro, seen->format, seen->node_id, to_rfc3339(now), std::move(*files)};
  if (auto written = write_kept(folder + page_name, page.text()); !written)
    return written.error();
  for (auto& path : {journal, folder})
    if (auto synced = sync_path(path); !synced)
      return synced.error();
  return page;
}

/// The lines of a page, without the last; nothing when the last does not vouch for them.
std::optional<std::string> vouched_for(const std::string& text) {
  auto end = text.rfind("end ");
  if (end == std::string::npos || text.substr(end) != "end " + sha256_of(text.substr(0, end)) + "\n")
    return std::nullopt;
  return text.substr(0, end);
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

bool read_line(const std::string& line, backup_page& page) {
  std::istringstream in(line);
  std::string word;
  in >> word;
  if (word == "maestro")
    return static_cast<bool>(in >> page.maestro);
  if (word == "journal-format")
    return static_cast<bool>(in >> page.journal_format);
  if (word == "node")
    return static_cast<bool>(in >> page.node_id);
  if (word == "taken")
    return static_cast<bool>(in >> page.taken);
  backup_file file;
  if (word != "file" || !(in >> file.bytes >> file.sha256 >> file.name) || !is_plain_name(file.name))
    return false;
  page.files.push_back(std::move(file));
  return true;
}

result<done> check_restorable(const std::string& data_dir) {
  std::error_code problem;
  if (!fs::exists(data_dir, problem) && !problem) {
    fs::create_directories(data_dir, problem);
    if (!problem)
      fs::permissions(data_dir, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec, problem);
  }
  if (!problem && !fs::is_directory(data_dir, problem) && !problem)
    return refused(data_dir + " is not a folder");
  bool is_empty = !problem && fs::is_empty(data_dir, problem);
  if (problem)
    return failure{ec::unavailable, "cannot use " + data_dir + ": " + problem.message()};
  if (!is_empty)
    return refused(data_dir +
                   " is not empty; a backup is restored into a folder of its own, from which a node is then "
                   "started: nothing of what is here is overwritten");
  return done{};
}

result<done> copy_listed(const backup_page& page, const std::string& from, const std::string& to) {
  for (auto& file : page.files) {
    auto sum = copy_kept(from + "/" + file.name, to + "/" + file.name, file.bytes);
    if (!sum)
      return sum.error();
    if (*sum != file.sha256)
      return failure{ec::internal, from + "/" + file.name + " is damaged: its SHA-256 is not the one in BACKUP"};
  }
  return sync_path(to);
}

} // namespace

std::uint64_t backup_page::bytes() const {
  std::uint64_t sum = 0;
  for (auto& file : files)
    sum += file.bytes;
  return sum;
}

std::string backup_page::text() const {
  auto lines = fmt::format("{}\nmaestro {}\njournal-format {}\nnode {}\ntaken {}\n", first_line, maestro,
                           journal_format, node_id, taken);
  for (auto& file : files)
    lines += fmt::format("file {} {} {}\n", file.bytes, file.sha256, file.name);
  return lines + "end " + sha256_of(lines) + "\n";
}

result<backup_page> take_backup(const std::string& checkpoint, const std::string& to, const std::string& maestro,
                                timestamp now) {
  if (fs::exists(to))
    return refused(to + " is there already; a backup gets a new folder");
  auto unfinished = to + ".partial";
  std::error_code problem;
  fs::remove_all(unfinished, problem); // of a run that was ended
  if (auto made = make_folder(unfinished); !made)
    return made.error();
  auto page = fill_backup(checkpoint, unfinished, maestro, now);
  if (page)
    if (auto named = give_name(unfinished, to); !named)
      page = named.error();
  if (!page)
    fs::remove_all(unfinished, problem);
  return page;
}

result<backup_page> read_backup(const std::string& folder) {
  auto file = folder + page_name;
  std::error_code problem;
  auto size = fs::file_size(file, problem);
  if (problem)
    return refused(folder + " is no backup of Maestro: it has no file BACKUP");
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  auto lines = size > longest_page ? std::nullopt : vouched_for(text.str());
  if (!lines)
    return refused(file + " is damaged or was cut off: its last line does not vouch for the others");
  std::istringstream in(*lines);
  std::string line;
  std::getline(in, line);
  if (line != first_line)
    return refused(file + ": \"" + line + "\" is none that this program reads; use the maestro that took it");
  backup_page page;
  while (std::getline(in, line))
    if (!read_line(line, page))
      return refused(file + ": \"" + line + "\" makes no sense");
  if (page.journal_format > journal_keys::format_version)
    return refused(fmt::format("{} has journal format {}, this program reads up to {}; use maestro {} or newer",
                               folder, page.journal_format, journal_keys::format_version, page.maestro));
  return page;
}

result<backup_page> restore_backup(const std::string& backup, const std::string& data_dir) {
  auto page = read_backup(backup);
  if (!page)
    return page;
  if (auto usable = check_restorable(data_dir); !usable)
    return usable.error();
  auto unfinished = data_dir + "/journal.partial";
  if (auto made = make_folder(unfinished); !made)
    return made.error();
  auto copied = copy_listed(*page, backup + "/journal", unfinished);
  if (copied)
    if (auto seen = examined(unfinished); !seen)
      copied = failure{seen.error().code, "the restored journal cannot be read: " + seen.error().text};
  if (copied)
    copied = give_name(unfinished, data_dir + "/journal");
  if (!copied) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    return copied.error();
  }
  return page;
}

} // namespace maestro
