#include "nodes/cli/recipe_document.hpp"

#include "nodes/cli/printable.hpp"
#include "nodes/cli/recipe.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

namespace maestro::cli {

using json = nlohmann::ordered_json;

namespace {

constexpr int depth_limit = 100;
constexpr std::size_t node_limit = 100'000; ///< aliases make many of few
constexpr std::size_t documents_limit = 100;

/// How deep and how much: what a file nests and repeats is walked by recursion.
class walk {
public:
  explicit walk(const std::string& file) : file_(file) {}
  /// One level deeper while it lives.
  class level {
  public:
    level(walk& of, int line) : of_(of) {
      if (++of_.depth_ > depth_limit)
        of_.refuse(line, fmt::format("nested deeper than {} levels", depth_limit));
      if (++of_.nodes_ > node_limit)
        of_.refuse(line, fmt::format("more than {} values", node_limit));
    }
    ~level() { --of_.depth_; }
    level(const level&) = delete;
    level& operator=(const level&) = delete;

  private:
    walk& of_;
  };

private:
  [[noreturn]] void refuse(int line, const std::string& text) {
    --depth_;
    throw recipe_error(line > 0 ? fmt::format("{}:{}: {}", file_, line, text)
                                : fmt::format("{}: {}", file_, text));
  }
  const std::string& file_;
  int depth_ = 0;
  std::size_t nodes_ = 0;
};

document from_yaml(const YAML::Node& node, walk& on) {
  walk::level here(on, node.Mark().line + 1);
  document d;
  d.line = node.Mark().line + 1;
  d.column = node.Mark().column + 1;
  if (node.IsScalar()) {
    d.type = document::kind::scalar;
    d.text = node.Scalar();
    d.quoted = node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str";
  } else if (node.IsSequence()) {
    d.type = document::kind::list;
    for (const auto& item : node)
      d.items.push_back(from_yaml(item, on));
  } else if (node.IsMap()) {
    d.type = document::kind::map;
    for (const auto& entry : node) {
      d.fields.emplace_back(entry.first.IsScalar() ? entry.first.Scalar() : std::string{"?"},
                            from_yaml(entry.second, on));
      d.fields.back().second.line = entry.first.Mark().line + 1;
      d.fields.back().second.column = entry.first.Mark().column + 1;
    }
  }
  return d;
}

document from_json(const json& value, walk& on) {
  walk::level here(on, 0);
  document d;
  if (value.is_object()) {
    d.type = document::kind::map;
    for (auto& [name, field] : value.items())
      d.fields.emplace_back(name, from_json(field, on));
  } else if (value.is_array()) {
    d.type = document::kind::list;
    for (auto& item : value)
      d.items.push_back(from_json(item, on));
  } else if (!value.is_null()) {
    d.type = document::kind::scalar;
    d.quoted = value.is_string();
    d.text = d.quoted ? value.get<std::string>() : value.dump();
  }
  return d;
}

/// Counts documents, and gives up on those that do not get on: `,` is none and never ends.
std::size_t count_documents(const std::string& text) {
  struct : YAML::EventHandler {
    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
  } nobody;
  std::istringstream in(text);
  YAML::Parser parser(in);
  std::size_t count = 0;
  while (count < documents_limit && parser.HandleNextDocument(nobody))
    ++count;
  return count;
}

int line_at(const std::string& text, std::size_t byte) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n'));
}

} // namespace

const char* kind_name(const document& d) {
  switch (d.type) {
  case document::kind::nothing: return "nothing";
  case document::kind::scalar: return "a single value";
  case document::kind::list: return "a list";
  case document::kind::map: return "a block of fields";
  }
  return "?";
}

document read_document(const std::string& text, const std::string& file) {
  if (auto bad = find_invalid_utf8(text); bad != std::string::npos)
    throw recipe_error(fmt::format("{}:{}: the text is no UTF-8: byte {} is 0x{:02x}", file, line_at(text, bad),
                                   bad, static_cast<unsigned char>(text[bad])));
  walk all(file);
  auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos)
    throw recipe_error(fmt::format("{}: the recipe is empty", file));
  if (text[first] == '{') {
    try {
      return from_json(json::parse(text), all);
    } catch (const json::parse_error& e) {
      auto line = line_at(text, std::min(e.byte, text.size()));
      throw recipe_error(fmt::format("{}:{}: no valid JSON: {}", file, line, printable(e.what())));
    }
  }
  try {
    auto documents = count_documents(text);
    if (documents != 1)
      throw recipe_error(fmt::format("{}: {}{} documents; one recipe is expected", file,
                                     documents == documents_limit ? "at least " : "", documents));
    return from_yaml(YAML::Load(text), all);
  } catch (const YAML::Exception& e) {
    throw recipe_error(fmt::format("{}:{}: no valid YAML: {}", file, e.mark.line + 1, printable(e.msg)));
  }
}

} // namespace maestro::cli
