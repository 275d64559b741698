// Rooms that die while somebody waits for rooms: how many, and of what. A scheduler whose rooms crash at once never gets them;
// whoever waits is told why, and gives up before the time is over.
#pragma once

#include "nodes/cli/answers.hpp"

#include <set>
#include <string>
#include <vector>

namespace maestro::cli {

class room_deaths {
public:
  /// `rooms` are all of the scheduler as they are now.
  void look(const std::vector<json>& rooms);

  /// Enough of them died, and none came up, to say that none will.
  bool are_hopeless() const;
  /// `5 rooms died: exit code 3`; empty when none did.
  std::string text() const;

private:
  std::set<std::string> known_, dead_;
  bool is_first_ = true, has_come_up_ = false;
  std::string reason_;
};

} // namespace maestro::cli
