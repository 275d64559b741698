#include "messages/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace maestro {

void assertion_failed(const char* file, int line, const char* condition, const std::string& numbers) {
  fmt::print(stderr, "maestro: broken promise at {}:{}: {} ({})\n", file, line, condition, numbers);
  std::fflush(stderr);
  std::abort();
}

} // namespace maestro
