#include "runtime/probing/probe_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::probing {

namespace {

// A matchmaker that wants metadata gets those of a server that sends none.
constexpr const char* no_metadata = "{}";

} // namespace

probe_watch::probe_watch(const health_recipe& how, std::int64_t busy_matches, duration begun, bool has_answered)
    : subject_(how.port.empty() ? how.probe : fmt::format("{} on port {}", how.probe, how.port)),
      failures_max_(std::max(how.failures, 1)), busy_matches_(busy_matches),
      counts_from_(has_answered ? begun : begun + how.initial_delay), has_answered_(has_answered) {}

ping_room probe_watch::answered(std::optional<std::int64_t> players) {
  failures_ = 0;
  has_answered_ = true;
  counts_from_ = duration{}; // it has come up: what it misses from now on counts
  if (players.value_or(0) > 0)
    return {ping_status::occupied, busy_matches_, no_metadata};
  return {ping_status::ready, 0, no_metadata};
}

std::optional<report_silence> probe_watch::missed(const std::string& problem, duration steady_now) {
  if (steady_now < counts_from_)
    return std::nullopt;
  failures_ = std::min(failures_ + 1, failures_max_);
  if (failures_ < failures_max_)
    return std::nullopt;
  auto often = failures_max_ == 1 ? std::string{} : fmt::format(", {} times in a row", failures_max_);
  return report_silence{fmt::format("{}: {}{}", subject_, problem, often), false};
}

report_silence probe_watch::could_not_look(const std::string& problem) {
  return {problem, true};
}

} // namespace maestro::probing
