// One metric with its label names and its series, which are found by their label values, so that counting costs no allocation.
// Series belong to a scheduler (or to none: empty) and go with it. prometheus-cpp counts and writes the text; its own families
// keep every series' labels as a map of strings, several times what is kept here, of which a node may have ten thousands. For
// actors/metrics only.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace maestro {

template <class Metric>
class metric_family : public prometheus::Collectable {
public:
  /// Stands behind those that are in `shown` already.
  metric_family(std::vector<const prometheus::Collectable*>& shown, std::string name, std::string help,
                std::vector<std::string> labels, prometheus::Histogram::BucketBoundaries buckets = {})
      : name_(std::move(name)), help_(std::move(help)), labels_(std::move(labels)), buckets_(std::move(buckets)) {
    shown.push_back(this);
  }
  metric_family(const metric_family&) = delete;
  metric_family& operator=(const metric_family&) = delete;

  /// Calls `use` with the series of these label values, which stand in the order of the names.
  template <class Use>
  void with(std::string_view scheduler, std::initializer_list<std::string_view> values, Use use) {
    thread_local std::string key;
    key.clear();
    for (auto value : values)
      key.append(value).push_back(end_of_value);
    {
      std::shared_lock lock(mutex_);
      if (auto* metric = find(scheduler, key))
        return use(*metric);
    }
    std::unique_lock lock(mutex_);
    auto& of_scheduler = series_[std::string(scheduler)];
    auto place = place_of(of_scheduler, key);
    if (place == of_scheduler.end() || place->values != key)
      place = of_scheduler.insert(place, {key, make()});
    use(*place->metric);
  }

  void forget(std::string_view scheduler) {
    std::unique_lock lock(mutex_);
    if (auto of_scheduler = series_.find(scheduler); of_scheduler != series_.end())
      series_.erase(of_scheduler);
  }

  /// Nothing where there is no series yet. Labels stand by their names.
  std::vector<prometheus::MetricFamily> Collect() const override {
    std::shared_lock lock(mutex_);
    prometheus::MetricFamily all{name_, help_, Metric::metric_type, {}};
    for (auto& [scheduler, of_scheduler] : series_)
      for (auto& one : of_scheduler) {
        all.metric.push_back(one.metric->Collect());
        all.metric.back().label = labels_of(one.values);
      }
    if (all.metric.empty())
      return {};
    return {std::move(all)};
  }

private:
  static constexpr char end_of_value = '\xff';

  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct labelled {
    std::string values; ///< each with its end
    std::unique_ptr<Metric> metric;
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
    return found == of_scheduler->second.end() || found->values != key ? nullptr : found->metric.get();
  }

  std::unique_ptr<Metric> make() const {
    if constexpr (std::is_same_v<Metric, prometheus::Histogram>)
      return std::make_unique<Metric>(buckets_);
    else
      return std::make_unique<Metric>();
  }

  std::vector<prometheus::ClientMetric::Label> labels_of(std::string_view values) const {
    std::vector<prometheus::ClientMetric::Label> all;
    for (auto& name : labels_) {
      auto value = values.substr(0, values.find(end_of_value));
      all.push_back({name, std::string(value)});
      values.remove_prefix(value.size() + 1);
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  std::string name_, help_;
  std::vector<std::string> labels_;
  prometheus::Histogram::BucketBoundaries buckets_;
  mutable std::shared_mutex mutex_;
  /// By scheduler and by values: most families have one series of a scheduler, and an empty hash table is bigger than that.
  std::unordered_map<std::string, std::vector<labelled>, hash, std::equal_to<>> series_;
};

} // namespace maestro
