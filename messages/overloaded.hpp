// One visitor of many lambdas, for std::visit over events, effects, operations and whatever else is a closed list:
// an alternative that nobody handles does not compile.
#pragma once

namespace maestro {

template <class... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
overloaded(Handlers...) -> overloaded<Handlers...>;

} // namespace maestro
