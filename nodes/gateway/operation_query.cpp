#include "nodes/gateway/operation_query.hpp"

#include "api/v1/operations.pb.h"

#include <optional>
#include <sstream>
#include <vector>

namespace maestro {

namespace {

constexpr std::uint32_t most_per_page = 100;

failure refused(std::string text) {
  return {ec::invalid_argument, std::move(text)};
}

/// Whether newest come first.
result<bool> read_order(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;)
    words.push_back(word);
  if (words.size() > 2)
    return refused("invalid sorting parameters number");
  if (!words.empty() && words[0] != "createdAt")
    return refused("invalid sorting field: " + words[0]);
  if (words.size() < 2 || words[1] == "desc")
    return true;
  if (words[1] == "asc")
    return false;
  return refused("invalid sorting order: " + words[1]);
}

std::optional<operation_stage> read_stage(const std::string& text) {
  for (auto stage : {operation_stage::pending, operation_stage::active, operation_stage::final})
    if (text == stage_name(stage))
      return stage;
  return std::nullopt;
}

} // namespace

std::string_view stage_name(operation_stage stage) {
  switch (stage) {
  case operation_stage::pending: return "pending";
  case operation_stage::active: return "active";
  case operation_stage::final: return "final";
  }
  return "invalid";
}

result<list_operations> operation_query(const api::v1::ListOperationsRequest& request) {
  auto descending = read_order(request.order_by());
  if (!descending)
    return descending.error();
  if (request.has_page() && request.page() == 0)
    return refused("page must be greater than 0");
  if (request.has_per_page() && (request.per_page() == 0 || request.per_page() > most_per_page))
    return refused("page size must be between 0 and 100");
  if ((request.has_page() || request.has_per_page()) && request.stage() != "final")
    return refused("there is no pagination filter implemented for " + request.stage() + " stage");
  auto stage = read_stage(request.stage());
  if (!stage)
    return refused("invalid stage filter: " + request.stage());

  list_operations asked;
  asked.scheduler = scheduler_name(request.scheduler_name());
  asked.stage = *stage;
  asked.page = request.has_page() ? request.page() : asked.page;
  asked.per_page = request.has_per_page() ? request.per_page() : asked.per_page;
  asked.descending = *descending;
  return asked;
}

} // namespace maestro
