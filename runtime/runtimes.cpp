#include "runtime/runtimes.hpp"

#include "messages/assert.hpp"
#include "runtime/process/process_host.hpp"
#include "runtime/simulated/simulated_host.hpp"

namespace maestro {

room_host_actor spawn_runtime(std::string_view name, const runtime_configs& all,
                              const runtime_surroundings& around) {
  room_host_actor host;
  for_each_runtime(all, [&](auto& config) {
    if (config.runtime_name == name)
      host = spawn_runtime(config, around);
  });
  MAESTRO_ASSERT(static_cast<bool>(host), "no runtime is called {}", name);
  return host;
}

} // namespace maestro
