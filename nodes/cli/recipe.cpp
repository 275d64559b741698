#include "nodes/cli/recipe.hpp"

#include "messages/text.hpp"
#include "nodes/cli/printable.hpp"
#include "nodes/cli/recipe_document.hpp"
#include "nodes/cli/recipe_places.hpp"
#include "nodes/cli/recipe_shape.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace maestro::cli {

using json = nlohmann::ordered_json;

namespace {

/// YAML numbers may begin with one.
std::string_view without_plus(std::string_view text) {
  return text.starts_with('+') && !text.starts_with("+-") ? text.substr(1) : text;
}

/// The API's seconds, e.g. `90s`; empty when the text is no duration. A unit must be written.
std::string parse_period(const std::string& text) {
  auto period = text == "0" ? std::nullopt : parse_duration(text);
  if (!period)
    return {};
  auto whole = period->count() / 1'000'000'000;
  auto nanos = period->count() % 1'000'000'000;
  return nanos == 0 ? fmt::format("{}s", whole) : fmt::format("{}.{:09}s", whole, nanos);
}

std::string camel_case(const std::string& name) {
  std::string camel;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_' && i + 1 < name.size())
      camel.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(name[++i]))));
    else
      camel.push_back(name[i]);
  }
  return camel;
}

class converter {
public:
  converter(std::string file, const variables& vars) : file_(std::move(file)), vars_(vars) {}

  json object(const document& d, const std::vector<field_shape>& shape, const std::string& path) const;

private:
  json value(const document& d, const field_shape& field, const std::string& path) const;
  json list(const document& d, const field_shape& field, const std::string& path) const;
  json scalar(const document& d, value_type type, const std::string& path) const;
  json any(const document& d, const std::string& path) const;
  std::string expand(const std::string& text) const;
  const field_shape& find(const std::string& name, const std::vector<field_shape>& shape, const document& d,
                          const std::string& path) const;
  [[noreturn]] void refuse(const document& d, const std::string& path, const std::string& text) const {
    throw recipe_error(printable(
        fmt::format("{}: {}: {}", place_text(file_, d.line, d.column), path.empty() ? "recipe" : path, text)));
  }

  std::string file_;
  const variables& vars_;
};

std::string converter::expand(const std::string& text) const {
  std::string expanded;
  for (std::size_t at = 0; at < text.size();) {
    auto open = text.find("${", at);
    auto close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos)
      return expanded + text.substr(at);
    expanded += text.substr(at, open - at);
    auto known = vars_.find(text.substr(open + 2, close - open - 2));
    expanded += known == vars_.end() ? text.substr(open, close - open + 1) : known->second;
    at = close + 1;
  }
  return expanded;
}

const field_shape& converter::find(const std::string& name, const std::vector<field_shape>& shape,
                                   const document& d, const std::string& path) const {
  auto wanted = camel_case(name);
  auto known = std::find_if(shape.begin(), shape.end(), [&](auto& f) { return f.name == wanted; });
  if (known != shape.end())
    return *known;
  auto changes = [&](const field_shape& f) { return edit_distance(lower_case(f.name), lower_case(wanted)); };
  auto nearest =
      std::min_element(shape.begin(), shape.end(), [&](auto& a, auto& b) { return changes(a) < changes(b); });
  bool near = changes(*nearest) <= 2;
  refuse(d, path, near ? fmt::format("unknown field; did you mean \"{}\"?", nearest->name) : "unknown field");
}

json converter::object(const document& d, const std::vector<field_shape>& shape, const std::string& path) const {
  if (d.type == document::kind::nothing)
    return nullptr;
  if (d.type != document::kind::map)
    refuse(d, path, fmt::format("expected a block of fields, found {}", kind_name(d)));
  json result = json::object();
  for (auto& [name, field] : d.fields) {
    auto field_path = path.empty() ? name : path + "." + name;
    auto& known = find(name, shape, field, field_path);
    std::string key{known.name};
    if (result.contains(key))
      refuse(field, field_path, "given twice");
    result[key] = value(field, known, field_path);
  }
  return result;
}

json converter::value(const document& d, const field_shape& field, const std::string& path) const {
  if (d.type == document::kind::nothing)
    return nullptr;
  switch (field.type) {
  case value_type::object: return object(d, field.fields, path);
  case value_type::list_of_text:
  case value_type::list_of_objects: return list(d, field, path);
  case value_type::any: return any(d, path);
  case value_type::text_map: {
    if (d.type != document::kind::map)
      refuse(d, path, fmt::format("expected names with texts, found {}", kind_name(d)));
    json map = json::object();
    for (auto& [name, text] : d.fields)
      map[name] = scalar(text, value_type::text, path + "." + name);
    return map;
  }
  default: return scalar(d, field.type, path);
  }
}

