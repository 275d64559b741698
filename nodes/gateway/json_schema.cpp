#include "nodes/gateway/json_schema.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <unordered_map>

namespace maestro {

namespace pb = google::protobuf;

namespace {

/// Numbers of fields from here on are our own additions: empty, they leave the shapes of the original as they are.
constexpr int first_of_our_own = 20;

bool before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

json_shape shape_of(const pb::FieldDescriptor& field) {
  if (field.cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE)
    return json_shape::scalar;
  auto& type = field.message_type()->full_name();
  if (type == "google.protobuf.Duration")
    return json_shape::duration;
  if (type == "google.protobuf.Timestamp")
    return json_shape::timestamp;
  if (type == "google.protobuf.Struct")
    return json_shape::structure;
  return type == "google.protobuf.Value" ? json_shape::value : json_shape::message;
}

class schema_registry {
public:
  const message_schema& of(const pb::Descriptor* type) {
    std::lock_guard lock(mutex_);
    return build(type);
  }

private:
  const message_schema& build(const pb::Descriptor* type) {
    auto& made = schemas_[type];
    if (made)
      return *made;
    made = std::make_unique<message_schema>();
    auto& schema = *made;
    if (type->field_count() > 64)
      throw std::logic_error("json: more than 64 fields in " + type->full_name());
    schema.fields.reserve(static_cast<std::size_t>(type->field_count()));
    for (int i = 0; i < type->field_count(); ++i)
      schema.fields.push_back(describe(*type->field(i)));
    for (auto& known : schema.fields) {
      schema.by_name.push_back({known.field->json_name(), &known});
      if (known.field->name() != known.field->json_name())
        schema.by_name.push_back({known.field->name(), &known});
    }
    std::sort(schema.by_name.begin(), schema.by_name.end(),
              [](auto& a, auto& b) { return before(a.name, b.name); });
    return schema;
  }

  field_schema describe(const pb::FieldDescriptor& field) {
    field_schema known;
    known.field = &field;
    known.quoted_name = '"' + field.json_name() + "\":";
    known.shape = shape_of(field);
    known.map = field.is_map();
    known.repeated = field.is_repeated() && !known.map;
    known.omit_when_unset =
        field.has_optional_keyword() || (field.is_repeated() && field.number() >= first_of_our_own);
    known.bit = std::uint64_t{1} << field.index();
    if (known.shape == json_shape::message)
      known.child = &build(field.message_type());
    return known;
  }

  std::mutex mutex_;
  std::unordered_map<const pb::Descriptor*, std::unique_ptr<message_schema>> schemas_;
};

} // namespace

const field_schema* message_schema::find(std::string_view name) const {
  auto found = std::lower_bound(by_name.begin(), by_name.end(), name,
                                [](auto& known, std::string_view wanted) { return before(known.name, wanted); });
  return found != by_name.end() && found->name == name ? found->field : nullptr;
}

const message_schema& schema_of(const pb::Descriptor* type) {
  static schema_registry registry;
  thread_local std::unordered_map<const pb::Descriptor*, const message_schema*> known;
  auto& schema = known[type];
  if (schema == nullptr)
    schema = &registry.of(type);
  return *schema;
}

} // namespace maestro
