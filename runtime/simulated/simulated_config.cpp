#include "runtime/simulated/simulated_config.hpp"

#include "messages/config_table.hpp"

#include <fmt/format.h>

#include <utility>

namespace maestro {

using namespace std::chrono_literals;

void describe(simulated_host_config& all, config_table& keys) {
  keys.text("simulated.host", all.host, "Address that simulated rooms claim to have.");
  keys.span("simulated.pendingDelayMin", all.pending_delay.min, 0s, 24h, "From create to pending, at least.");
  keys.span("simulated.pendingDelayMax", all.pending_delay.max, 0s, 24h, "From create to pending, at most.");
  keys.span("simulated.readyDelayMin", all.ready_delay.min, 0s, 24h, "From pending to ready, at least.");
  keys.span("simulated.readyDelayMax", all.ready_delay.max, 0s, 24h, "From pending to ready, at most.");
  keys.span("simulated.deleteDelayMin", all.delete_delay.min, 0s, 24h, "From delete to gone, at least.");
  keys.span("simulated.deleteDelayMax", all.delete_delay.max, 0s, 24h, "From delete to gone, at most.");
  keys.span("simulated.timeToDeathMin", all.time_to_death.min, 0s, 24h * 365, "Of those that die, at least.");
  keys.span("simulated.timeToDeathMax", all.time_to_death.max, 0s, 24h * 365, "Of those that die, at most.");
  keys.chance("simulated.createFailureProbability", all.create_failure_probability, "Creations that are refused.");
  keys.chance("simulated.portConflictProbability", all.port_conflict_probability,
              "Creations that find their port taken.");
  keys.chance("simulated.neverReadyProbability", all.never_ready_probability,
              "Instances that stay pending for ever.");
  keys.chance("simulated.deathProbability", all.death_probability, "Instances that die by themselves.");
  keys.chance("simulated.playersChangeProbability", all.players_change_probability,
              "Questions after which players have come to a room that is asked, or have gone.");
  keys.chance("simulated.silenceProbability", all.silence_probability,
              "Questions after which a room that is asked hangs for a while.");
  keys.whole("simulated.maxInstances", all.max_instances, 1, 10'000'000, "Simulated instances.");
}

result<done> validate(const simulated_host_config& config) {
  using named_delay = std::pair<const char*, const delay_range*>;
  for (auto [name, delay] :
       {named_delay{"pending_delay", &config.pending_delay}, named_delay{"ready_delay", &config.ready_delay},
        named_delay{"delete_delay", &config.delete_delay}, named_delay{"time_to_death", &config.time_to_death},
        named_delay{"silence_time", &config.silence_time}})
    if (delay->min < duration::zero() || delay->max < delay->min)
      return failure{ec::invalid_argument, fmt::format("{}: [{} ns, {} ns] must satisfy 0 <= min <= max", name,
                                                       delay->min.count(), delay->max.count())};
  using named_chance = std::pair<const char*, double>;
  for (auto [name, chance] : {named_chance{"create_failure_probability", config.create_failure_probability},
                              named_chance{"port_conflict_probability", config.port_conflict_probability},
                              named_chance{"never_ready_probability", config.never_ready_probability},
                              named_chance{"death_probability", config.death_probability},
                              named_chance{"players_change_probability", config.players_change_probability},
                              named_chance{"silence_probability", config.silence_probability},
                              named_chance{"look_failure_probability", config.look_failure_probability}})
    if (!(chance >= 0 && chance <= 1))
      return failure{ec::invalid_argument, fmt::format("{}: {} must be between 0 and 1", name, chance)};
  if (config.exits.empty())
    return failure{ec::invalid_argument, "exits: 0 entries, at least 1 is needed"};
  if (config.max_instances == 0)
    return failure{ec::invalid_argument, "max_instances: 0 must be at least 1"};
  return done{};
}

} // namespace maestro
