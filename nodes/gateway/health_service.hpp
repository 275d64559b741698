// gRPC's own health service: SERVING while the node is ready, for the server as a whole and for each of the services
// that stand behind the same door. One function for each rpc that is served (call_context says how they are called).
#pragma once

#include "nodes/gateway/call_context.hpp"
#include "nodes/gateway/readiness.hpp"

#include <set>
#include <string>

namespace grpc::health::v1 {
class HealthCheckRequest;
class HealthCheckResponse;
} // namespace grpc::health::v1

namespace maestro {

class health_service {
public:
  health_service(actor_bridge& bridge, scheduler_directory_actor directory, journal_actor journal,
                 std::set<std::string> services)
      : readiness_(bridge, std::move(directory), std::move(journal)), services_(std::move(services)) {}

  void check(const call_context&, const grpc::health::v1::HealthCheckRequest&,
             reply<grpc::health::v1::HealthCheckResponse>);

private:
  readiness readiness_;
  std::set<std::string> services_; ///< full names
};

} // namespace maestro
