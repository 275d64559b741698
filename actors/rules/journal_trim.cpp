#include "actors/rules/journal_trim.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace maestro::rules {

std::int64_t trim_up_to(const std::map<node_name, std::int64_t>& copies, const std::set<node_name>& live,
                        std::size_t wanted) {
  std::vector<std::int64_t> of_live, of_all;
  for (auto& [name, revision] : copies) {
    of_all.push_back(revision);
    if (live.contains(name))
      of_live.push_back(revision);
  }
  wanted = std::max(std::min(wanted, of_live.size()), std::min<std::size_t>(of_all.size(), 2));
  auto& from = wanted <= of_live.size() ? of_live : of_all;
  if (wanted == 0)
    return 0;
  std::sort(from.begin(), from.end(), std::greater<>());
  return from[wanted - 1];
}

std::optional<node_name> who_trims(const std::map<node_name, std::int64_t>& copies,
                                   const std::set<node_name>& live) {
  for (auto& [name, revision] : copies)
    if (live.contains(name))
      return name;
  return {};
}

} // namespace maestro::rules
