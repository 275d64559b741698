#include "nodes/simulation/carried_requests.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maestro::simulation {

void carried_requests::note(const scheduler_name& scheduler, const request_key& key, const std::string& what) {
  if (key.empty())
    return;
  auto& first = done_.try_emplace({scheduler, key}, what).first->second;
  if (first != what)
    tell_(fmt::format("request {} of {} made {}, and before {}", key.str(), scheduler.str(), what, first));
}

void carried_requests::note_answer(const scheduler_name& scheduler, const request_key& key,
                                   const std::string& answer) {
  auto done = done_.find({scheduler, key});
  auto former = former_.find({scheduler, key});
  bool is_late = former != former_.end() && std::any_of(former->second.begin(), former->second.end(),
                                                        [&](auto& what) { return what.starts_with(answer); });
  if (done != done_.end() && !done->second.starts_with(answer) && !is_late)
    tell_(fmt::format("request {} of {} was answered {}, it had made {}", key.str(), scheduler.str(), answer,
                      done->second));
}

void carried_requests::forget(const scheduler_name& scheduler) {
  std::erase_if(done_, [&](auto& entry) {
    bool is_its = entry.first.first == scheduler;
    if (is_its)
      former_[entry.first].push_back(entry.second);
    return is_its;
  });
}

} // namespace maestro::simulation
