// A small HTTP/1.1 client: one request, one answer, one deadline for all of it. The command line uses it against
// the Management API, the end-to-end tests against all doors. Nothing waits longer than the timeout (name
// resolution aside); only plain http is spoken.
#pragma once

#include "messages/time.hpp"

#include <stdexcept>
#include <string>

namespace maestro::cli {

struct server_url {
  std::string host;
  std::string port;
  std::string base; ///< path prefix without a trailing slash, usually empty
  std::string text() const;
};

/// Accepts `http://host:port/base`, `host:port` and `host`; port 80 when none is given. Throws
/// `std::invalid_argument` naming what is wrong.
server_url parse_server_url(const std::string& text);

/// No answer: nothing listens there, the connection broke, or the deadline passed.
struct unreachable : std::runtime_error {
  unreachable(const std::string& text, bool may_have_asked)
      : std::runtime_error(text), was_asked(may_have_asked) {}
  bool was_asked; ///< the request may have arrived
};

struct http_answer {
  unsigned status = 0;
  std::string body;
};

/// Throws `unreachable`. `target` starts with a slash and is already percent-encoded. `key`: its `Idempotency-Key`, if any.
http_answer http_request(const server_url& server, const std::string& method, const std::string& target,
                         const std::string& body, duration timeout, const std::string& key = {});

/// Percent-encodes everything but unreserved characters.
std::string url_encode(const std::string& text);

} // namespace maestro::cli
