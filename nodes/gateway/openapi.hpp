// What a JSON door serves, as an OpenAPI 3.0 document: made at the start from the route table and the descriptors of
// proto/api/v1 with protojson's mapping (proto/README.md 1.1), so that it cannot differ from either. Called by json_api.
#pragma once

#include "nodes/gateway/json_api.hpp"

#include <string>
#include <vector>

namespace maestro {

/// One line of a door's table.
struct described_route {
  std::string_view method;
  const std::vector<path_part>& parts;
  const google::protobuf::Descriptor* request;
  rest_from rest;
  std::string_view content = "application/json"; ///< of the answer
};

std::string openapi_document(const std::string& title, const std::vector<described_route>& routes);

} // namespace maestro