json converter::list(const document& d, const field_shape& field, const std::string& path) const {
  if (d.type != document::kind::list)
    refuse(d, path, fmt::format("expected a list, found {}", kind_name(d)));
  json items = json::array();
  for (std::size_t i = 0; i < d.items.size(); ++i) {
    auto item_path = fmt::format("{}[{}]", path, i);
    items.push_back(field.type == value_type::list_of_text ? scalar(d.items[i], value_type::text, item_path)
                                                           : object(d.items[i], field.fields, item_path));
  }
  return items;
}

json converter::scalar(const document& d, value_type type, const std::string& path) const {
  if (d.type == document::kind::nothing && type == value_type::text)
    return "";
  if (d.type != document::kind::scalar)
    refuse(d, path, fmt::format("expected a single value, found {}", kind_name(d)));
  auto text = expand(d.text);
  if (type == value_type::text)
    return text;
  if (type == value_type::period) {
    auto period = parse_period(text);
    if (period.empty())
      refuse(d, path, fmt::format("\"{}\" is no duration; write it like 10s or 1m30s", text));
    return period;
  }
  if (type == value_type::boolean) {
    if (text != "true" && text != "false")
      refuse(d, path, fmt::format("\"{}\" is neither true nor false", text));
    return text == "true";
  }
  if (auto integer = parse_integer(without_plus(text)))
    return *integer;
  auto number = parse_number(without_plus(text));
  if (!number || (type == value_type::integer && *number != std::floor(*number)))
    refuse(d, path,
           fmt::format("\"{}\" is not {}", text, type == value_type::integer ? "a whole number" : "a number"));
  if (type == value_type::integer) {
    if (std::abs(*number) > 9e15)
      refuse(d, path, fmt::format("\"{}\" is out of range", text));
    return static_cast<long long>(*number);
  }
  return *number;
}

/// Free-form JSON (forwarder metadata): plain scalars by YAML's rules, quoted ones are texts.
json converter::any(const document& d, const std::string& path) const {
  switch (d.type) {
  case document::kind::nothing: return nullptr;
  case document::kind::list: {
    json items = json::array();
    for (auto& item : d.items)
      items.push_back(any(item, path));
    return items;
  }
  case document::kind::map: {
    json fields = json::object();
    for (auto& [name, field] : d.fields)
      fields[name] = any(field, path + "." + name);
    return fields;
  }
  case document::kind::scalar: break;
  }
  if (d.quoted)
    return expand(d.text);
  if (d.text == "true" || d.text == "false")
    return d.text == "true";
  if (auto integer = parse_integer(without_plus(d.text)))
    return *integer;
  if (auto number = parse_number(without_plus(d.text)))
    return *number;
  return expand(d.text);
}

void emit(YAML::Emitter& out, const json& value) {
  if (value.is_object()) {
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginMap;
    for (auto& [name, field] : value.items()) {
      out << YAML::Key << name << YAML::Value;
      emit(out, field);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginSeq;
    for (auto& item : value)
      emit(out, item);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    auto text = value.get<std::string>();
    bool ambiguous = text.empty() || parse_number(without_plus(text)) || text == "true" || text == "false" ||
                     text == "null" || text == "~" || text == "yes" || text == "no" || text == "on" ||
                     text == "off";
    if (ambiguous)
      out << YAML::DoubleQuoted;
    out << text;
  } else if (value.is_null()) {
    out << YAML::Null;
  } else {
    out << value.dump();
  }
}

} // namespace

document recipe_document(const std::string& text, const std::string& file) {
  auto root = read_document(text, file);
  bool wrapped =
      root.type == document::kind::map && root.fields.size() == 1 && root.fields.front().first == "scheduler";
  auto recipe = wrapped ? root.fields.front().second : root;
  if (recipe.type != document::kind::map)
    throw recipe_error(fmt::format("{}: a recipe is a block of fields, this is {}", file, kind_name(recipe)));
  return recipe;
}

std::string recipe_to_json(const std::string& text, const std::string& file, const variables& vars) {
  for (auto& [name, value] : vars)
    if (find_invalid_utf8(value) != std::string::npos)
      throw recipe_error(fmt::format("{}: the text of variable {} is no UTF-8", file, printable(name)));
  auto recipe = recipe_document(text, file);
  return converter{file, vars}.object(recipe, recipe_shape(), "").dump();
}

std::string json_to_yaml(const std::string& json_text) {
  YAML::Emitter out;
  emit(out, json::parse(json_text));
  return std::string{out.c_str()} + "\n";
}

} // namespace maestro::cli
