#include "actors/room_pool/long_work.hpp"

#include <algorithm>
#include <utility>

namespace maestro {

void long_work::begin(job one) {
  if (may_run(one) && !one.work())
    return;
  jobs_.push_back(std::move(one));
  schedule();
}

void long_work::turn() {
  is_scheduled_ = false;
  auto next = std::find_if(jobs_.begin(), jobs_.end(), [this](auto& one) { return may_run(one); });
  if (next == jobs_.end())
    return;
  std::list<job> running;
  running.splice(running.begin(), jobs_, next);
  if (running.front().work())
    jobs_.splice(jobs_.end(), running);
  schedule();
}

void long_work::schedule() {
  if (is_scheduled_ || std::none_of(jobs_.begin(), jobs_.end(), [this](auto& one) { return may_run(one); }))
    return;
  is_scheduled_ = true;
  owner_.go_on_with_work();
}

} // namespace maestro
