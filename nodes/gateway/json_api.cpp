#include "nodes/gateway/json_api.hpp"

#include "nodes/gateway/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro {

namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

std::string upper_case(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return upper;
}

} // namespace

result<query_parameters> api_call::query() const {
  auto parsed = query_parameters::parse(path.query);
  if (!parsed || !form)
    return parsed;
  auto body = query_parameters::parse(request.body);
  if (!body)
    return body;
  body->append(std::move(*parsed));
  return body;
}

bool json_api::known_route::matches(const request_path& path) const {
  return std::equal(
      segments.begin(), segments.end(), path.segments.begin(), path.segments.end(),
      [](std::string_view wanted, const std::string& given) { return wanted == "*" || wanted == given; });
}

void json_api::route(std::string_view method, std::string_view pattern, std::string_view label,
                     api_handler serve) {
  known_route added{method, label, {}, std::move(serve)};
  for (pattern.remove_prefix(1);;) {
    auto slash = pattern.find('/');
    added.segments.push_back(pattern.substr(0, slash));
    if (slash == pattern.npos)
      break;
    pattern.remove_prefix(slash + 1);
  }
  routes_.push_back(std::move(added));
}

void json_api::not_served(std::string_view method, std::string_view pattern, std::string_view label,
                          std::string_view what) {
  route(method, pattern, label, [what](const api_call&, const http_reply& reply) {
    send_failure(reply, {ec::unimplemented, fmt::format("{} is not served by this version of Maestro yet", what)});
  });
}

void json_api::handle(const http_request& request, http_reply reply) {
  auto path = split_target(request.target);
  if (!path)
    return reply.send(400, "text/plain; charset=utf-8", "400 Bad Request");
  bool form = request.method == "POST" && request.content_type == form_type;
  auto method =
      form && !request.method_override.empty() ? upper_case(request.method_override) : std::string(request.method);
  const known_route* other = nullptr;
  const known_route* fallback = nullptr;
  for (auto& known : routes_) {
    if (!known.matches(*path))
      continue;
    if (known.method == method) {
      reply.handled_by(known.label);
      return known.serve({request, *path, form && method != "POST"}, reply);
    }
    other = other == nullptr ? &known : other;
    if (known.method == "GET" && fallback == nullptr)
      fallback = &known;
  }
  if (other == nullptr)
    return send_failure(reply, {ec::not_found, "Not Found"});
  reply.handled_by(other->label);
  if (form && method == "POST" && fallback != nullptr)
    return fallback->serve({request, *path, true}, reply);
  send_failure(reply, {ec::unimplemented, "Method Not Allowed"});
}

void send_message(const http_reply& reply, const google::protobuf::Message& message) {
  reply.send_json(to_json(message));
}

} // namespace maestro
