// The runtimes that this build has: one line for each. A runtime is a folder with
//
//   <name>_config   its settings: `runtime_name`, `takes_machine`, `descriptors_per_room`, `max_instances`, `describe` (the
//                   keys it can be told), `validate`; no CAF
//   <name>_host     what runs the rooms: `spawn_runtime` of these settings (runtime/runtimes.hpp): host and prober
//
// and its line here. Configuration, manual, command line and node go by this list; none of them names a runtime.
#pragma once

#include "runtime/process/process_config.hpp"
#include "runtime/simulated/simulated_config.hpp"

#include <array>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace maestro {

/// The settings of all of them; the first is the one that a node uses unless told otherwise.
using runtime_configs = std::tuple< //
    process_host_config,            // rooms are processes of this machine
    simulated_host_config>;         // rooms are only data

template <class Configs, class Function>
void for_each_runtime(Configs& all, Function function) {
  std::apply([&](auto&... one) { (function(one), ...); }, all);
}

/// The words of `runtime` in the configuration.
inline constexpr auto runtime_names = []<class... Config>(std::type_identity<std::tuple<Config...>>) {
  return std::array<std::string_view, sizeof...(Config)>{Config::runtime_name...};
}(std::type_identity<runtime_configs>{});

} // namespace maestro
