#include "nodes/gateway/health_service.hpp"

#include "health/v1/health.pb.h"

#include <fmt/format.h>

namespace maestro {

namespace asked = grpc::health::v1;

void health_service::check(const call_context&, const asked::HealthCheckRequest& request,
                           reply<asked::HealthCheckResponse> answer) {
  if (!request.service().empty() && !services_.contains(request.service()))
    return answer(failure{ec::not_found, fmt::format("there is no service {} here", request.service())});
  readiness_.ask([answer = std::move(answer)](const std::string& trouble) {
    asked::HealthCheckResponse response;
    response.set_status(trouble.empty() ? asked::HealthCheckResponse::SERVING
                                        : asked::HealthCheckResponse::NOT_SERVING);
    answer(std::move(response));
  });
}

} // namespace maestro
