// What the answers of one room, and those that did not come, amount to: what its GAME ROOM is told. A rule without clock or
// socket; the process runtime's prober and the simulated one go by it.
#pragma once

#include "messages/commands.hpp"
#include "messages/scheduler_types.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace maestro::probing {

class probe_watch {
public:
  /// `begun`: on the steady clock, when the room was asked first. `busy_matches`: what a room with players is said to have.
  /// A room that `has_answered` before is not new: nothing is overlooked in its first time.
  probe_watch(const health_recipe& how, std::int64_t busy_matches, duration begun, bool has_answered);

  /// It answered; without players where nobody can count them.
  ping_room answered(std::optional<std::int64_t> players);
  /// It did not. None: not often enough yet, or it has just been started.
  std::optional<report_silence> missed(const std::string& problem, duration steady_now);
  /// The node could not ask. Counts neither way.
  static report_silence could_not_look(const std::string& problem);

  bool has_answered() const { return has_answered_; }
  /// Nothing is missing: an answer is what is expected of it.
  bool is_answering() const { return has_answered_ && failures_ == 0; }

private:
  std::string subject_; ///< `quake3 on port game`
  std::int32_t failures_max_;
  std::int64_t busy_matches_;
  duration counts_from_;
  std::int32_t failures_ = 0;
  bool has_answered_;
};

} // namespace maestro::probing
