#include "actors/rules/instance_pages.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace maestro::rules {

void instance_pages::miss(const std::string& node_id) {
  all_.out_of_sight.push_back(node_id);
}

void instance_pages::add(instance_list page, const std::string& node_id) {
  for (auto& one : page.items)
    one.placed_on = node_id;
  if (!page.is_last && !page.items.empty()) {
    auto& last = page.items.back().id;
    end_ = end_.empty() ? last : std::min(end_, last);
  }
  std::move(page.items.begin(), page.items.end(), std::back_inserter(all_.items));
}

instance_list instance_pages::take() {
  auto& items = all_.items;
  std::stable_sort(items.begin(), items.end(), [](auto& a, auto& b) { return a.id < b.id; });
  items.erase(std::unique(items.begin(), items.end(), [](auto& a, auto& b) { return a.id == b.id; }), items.end());
  auto behind =
      std::find_if(items.begin(), items.end(), [&](auto& one) { return !end_.empty() && end_ < one.id; });
  all_.is_last = end_.empty();
  items.erase(behind, items.end());
  if (limit_ != 0 && items.size() > limit_) {
    items.resize(limit_);
    all_.is_last = false;
  }
  return std::move(all_);
}

} // namespace maestro::rules
