// gRPC as a table over the services: which function stands behind which rpc of proto/. The services of a file come into
// the table with the first of their functions; what has none answers UNIMPLEMENTED, so that serving one more rpc is
// one more line. Knows protobuf, not gRPC: bytes come in, a message or a failure goes out (grpc_server).
#pragma once

#include "nodes/gateway/call_context.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/zero_copy_stream.h>
#include <google/protobuf/message.h>

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

class grpc_call;

/// Where one answer goes. Used on the thread that serves the call; the first answer counts, and one for a call that
/// is over is dropped.
class grpc_reply {
public:
  grpc_reply(grpc_call& call, std::uint64_t turn) : call_(&call), turn_(turn) {}

  void send(const google::protobuf::Message& answer) const;
  void fail(const failure& why) const;

private:
  grpc_call* call_;
  std::uint64_t turn_; ///< which of the calls that this place held
};

class grpc_api {
public:
  using handler =
      std::function<void(const call_context&, google::protobuf::io::ZeroCopyInputStream& request, grpc_reply)>;
  struct row {
    const google::protobuf::MethodDescriptor* method;
    std::string path; ///< `/api.v1.RoomsService/AllocateRoom`
    handler serve;    ///< empty: not served
  };

  virtual ~grpc_api() = default;
  /// Name in metrics.
  virtual std::string_view service() const = 0;
  const std::vector<row>& rows() const { return rows_; }

protected:
  template <class Service, class Request, class Response>
  void rpc(Service& service, void (Service::*serve)(const call_context&, const Request&, reply<Response>)) {
    at(*Request::descriptor()).serve = [&service, serve](const call_context& context, auto& bytes, grpc_reply to) {
      Request request;
      if (!request.ParseFromZeroCopyStream(&bytes))
        return to.fail({ec::invalid_argument,
                        fmt::format("the request is no {}", std::string(Request::descriptor()->full_name()))});
      (service.*serve)(context, request,
                       [to](result<Response>&& answer) { answer ? to.send(*answer) : to.fail(answer.error()); });
    };
  }

private:
  /// The row of the first rpc that takes it.
  row& at(const google::protobuf::Descriptor& request);

  std::vector<row> rows_;
};

} // namespace maestro
