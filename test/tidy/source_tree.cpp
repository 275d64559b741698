#include "test/tidy/source_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace maestro::tidy {

namespace fs = std::filesystem;

namespace {

std::string read(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

bool holds_code(const fs::path& path) {
  static const std::set<std::string> code{".hpp", ".cpp", ".h", ".c"};
  return code.contains(path.extension().string());
}

} // namespace

std::string source::extension() const {
  return fs::path(path).extension().string();
}

std::vector<std::string> source::lines() const {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    all.push_back(line);
  return all;
}

std::vector<std::string> source::includes() const {
  std::vector<std::string> all;
  static const std::regex include("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
  std::smatch found;
  for (auto& line : lines())
    if (std::regex_search(line, found, include))
      all.push_back(found[1]);
  return all;
}

const std::vector<std::string>& code_folders() {
  static const std::vector<std::string> folders{"messages", "actors", "runtime", "nodes", "test", "deploy"};
  return folders;
}

const file_texts& whole_tree() {
  static const file_texts all = [] {
    file_texts found;
    auto add = [&](const fs::path& path) {
      auto name = fs::relative(path, MAESTRO_ROOT).generic_string();
      found[name] = fs::is_regular_file(path) ? read(path) : std::string();
    };
    auto folders = code_folders();
    folders.emplace_back("proto");
    for (auto& folder : folders) {
      found[folder];
      for (auto& entry : fs::recursive_directory_iterator(fs::path(MAESTRO_ROOT) / folder))
        add(entry.path());
    }
    for (auto* file : {"README.md", "LICENSE", "Makefile", "CMakeLists.txt", ".clang-format", ".dockerignore"})
      add(fs::path(MAESTRO_ROOT) / file);
    return found;
  }();
  return all;
}

std::string read_file(const std::string& path_from_root) {
  auto found = whole_tree().find(path_from_root);
  return found == whole_tree().end() ? std::string() : found->second;
}

const std::vector<source>& sources() {
  static const std::vector<source> all = [] {
    std::vector<source> found;
    for (auto& [path, text] : whole_tree())
      if (holds_code(path))
        found.push_back({path, text});
    return found;
  }();
  return all;
}

file_texts speaking_files() {
  static const std::set<std::string> kinds{".md", ".proto", ".txt", ".yaml", ".sh", ".service", ""};
  file_texts chosen;
  for (auto& [path, text] : whole_tree())
    if (holds_code(path) || (!text.empty() && kinds.contains(fs::path(path).extension().string())))
      chosen[path] = text;
  return chosen;
}

file_texts shipped_code() {
  file_texts chosen;
  for (auto& file : sources())
    if (!file.in("test") && !file.in("deploy"))
      chosen[file.path] = file.text;
  return chosen;
}

} // namespace maestro::tidy
