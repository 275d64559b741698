#include "nodes/gateway/error_mapping.hpp"

#include "messages/struct_json.hpp"

#include <fmt/format.h>

namespace maestro {

wire_error wire_error_of(ec code) {
  switch (code) {
  case ec::invalid_argument: return {400, 3};
  case ec::not_found: return {404, 5};
  case ec::already_exists: return {409, 6};
  case ec::failed_precondition: return {400, 9};
  case ec::aborted: return {409, 10};
  case ec::unknown: return {500, 2};
  case ec::unimplemented: return {501, 12};
  case ec::resource_exhausted: return {429, 8};
  case ec::unavailable: return {503, 14};
  case ec::deadline_exceeded: return {504, 4};
  case ec::internal: return {500, 13};
  case ec::port_in_use: return {500, 2};
  case ec::deposed: return {503, 14};
  case ec::unauthenticated: return {401, 16};
  }
  return {500, 2};
}

std::string error_body(int grpc_code, std::string_view message) {
  auto body = fmt::format("{{\"code\":{},\"message\":", grpc_code);
  append_json_string(body, message);
  body += ",\"details\":[]}";
  return body;
}

void send_failure(const http_reply& reply, const failure& why) {
  auto wire = wire_error_of(why.code);
  reply.send_json(error_body(wire.grpc_code, why.text), wire.http_status);
}

} // namespace maestro
