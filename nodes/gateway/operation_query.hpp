// What ListOperations may be asked (proto/README.md 1.5 M10): the checks, their order and their texts.
#pragma once

#include "messages/commands.hpp"
#include "messages/error.hpp"

#include <string_view>

namespace api::v1 {
class ListOperationsRequest;
}

namespace maestro {

result<list_operations> operation_query(const api::v1::ListOperationsRequest& request);

/// `pending`, `active`, `final`.
std::string_view stage_name(operation_stage stage);

} // namespace maestro
