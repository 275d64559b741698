// `Idempotency-Key`: how a client names a wish of its own that it may send again (proto/README.md 2.6). A header of HTTP
// requests, with or without double quotes, and metadata of gRPC calls.
#pragma once

#include "messages/error.hpp"
#include "messages/ids.hpp"

#include <string_view>

namespace maestro {

/// Of what was sent, empty where nothing was. Refuses what is not 1 to 64 visible ASCII characters.
result<request_key> read_request_key(std::string_view sent);

} // namespace maestro
