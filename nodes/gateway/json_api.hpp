// HTTP as a table over the services: which rpc stands behind which method and path, where the fields of its
// request come from, with grpc-gateway's answers for everything else (proto/README.md 1.2). Answers are JSON.
#pragma once

#include "nodes/gateway/error_mapping.hpp"
#include "nodes/gateway/http_message.hpp"
#include "nodes/gateway/url.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
} // namespace google::protobuf

namespace maestro {

/// Where the fields of a request that the path does not hold come from. What is not read may be anything.
enum class rest_from : std::uint8_t { nowhere, query, body };

/// One part of a route's path: a text, or the field of the request that stands there.
struct path_part {
  std::string_view text;
  const google::protobuf::FieldDescriptor* field = nullptr;
};

/// One request on its way to its rpc; valid while the handler runs.
struct api_call {
  const http_request& request;
  const request_path& path;
  const std::vector<path_part>& parts;
  rest_from rest = rest_from::nowhere;
  bool is_form = false; ///< a form sent by POST stands in for a GET

  /// Fills the rpc's request. The path wins over body and query. `maps_sent` as for from_json.
  result<done> read(google::protobuf::Message& into, std::vector<std::string>* maps_sent = nullptr) const;

private:
  result<done> read_query(google::protobuf::Message& into) const;
};

using api_handler = std::function<void(const api_call&, const http_reply&)>;

void send_message(const http_reply& to, const google::protobuf::Message& message);

/// The rpc's answer as HTTP shows it.
template <class Response>
reply<Response> as_json(const http_reply& to) {
  return
      [to](result<Response>&& answer) { answer ? send_message(to, *answer) : send_failure(to, answer.error()); };
}

class json_api : public http_door {
public:
  void handle(const http_request& request, http_reply to) override;

  /// The requests of all rpcs in the table, served or not.
  std::vector<const google::protobuf::Descriptor*> requests() const;

protected:
  struct place {
    std::string_view method;
    std::string_view path;  ///< like `/schedulers/{scheduler_name}/versions`, in the names of the request's fields
    std::string_view label; ///< the path in metrics
    rest_from rest = rest_from::nowhere;
    std::string_view content = "application/json"; ///< of its answer
  };

  /// Earlier routes win.
  template <class Service, class Request, class Response>
  void rpc(const place& at, Service& service,
           void (Service::*serve)(const call_context&, const Request&, reply<Response>)) {
    route(at, Request::descriptor(), [&service, serve](const api_call& call, const http_reply& to) {
      Request request;
      if (auto read = call.read(request); !read)
        return send_failure(to, read.error());
      (service.*serve)(call.request.context, request, as_json<Response>(to));
    });
  }
  /// An rpc that HTTP decodes or encodes in its own way.
  void route(const place& at, const google::protobuf::Descriptor* request, api_handler serve);
  /// GET /openapi.json: all routes that are in the table by now.
  void describe(const std::string& title);

private:
  struct known_route {
    place at;
    const google::protobuf::Descriptor* request = nullptr;
    std::vector<path_part> parts;
    api_handler serve;
    bool matches(const request_path& path) const;
  };
  std::vector<known_route> routes_;
};

} // namespace maestro
