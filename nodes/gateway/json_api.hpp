// The frame that both JSON APIs share: which handler serves which method and path, with grpc-gateway's answers for
// everything else (behaviour.md 1.2). A handler has one shape: decode, ask, map the error, reply.
#pragma once

#include "nodes/gateway/error_mapping.hpp"
#include "nodes/gateway/http_message.hpp"
#include "nodes/gateway/url.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace maestro {

/// One request on its way to its handler; valid while the handler runs.
struct api_call {
  const http_request& request;
  const request_path& path;
  bool form = false; ///< a form sent by POST stands in for a GET

  const std::string& segment(std::size_t i) const { return path.segments[i]; }
  /// Of the query, and of the body when it is a form.
  result<query_parameters> query() const;
};

using api_handler = std::function<void(const api_call&, const http_reply&)>;

class json_api : public http_door {
public:
  void handle(const http_request& request, http_reply reply) override;

protected:
  /// `pattern` is like `/schedulers/*/versions`; earlier routes win. `label` is the path in metrics.
  void route(std::string_view method, std::string_view pattern, std::string_view label, api_handler serve);
  /// A route of the contract that this version does not serve yet: 501 with a text that says so.
  void not_served(std::string_view method, std::string_view pattern, std::string_view label,
                  std::string_view what);

private:
  struct known_route {
    std::string_view method;
    std::string_view label;
    std::vector<std::string_view> segments;
    api_handler serve;
    bool matches(const request_path& path) const;
  };
  std::vector<known_route> routes_;
};

void send_message(const http_reply& reply, const google::protobuf::Message& message);

} // namespace maestro
