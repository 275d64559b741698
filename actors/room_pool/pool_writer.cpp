#include "actors/room_pool/pool_writer.hpp"

#include "actors/host_board.hpp"
#include "actors/let_others.hpp"
#include "actors/metrics.hpp"
#include "actors/random.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace maestro {

namespace {

constexpr std::size_t unanswered_max = 512;

const std::unordered_set<room_id> no_rooms;
const std::string no_problem;

} // namespace

pool_writer::pool_writer(pointer self, actor_context_ptr context, scheduler_name name, room_tally_ptr tally)
    : context_(std::move(context)), name_(std::move(name)), tally_(std::move(tally)),
      log_(self, context_, "rooms/" + name_.str()),
      random_(random_for(context_->seed, "rooms/" + name_.str(), context_->now())), hands_(self, context_, *this),
      probes_(self, context_->prober, name_, hands_.games()), listeners_(self, context_, name_, hands_.games()),
      work_(*this) {}

void pool_writer::gathering::come_back(room_pool_actor::base* pool) {
  pool->send(static_cast<pointer>(pool), timer_fired{static_cast<std::uint8_t>(pool_timer::journal), 0});
}

pool_writer::~pool_writer() {
  if (context_->hosts)
    context_->hosts->request(this, {});
}

bool pool_writer::begin_recovery(loaded_stream loaded) {
  recovered_at_ = context_->now();
  return log_.begin_recovery(std::move(loaded));
}

recovery_step pool_writer::recover_some() {
  auto step = log_.recover_some(long_work::rooms_per_slice);
  if (step != recovery_step::whole)
    return step;
  auto room = last_recovered_ ? table().rooms().upper_bound(last_recovered_->id) : table().rooms().begin();
  for (std::size_t seen = 0; seen < long_work::rooms_per_slice && room != table().rooms().end(); ++seen, ++room) {
    if (!room->instance_exited)
      leases_.take(room->placed_on, room->ports);
    free_.update(room->id, &*room, false);
    last_recovered_ = &*room;
  }
  if (room != table().rooms().end())
    return recovery_step::more;
  tally_->write(table().counts());
  return recovery_step::whole;
}

rules::pool_view pool_writer::view() const {
  auto clock = context_->clock();
  if (recovered_at_ > clock.even_since && recovered_at_ <= clock.now)
    clock.even_since = recovered_at_;
  return {name_,
          table(),
          leases_,
          traffic_ ? traffic_->creating : no_rooms,
          versions_,
          context_->node_id,
          context_->settings,
          clock,
          context_->hosts ? context_->hosts->read() : nullptr};
}

pool_traffic& pool_writer::traffic() {
  if (!traffic_)
    traffic_ = std::make_unique<pool_traffic>(*this);
  return *traffic_;
}

const std::string& pool_writer::last_creation_problem() const {
  return traffic_ ? traffic_->creations.last_problem() : no_problem;
}

timestamp pool_writer::last_sign(const room_record& room) const {
  auto sign = hands_.games().last_sign_of(room.id);
  return sign != never ? sign : room.created_at;
}

void pool_writer::learn(const update_recipe& told) {
  versions_.learn(told, [this](const std::string& version) { return table().is_in_use(version); });
  listeners_.learn(told.recipe, log_.durable_sequence());
  learn_allocation_ttl();
  say_requests();
  ask_all_rooms();
}

void pool_writer::try_out(const scheduler& candidate) {
  versions_.try_out(candidate);
  learn_allocation_ttl();
  say_requests();
  ask_all_rooms(); // the room that a former life of the node tries it out with, say
}

void pool_writer::say_requests() {
  told_living_ = table().living_changes();
  if (context_->hosts)
    context_->hosts->request(this, rules::requests_of(table().living(), versions_));
}

void pool_writer::learn_allocation_ttl() {
  auto shortest = context_->settings.room_allocation_ttl;
  versions_.for_each([&](const scheduler& recipe) {
    shortest = std::min(shortest, rules::allocation_ttl_of(context_->settings, &recipe));
  });
  hands_.games().learn_allocation_ttl(shortest);
}

