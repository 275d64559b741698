#include "nodes/simulation/carried_requests.hpp"

#include <fmt/format.h>

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
  if (done != done_.end() && !done->second.starts_with(answer))
    tell_(fmt::format("request {} of {} was answered {}, it had made {}", key.str(), scheduler.str(), answer,
                      done->second));
}

void carried_requests::forget(const scheduler_name& scheduler) {
  std::erase_if(done_, [&](auto& entry) { return entry.first.first == scheduler; });
}

} // namespace maestro::simulation
