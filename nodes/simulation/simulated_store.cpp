#include "nodes/simulation/simulated_store.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace maestro {

simulated_agreement::holder simulated_agreement::join() {
  std::scoped_lock lock(mutex_);
  return ++last_holder_;
}

bool simulated_agreement::is_reachable() const {
  std::scoped_lock lock(mutex_);
  return is_reachable_;
}

bool simulated_agreement::is_reachable(holder of) const {
  std::scoped_lock lock(mutex_);
  return reaches(of);
}

void simulated_agreement::forget(holder of) {
  std::scoped_lock lock(mutex_);
  watches_.erase(of);
}

std::shared_ptr<const simulated_agreement::image> simulated_agreement::make_image() const {
  std::lock_guard lock(mutex_);
  return std::make_shared<const image>(image{revision_, keys_});
}

void simulated_agreement::set_back(const image& to) {
  std::lock_guard lock(mutex_);
  revision_ = to.revision;
  keys_ = to.keys;
}

std::int64_t simulated_agreement::revision() const {
  std::scoped_lock lock(mutex_);
  return revision_;
}

void simulated_agreement::set_observer(std::function<void(const change_store&, std::int64_t)> observer) {
  std::scoped_lock lock(mutex_);
  observer_ = std::move(observer);
}

void simulated_agreement::ignore_conditions(const std::string& prefix) {
  std::scoped_lock lock(mutex_);
  ignored_ = prefix;
}

std::size_t simulated_agreement::keys() const {
  std::scoped_lock lock(mutex_);
  return keys_.size();
}

store_listing simulated_agreement::listing(const std::string& prefix) const {
  store_listing all{revision_, {}};
  for (auto at = keys_.lower_bound(prefix); at != keys_.end() && at->first.starts_with(prefix); ++at)
    all.entries.push_back(at->second.entry);
  return all;
}

store_listing simulated_agreement::read(const read_store& wanted) const {
  std::scoped_lock lock(mutex_);
  auto all = listing(wanted.prefix);
  if (wanted.limit == 0)
    return all;
  auto& entries = all.entries;
  std::erase_if(entries, [&](auto& entry) { return entry.revision <= wanted.after; });
  std::stable_sort(entries.begin(), entries.end(), [](auto& a, auto& b) { return a.revision < b.revision; });
  if (entries.size() <= wanted.limit)
    return all;
  all.has_more = true;
  auto cut = entries[wanted.limit].revision;
  std::erase_if(entries, [&](auto& entry) { return entry.revision >= cut; });
  return all;
}

std::vector<store_entry> simulated_agreement::found_of(const change_store& wanted) const {
  std::vector<store_entry> all;
  for (auto& condition : wanted.conditions)
    if (auto found = keys_.find(condition.key); found != keys_.end())
      all.push_back(found->second.entry);
  return all;
}

store_outcome simulated_agreement::change(const change_store& wanted, holder by) {
  std::scoped_lock lock(mutex_);
  for (auto& condition : wanted.conditions) {
    if (!ignored_.empty() && condition.key.starts_with(ignored_))
      continue;
    auto found = keys_.find(condition.key);
    if ((found == keys_.end() ? 0 : found->second.entry.revision) != condition.revision)
      return {false, revision_, found_of(wanted)};
  }
  store_changes changes{++revision_, false, {}, {}};
  for (auto& write : wanted.writes) {
    if (write.kind == store_write_kind::erase) {
      if (keys_.erase(write.key) > 0)
        changes.gone.push_back(write.key);
      continue;
    }
    auto& at = keys_[write.key];
    at = {{write.key, write.value, revision_}, write.kind == store_write_kind::put_leased ? by : 0};
    changes.present.push_back(at.entry);
  }
  if (observer_)
    observer_(wanted, revision_);
  tell(changes);
  return {true, revision_, {}};
}

void simulated_agreement::tell(const store_changes& changes) {
  for (auto& [by, watch] : watches_) {
    if (!reaches(by))
      continue;
    auto part = changes;
    std::erase_if(part.present, [&](auto& entry) { return !entry.key.starts_with(watch.prefix); });
    std::erase_if(part.gone, [&](auto& key) { return !key.starts_with(watch.prefix); });
    if (!part.present.empty() || !part.gone.empty())
      caf::anon_send(watch.subscriber, part);
  }
}

void simulated_agreement::set_contact(const watch_store& watch, bool is_reachable) {
  caf::anon_send(watch.subscriber, store_contact{is_reachable, is_reachable ? "" : "the store is not reached"});
  if (!is_reachable)
    return;
  auto all = listing(watch.prefix);
  if (watch.is_of_changes_only)
    all.entries.clear();
  caf::anon_send(watch.subscriber, store_changes{all.revision, true, std::move(all.entries), {}});
}

void simulated_agreement::watch(holder by, const watch_store& wish) {
  std::scoped_lock lock(mutex_);
  watches_[by] = wish;
  set_contact(wish, reaches(by));
}

void simulated_agreement::end_lease(holder of) {
  std::scoped_lock lock(mutex_);
  store_changes changes{++revision_, false, {}, {}};
  for (auto& [key, held] : keys_)
    if (held.leased_by == of)
      changes.gone.push_back(key);
  change_store erased;
  for (auto& key : changes.gone) {
    keys_.erase(key);
    erased.writes.push_back({store_write_kind::erase, key, {}});
  }
  if (observer_)
    observer_(erased, revision_);
  tell(changes);
  if (auto watch = watches_.find(of); watch != watches_.end())
    caf::anon_send(watch->second.subscriber, lease_lost{});
}

void simulated_agreement::set_reachable(bool is_reachable) {
  std::scoped_lock lock(mutex_);
  if (std::exchange(is_reachable_, is_reachable) == is_reachable)
    return;
  for (auto& [by, watch] : watches_)
    if (!cut_off_.contains(by))
      set_contact(watch, is_reachable);
}

void simulated_agreement::set_reachable(holder of, bool is_reachable) {
  std::scoped_lock lock(mutex_);
  bool is_news = is_reachable ? cut_off_.erase(of) > 0 : cut_off_.insert(of).second;
  auto watch = watches_.find(of);
  if (is_news && is_reachable_ && watch != watches_.end())
    set_contact(watch->second, is_reachable);
}

} // namespace maestro
