#include "actors/room_creation.hpp"

#include "actors/rules/room_names.hpp"
#include "messages/log.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <memory>

namespace maestro {

namespace {

constexpr int port_draws_max = 64;

struct creation {
  caf::typed_response_promise<rooms_created> answer;
  rooms_created tally;
  std::int64_t outstanding = 0;
  bool is_answered = false;
};
using creation_ptr = std::shared_ptr<creation>;

void settle(const creation_ptr& batch) {
  if (batch->outstanding > 0 || batch->is_answered)
    return;
  batch->is_answered = true;
  batch->answer.deliver(batch->tally);
}

void one_created(const creation_ptr& batch) {
  ++batch->tally.succeeded;
  --batch->outstanding;
  settle(batch);
}

void one_failed(const creation_ptr& batch, std::string why) {
  ++batch->tally.failed;
  batch->tally.last_error = std::move(why);
  --batch->outstanding;
  settle(batch);
}

create_instance instance_of(const room_pool_core& pool, const room_record& room) {
  create_instance wanted;
  wanted.id = room.id;
  wanted.scheduler = pool.name;
  wanted.version = room.version;
  wanted.containers = pool.recipe->spec.containers;
  wanted.ports = room.ports;
  wanted.termination_grace_period = pool.recipe->spec.termination_grace_period;
  wanted.restart_policy = pool.recipe->spec.restart_policy;
  return wanted;
}

void ask_runtime(room_pool_core& pool, const creation_ptr& batch, const room_id& id,
                 const std::unordered_set<std::int32_t>& avoid);

void give_up(room_pool_core& pool, const creation_ptr& batch, const room_id& id, const std::string& why) {
  pool.creating.erase(id);
  log_warn("room_pool", "room could not be created", {pool.name, id, {"error", why}});
  pool.gate.enter(id, [&pool, id, why] { pool.remove_record(id, removal_cause::creation_failed, why); });
  one_failed(batch, why);
}

void draw_ports_again(room_pool_core& pool, const creation_ptr& batch, const room_id& id,
                      std::unordered_set<std::int32_t> avoid) {
  auto* room = pool.find(id);
  if (room == nullptr || !pool.recipe)
    return give_up(pool, batch, id, "the room ended while it was created");
  for (auto& port : room->ports)
    avoid.insert(port.port);
  auto drawn = rules::draw_ports(*pool.recipe, pool.leases, avoid, pool.random);
  if (!drawn)
    return give_up(pool, batch, id, drawn.error().text);
  pool.leases.take(*drawn);
  auto former = room->ports;
  pool.commit(
      id, room_ports_changed{id, *drawn},
      [&pool, batch, id, avoid, former] {
        pool.leases.release(former);
        ask_runtime(pool, batch, id, avoid);
      },
      [&pool, batch, id, ports = *drawn](const failure& why) {
        pool.leases.release(ports);
        pool.creating.erase(id);
        one_failed(batch, why.text);
      });
}

void ask_runtime(room_pool_core& pool, const creation_ptr& batch, const room_id& id,
                 const std::unordered_set<std::int32_t>& avoid) {
  auto* room = pool.find(id);
  if (room == nullptr || room->removal != removal_cause::none) {
    pool.creating.erase(id);
    return one_failed(batch, "the room ended while it was created");
  }
  pool.self->request(pool.context->host, caf::infinite, instance_of(pool, *room))
      .then(
          [&pool, batch, id](done) {
            pool.creating.erase(id);
            one_created(batch);
          },
          [&pool, batch, id, avoid](const caf::error& error) {
            auto why = from_caf(error);
            if (why.code != ec::port_in_use || avoid.size() >= port_draws_max)
              return give_up(pool, batch, id, why.text);
            pool.gate.enter(id, [&pool, batch, id, avoid] { draw_ports_again(pool, batch, id, avoid); });
          });
}

// Stops at the first room that finds no ports: the ones after it would not find any either.
std::vector<pool_event> intend(room_pool_core& pool, const create_rooms& command, std::int64_t count,
                               std::string& why) {
  std::vector<pool_event> intents;
  for (std::int64_t i = 0; i < count; ++i) {
    auto ports = rules::draw_ports(*pool.recipe, pool.leases, {}, pool.random);
    if (!ports) {
      why = ports.error().text;
      break;
    }
    room_record room;
    do
      room.id = rules::draw_room_name(pool.name, pool.random);
    while (pool.find(room.id) != nullptr || pool.creating.contains(room.id));
    room.version = pool.recipe->spec.version;
    room.created_at = room.status_since = pool.now();
    room.ports = std::move(*ports);
    room.created_by = command.operation;
    pool.leases.take(room.ports);
    pool.creating.insert(room.id);
    intents.emplace_back(room_created{std::move(room)});
  }
  return intents;
}

void start(room_pool_core& pool, const creation_ptr& batch, std::vector<pool_event> intents) {
  std::vector<room_record> rooms;
  for (auto& intent : intents)
    rooms.push_back(std::get<room_created>(intent).room);
  pool.log.append(
      std::move(intents),
      [&pool, batch, rooms] {
        for (auto& room : rooms) {
          pool.spawn_mirror(room);
          ask_runtime(pool, batch, room.id, {});
        }
      },
      [&pool, batch, rooms](const failure& why) {
        for (auto& room : rooms) {
          pool.leases.release(room.ports);
          pool.creating.erase(room.id);
        }
        batch->is_answered = true;
        batch->answer.deliver(to_caf(why));
      });
}

} // namespace

void create_rooms_of(room_pool_core& pool, const create_rooms& command,
                     caf::typed_response_promise<rooms_created> answer) {
  auto batch = std::make_shared<creation>();
  batch->answer = std::move(answer);
  if (!pool.recipe) {
    batch->answer.deliver(to_caf({ec::internal, "the room pool has no recipe yet"}));
    return;
  }
  auto already = pool.log.state().created_by(command.operation);
  auto room_for = pool.context->limits.rooms_limit - static_cast<std::int64_t>(pool.log.state().size());
  auto wanted = std::max<std::int64_t>(command.amount - already, 0);
  batch->tally.succeeded = 0;
  auto intents = intend(pool, command, std::min(wanted, room_for), batch->tally.last_error);
  batch->tally.failed = wanted - static_cast<std::int64_t>(intents.size());
  batch->outstanding = static_cast<std::int64_t>(intents.size());
  if (wanted > room_for)
    batch->tally.last_error =
        fmt::format("a scheduler may have {} rooms at most", pool.context->limits.rooms_limit);
  if (intents.empty())
    return settle(batch);
  start(pool, batch, std::move(intents));
  pool.call_later(pool.context->limits.add_operation_timeout, [batch] {
    batch->tally.failed += batch->outstanding;
    if (batch->outstanding > 0)
      batch->tally.last_error = "the runtime did not answer in time";
    batch->outstanding = 0;
    settle(batch);
  });
}

void resume_creation(room_pool_core& pool, const room_id& id) {
  auto batch = std::make_shared<creation>();
  batch->is_answered = true;
  batch->outstanding = 1;
  pool.creating.insert(id);
  ask_runtime(pool, batch, id, {});
}

} // namespace maestro
