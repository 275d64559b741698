#include "runtime/seen_epochs.hpp"

#include <fmt/format.h>

namespace maestro {

result<done> seen_epochs::admit(const scheduler_name& scheduler, owner_epoch epoch) {
  auto known = highest_.find(scheduler);
  if (known == highest_.end()) {
    auto kept = kept_.read ? kept_.read(scheduler) : result<owner_epoch>{first_epoch};
    if (!kept)
      return kept.error();
    known = highest_.emplace(scheduler, *kept).first;
  }
  auto& highest = known->second;
  if (epoch < highest)
    return failure{ec::deposed,
                   fmt::format("scheduler {}: the owner's epoch {} is below {}, the highest this host "
                               "has seen: it has another owner now",
                               scheduler.str(), epoch.number, highest.number)};
  if (epoch > highest && kept_.write)
    if (auto written = kept_.write(scheduler, epoch); !written)
      return written;
  highest = epoch;
  return done{};
}

} // namespace maestro