// Once for all versions that it did not know before: at the start, say.
void pool_writer::ask_all_rooms() {
  if (!probes_.has_news(versions_))
    return;
  work_.start([this, last = room_id{}]() mutable {
    auto seen_by = view();
    auto room = table().rooms().upper_bound(last);
    for (std::size_t seen = 0; seen < long_work::rooms_per_slice && room != table().rooms().end();
         ++seen, ++room) {
      probes_.update(seen_by, room->id);
      last = room->id;
    }
    return room != table().rooms().end();
  });
}

// A room of which nothing was told yet is told now.
void pool_writer::hand_on(observe_ping ping) {
  auto& games = hands_.games();
  auto* room = games.has_listener() ? table().find(ping.id) : nullptr;
  if (room == nullptr)
    return;
  games.tell(*room, log_.durable_sequence());
  games.hand_on(ping.id, ping.status, std::move(ping.metadata));
}

bool pool_writer::may_ask_now() const {
  return unanswered_ < unanswered_max;
}

// Work that rests is woken when half of it is answered, not by every answer.
void pool_writer::answered() {
  if (--unanswered_ == unanswered_max / 2)
    work_.wake();
}

void pool_writer::go_on_with_work() {
  let_others(hands_.self(), {static_cast<std::uint8_t>(pool_timer::long_work), 0});
}

void pool_writer::when_settled(std::function<void()> then) {
  if (begun_ == settled_)
    return then();
  traffic().settlers.emplace_back(begun_, std::move(then));
}

void pool_writer::settle_one() {
  ++settled_;
  auto& settlers = traffic().settlers;
  while (!settlers.empty() && settlers.front().first <= settled_) {
    auto then = std::move(settlers.front().second);
    settlers.pop_front();
    then();
  }
}

void pool_writer::act(const std::vector<rules::pool_effect>& effects) {
  for (auto& effect : effects)
    std::visit(hands_, effect);
}

std::vector<room_id> pool_writer::rooms_of(const std::vector<pool_event>& events) {
  std::vector<room_id> rooms;
  rooms.reserve(events.size());
  for (auto& event : events)
    std::visit(
        [&rooms](auto& what) {
          const room_id* id = nullptr;
          if constexpr (requires { what.room; })
            id = &what.room.id;
          else
            id = &what.id;
          if (rooms.empty() || rooms.back() != *id) // several events of one room follow one another
            rooms.push_back(*id);
        },
        event);
  return rooms;
}

std::vector<pool_writer::stay> pool_writer::close(const std::vector<room_id>& rooms) {
  std::vector<stay> before;
  before.reserve(rooms.size());
  for (auto& id : rooms) {
    traffic().gate.close(id);
    auto* room = table().find(id);
    free_.update(id, room, true);
    before.push_back(room != nullptr ? stay{room->status, room->status_since} : stay{});
  }
  return before;
}

void pool_writer::count_stays(const std::vector<room_id>& rooms, const std::vector<stay>& before) const {
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    if (before[i].since == never)
      continue;
    auto* room = table().find(rooms[i]);
    if (room != nullptr && room->status == before[i].status)
      continue;
    auto until = room != nullptr ? room->status_since : context_->now();
    context_->meter->room_left_status(name_, before[i].status, until - before[i].since);
  }
}

void pool_writer::count_allocation(const result<allocated_room>& answer, duration heard_at) const {
  auto outcome = [&] {
    if (answer)
      return allocation_outcome::allocated;
    switch (answer.error().code) {
    case ec::unknown: return allocation_outcome::no_ready_room;
    case ec::deadline_exceeded: return allocation_outcome::too_late;
    case ec::resource_exhausted: return allocation_outcome::too_many_waiting;
    default: return allocation_outcome::not_durable;
    }
  };
  context_->meter->allocation_answered(name_, outcome(), context_->clock().steady - heard_at);
}

void pool_writer::tell_game_rooms(const std::vector<room_id>& rooms) {
  tally_->write(table().counts());
  if (told_living_ != table().living_changes())
    say_requests();
  hands_.note_change();
  for (auto& id : rooms)
    if (auto* room = table().find(id))
      hands_.games().tell(*room, log_.durable_sequence());
  if (!probes_.are_in_use())
    return;
  auto now = view();
  for (auto& id : rooms)
    probes_.update(now, id);
}

void pool_writer::open(const std::vector<room_id>& rooms) {
  auto& gate = traffic().gate;
  for (auto& id : rooms) {
    gate.open(id);
    free_.update(id, table().find(id), gate.is_closed(id));
  }
  traffic().slots.go_on();
}

} // namespace maestro
