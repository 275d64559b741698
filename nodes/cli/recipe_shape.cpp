#include "nodes/cli/recipe_shape.hpp"

#include "nodes/cli/recipe_comments.hpp"

#include "api/v1/messages.pb.h"

namespace maestro::cli {

namespace pb = google::protobuf;
using descriptor = pb::FieldDescriptor;

namespace {

value_type type_of(const descriptor& field) {
  if (field.is_map())
    return value_type::text_map;
  bool is_message = field.cpp_type() == descriptor::CPPTYPE_MESSAGE;
  if (field.is_repeated())
    return is_message ? value_type::list_of_objects : value_type::list_of_text;
  switch (field.cpp_type()) {
  case descriptor::CPPTYPE_INT32:
  case descriptor::CPPTYPE_INT64:
  case descriptor::CPPTYPE_UINT32:
  case descriptor::CPPTYPE_UINT64: return value_type::integer;
  case descriptor::CPPTYPE_FLOAT:
  case descriptor::CPPTYPE_DOUBLE: return value_type::number;
  case descriptor::CPPTYPE_BOOL: return value_type::boolean;
  case descriptor::CPPTYPE_ENUM:
  case descriptor::CPPTYPE_STRING: return value_type::text;
  case descriptor::CPPTYPE_MESSAGE: break;
  }
  auto& type = field.message_type()->full_name();
  if (type == "google.protobuf.Duration")
    return value_type::period;
  if (type == "google.protobuf.Timestamp")
    return value_type::text;
  return type == "google.protobuf.Struct" ? value_type::any : value_type::object;
}

std::vector<field_shape> shape_of(const pb::Descriptor& message) {
  std::vector<field_shape> fields;
  for (int i = 0; i < message.field_count(); ++i) {
    auto& field = *message.field(i);
    auto type = type_of(field);
    bool has_fields = type == value_type::object || type == value_type::list_of_objects;
    auto about = comment_of(message.name() + "." + field.name());
    fields.push_back({field.json_name(), type,
                      has_fields ? shape_of(*field.message_type()) : std::vector<field_shape>(), about.text,
                      about.example, about.text.find("Only answers have it") != std::string::npos});
  }
  return fields;
}

} // namespace

const char* type_name(value_type type) {
  switch (type) {
  case value_type::text: return "text";
  case value_type::integer: return "whole number";
  case value_type::number: return "number";
  case value_type::boolean: return "true or false";
  case value_type::period: return "duration, as 30s";
  case value_type::object: return "block";
  case value_type::list_of_text: return "list of texts";
  case value_type::list_of_objects: return "list of blocks";
  case value_type::text_map: return "names with texts";
  case value_type::any: return "anything";
  }
  return "?";
}

const std::vector<field_shape>& recipe_shape() {
  static const auto shape = shape_of(*api::v1::Scheduler::descriptor());
  return shape;
}

} // namespace maestro::cli
