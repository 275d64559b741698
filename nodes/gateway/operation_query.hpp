// What `GET /schedulers/{s}/operations` may be asked (behaviour.md 1.5 M10): the checks, their order and their
// texts.
#pragma once

#include "messages/commands.hpp"
#include "messages/error.hpp"
#include "nodes/gateway/url.hpp"

#include <string>

namespace maestro {

result<list_operations> operation_query(const std::string& scheduler, const query_parameters& query);

/// `pending`, `active`, `final`.
std::string_view stage_name(operation_stage stage);

} // namespace maestro
