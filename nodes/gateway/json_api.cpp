#include "nodes/gateway/json_api.hpp"

#include "messages/assert.hpp"
#include "messages/text.hpp"
#include "nodes/gateway/json.hpp"
#include "nodes/gateway/openapi.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <fmt/format.h>

#include <algorithm>

namespace maestro {

namespace pb = google::protobuf;
using type = pb::FieldDescriptor;

namespace {

constexpr std::string_view openapi_path = "/openapi.json";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

std::vector<path_part> parts_of(std::string_view path, const pb::Descriptor* request) {
  std::vector<path_part> parts;
  for (path.remove_prefix(1);;) {
    auto slash = path.find('/');
    auto& part = parts.emplace_back(path_part{path.substr(0, slash)});
    if (part.text.starts_with('{')) {
      std::string name(part.text.substr(1, part.text.size() - 2));
      part.field = request->FindFieldByName(name);
      MAESTRO_ASSERT(part.field != nullptr, "{} has no field {}", request->full_name(), name);
    }
    if (slash == path.npos)
      return parts;
    path.remove_prefix(slash + 1);
  }
}

/// What a query can hold; a route that wants more is a mistake of ours.
bool is_readable(const type& field) {
  auto kind = field.cpp_type();
  return !field.is_repeated() && (kind == type::CPPTYPE_STRING || kind == type::CPPTYPE_BOOL ||
                                  kind == type::CPPTYPE_UINT32 || kind == type::CPPTYPE_UINT64);
}

result<done> read_parameter(const query_parameters& query, const type& field, pb::Message& into) {
  auto& to = *into.GetReflection();
  auto& snake = field.name();
  auto& camel = field.json_name();
  if (field.cpp_type() == type::CPPTYPE_STRING) {
    auto text = query.text(snake, camel);
    if (!text)
      return text.error();
    if (!text->empty())
      to.SetString(&into, &field, std::move(*text));
    return done{};
  }
  if (field.cpp_type() == type::CPPTYPE_BOOL) {
    auto truth = query.truth(snake, camel);
    if (truth && *truth)
      to.SetBool(&into, &field, **truth);
    return truth ? result<done>(done{}) : truth.error();
  }
  bool is_large = field.cpp_type() == type::CPPTYPE_UINT64;
  auto number = query.number(snake, camel, is_large ? UINT64_MAX : UINT32_MAX);
  if (!number)
    return number.error();
  if (*number && is_large)
    to.SetUInt64(&into, &field, **number);
  else if (*number)
    to.SetUInt32(&into, &field, static_cast<std::uint32_t>(**number));
  return done{};
}

} // namespace

result<done> api_call::read(pb::Message& into, std::vector<std::string>* maps_sent) const {
  auto given = rest == rest_from::body    ? from_json(request.body, into, maps_sent)
               : rest == rest_from::query ? read_query(into)
                                          : result<done>(done{});
  if (!given)
    return given;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i].field != nullptr)
      into.GetReflection()->SetString(&into, parts[i].field, path.segments[i]);
  return done{};
}

result<done> api_call::read_query(pb::Message& into) const {
  auto query = query_parameters::parse(path.query);
  if (!query)
    return query.error();
  if (is_form) {
    auto body = query_parameters::parse(request.body);
    if (!body)
      return body.error();
    body->append(std::move(*query));
    query = std::move(body);
  }
  auto& fields = *into.GetDescriptor();
  for (int i = 0; i < fields.field_count(); ++i) {
    auto* field = fields.field(i);
    bool is_in_path = std::any_of(parts.begin(), parts.end(), [&](auto& part) { return part.field == field; });
    if (is_in_path)
      continue;
    if (auto read = read_parameter(*query, *field, into); !read)
      return read;
  }
  return done{};
}

bool json_api::known_route::matches(const request_path& path) const {
  return std::equal(parts.begin(), parts.end(), path.segments.begin(), path.segments.end(),
                    [](auto& part, auto& given) { return part.field != nullptr || part.text == given; });
}

void json_api::route(const place& at, const pb::Descriptor* request, api_handler serve) {
  auto parts = parts_of(at.path, request);
  for (int i = 0; at.rest == rest_from::query && i < request->field_count(); ++i)
    MAESTRO_ASSERT(is_readable(*request->field(i)), "no query can hold {}", request->field(i)->full_name());
  routes_.push_back({at, request, std::move(parts), std::move(serve)});
}

void json_api::describe(const std::string& title) {
  std::vector<described_route> described;
  for (auto& known : routes_)
    described.push_back({known.at.method, known.parts, known.request, known.at.rest, known.at.content});
  auto text = openapi_document(title, described);
  routes_.push_back({{"GET", openapi_path, openapi_path},
                     nullptr,
                     parts_of(openapi_path, nullptr),
                     [text = std::move(text)](const api_call&, const http_reply& to) { to.send_json(text); }});
}

std::vector<const pb::Descriptor*> json_api::requests() const {
  std::vector<const pb::Descriptor*> all;
  for (auto& known : routes_)
    if (known.request != nullptr)
      all.push_back(known.request);
  return all;
}

void json_api::handle(const http_request& request, http_reply to) {
  auto path = split_target(request.target);
  if (!path)
    return to.send(400, "text/plain; charset=utf-8", "400 Bad Request");
  bool is_form = request.method == "POST" && request.content_type == form_type;
  auto method = is_form && !request.method_override.empty() ? upper_case(request.method_override)
                                                            : std::string(request.method);
  const known_route* other = nullptr;
  const known_route* fallback = nullptr;
  auto serve = [&](const known_route& known, bool reads_form) {
    known.serve({request, *path, known.parts, known.at.rest, reads_form}, to);
  };
  for (auto& known : routes_) {
    if (!known.matches(*path))
      continue;
    if (known.at.method == method) {
      to.handled_by(known.at.label);
      return serve(known, is_form && method != "POST");
    }
    other = other == nullptr ? &known : other;
    if (known.at.method == "GET" && fallback == nullptr)
      fallback = &known;
  }
  if (other == nullptr)
    return send_failure(to, {ec::not_found, "Not Found"});
  to.handled_by(other->at.label);
  if (is_form && method == "POST" && fallback != nullptr)
    return serve(*fallback, true);
  send_failure(to, {ec::unimplemented, "Method Not Allowed"});
}

void send_message(const http_reply& to, const pb::Message& message) {
  to.send_json(to_json(message));
}

} // namespace maestro
