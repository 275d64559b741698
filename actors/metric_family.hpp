// One metric with its label names, and a cache of its series by label values, so that counting costs no allocation
// and no search in prometheus-cpp. Series belong to a scheduler (or to none: empty) and go with it. For
// actors/metrics only.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <initializer_list>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace maestro {

template <class Metric>
class metric_family {
public:
  metric_family(prometheus::Family<Metric>& family, std::vector<std::string> names,
                prometheus::Histogram::BucketBoundaries buckets = {})
      : family_(family), names_(std::move(names)), buckets_(std::move(buckets)) {}

  /// Calls `use` with the series of these label values, which stand in the order of the names.
  template <class Use>
  void with(std::string_view scheduler, std::initializer_list<std::string_view> values, Use use) {
    thread_local std::string key;
    key.clear();
    for (auto value : values)
      key.append(value).push_back('\xff');
    {
      std::shared_lock lock(mutex_);
      if (auto* metric = find(scheduler, key))
        return use(*metric);
    }
    std::unique_lock lock(mutex_);
    auto& of_scheduler = series_[std::string(scheduler)];
    auto place = place_of(of_scheduler, key);
    if (place == of_scheduler.end() || place->values != key)
      place = of_scheduler.insert(place, {key, add(values)});
    use(*place->metric);
  }

  void forget(std::string_view scheduler) {
    std::unique_lock lock(mutex_);
    auto of_scheduler = series_.find(scheduler);
    if (of_scheduler == series_.end())
      return;
    for (auto& one : of_scheduler->second)
      family_.Remove(one.metric);
    series_.erase(of_scheduler);
  }

private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct labelled {
    std::string values;
    Metric* metric = nullptr;
  };

  static auto place_of(auto& of_scheduler, std::string_view key) {
    return std::lower_bound(of_scheduler.begin(), of_scheduler.end(), key,
                            [](auto& one, std::string_view values) { return one.values < values; });
  }

  Metric* find(std::string_view scheduler, std::string_view key) const {
    auto of_scheduler = series_.find(scheduler);
    if (of_scheduler == series_.end())
      return nullptr;
    auto found = place_of(of_scheduler->second, key);
    return found == of_scheduler->second.end() || found->values != key ? nullptr : found->metric;
  }

  Metric* add(std::initializer_list<std::string_view> values) {
    prometheus::Labels labels;
    auto name = names_.begin();
    for (auto value : values)
      labels.emplace(*name++, value);
    if constexpr (std::is_same_v<Metric, prometheus::Histogram>)
      return &family_.Add(labels, buckets_);
    else
      return &family_.Add(labels);
  }

  prometheus::Family<Metric>& family_;
  std::vector<std::string> names_;
  prometheus::Histogram::BucketBoundaries buckets_;
  mutable std::shared_mutex mutex_;
  /// By scheduler and by values: most families have one series of a scheduler, and an empty hash table is bigger than that.
  std::unordered_map<std::string, std::vector<labelled>, hash, std::equal_to<>> series_;
};

} // namespace maestro
