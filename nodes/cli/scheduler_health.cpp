#include "nodes/cli/scheduler_health.hpp"

#include "nodes/cli/render.hpp"

#include <fmt/format.h>

#include <array>

namespace maestro::cli {

namespace {

struct counted_status {
  const char* field;
  const char* word;
};
constexpr std::array counted{
    counted_status{"roomsReady", "ready"},     counted_status{"roomsAllocated", "allocated"},
    counted_status{"roomsActive", "active"},   counted_status{"roomsOccupied", "occupied"},
    counted_status{"roomsPending", "pending"}, counted_status{"roomsUnready", "unready"},
    counted_status{"roomsError", "error"},     counted_status{"roomsTerminating", "terminating"}};

} // namespace

std::string counts_text(const json& info) {
  auto text = fmt::format("{}/{} ready", number_of(info, "roomsReady"), number_of(info, "roomsReplicas"));
  for (auto& [field, word] : counted)
    if (auto count = number_of(info, field); count > 0 && std::string{word} != "ready")
      text += fmt::format(", {} {}", count, word);
  return text;
}

std::string health_of(const json& info, timestamp now) {
  auto degraded = object_of(info, "degraded");
  if (degraded.is_null() || degraded.empty())
    return {};
  auto text = "degraded: " + text_of(degraded, "reason");
  if (auto failures = number_of(degraded, "consecutiveFailures"); failures > 1)
    text += fmt::format(", {} times in a row", failures);
  if (auto next = time_of(text_of(degraded, "nextTryAt")); next && *next > now)
    text += fmt::format(", next try in {}", age(*next - now));
  return text;
}

} // namespace maestro::cli
