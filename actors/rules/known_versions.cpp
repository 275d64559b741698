#include "actors/rules/known_versions.hpp"

namespace maestro::rules {

void known_versions::learn(const update_recipe& told, const std::function<bool(const std::string&)>& is_in_use) {
  active_ = told.recipe.spec.version;
  for (auto& one : told.versions)
    versions_.insert_or_assign(one.spec.version, one);
  versions_.insert_or_assign(active_, told.recipe);
  std::erase_if(versions_, [&](auto& entry) { return entry.first != active_ && !is_in_use(entry.first); });
}

const scheduler* known_versions::find(const std::string& version) const {
  auto found = versions_.find(version);
  return found == versions_.end() ? nullptr : &found->second;
}

} // namespace maestro::rules
