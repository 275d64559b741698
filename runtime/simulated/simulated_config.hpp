// How rooms behave that are only data; no CAF, so that nodes/config can fill it. Every chance and every delay is
// drawn from the one engine of the simulated_world (runtime/simulated/simulated_world.hpp), so equal seeds and
// equal requests give equal lives. Defaults: everything works, quickly.
#pragma once

#include "messages/error.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

class config_table;

/// Drawn uniformly, both ends included.
struct delay_range {
  duration min{};
  duration max{};
};

/// One way to die: the description that the instance then carries, and whether it counts as an error.
struct simulated_exit {
  std::string description = "exit code 1";
  bool is_error = true; ///< false: the instance ends as `terminating`
};

struct simulated_host_config {
  static constexpr std::string_view runtime_name = "simulated";
  static constexpr bool takes_machine = false;
  static constexpr std::uint64_t descriptors_per_room = 0;

  std::string host = "127.0.0.1";
  delay_range pending_delay{}; ///< from create to `added`
  delay_range ready_delay{std::chrono::milliseconds{10}, std::chrono::milliseconds{50}}; ///< from `added` to ready
  delay_range delete_delay{std::chrono::milliseconds{10}, std::chrono::milliseconds{50}};
  double create_failure_probability = 0; ///< create_instance answers `unavailable`
  double port_conflict_probability = 0;  ///< create_instance answers port_in_use although the port is free
  double never_ready_probability = 0;    ///< stays pending for ever
  double death_probability = 0;          ///< dies by itself some time after it was added
  delay_range time_to_death{std::chrono::seconds{1}, std::chrono::minutes{10}};
  std::vector<simulated_exit> exits{
      {"exit code 1", true}, {"Completed", false}, {"killed by signal 9 (SIGKILL)", true}};
  // of rooms whose servers do not ping, each time that one is asked
  double players_change_probability = 0; ///< players come, or all of them go; 0: nobody plays
  double silence_probability = 0;        ///< it hangs, for some time
  delay_range silence_time{std::chrono::seconds{1}, std::chrono::minutes{1}};
  double look_failure_probability = 0; ///< it cannot be asked
  std::uint64_t max_instances = 1'000'000;
  // What nobody configures: a host that lies, for tests and the simulator.
  delay_range restart_delay{std::chrono::seconds{1}, std::chrono::seconds{1}}; ///< where the recipe wants restarts
  double unsaid_creation_probability = 0; ///< create_instance answers `unavailable` although it has created
  double unkept_removal_probability = 0;  ///< delete_instance is answered, and the instance lives on
  double missed_in_list_probability = 0;  ///< an instance is missing in one list, not the first after a start
};

/// Its keys in the configuration, `simulated.…`.
void describe(simulated_host_config& all, config_table& keys);
/// Fails with the field, the value and the limit.
result<done> validate(const simulated_host_config& config);

} // namespace maestro
