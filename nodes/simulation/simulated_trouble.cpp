#include "nodes/simulation/simulated_trouble.hpp"

namespace maestro::simulation {

using namespace std::chrono_literals;

actor_settings settings_for_simulation() {
  actor_settings settings;
  settings.room_ping_timeout = 30s;
  settings.room_initialization_timeout = 20s;
  settings.room_deletion_timeout = 20s;
  settings.room_allocation_ttl = 60s;
  settings.health_controller_interval = 10s;
  settings.storage_cleanup_interval = 60s;
  settings.operations_ttl = 5min;
  settings.reconcile_interval = 7s;
  settings.add_batch_size = 3;
  settings.add_limit = 5;
  settings.remove_limit = 2;
  settings.replacement_backoff_max = 8s;
  settings.room_validation_timeout = 15s;
  settings.room_validation_attempts = 2;
  settings.versions_limit = 4;
  settings.snapshot_after_events = 24;
  settings.snapshot_part_entries = 2; // so that rooms change while a snapshot is on its way
  return settings;
}

actor_settings draw_settings(std::mt19937_64& random) {
  auto settings = settings_for_simulation();
  if (random() % 4 == 0)
    settings.health_controller_interval = 60s;
  return settings;
}

simulated_host_config world_of_trouble() {
  simulated_host_config config;
  config.ready_delay = {10ms, 3s};
  config.delete_delay = {10ms, 4s};
  config.create_failure_probability = 0.05;
  config.port_conflict_probability = 0.05;
  config.never_ready_probability = 0.03;
  config.death_probability = 0.2;
  config.time_to_death = {100ms, 60s};
  config.players_change_probability = 0.2;
  config.silence_probability = 0.05;
  config.silence_time = {1s, 60s};
  config.look_failure_probability = 0.02;
  config.restart_delay = {200ms, 10s};
  config.unsaid_creation_probability = 0.05;
  config.unkept_removal_probability = 0.05;
  // Not yet: a room that a list forgets loses its record, and what lives on is a stranger after a crash (seed 5 of 0.02).
  config.missed_in_list_probability = 0;
  return config;
}

simulated_host_config world_at_rest() {
  auto calm = world_of_trouble();
  calm.create_failure_probability = calm.port_conflict_probability = 0;
  calm.never_ready_probability = calm.death_probability = 0;
  calm.silence_probability = calm.look_failure_probability = calm.players_change_probability = 0;
  calm.unsaid_creation_probability = calm.unkept_removal_probability = calm.missed_in_list_probability = 0;
  return calm;
}

} // namespace maestro::simulation
