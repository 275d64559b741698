#include "nodes/cli/confirmation.hpp"

#include "messages/text.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/room_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <ostream>

namespace maestro::cli {

void confirm(const context& ctx, const std::string& what, bool yes) {
  if (yes)
    return;
  if (!ctx.term.is_interactive)
    throw failure(exit_usage, fmt::format("{}; --yes does it, and there is no terminal to ask on", what));
  ctx.term.err << what << ". Go on? [y/N] " << std::flush;
  std::string answer;
  for (char c = 0; answer.size() < 10 && ctx.term.in.get(c) && c != '\n';)
    answer += c;
  answer = lower_case(answer);
  if (answer != "y" && answer != "yes")
    throw failure(exit_refused, "nothing was done");
}

std::size_t rooms_with_players(const context& ctx, const std::string& scheduler) {
  try {
    auto rooms = list_of(ctx.api.get(schedulers_path({scheduler, "rooms"})), "rooms");
    return static_cast<std::size_t>(std::count_if(rooms.begin(), rooms.end(), holds_players));
  } catch (const failure& e) {
    if (e.code != exit_not_found)
      throw;
    return 0;
  }
}

} // namespace maestro::cli
