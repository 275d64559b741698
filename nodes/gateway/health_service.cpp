#include "nodes/gateway/health_service.hpp"

#include "health/v1/health.pb.h"

#include <fmt/format.h>

namespace maestro {

namespace v1 = grpc::health::v1;

void health_service::check(const call_context&, const v1::HealthCheckRequest& request,
                           reply<v1::HealthCheckResponse> answer) {
  if (!request.service().empty() && !services_.contains(request.service()))
    return answer(failure{ec::not_found, fmt::format("there is no service {} here", request.service())});
  readiness_.ask([answer = std::move(answer)](const std::string& trouble) {
    v1::HealthCheckResponse response;
    response.set_status(trouble.empty() ? v1::HealthCheckResponse::SERVING : v1::HealthCheckResponse::NOT_SERVING);
    answer(std::move(response));
  });
}

} // namespace maestro
