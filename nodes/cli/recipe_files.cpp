#include "nodes/cli/recipe_files.hpp"

#include "nodes/cli/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>

namespace maestro::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t recipe_limit = 16u << 20;
constexpr std::size_t files_limit = 1000;

/// One byte more than a recipe may have, at most.
std::string read_bounded(std::istream& in, const std::string& name) {
  std::string text(recipe_limit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > recipe_limit)
    throw failure(exit_usage, fmt::format("{}: a recipe has at most {} bytes", name, recipe_limit));
  return text;
}

std::string text_of_file(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    throw failure(exit_usage, fmt::format("{}: cannot be read: {}", file, std::strerror(errno)));
  return read_bounded(in, file);
}

std::vector<std::string> recipes_in(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code ec;
  for (fs::directory_iterator at{folder, ec}, end; !ec && at != end; at.increment(ec)) {
    auto extension = at->path().extension();
    if ((extension == ".yaml" || extension == ".yml" || extension == ".json") && at->is_regular_file())
      found.push_back(at->path().string());
  }
  if (ec)
    throw failure(exit_usage, fmt::format("{}: cannot be read: {}", folder, ec.message()));
  if (found.empty())
    throw failure(exit_usage, fmt::format("{}: no .yaml, .yml or .json file is in this folder", folder));
  if (found.size() > files_limit)
    throw failure(exit_usage, fmt::format("{}: more than {} recipes", folder, files_limit));
  std::sort(found.begin(), found.end());
  return found;
}

std::string folder_of(const std::string& file) {
  auto path = file == "-" ? fs::current_path() : fs::absolute(file).parent_path();
  return path.lexically_normal().string();
}

} // namespace

std::vector<recipe_file> read_recipes(terminal& term, const std::vector<std::string>& files,
                                      const variables& vars) {
  std::vector<recipe_file> all;
  auto add = [&](const std::string& file) {
    bool is_stdin = file == "-";
    auto known = vars;
    known.emplace("RECIPE_DIR", folder_of(file));
    all.push_back({is_stdin ? "<stdin>" : file, is_stdin ? read_bounded(term.in, "<stdin>") : text_of_file(file),
                   std::move(known)});
  };
  for (auto& file : files) {
    std::error_code ec;
    if (file != "-" && fs::is_directory(file, ec))
      for (auto& inside : recipes_in(file))
        add(inside);
    else
      add(file);
  }
  return all;
}

variables parse_variables(const std::vector<std::string>& given) {
  variables vars;
  for (auto& text : given) {
    auto equal = text.find('=');
    if (equal == 0 || equal == std::string::npos)
      throw failure(exit_usage, fmt::format("--var \"{}\": expected NAME=VALUE", text));
    vars[text.substr(0, equal)] = text.substr(equal + 1);
  }
  return vars;
}

} // namespace maestro::cli
