#include "nodes/gateway/openapi.hpp"

#include "messages/assert.hpp"
#include "messages/text.hpp"

#include <google/protobuf/descriptor.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace maestro {

namespace pb = google::protobuf;
using json = nlohmann::ordered_json;
using type = pb::FieldDescriptor;

namespace {

constexpr const char* document_version = "3.0.3";
constexpr const char* reference_start = "#/components/schemas/";

json text_of(const char* format) {
  return {{"type", "string"}, {"format", format}};
}

/// What protobuf's own messages are in JSON; null: none of them.
json well_known(const std::string& name) {
  if (name == "google.protobuf.Duration")
    return {{"type", "string"}, {"pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$"}, {"example", "100s"}};
  if (name == "google.protobuf.Timestamp")
    return text_of("date-time");
  if (name == "google.protobuf.Struct")
    return {{"type", "object"}, {"additionalProperties", true}};
  return nullptr;
}

/// The rpc that takes this request.
/// Of a wish that is remembered when it names a key (proto/README.md 1.12).
bool takes_request_key(const std::string& method) {
  static constexpr std::array<std::string_view, 8> all{
      "CreateScheduler", "NewSchedulerVersion", "PatchScheduler", "SwitchActiveVersion",
      "DeleteScheduler", "CancelOperation",     "EndRoom",        "AllocateRoom"};
  return std::find(all.begin(), all.end(), method) != all.end();
}

const pb::MethodDescriptor& method_of(const pb::Descriptor& request) {
  auto& file = *request.file();
  for (int i = 0; i < file.service_count(); ++i)
    for (int j = 0; j < file.service(i)->method_count(); ++j)
      if (file.service(i)->method(j)->input_type() == &request)
        return *file.service(i)->method(j);
  MAESTRO_ASSERT(false, "no rpc takes {}", request.full_name());
}

class openapi_writer {
public:
  json document(const std::string& title, const std::vector<described_route>& routes) {
    json paths = json::object();
    for (auto& route : routes)
      paths[template_of(route)][lower_case(route.method)] = operation(route);
    add_error();
    return {{"openapi", document_version},
            {"info", {{"title", title}, {"version", MAESTRO_VERSION}}},
            {"paths", std::move(paths)},
            {"components", {{"schemas", std::move(schemas_)}}}};
  }

private:
  /// Paths that differ in the names of their parameters alone are one path: the first names count.
  std::string template_of(const described_route& route) {
    std::string shape, path;
    for (auto& part : route.parts) {
      shape += part.field != nullptr ? "/{}" : "/" + std::string(part.text);
      path += part.field != nullptr ? "/{" + part.field->json_name() + "}" : "/" + std::string(part.text);
    }
    return templates_.emplace(shape, path).first->second;
  }

  json operation(const described_route& route) {
    auto& method = method_of(*route.request);
    json it = {{"operationId", method.name()}, {"tags", {method.service()->name()}}};
    auto given = parameters(route);
    if (!given.empty())
      it["parameters"] = std::move(given);
    if (route.rest == rest_from::body)
      it["requestBody"] = content(reference(body_of(route)));
    json answer =
        route.content == json_type ? content(reference(message(*method.output_type()))) : bytes(route.content);
    answer["description"] = "OK";
    json refusal = content(reference("Error"));
    refusal["description"] = "An error; its code is a gRPC status";
    it["responses"] = {{"200", std::move(answer)}, {"default", std::move(refusal)}};
    return it;
  }

  static constexpr std::string_view json_type = "application/json";
  static json content(json schema) {
    return {{"content", {{std::string(json_type), {{"schema", std::move(schema)}}}}}};
  }
  static json bytes(std::string_view type) {
    return {{"content", {{std::string(type), {{"schema", {{"type", "string"}, {"format", "binary"}}}}}}}};
  }
  static json reference(const std::string& name) { return {{"$ref", reference_start + name}}; }

