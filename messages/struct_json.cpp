#include "messages/struct_json.hpp"

#include <google/protobuf/struct.pb.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace maestro {

namespace pb = google::protobuf;

namespace {

/// `1.25e+17` as `125000000000000000`: shortest digits filled up with zeros, not the exact binary value.
void append_expanded(std::string& out, std::string_view scientific) {
  auto exponent_at = scientific.find('e');
  auto digits = scientific.substr(0, exponent_at);
  int exponent = 0;
  std::from_chars(scientific.data() + exponent_at + 2, scientific.data() + scientific.size(), exponent);
  for (char c : digits)
    if (c != '.')
      out += c;
  auto fraction = digits.find('.') == digits.npos ? 0 : digits.size() - digits.find('.') - 1;
  out.append(static_cast<std::size_t>(exponent) - fraction, '0');
}

/// `1e-07` as `1e-7`.
void append_scientific(std::string& out, std::string_view text) {
  auto padded = text.find("e-0");
  out += text.substr(0, padded == text.npos ? text.npos : padded + 2);
  if (padded != text.npos)
    out += text.substr(padded + 3);
}

template <class Float>
void append_shortest(std::string& out, Float value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  auto size = std::abs(value);
  bool fixed = size == 0 || (size >= Float(1e-6) && size < Float(1e15));
  char digits[64];
  auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  auto end = std::to_chars(digits, digits + sizeof digits, value, format).ptr;
  std::string_view text(digits, static_cast<std::size_t>(end - digits));
  if (fixed)
    out += text;
  else if (size >= Float(1e15) && size < Float(1e21))
    append_expanded(out, text);
  else
    append_scientific(out, text);
}

class struct_handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, struct_handler> {
public:
  explicit struct_handler(pb::Struct& root) : builder_(root) {}

  bool Null() { return builder_.null(); }
  bool Bool(bool value) { return builder_.boolean(value); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    double value = 0;
    auto read = std::from_chars(text, text + size, value);
    if (read.ec == std::errc::result_out_of_range)
      value = std::strtod(std::string(text, size).c_str(), nullptr);
    return !std::isinf(value) && builder_.number(value);
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return builder_.string({text, size}); }
  bool StartObject() { return builder_.start_object(); }
  bool Key(const char* text, rapidjson::SizeType size, bool) { return builder_.key({text, size}); }
  bool EndObject(rapidjson::SizeType) { return builder_.end(); }
  bool StartArray() { return builder_.start_array(); }
  bool EndArray(rapidjson::SizeType) { return builder_.end(); }

private:
  struct_builder builder_;
};

} // namespace

void append_json_number(std::string& out, double value) {
  append_shortest(out, value);
}

void append_json_number(std::string& out, float value) {
  append_shortest(out, value);
}

void append_json(std::string& out, const pb::Struct& value) {
  std::vector<std::pair<std::string_view, const pb::Value*>> fields;
  fields.reserve(static_cast<std::size_t>(value.fields().size()));
  for (auto& [name, field] : value.fields())
    fields.emplace_back(name, &field);
  std::sort(fields.begin(), fields.end(), [](auto& a, auto& b) { return a.first < b.first; });
  out += '{';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i != 0)
      out += ',';
    append_json_string(out, fields[i].first);
    out += ':';
    append_json(out, *fields[i].second);
  }
  out += '}';
}

void append_json(std::string& out, const pb::Value& value) {
  switch (value.kind_case()) {
  case pb::Value::KIND_NOT_SET:
  case pb::Value::kNullValue: out += "null"; return;
  case pb::Value::kBoolValue: out += value.bool_value() ? "true" : "false"; return;
  case pb::Value::kNumberValue: append_json_number(out, value.number_value()); return;
  case pb::Value::kStringValue: append_json_string(out, value.string_value()); return;
  case pb::Value::kStructValue: append_json(out, value.struct_value()); return;
  case pb::Value::kListValue: break;
  }
  out += '[';
  for (int i = 0; i < value.list_value().values_size(); ++i) {
    if (i != 0)
      out += ',';
    append_json(out, value.list_value().values(i));
  }
  out += ']';
}

std::string to_json(const pb::Struct& value) {
  std::string out;
  append_json(out, value);
  return out;
}

bool from_json(std::string_view text, pb::Struct& value) {
  value.Clear();
  struct_handler handler(value);
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  // RapidJSON 1.1.0 misreads some numbers (`0e62`): it only finds them.
  constexpr auto flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                         rapidjson::kParseNumbersAsStringsFlag;
  return !reader.Parse<flags>(stream, handler).IsError();
}

struct_builder::struct_builder(pb::Struct& root) : root_struct_(&root) {}
struct_builder::struct_builder(pb::Value& root) : root_value_(&root) {}

bool struct_builder::null() {
  auto* to = slot();
  if (to != nullptr)
    to->set_null_value(pb::NULL_VALUE);
  return to != nullptr;
}

bool struct_builder::boolean(bool value) {
  auto* to = slot();
  if (to != nullptr)
    to->set_bool_value(value);
  return to != nullptr;
}

bool struct_builder::number(double value) {
  auto* to = slot();
  if (to != nullptr)
    to->set_number_value(value);
  return to != nullptr;
}

bool struct_builder::string(std::string_view value) {
  auto* to = slot();
  if (to != nullptr)
    to->set_string_value(value.data(), value.size());
  return to != nullptr;
}

bool struct_builder::start_object() {
  if (open_.empty() && root_struct_ != nullptr)
    return push({root_struct_, nullptr, nullptr});
  auto* to = slot();
  return to != nullptr && push({to->mutable_struct_value(), nullptr, nullptr});
}

bool struct_builder::start_array() {
  auto* to = slot();
  if (to == nullptr)
    return false;
  to->mutable_list_value();
  return push({nullptr, to, nullptr});
}

bool struct_builder::key(std::string_view name) {
  auto& fields = *open_.back().object->mutable_fields();
  auto [entry, added] = fields.insert({std::string(name), pb::Value()});
  if (!added) {
    refusal_ = "duplicate map key \"" + std::string(name) + "\"";
    return false;
  }
  open_.back().next = &entry->second;
  return true;
}

bool struct_builder::end() {
  open_.pop_back();
  return true;
}

pb::Value* struct_builder::slot() {
  if (!open_.empty()) {
    auto& top = open_.back();
    return top.array != nullptr ? top.array->mutable_list_value()->add_values() : top.next;
  }
  if (root_value_ == nullptr)
    refusal_ = "an object is wanted";
  return root_value_;
}

bool struct_builder::push(level opened) {
  if (open_.size() >= json_depth_limit) {
    refusal_ = "exceeded maximum nesting depth of " + std::to_string(json_depth_limit);
    return false;
  }
  open_.push_back(opened);
  return true;
}

} // namespace maestro
