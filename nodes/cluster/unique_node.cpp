#include "nodes/cluster/unique_node.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>

#include <chrono>
#include <random>

namespace maestro {

namespace {

using namespace std::chrono_literals;

constexpr auto heartbeat = 250ms; ///< silence is noticed so much later at most
constexpr auto silence_limit = 2s;

caf::node_id& identity_of(caf::actor_system& system);

/// An explicit instantiation may name private members, and CAF has no other way to say it.
template <auto Member>
struct identity_access {
  friend caf::node_id& identity_of(caf::actor_system& system) { return system.*Member; }
};
template struct identity_access<&caf::actor_system::node_>;

class unique_node : public caf::actor_system::module {
public:
  explicit unique_node(caf::actor_system& system) : system_(system) {}
  void start() override {}
  void stop() override {}
  void init(caf::actor_system_config&) override { // after the middleman's, before any start
    std::random_device device;
    caf::node_id::default_data::host_id_type host;
    for (auto& byte : host)
      byte = static_cast<std::uint8_t>(device());
    identity_of(system_) = caf::make_node_id(static_cast<std::uint32_t>(device() | 1u), host);
  }
  id_t id() const override { return network_manager; } // a place that 0.17.6 has and does not use
  void* subtype_ptr() override { return this; }
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new unique_node(system);
  }

private:
  caf::actor_system& system_;
};

} // namespace

void load_network(caf::actor_system_config& config) {
  config.load<caf::io::middleman>();
  config.load<unique_node>();
  config.set("middleman.heartbeat-interval", caf::timespan{heartbeat});
  config.set("middleman.connection-timeout", caf::timespan{silence_limit});
  config.set("middleman.workers", std::size_t{0});
}

} // namespace maestro
