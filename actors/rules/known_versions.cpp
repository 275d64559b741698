#include "actors/rules/known_versions.hpp"

#include "actors/rules/version_rules.hpp"

#include <iterator>

namespace maestro::rules {

void known_versions::learn(const update_recipe& told, const std::function<bool(const std::string&)>& is_in_use) {
  active_ = told.recipe->spec.version;
  for (auto& one : told.versions)
    versions_.insert_or_assign(one->spec.version, entry{one});
  versions_.insert_or_assign(active_, entry{told.recipe});
  for (auto one = versions_.begin(); one != versions_.end();)
    one = one->first == active_ || is_in_use(one->first) ? std::next(one) : versions_.erase(one);
  for (auto& [version, one] : versions_)
    one.is_replaced = classify_change(*one.recipe, *told.recipe) == change_kind::major;
}

void known_versions::try_out(const scheduler& candidate) {
  versions_.insert_or_assign(candidate.spec.version, entry{candidate});
}

bool known_versions::is_replaced(const std::string& version) const {
  if (auto found = versions_.find(version); found != versions_.end())
    return found->second.is_replaced;
  return !active_.empty() && !same_major(version, active_);
}

const scheduler* known_versions::find(const std::string& version) const {
  auto found = versions_.find(version);
  return found == versions_.end() ? nullptr : &*found->second.recipe;
}

} // namespace maestro::rules
