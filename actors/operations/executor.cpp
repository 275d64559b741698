#include "actors/operations/executor.hpp"

#include <caf/all.hpp>

namespace maestro {

std::unique_ptr<executor> make_executor(const executor_peers& peers, execute_operation order,
                                        executor::outcome_callback done) {
  auto& definition = order.what.definition;
  bool is_about_rooms = std::holds_alternative<add_rooms_operation>(definition) ||
                        std::holds_alternative<remove_rooms_operation>(definition) ||
                        std::holds_alternative<health_controller_operation>(definition);
  return is_about_rooms ? make_room_executor(peers, std::move(order), std::move(done))
                        : make_scheduler_executor(peers, std::move(order), std::move(done));
}

} // namespace maestro
