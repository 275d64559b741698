#include "nodes/cluster/machine_offer.hpp"

#include "messages/quantities.hpp"
#include "nodes/cluster/peer_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <thread>

#include <unistd.h>

namespace maestro {

namespace {

constexpr std::int64_t millis_of_a_core = 1000;
constexpr const char* no_door = "none";

failure no_quantity(const std::string& key, const std::string& value) {
  return {ec::invalid_argument,
          fmt::format("cluster.offer.{}: `{}` is not a quantity (such as 3500m, 4, 16Gi)", key, value)};
}

std::int64_t memory_of_machine() {
  return std::max<std::int64_t>(::sysconf(_SC_PHYS_PAGES), 0) *
         std::max<std::int64_t>(::sysconf(_SC_PAGE_SIZE), 0);
}

} // namespace

result<machine_resources> configured_offer(const cluster_config& config) {
  auto read = [](const std::string& text, auto parse) {
    return text.empty() ? std::optional<std::int64_t>{0} : parse(text);
  };
  auto cpu = read(config.offer_cpu, parse_quantity_milli);
  auto memory = read(config.offer_memory, parse_quantity);
  if (!cpu)
    return no_quantity("cpu", config.offer_cpu);
  if (!memory)
    return no_quantity("memory", config.offer_memory);
  return machine_resources{*cpu, *memory};
}

machine_resources offer_of(const cluster_config& config, bool counts_machine) {
  machine_resources offer;
  if (auto configured = configured_offer(config))
    offer = *configured;
  if (!counts_machine)
    return offer;
  if (config.offer_cpu.empty())
    offer.cpu_millis = std::thread::hardware_concurrency() * millis_of_a_core;
  if (config.offer_memory.empty())
    offer.memory_bytes = memory_of_machine();
  return offer;
}

std::string rooms_api_of(const cluster_config& config, const std::string& bind_address, std::uint16_t rooms_port) {
  if (!config.rooms_api.empty())
    return config.rooms_api == no_door ? "" : config.rooms_api;
  auto reached_at = parse_peer_address(config.advertise.empty() ? config.listen : config.advertise);
  if (!reached_at || rooms_port == 0)
    return {};
  if (is_loopback({bind_address, rooms_port}) && !is_loopback(*reached_at))
    return {};
  bool is_v6 = reached_at->host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", is_v6 ? "[" : "", reached_at->host, is_v6 ? "]" : "", rooms_port);
}

} // namespace maestro
