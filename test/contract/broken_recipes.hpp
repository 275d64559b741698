// Every rule of proto/README.md 1.7 as a recipe that breaks it and what the wire then says (1.7, 9.3), for whoever
// sends recipes to the real binary: the HTTP door and the gRPC door.
#pragma once

#include <string>
#include <vector>

namespace maestro {

struct broken_recipe {
  std::string from; ///< this part of contract_fixture's recipe
  std::string to;   ///< becomes this one,
  std::string text; ///< and this is the answer.
};

std::vector<broken_recipe> broken_recipes();

} // namespace maestro
