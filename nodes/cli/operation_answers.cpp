#include "nodes/cli/operation_answers.hpp"

#include "nodes/cli/failure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::cli {

namespace {

void sort_newest_first(std::vector<json>& operations) {
  std::stable_sort(operations.begin(), operations.end(),
                   [](auto& a, auto& b) { return text_of(a, "createdAt") > text_of(b, "createdAt"); });
}

} // namespace

std::string stage_path(const std::string& scheduler, const std::string& stage) {
  return schedulers_path({scheduler, "operations"}) + "?stage=" + stage;
}

bool is_final(const std::string& status) {
  return status != "pending" && status != "in_progress";
}

std::string last_event(const json& operation) {
  auto history = list_of(operation, "executionHistory");
  return history.empty() ? "" : text_of(history.back(), "event");
}

json operation_of(const context& ctx, const std::string& scheduler, const std::string& id) {
  return ctx.api.get(schedulers_path({scheduler, "operations", id}))["operation"];
}

std::string newest_operation(const context& ctx, const std::string& scheduler) {
  for (auto* stage : operation_stages) {
    auto answer = ctx.api.get(stage_path(scheduler, stage));
    auto found = list_of(answer, "operations");
    std::vector<json> operations(found.begin(), found.end());
    sort_newest_first(operations);
    if (!operations.empty())
      return text_of(operations.front(), "id");
  }
  throw failure(exit_not_found, fmt::format("scheduler {} has no operations", scheduler));
}

std::string find_operation(const context& ctx, const std::string& scheduler, const std::string& definition_name) {
  // An operation moves pending -> active -> final while we look: one more round finds it.
  for (int round = 0; round < 2; ++round) {
    for (auto* stage : {"pending", "active", "final"}) {
      auto found = list_of(ctx.api.get(stage_path(scheduler, stage)), "operations");
      std::vector<json> operations(found.begin(), found.end());
      sort_newest_first(operations);
      for (auto& operation : operations) {
        if (text_of(operation, "definitionName") == definition_name)
          return text_of(operation, "id");
      }
    }
  }
  return {};
}

} // namespace maestro::cli