  json parameters(const described_route& route) {
    json all = json::array();
    auto path = template_of(route);
    std::size_t at = 0;
    for (auto& part : route.parts) {
      if (part.field == nullptr)
        continue;
      auto from = path.find('{', at);
      at = path.find('}', from);
      all.push_back({{"name", path.substr(from + 1, at - from - 1)},
                     {"in", "path"},
                     {"required", true},
                     {"schema", {{"type", "string"}}}});
    }
    for (int i = 0; route.rest == rest_from::query && i < route.request->field_count(); ++i) {
      auto& field = *route.request->field(i);
      if (is_in_path(route, field))
        continue;
      json schema = field.cpp_type() == type::CPPTYPE_STRING ? json{{"type", "string"}}
                                                             : json{{"type", "integer"}, {"minimum", 0}};
      all.push_back({{"name", field.json_name()}, {"in", "query"}, {"required", false}, {"schema", schema}});
    }
    if (takes_request_key(method_of(*route.request).name()))
      all.push_back(
          {{"name", "Idempotency-Key"}, {"in", "header"}, {"required", false}, {"schema", {{"type", "string"}}}});
    return all;
  }

  static bool is_in_path(const described_route& route, const type& field) {
    return std::any_of(route.parts.begin(), route.parts.end(), [&](auto& part) { return part.field == &field; });
  }

  /// The request without what its path says.
  std::string body_of(const described_route& route) {
    json properties = json::object();
    for (int i = 0; i < route.request->field_count(); ++i)
      if (auto& field = *route.request->field(i); !is_in_path(route, field))
        properties[field.json_name()] = value(field);
    auto name = route.request->name();
    schemas_[name] = {{"type", "object"}, {"properties", std::move(properties)}};
    return name;
  }

  std::string message(const pb::Descriptor& of) {
    auto name = of.full_name().substr(of.file()->package().size() + 1);
    if (schemas_.contains(name))
      return name;
    schemas_[name] = json::object(); // before its fields, which may come back to it
    json properties = json::object();
    for (int i = 0; i < of.field_count(); ++i)
      properties[of.field(i)->json_name()] = value(*of.field(i));
    schemas_[name] = {{"type", "object"}, {"properties", std::move(properties)}};
    return name;
  }

  json value(const type& field) {
    if (field.is_map())
      return {{"type", "object"}, {"additionalProperties", single(*field.message_type()->map_value())}};
    if (field.is_repeated())
      return {{"type", "array"}, {"items", single(field)}};
    auto one = single(field);
    // A message that is not there is null, unless it was declared optional: then it is left out.
    if (field.cpp_type() != type::CPPTYPE_MESSAGE || field.has_optional_keyword())
      return one;
    if (!one.contains("$ref")) {
      one["nullable"] = true;
      return one;
    }
    return {{"nullable", true}, {"allOf", {std::move(one)}}};
  }

  json single(const type& field) {
    switch (field.cpp_type()) {
    case type::CPPTYPE_STRING: return {{"type", "string"}};
    case type::CPPTYPE_BOOL: return {{"type", "boolean"}};
    case type::CPPTYPE_INT32: return {{"type", "integer"}, {"format", "int32"}};
    case type::CPPTYPE_UINT32: return {{"type", "integer"}, {"minimum", 0}, {"maximum", UINT32_MAX}};
    case type::CPPTYPE_INT64: return text_of("int64");
    case type::CPPTYPE_UINT64: return text_of("uint64");
    case type::CPPTYPE_FLOAT: return {{"type", "number"}, {"format", "float"}};
    case type::CPPTYPE_DOUBLE: return {{"type", "number"}, {"format", "double"}};
    case type::CPPTYPE_ENUM: return {{"type", "string"}};
    case type::CPPTYPE_MESSAGE: break;
    }
    auto known = well_known(field.message_type()->full_name());
    return known.is_null() ? reference(message(*field.message_type())) : known;
  }

  void add_error() {
    schemas_["Error"] = {{"type", "object"},
                         {"required", {"code", "message", "details"}},
                         {"properties",
                          {{"code", {{"type", "integer"}, {"format", "int32"}}},
                           {"message", {{"type", "string"}}},
                           {"details", {{"type", "array"}, {"items", {{"type", "object"}}}}}}}};
  }

  json schemas_ = json::object();
  std::map<std::string, std::string> templates_; ///< shape → path
};

} // namespace

std::string openapi_document(const std::string& title, const std::vector<described_route>& routes) {
  return openapi_writer().document(title, routes).dump();
}

} // namespace maestro
