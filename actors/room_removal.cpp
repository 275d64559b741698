#include "actors/room_removal.hpp"

#include "actors/rules/room_selection.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <memory>

namespace maestro {

namespace {

struct removal {
  caf::typed_response_promise<rooms_removed> answer;
  remove_rooms command;
  rooms_removed tally;
  std::size_t outstanding = 1;
};
using removal_ptr = std::shared_ptr<removal>;

void settle(const removal_ptr& batch) {
  if (--batch->outstanding == 0)
    batch->answer.deliver(std::move(batch->tally));
}

void one_ended(const removal_ptr& batch, const room_id& id, const std::string& problem) {
  if (problem.empty())
    batch->tally.ids.push_back(id);
  else
    batch->tally.failures.push_back(fmt::format("room {}: {}", id.str(), problem));
  settle(batch);
}

// Decided again when the room's turn comes: meanwhile it may be gone, or hold players.
void remove_one(room_pool_core& pool, const removal_ptr& batch, const room_id& id, bool spare_players) {
  auto* room = pool.find(id);
  if (room == nullptr || (spare_players && rules::holds_players(room->status)))
    return settle(batch);
  if (room->removal != removal_cause::none)
    return end_instance(pool, id, [batch, id](const std::string& problem) { one_ended(batch, id, problem); });
  log_info("room_pool", "removing room", {pool.name, id, {"cause", to_string(batch->command.cause)}});
  pool.commit(
      id, room_removal_started{id, batch->command.cause, batch->command.operation, pool.now()},
      [&pool, batch, id] {
        end_instance(pool, id, [batch, id](const std::string& problem) { one_ended(batch, id, problem); });
      },
      [batch, id](const failure& why) { one_ended(batch, id, why.text); });
}

void remove_each(room_pool_core& pool, const removal_ptr& batch, const std::vector<room_id>& ids,
                 bool spare_players) {
  batch->outstanding += ids.size();
  for (auto& id : ids)
    pool.gate.enter(id, [&pool, batch, id, spare_players] { remove_one(pool, batch, id, spare_players); });
}

void remove_amount(room_pool_core& pool, const removal_ptr& batch, const std::vector<room_view>& rooms) {
  auto version = pool.recipe ? pool.recipe->spec.version : std::string{};
  auto& command = batch->command;
  auto missing = command.amount - pool.log.state().removed_by(command.operation);
  remove_each(pool, batch, rules::removal_order(rooms, missing, version, true, pool.context->limits, pool.now()),
              true);
}

} // namespace

void end_instance(room_pool_core& pool, const room_id& id, std::function<void(std::string)> then) {
  auto* room = pool.find(id);
  auto cause = room != nullptr ? room->removal : removal_cause::none;
  auto grace = pool.recipe ? pool.recipe->spec.termination_grace_period : duration{};
  pool.self->request(pool.context->host, caf::infinite, delete_instance{id, pool.name, to_string(cause), grace})
      .then([then](done) { then({}); },
            [&pool, id, cause, then](const caf::error& error) {
              auto why = from_caf(error);
              if (why.code != ec::not_found)
                return then(why.text);
              pool.gate.enter(id, [&pool, id, cause] { pool.remove_record(id, cause, "it had no instance"); });
              then({});
            });
}

void remove_rooms_of(room_pool_core& pool, const remove_rooms& command,
                     caf::typed_response_promise<rooms_removed> answer) {
  auto batch = std::make_shared<removal>();
  batch->answer = std::move(answer);
  batch->command = command;
  std::vector<room_id> ids = command.ids;
  if (command.cause == removal_cause::scheduler_deleted)
    for (auto& [id, room] : pool.log.state().rooms())
      ids.push_back(id);
  remove_each(pool, batch, ids, false);
  if (command.amount <= 0)
    return settle(batch);
  pool.view_rooms(true, [&pool, batch](const std::vector<room_view>& rooms) {
    remove_amount(pool, batch, rooms);
    settle(batch);
  });
}

} // namespace maestro
