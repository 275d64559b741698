#include "test/cluster/plain_store.hpp"

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

caf::error out_of_reach() {
  return to_caf({ec::unavailable, "the store is not reached"});
}

} // namespace

cluster_store_actor spawn_plain_store(caf::actor_system& system,
                                      const std::shared_ptr<simulated_agreement>& agreement,
                                      simulated_agreement::holder as) {
  return system.spawn([=](cluster_store_actor::pointer) -> cluster_store_actor::behavior_type {
    return {
        [=](const read_store& wanted) -> caf::result<store_listing> {
          return agreement->is_reachable(as) ? caf::result<store_listing>(agreement->read(wanted))
                                             : caf::result<store_listing>(out_of_reach());
        },
        [=](const change_store& wanted) -> caf::result<store_outcome> {
          return agreement->is_reachable(as) ? caf::result<store_outcome>(agreement->change(wanted, as))
                                             : caf::result<store_outcome>(out_of_reach());
        },
        [=](const watch_store& wish) -> caf::result<done> {
          agreement->watch(as, wish);
          return done{};
        },
        [](const compact_store&) { return done{}; },
        [](const timer_fired&) {},
    };
  });
}

} // namespace maestro
