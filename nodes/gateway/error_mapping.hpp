// Failures on the wire (proto/README.md 1.2): every code's HTTP status and gRPC number, in one table, and the body
// that carries them.
#pragma once

#include "messages/error.hpp"
#include "nodes/gateway/http_message.hpp"

#include <string>
#include <string_view>

namespace maestro {

struct wire_error {
  unsigned http_status;
  int grpc_code;
};

wire_error wire_error_of(ec code);

/// `{"code":5,"message":"…","details":[]}`
std::string error_body(int grpc_code, std::string_view message);

void send_failure(const http_reply& reply, const failure& why);

} // namespace maestro
