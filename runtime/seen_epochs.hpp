// The highest owner's epoch that a room host has seen for each scheduler (messages/owner_epoch.hpp): whoever asks
// with a lower one is refused, so that an owner that was replaced ends no instance and starts none. A host that
// outlives its process in anything gives a place to keep them, which is written before the host acts. Epoch 1 is
// what is assumed where nothing is kept, so a node that is alone writes nothing. For room hosts.
#pragma once

#include "messages/error.hpp"
#include "messages/ids.hpp"
#include "messages/owner_epoch.hpp"

#include <functional>
#include <unordered_map>

namespace maestro {

class seen_epochs {
public:
  struct place {
    std::function<result<owner_epoch>(const scheduler_name&)> read; ///< first_epoch when nothing is kept
    std::function<result<done>(const scheduler_name&, owner_epoch)> write;
  };

  seen_epochs() = default;
  explicit seen_epochs(place kept) : kept_(std::move(kept)) {}

  /// Done: the epoch is the highest, and kept. Else `deposed`, or why it cannot be read or kept; the host must not act then.
  result<done> admit(const scheduler_name& scheduler, owner_epoch epoch);
  /// The scheduler's last instance is gone, and so is the scheduler.
  void forget(const scheduler_name& scheduler) { highest_.erase(scheduler); }

private:
  place kept_;
  std::unordered_map<scheduler_name, owner_epoch> highest_;
};

} // namespace maestro
