#include "nodes/gateway/json_scalar.hpp"

#include "nodes/gateway/json_number.hpp"
#include "nodes/gateway/json_time.hpp"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <limits>
#include <optional>

namespace maestro {

namespace pb = google::protobuf;
using type = pb::FieldDescriptor;

namespace {

std::optional<std::int64_t> integer(const json_scalar& value, std::int64_t lowest, std::int64_t highest) {
  if (value.kind != scalar_kind::number && !(value.kind == scalar_kind::string && is_json_number(value.text)))
    return std::nullopt;
  auto number = integer_of(value.text);
  return number && *number >= lowest && *number <= highest ? number : std::nullopt;
}

std::optional<std::uint64_t> natural(const json_scalar& value, std::uint64_t highest) {
  if (value.kind != scalar_kind::number && !(value.kind == scalar_kind::string && is_json_number(value.text)))
    return std::nullopt;
  auto number = unsigned_of(value.text);
  return number && *number <= highest ? number : std::nullopt;
}

std::optional<double> real(const json_scalar& value, bool single) {
  if (value.kind == scalar_kind::string) {
    if (value.text == "NaN")
      return std::numeric_limits<double>::quiet_NaN();
    if (value.text == "Infinity" || value.text == "-Infinity")
      return value.text[0] == '-' ? -std::numeric_limits<double>::infinity()
                                  : std::numeric_limits<double>::infinity();
  }
  if (value.kind != scalar_kind::number && !(value.kind == scalar_kind::string && is_json_number(value.text)))
    return std::nullopt;
  if (!single)
    return double_of(value.text);
  auto number = float_of(value.text);
  return number ? std::optional<double>(*number) : std::nullopt;
}

bool set_shaped(pb::Message& message, const field_schema& known, const json_scalar& value) {
  auto child = [&] { return message.GetReflection()->MutableMessage(&message, known.field); };
  if (known.shape == json_shape::duration)
    return value.kind == scalar_kind::string && read_duration(value.text, static_cast<pb::Duration&>(*child()));
  if (known.shape == json_shape::timestamp)
    return value.kind == scalar_kind::string && read_timestamp(value.text, static_cast<pb::Timestamp&>(*child()));
  return false;
}

} // namespace

bool set_scalar(pb::Message& message, const field_schema& known, const json_scalar& value) {
  auto& to = *message.GetReflection();
  auto* field = known.field;
  switch (field->cpp_type()) {
  case type::CPPTYPE_STRING:
    if (value.kind == scalar_kind::string)
      to.SetString(&message, field, std::string(value.text));
    return value.kind == scalar_kind::string;
  case type::CPPTYPE_BOOL:
    if (value.kind == scalar_kind::boolean)
      to.SetBool(&message, field, value.truth);
    return value.kind == scalar_kind::boolean;
  case type::CPPTYPE_INT32:
    if (auto number = integer(value, INT32_MIN, INT32_MAX))
      return to.SetInt32(&message, field, static_cast<std::int32_t>(*number)), true;
    return false;
  case type::CPPTYPE_INT64:
    if (auto number = integer(value, INT64_MIN, INT64_MAX))
      return to.SetInt64(&message, field, *number), true;
    return false;
  case type::CPPTYPE_UINT32:
    if (auto number = natural(value, UINT32_MAX))
      return to.SetUInt32(&message, field, static_cast<std::uint32_t>(*number)), true;
    return false;
  case type::CPPTYPE_UINT64:
    if (auto number = natural(value, UINT64_MAX))
      return to.SetUInt64(&message, field, *number), true;
    return false;
  case type::CPPTYPE_FLOAT:
    if (auto number = real(value, true))
      return to.SetFloat(&message, field, static_cast<float>(*number)), true;
    return false;
  case type::CPPTYPE_DOUBLE:
    if (auto number = real(value, false))
      return to.SetDouble(&message, field, *number), true;
    return false;
  case type::CPPTYPE_MESSAGE: return set_shaped(message, known, value);
  case type::CPPTYPE_ENUM: break;
  }
  return false;
}

bool append_scalar(pb::Message& message, const field_schema& known, const json_scalar& value) {
  auto& to = *message.GetReflection();
  auto* field = known.field;
  if (field->cpp_type() != type::CPPTYPE_STRING || value.kind != scalar_kind::string)
    return false;
  to.AddString(&message, field, std::string(value.text));
  return true;
}

} // namespace maestro
