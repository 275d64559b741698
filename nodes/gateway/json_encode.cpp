#include "nodes/gateway/json.hpp"
#include "nodes/gateway/json_schema.hpp"

#include "messages/struct_json.hpp"
#include "messages/time.hpp"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace maestro {

namespace pb = google::protobuf;
using type = pb::FieldDescriptor;

namespace {

void append_duration(std::string& out, const pb::Duration& value) {
  auto seconds = value.seconds();
  auto nanos = value.nanos();
  out += '"';
  if (seconds < 0 || nanos < 0)
    out += '-';
  fmt::format_to(std::back_inserter(out), "{}", seconds < 0 ? -seconds : seconds);
  if (nanos < 0)
    nanos = -nanos;
  if (nanos % 1'000'000 == 0 && nanos != 0)
    fmt::format_to(std::back_inserter(out), ".{:03}", nanos / 1'000'000);
  else if (nanos % 1'000 == 0 && nanos != 0)
    fmt::format_to(std::back_inserter(out), ".{:06}", nanos / 1'000);
  else if (nanos != 0)
    fmt::format_to(std::back_inserter(out), ".{:09}", nanos);
  out += "s\"";
}

void append_timestamp(std::string& out, const pb::Timestamp& value) {
  constexpr std::int64_t go_zero_time = -62135596800;
  auto at = value.seconds() == go_zero_time
                ? never
                : timestamp(std::chrono::seconds(value.seconds()) + std::chrono::nanoseconds(value.nanos()));
  out += '"';
  out += to_rfc3339(at);
  out += '"';
}

template <class Int>
void append_integer(std::string& out, Int value) {
  fmt::format_to(std::back_inserter(out), "{}", value);
}

template <class Int>
void append_quoted_integer(std::string& out, Int value) {
  fmt::format_to(std::back_inserter(out), "\"{}\"", value);
}

void append_message(std::string& out, const pb::Message& message, const message_schema& schema);

void append_shaped(std::string& out, const pb::Message& value, const field_schema& known) {
  switch (known.shape) {
  case json_shape::duration: append_duration(out, static_cast<const pb::Duration&>(value)); return;
  case json_shape::timestamp: append_timestamp(out, static_cast<const pb::Timestamp&>(value)); return;
  case json_shape::structure: append_json(out, static_cast<const pb::Struct&>(value)); return;
  case json_shape::value: append_json(out, static_cast<const pb::Value&>(value)); return;
  case json_shape::scalar:
  case json_shape::message: append_message(out, value, *known.child); return;
  }
}

void append_single(std::string& out, const pb::Message& message, const field_schema& known) {
  auto& reflection = *message.GetReflection();
  auto* field = known.field;
  std::string scratch;
  switch (field->cpp_type()) {
  case type::CPPTYPE_INT32: append_integer(out, reflection.GetInt32(message, field)); return;
  case type::CPPTYPE_UINT32: append_integer(out, reflection.GetUInt32(message, field)); return;
  case type::CPPTYPE_INT64: append_quoted_integer(out, reflection.GetInt64(message, field)); return;
  case type::CPPTYPE_UINT64: append_quoted_integer(out, reflection.GetUInt64(message, field)); return;
  case type::CPPTYPE_FLOAT: append_json_number(out, reflection.GetFloat(message, field)); return;
  case type::CPPTYPE_DOUBLE: append_json_number(out, reflection.GetDouble(message, field)); return;
  case type::CPPTYPE_BOOL: out += reflection.GetBool(message, field) ? "true" : "false"; return;
  case type::CPPTYPE_ENUM: append_json_string(out, reflection.GetEnum(message, field)->name()); return;
  case type::CPPTYPE_STRING:
    append_json_string(out, reflection.GetStringReference(message, field, &scratch));
    return;
  case type::CPPTYPE_MESSAGE: append_shaped(out, reflection.GetMessage(message, field), known); return;
  }
}

void append_element(std::string& out, const pb::Message& message, const field_schema& known, int i) {
  auto& reflection = *message.GetReflection();
  auto* field = known.field;
  std::string scratch;
  switch (field->cpp_type()) {
  case type::CPPTYPE_INT32: append_integer(out, reflection.GetRepeatedInt32(message, field, i)); return;
  case type::CPPTYPE_UINT32: append_integer(out, reflection.GetRepeatedUInt32(message, field, i)); return;
  case type::CPPTYPE_INT64: append_quoted_integer(out, reflection.GetRepeatedInt64(message, field, i)); return;
  case type::CPPTYPE_UINT64: append_quoted_integer(out, reflection.GetRepeatedUInt64(message, field, i)); return;
  case type::CPPTYPE_FLOAT: append_json_number(out, reflection.GetRepeatedFloat(message, field, i)); return;
  case type::CPPTYPE_DOUBLE: append_json_number(out, reflection.GetRepeatedDouble(message, field, i)); return;
  case type::CPPTYPE_BOOL: out += reflection.GetRepeatedBool(message, field, i) ? "true" : "false"; return;
  case type::CPPTYPE_ENUM: append_json_string(out, reflection.GetRepeatedEnum(message, field, i)->name()); return;
  case type::CPPTYPE_STRING:
    append_json_string(out, reflection.GetRepeatedStringReference(message, field, i, &scratch));
    return;
  case type::CPPTYPE_MESSAGE: append_shaped(out, reflection.GetRepeatedMessage(message, field, i), known); return;
  }
}

void append_list(std::string& out, const pb::Message& message, const field_schema& known) {
  out += '[';
  auto size = message.GetReflection()->FieldSize(message, known.field);
  for (int i = 0; i < size; ++i) {
    if (i != 0)
      out += ',';
    append_element(out, message, known, i);
  }
  out += ']';
}

void append_map(std::string& out, const pb::Message& message, const field_schema& known) {
  auto& reflection = *message.GetReflection();
  auto& key = known.child->fields[0];
  auto& value = known.child->fields[1];
  std::vector<std::pair<std::string, const pb::Message*>> entries;
  for (int i = 0; i < reflection.FieldSize(message, known.field); ++i) {
    auto& entry = reflection.GetRepeatedMessage(message, known.field, i);
    entries.emplace_back(entry.GetReflection()->GetString(entry, key.field), &entry);
  }
  std::sort(entries.begin(), entries.end(), [](auto& a, auto& b) { return a.first < b.first; });
  out += '{';
  for (auto& [name, entry] : entries) {
    if (out.back() != '{')
      out += ',';
    append_json_string(out, name);
    out += ':';
    append_single(out, *entry, value);
  }
  out += '}';
}

void append_message(std::string& out, const pb::Message& message, const message_schema& schema) {
  auto& reflection = *message.GetReflection();
  out += '{';
  bool first = true;
  for (auto& known : schema.fields) {
    bool is_list = known.field->is_repeated();
    bool set = is_list ? !known.omit_when_unset || reflection.FieldSize(message, known.field) > 0
                       : !known.field->has_presence() || reflection.HasField(message, known.field);
    if (!set && known.omit_when_unset)
      continue;
    if (!first)
      out += ',';
    first = false;
    out += known.quoted_name;
    if (known.map)
      append_map(out, message, known);
    else if (known.repeated)
      append_list(out, message, known);
    else if (!set)
      out += "null";
    else
      append_single(out, message, known);
  }
  out += '}';
}

} // namespace

void append_json(std::string& out, const pb::Message& message) {
  append_message(out, message, schema_of(message.GetDescriptor()));
}

std::string to_json(const pb::Message& message) {
  std::string out;
  append_json(out, message);
  return out;
}

} // namespace maestro
