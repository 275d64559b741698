#include "actors/room_pool/pool_allocations.hpp"

#include "actors/room_pool/pool_writer.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

namespace maestro {

namespace {

constexpr std::size_t waiting_max = 10000;
constexpr std::size_t begun_per_slice = 128;

// Only who asks for slots may find a room that is on its way to the journal and has some left. A request that comes again
// while it is carried out waits for that.
void allocate(pool_writer& pool, const allocate_room& command, pool_allocations::answer_owed answer,
              duration heard_at) {
  auto& under_way = pool.traffic().requests;
  if (!command.request.empty() && under_way.contains(command.request))
    return pool.when_settled([&pool, command, answer, heard_at] { allocate(pool, command, answer, heard_at); });
  auto decided = rules::decide_allocation(pool.view(), pool.free(), command);
  bool takes_slots = command.slots > 0 && decided.reply;
  if (takes_slots)
    pool.traffic().slots.begin();
  else if (command.slots > 0 && decided.reply.error().code == ec::unknown && pool.traffic().slots.may_wait())
    return pool.traffic().slots.wait(
        [&pool, command, answer, heard_at] { allocate(pool, command, answer, heard_at); });
  bool is_to_settle = !command.request.empty() && !decided.events.empty();
  if (is_to_settle)
    under_way.insert(command.request);
  pool.carry_out(std::move(decided), [&pool, takes_slots, is_to_settle, key = command.request, answer,
                                      heard_at](const result<allocated_room>& room) mutable {
    if (takes_slots)
      pool.traffic().slots.end();
    if (is_to_settle)
      pool.traffic().requests.erase(key);
    pool.count_allocation(room, heard_at);
    if (room)
      answer.deliver(*room);
    else
      answer.deliver(to_caf(room.error()));
  });
}

} // namespace

void pool_allocations::take(pool_writer& pool, const allocate_room& command, answer_owed answer, bool may_choose) {
  auto heard_at = pool.view().clock.steady;
  if (may_choose)
    return allocate(pool, command, std::move(answer), heard_at);
  if (!waiting_)
    waiting_ = std::make_unique<std::list<waiting_allocation>>();
  if (waiting_->size() < waiting_max)
    return waiting_->push_back({command, std::move(answer), heard_at});
  failure why{ec::resource_exhausted, "too many allocations wait for the runtime"};
  pool.count_allocation(why, heard_at);
  answer.deliver(to_caf(why));
}

void pool_allocations::begin_waiting(pool_writer& pool) {
  if (!waiting_ || waiting_->empty())
    return;
  pool.work().start_asking([this, &pool] {
    for (std::size_t i = 0; i < begun_per_slice && !waiting_->empty(); ++i) {
      auto first = std::move(waiting_->front());
      waiting_->pop_front();
      allocate(pool, first.command, std::move(first.answer), first.heard_at);
    }
    return !waiting_->empty();
  });
}

} // namespace maestro
