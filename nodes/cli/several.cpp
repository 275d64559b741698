#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/printable.hpp"

#include <ostream>

namespace maestro::cli {

void for_each_of(const context& ctx, const std::vector<std::string>& all,
                 const std::function<void(const std::string&)>& act) {
  std::optional<failure> first;
  for (auto& one : all) {
    try {
      act(one);
    } catch (const failure& e) {
      if (first || &one != &all.back())
        ctx.term.err << "maestro: " << printable_lines(e.what()) << std::endl;
      if (!first)
        first = failure(e.code, &one == &all.back() ? e.what() : "not all of them could be done");
    }
  }
  if (first)
    throw *first;
}

} // namespace maestro::cli
