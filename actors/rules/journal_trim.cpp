#include "actors/rules/journal_trim.hpp"

#include "messages/shared_journal_codec.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace maestro::rules {

namespace {

constexpr int ages_per_span = 30;

bool is_keeper(const node_name& name, const archive_state& archive) {
  auto copy = archive.copies.find(name);
  return archive.trimmed > 0 && copy != archive.copies.end() && copy->second.complete >= archive.trimmed;
}

} // namespace

std::int64_t trim_up_to(const std::map<node_name, std::int64_t>& copies, const std::set<node_name>& live,
                        std::size_t wanted, std::int64_t overdue) {
  std::vector<std::int64_t> of_live, of_all;
  for (auto& [name, revision] : copies) {
    of_all.push_back(revision);
    if (live.contains(name))
      of_live.push_back(revision);
  }
  if (of_all.empty())
    return 0;
  wanted = std::max(std::min(wanted, of_live.size()), std::min<std::size_t>(of_all.size(), 2));
  if (wanted > of_live.size()) // who is away may be lost, and nobody knows which of them
    return *std::min_element(of_all.begin(), of_all.end());
  std::sort(of_live.begin(), of_live.end(), std::greater<>());
  return std::max(of_live.back(), std::min(of_live[wanted - 1], overdue));
}

void revision_ages::note(duration now, std::int64_t revision) {
  while (seen_.size() > 1 && seen_[1].first + span_ <= now)
    seen_.pop_front();
  if (seen_.empty() || now - seen_.back().first >= span_ / ages_per_span)
    seen_.emplace_back(now, revision);
}

std::int64_t revision_ages::older(duration now) const {
  std::int64_t newest = 0;
  for (auto& [at, revision] : seen_)
    if (at + span_ <= now)
      newest = std::max(newest, revision);
  return newest;
}

std::optional<node_name> keeper_beside(const node_name& leaving, const archive_state& archive) {
  for (auto& [name, copy] : archive.copies)
    if (name != leaving && is_keeper(name, archive))
      return name;
  return {};
}

bool keeps_alone(const node_name& name, const archive_state& archive) {
  return is_keeper(name, archive) && !keeper_beside(name, archive);
}

std::optional<node_name> who_trims(const std::map<node_name, std::int64_t>& copies,
                                   const std::set<node_name>& live, std::int64_t up_to) {
  for (auto& [name, revision] : copies)
    if (live.contains(name) && revision >= up_to)
      return name;
  return {};
}

} // namespace maestro::rules
