#include "nodes/cli/change_feed.hpp"

#include "messages/operation_types.hpp"
#include "messages/room_types.hpp"
#include "messages/text.hpp"
#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"

#include <fmt/format.h>

#include <utility>

namespace maestro::cli {

namespace {

/// A whole number of 64 bits, which JSON has as text.
std::uint64_t number_in(const json& answer, const std::string& field) {
  auto text = text_of(answer, field, "0");
  return std::strtoull(text.c_str(), nullptr, 10);
}

/// Operations only go forward.
int stage_of(const std::string& status) {
  if (status == to_string(operation_status::pending))
    return 1;
  return status == to_string(operation_status::in_progress) ? 2 : 3;
}

bool is_later(const std::string& a, const std::string& b) {
  auto left = parse_rfc3339(a), right = parse_rfc3339(b);
  return !left || !right || std::pair(left->seconds, left->nanos) > std::pair(right->seconds, right->nanos);
}

} // namespace

std::string change_feed::path() const {
  return schedulers_path({scheduler_, "changes"}) + (of_operations_ ? "?of=operations" : "?of=rooms");
}

bool change_feed::begin(bool goes_on) {
  known_.clear();
  try {
    auto answer = ctx_.api.get(path());
    if (!goes_on)
      after_ = number_in(answer, "next");
    return answer.contains("next");
  } catch (const failure& why) {
    if (why.code != exit_not_found)
      throw;
    return false;
  }
}

void change_feed::know(const std::vector<json>& items) {
  for (auto& item : items)
    known_[text_of(item, "id")] = {text_of(item, "status"), text_of(item, "statusSince")};
}

// An event alone does not tell that a room keeps its status (actors/rules/status_changes).
bool change_feed::is_news(const known_status* known, const std::string& to, const std::string& at) const {
  if (known == nullptr)
    return to != "gone" && !(of_operations_ && to == to_string(operation_status::in_progress));
  if (known->status == to)
    return false;
  if (of_operations_)
    return stage_of(known->status) < stage_of(to);
  if (!known->since.empty() && !is_later(at, known->since))
    return false;
  if (to == to_string(room_status::allocated))
    return known->status != to_string(room_status::active);
  if (to == to_string(room_status::terminating))
    return known->status != to_string(room_status::error) && known->status != to_string(room_status::terminated);
  return true;
}

void change_feed::take(const json& change, std::vector<status_step>& steps) {
  auto id = text_of(change, "id"), to = text_of(change, "status"), at = text_of(change, "at");
  auto known = known_.find(id);
  if (!is_news(known == known_.end() ? nullptr : &known->second, to, at))
    return;
  steps.push_back({at, id, known == known_.end() ? "" : known->second.status, to, text_of(change, "detail")});
  if (to == "gone")
    known_.erase(known);
  else
    known_[id] = {to, ""};
}

std::optional<std::vector<status_step>> change_feed::next() {
  std::vector<status_step> steps;
  for (bool is_last = false; !is_last;) {
    auto answer = ctx_.api.get(fmt::format("{}&after={}", path(), after_));
    if (truth_of(answer, "hasGap") && after_ > 0)
      return {};
    for (auto& change : list_of(answer, "changes"))
      take(change, steps);
    after_ = number_in(answer, "next");
    is_last = truth_of(answer, "isLast");
  }
  return steps;
}

} // namespace maestro::cli
