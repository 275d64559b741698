#include "actors/operations/executor.hpp"

#include "messages/overloaded.hpp"

namespace maestro::operations {

executor make_executor(const execute_operation& order, const actor_settings& settings) {
  return std::visit(
      overloaded{
          [&](const create_scheduler_operation&) -> executor { return create_scheduler_executor{order}; },
          [&](const delete_scheduler_operation&) -> executor { return delete_scheduler_executor{order}; },
          [&](const storage_clean_up_operation&) -> executor { return storage_clean_up_executor{order}; },
          [&](const create_new_scheduler_version_operation& wish) -> executor {
            return create_version_executor{order, wish, settings};
          },
          [&](const switch_active_version_operation& wish) -> executor {
            return switch_version_executor{order, wish};
          },
          [&](const add_rooms_operation& wish) -> executor {
            return add_rooms_executor{order, wish, settings};
          },
          [&](const remove_rooms_operation& wish) -> executor {
            return remove_rooms_executor{order, wish};
          },
          [&](const health_controller_operation&) -> executor { return health_executor{order}; },
      },
      order.what.definition);
}

step next(executor& one, const heard& what, const moment& when) {
  return std::visit([&](auto& chosen) { return chosen.next(what, when); }, one);
}

std::optional<step> roll_back(executor& one, const moment& when) {
  return std::visit([&](auto& chosen) { return chosen.roll_back(when); }, one);
}

} // namespace maestro::operations
