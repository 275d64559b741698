#include "actors/room_gate.hpp"

#include <utility>

namespace maestro {

std::size_t room_gate::waiting(const room_id& id) const {
  auto found = locked_.find(id);
  return found == locked_.end() ? 0 : found->second.size();
}

void room_gate::enter(const room_id& id, action act) {
  auto found = locked_.find(id);
  if (found == locked_.end())
    act();
  else
    found->second.push_back(std::move(act));
}

void room_gate::lock(const room_id& id) {
  locked_.try_emplace(id);
}

void room_gate::leave(const room_id& id) {
  auto node = locked_.extract(id);
  if (node.empty())
    return;
  auto waiting = std::move(node.mapped());
  while (!waiting.empty()) {
    auto act = std::move(waiting.front());
    waiting.pop_front();
    act();
    auto locked_again = locked_.find(id);
    if (locked_again == locked_.end())
      continue;
    for (auto& late : locked_again->second)
      waiting.push_back(std::move(late));
    locked_again->second = std::move(waiting);
    return;
  }
}

} // namespace maestro
