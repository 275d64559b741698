#include "runtime/runtimes.hpp"

#include "messages/assert.hpp"
#include "runtime/process/process_host.hpp"
#include "runtime/simulated/simulated_host.hpp"

namespace maestro {

runtime_actors spawn_runtime(std::string_view name, const runtime_configs& all,
                             const runtime_surroundings& around) {
  runtime_actors running;
  for_each_runtime(all, [&](auto& config) {
    if (config.runtime_name == name)
      running = spawn_runtime(config, around);
  });
  MAESTRO_ASSERT(static_cast<bool>(running.host), "no runtime is called {}", name);
  return running;
}

} // namespace maestro
