#include "actors/rules/event_attributes.hpp"

#include <rapidjson/document.h>

#include <charconv>
#include <cmath>

namespace maestro::rules {

namespace {

// Fixed from 1e-4 to below 1e6, as the original's formatting of shortest digits chooses; whole numbers that are to
// be plain up to where doubles have no more digits to show.
void append_number(std::string& out, double value, number_style style) {
  auto size = std::abs(value);
  bool is_plain = style == number_style::plain && size < 1e21 && value == std::trunc(value);
  bool is_fixed = is_plain || size == 0 || (size >= 1e-4 && size < 1e6);
  char digits[64];
  auto format = is_fixed ? std::chars_format::fixed : std::chars_format::scientific;
  auto end = std::to_chars(digits, digits + sizeof digits, value, format).ptr;
  out.append(digits, end);
}

std::string_view text_in(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

// As deep as the text nests, which whoever took it in has bounded.
void append_value(std::string& out, const rapidjson::Value& value, number_style style) {
  switch (value.GetType()) {
  case rapidjson::kNullType: out += "<nil>"; return;
  case rapidjson::kFalseType: out += "false"; return;
  case rapidjson::kTrueType: out += "true"; return;
  case rapidjson::kStringType: out += text_in(value); return;
  case rapidjson::kNumberType: append_number(out, value.GetDouble(), style); return;
  case rapidjson::kArrayType: break;
  case rapidjson::kObjectType: {
    std::map<std::string_view, const rapidjson::Value*> sorted;
    for (auto& member : value.GetObject())
      sorted.insert_or_assign(text_in(member.name), &member.value);
    out += "map[";
    for (auto separator = ""; auto& [name, field] : sorted) {
      (out += separator).append(name) += ':';
      append_value(out, *field, style);
      separator = " ";
    }
    out += ']';
    return;
  }
  }
  out += '[';
  for (auto separator = ""; auto& item : value.GetArray()) {
    out += separator;
    append_value(out, item, style);
    separator = " ";
  }
  out += ']';
}

} // namespace

std::optional<attributes> read_attributes(std::string_view json, number_style style) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject())
    return std::nullopt;
  attributes all;
  for (auto& member : document.GetObject()) {
    attribute one{{}, member.value.IsString()};
    append_value(one.text, member.value, style);
    all.insert_or_assign(std::string(text_in(member.name)), std::move(one));
  }
  return all;
}

} // namespace maestro::rules
