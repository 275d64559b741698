// One team of bots in one match, from the first join to the result.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace arena {

enum class team_end {
  played,     ///< to the end
  broken,     ///< the server vanished, fell silent or was replaced while the match was on
  cut,        ///< the server ended the match before its time
  not_joined, ///< no match began: nobody there, or it is full
  stopped,    ///< we were asked to stop
};

struct team_result {
  team_end how = team_end::not_joined;
  std::int64_t match = 0;
  std::string text;
  std::string scores;
};

class team {
public:
  team(std::string host, int port, int players, std::string name, std::chrono::milliseconds silence);
  team_result play(const std::function<bool()>& stop);

private:
  std::string host_;
  int port_;
  int players_;
  std::string name_;
  std::chrono::milliseconds silence_;
};

} // namespace arena
