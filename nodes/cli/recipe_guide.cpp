#include "nodes/cli/recipe_guide.hpp"

#include "nodes/cli/failure.hpp"
#include "nodes/cli/recipe_shape.hpp"
#include "nodes/cli/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace maestro::cli {

namespace {

constexpr std::size_t line_width = 100;

/// Lines of words, none longer than the width if it can be helped.
std::string wrapped(const std::string& text, const std::string& indent) {
  std::string all, line = indent;
  std::istringstream in{text};
  for (std::string word; in >> word;) {
    if (line.size() + 1 + word.size() > line_width && line != indent) {
      all += line + "\n";
      line = indent;
    }
    line += (line == indent ? "" : " ") + word;
  }
  return all + line + "\n";
}

std::string fields_text(const std::vector<field_shape>& fields) {
  std::string all;
  for (auto& field : fields) {
    all += fmt::format("\n  {} ({})\n", field.name, type_name(field.type));
    all += wrapped(field.help, "    ");
  }
  return all;
}

const field_shape& find_field(const std::vector<field_shape>& fields, const std::string& name,
                              const std::string& path) {
  auto found = std::find_if(fields.begin(), fields.end(), [&](auto& field) { return field.name == name; });
  if (found != fields.end())
    return *found;
  std::vector<std::string> names;
  for (auto& field : fields)
    names.emplace_back(field.name);
  throw failure(exit_usage, fmt::format("{}: unknown field \"{}\"{}", path.empty() ? "recipe" : path, name,
                                        names.empty() ? "; it has no fields" : suggestion(name, names)));
}

/// The starter recipe, line by line. What has no example is commented out, and with it all that it holds.
class starter {
public:
  explicit starter(std::string name) : name_(std::move(name)) {}

  void block(const std::vector<field_shape>& fields, const std::string& indent, bool is_active, bool in_list);
  std::string text;

private:
  void value(const field_shape& field, const std::string& start, const std::string& indent, bool is_active);
  std::string name_;
};

void starter::value(const field_shape& field, const std::string& start, const std::string& indent,
                    bool is_active) {
  auto example =
      !name_.empty() && (field.name == "name" || field.name == "game") && indent.empty() ? name_ : field.example;
  switch (field.type) {
  case value_type::object: text += start + "\n"; return block(field.fields, indent + "  ", is_active, false);
  case value_type::list_of_objects:
    text += start + "\n";
    return block(field.fields, indent + "  ", is_active, true);
  case value_type::text_map:
  case value_type::any: text += start + " {}\n"; return;
  case value_type::list_of_text: text += start + " " + (example.empty() ? "[]" : example) + "\n"; return;
  case value_type::integer:
  case value_type::number: text += start + " " + (example.empty() ? "1" : example) + "\n"; return;
  case value_type::boolean: text += start + " " + (example.empty() ? "true" : example) + "\n"; return;
  case value_type::period:
  case value_type::text: text += start + " " + (example.empty() ? "\"\"" : example) + "\n"; return;
  }
}

void starter::block(const std::vector<field_shape>& fields, const std::string& indent, bool is_active,
                    bool in_list) {
  bool is_first = true;
  auto inner = in_list ? indent + "  " : indent;
  for (auto& field : fields) {
    if (field.is_answer_only)
      continue;
    bool is_on = is_active && !field.example.empty();
    auto at = text.size();
    std::istringstream help{wrapped(field.help, "")};
    for (std::string line; std::getline(help, line);)
      text += fmt::format("{}# {}\n", is_active ? inner : "# " + inner, line);
    auto lead = in_list && is_first && (is_on || !is_active) ? indent + "- " : inner;
    is_first = is_first && !(is_on || !is_active);
    value(field, fmt::format("{}{}{}:", is_on ? "" : "# ", lead, field.name), inner, is_on);
    if (indent.empty() && at != 0)
      text.insert(at, "\n");
  }
}

} // namespace

std::string explain_field(const std::string& given) {
  const auto* fields = &recipe_shape();
  std::string path;
  const field_shape* last = nullptr;
  std::istringstream in{given};
  for (std::string name; std::getline(in, name, '.');) {
    name = name.substr(0, name.find('['));
    last = &find_field(*fields, name, path);
    fields = &last->fields;
    path += (path.empty() ? "" : ".") + name;
  }
  std::string text;
  if (last == nullptr)
    text = "A recipe describes a scheduler: a group of rooms.\n";
  else
    text = fmt::format("{} ({})\n", path, type_name(last->type)) + wrapped(last->help, "");
  if (last != nullptr && !last->example.empty() && last->example != "below")
    text += fmt::format("Example: {}: {}\n", last->name, last->example);
  if (!fields->empty())
    text += "\nFields:" + fields_text(*fields);
  return text;
}

std::string starter_recipe(const std::string& name) {
  starter made{name};
  made.text = "";
  made.block(recipe_shape(), "", true, false);
  return "# A recipe for `maestro scheduler create -f FILE`. What is commented out may be left out;\n"
         "# `maestro explain FIELD` says the same of one field.\n\n" +
         made.text;
}

} // namespace maestro::cli
