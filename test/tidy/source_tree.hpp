// The repository as tidy sees it: every file that was written by hand, read once. For the tests of test/tidy.
#pragma once

#include "test/tidy/checks.hpp"

#include <string>
#include <vector>

namespace maestro::tidy {

struct source {
  std::string path; ///< relative to the root, with slashes
  std::string text;

  std::string extension() const;
  bool in(const std::string& folder) const { return path.starts_with(folder + "/"); }
  bool is_header() const { return extension() == ".hpp" || extension() == ".h"; }
  std::vector<std::string> lines() const;
  /// The targets of its #include lines, as written.
  std::vector<std::string> includes() const;
};

/// The top folders that hold code.
const std::vector<std::string>& code_folders();
/// C and C++ of these folders, by path.
const std::vector<source>& sources();
std::string read_file(const std::string& path_from_root);

/// Files and folders below the top folders, and what stands beside them.
const file_texts& whole_tree();
/// Those whose words are checked: code, documents, protobuf, build files, scripts, configuration.
file_texts speaking_files();
/// Code that becomes part of the binary.
file_texts shipped_code();

} // namespace maestro::tidy
