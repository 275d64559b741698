#include "nodes/simulation/simulated_recipes.hpp"

#include <fmt/format.h>

#include <array>

namespace maestro::simulation {

namespace {

std::int32_t below(std::mt19937_64& random, std::uint64_t bound) {
  return static_cast<std::int32_t>(random() % bound);
}

autoscaling draw_autoscaling(std::mt19937_64& random) {
  autoscaling scaling;
  scaling.enabled = below(random, 4) != 0;
  scaling.min = below(random, 3);
  scaling.max = below(random, 3) == 0 ? -1 : 8;
  scaling.cooldown = below(random, 3) * 5;
  scaling.policy = {"fixedBuffer", {}, fixed_buffer_policy{1 + below(random, 3)}};
  return scaling;
}

health_recipe draw_health(std::mt19937_64& random) {
  health_recipe health;
  health.probe = "quake3";
  health.port = "game";
  health.interval = std::chrono::seconds{1 + below(random, 4)};
  health.failures = 1 + below(random, 3);
  health.initial_delay = std::chrono::seconds{below(random, 6)};
  health.players = below(random, 2) == 0 ? "occupied" : "matches";
  if (below(random, 2) == 0)
    health.timeouts.allocation = std::chrono::seconds{5};
  return health;
}

} // namespace

std::vector<scheduler_name> scheduler_names() {
  std::vector<scheduler_name> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back(fmt::format("s{}", i));
  return all;
}

bool takes_walk_ins(const scheduler_name& name) {
  return name.str() == "s3";
}

bool is_asked(const scheduler_name& name) {
  return name.str() == "s2";
}

scheduler draw_recipe(const scheduler_name& name, std::mt19937_64& random) {
  scheduler recipe;
  recipe.name = name;
  recipe.game = "game";
  recipe.max_surge = "25%";
  recipe.rooms_replicas = below(random, 8);
  recipe.max_matches = below(random, 4) == 0 ? 3 : 1;
  if (below(random, 2) == 0)
    recipe.forwarders = {{"matchmaker", true, "gRPC", matchmaker_address, {}}};
  auto first_port = 1000 + below(random, 3) * 10;
  recipe.port_range = port_range{first_port, first_port + 40};
  recipe.spec.restart_policy = std::array{"Never", "OnFailure", "Always"}[random() % 3];
  recipe.spec.termination_grace_period = std::chrono::seconds{2};
  container server;
  server.name = "server";
  server.image = "image";
  server.image_pull_policy = "Always";
  server.requests = server.limits = {"1Mi", "1m"};
  server.ports = {{"game", "udp", 7777, 0, {}}, {"query", "tcp", 7778, 0, {}}};
  recipe.spec.containers = {server};
  if (is_asked(name))
    recipe.spec.health = draw_health(random);
  return recipe;
}

void change_recipe(scheduler& recipe, std::mt19937_64& random) {
  switch (below(random, is_asked(recipe.name) ? 7 : 5)) {
  case 5: recipe.spec.health = draw_health(random); break;
  case 6: recipe.spec.health->timeouts.ping = std::chrono::seconds{20 + below(random, 20)}; break;
  case 0: recipe.rooms_replicas = below(random, 8); break;
  case 1: recipe.max_matches = below(random, 2) == 0 ? 3 : 1; break;
  case 2: recipe.autoscaling = draw_autoscaling(random); break;
  default: recipe.spec.containers[0].image = fmt::format("image:{}", below(random, 1000)); break;
  }
}

} // namespace maestro::simulation
