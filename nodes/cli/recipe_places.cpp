#include "nodes/cli/recipe_places.hpp"

#include "messages/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace maestro::cli {

namespace {

/// `Containers[0]`, in the file's words.
struct part {
  std::string name;
  long index = -1;
};

std::vector<part> parts_of(const std::string& where) {
  std::vector<part> parts;
  std::istringstream in{where};
  for (std::string word; std::getline(in, word, '.');) {
    part one{word, -1};
    if (auto open = word.find('['); open != std::string::npos) {
      one.name = word.substr(0, open);
      one.index = std::atol(word.c_str() + open + 1);
    }
    if (one.name == "ForwardType")
      one.name = "type";
    else if (one.name == "CPU")
      one.name = "cpu";
    else if (!one.name.empty())
      one.name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(one.name[0])));
    parts.push_back(std::move(one));
  }
  if (!parts.empty() && parts.front().name == "scheduler")
    parts.erase(parts.begin());
  return parts;
}

/// Without the underscores of the other spelling.
std::string folded(const std::string& name) {
  auto text = lower_case(name);
  std::erase(text, '_');
  return text;
}

/// What is wrong, in the words of the rule, and where.
std::string line_of(const std::string& file, const document& recipe, const std::string& where,
                    const std::string& text) {
  auto place = place_of(recipe, where);
  return fmt::format("{}: {}: {}", place_text(file, place.line, place.column), place.path, text);
}

} // namespace

recipe_place place_of(const document& recipe, const std::string& where) {
  recipe_place place{"", recipe.line, recipe.column};
  const auto* at = &recipe;
  for (auto& [name, index] : parts_of(where)) {
    place.path += (place.path.empty() ? "" : ".") + name;
    if (at != nullptr) {
      auto found = std::find_if(at->fields.begin(), at->fields.end(),
                                [&, wanted = folded(name)](auto& field) { return folded(field.first) == wanted; });
      at = found == at->fields.end() ? nullptr : &found->second;
    }
    if (index >= 0) {
      place.path += fmt::format("[{}]", index);
      bool is_there = at != nullptr && static_cast<std::size_t>(index) < at->items.size();
      at = is_there ? &at->items[static_cast<std::size_t>(index)] : nullptr;
    }
    if (at != nullptr) {
      place.line = at->line;
      place.column = at->column;
    }
  }
  return place;
}

std::string place_text(const std::string& file, int line, int column) {
  if (line <= 0)
    return file;
  return column <= 0 ? fmt::format("{}:{}", file, line) : fmt::format("{}:{}:{}", file, line, column);
}

std::string with_places(const std::string& refusal, const std::string& file, const document& recipe) {
  std::istringstream in{refusal};
  std::string all;
  bool is_validation = false;
  for (std::string line; std::getline(in, line);) {
    std::string shown = line;
    if (line.ends_with("Validation Error:")) {
      is_validation = true;
      continue;
    }
    auto key = line.find("Key: '");
    auto colon = line.find(": ");
    if (key != std::string::npos && line.find("' Error:") != std::string::npos) {
      auto end = line.find('\'', key + 6);
      shown = line_of(file, recipe, line.substr(key + 6, end - key - 6), line.substr(line.find("' Error:") + 8));
    } else if (is_validation && colon != std::string::npos &&
               (line.starts_with("Scheduler.") || line.starts_with("Autoscaling."))) {
      shown = line_of(file, recipe, line.substr(0, colon), line.substr(colon + 2));
    }
    all += (all.empty() ? "" : "\n") + shown;
  }
  return all;
}

} // namespace maestro::cli
