// What holds for a room pool whatever happens to it: random lives of a pool_world, looked at after every decision.
#include "actors/rules/instance_review.hpp"
#include "actors/rules/room_creation.hpp"
#include "actors/rules/room_observation.hpp"
#include "actors/rules/room_removal.hpp"
#include "test/rules/pool_world.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace maestro::rules {
namespace {

/// A pool that lives on the dice of a test case.
struct life {
  pool_world world;
  int operations = 0;

  life() {
    world.scheduler.port_range = port_range{7000, 7000 + *rc::gen::inRange(3, 12)};
    world.scheduler.max_matches = *rc::gen::inRange(1, 4);
    world.settings.rooms_limit = 8;
  }

  room_id any_room() {
    std::vector<room_id> ids{room_id{"arena-zzzzz"}};
    for (auto& room : world.table.rooms())
      ids.push_back(room.id);
    return ids[static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(ids.size())))];
  }
  static ping_status any_ping() { return static_cast<ping_status>(*rc::gen::inRange(1, 5)); }
  static removal_cause any_cause() { return static_cast<removal_cause>(*rc::gen::inRange(1, 10)); }

  instance any_instance() {
    instance seen;
    seen.id = any_room();
    seen.status = static_cast<instance_status>(*rc::gen::inRange(1, 5));
    auto* room = world.table.find(seen.id);
    seen.exited = (room != nullptr && room->instance_exited) || *rc::gen::inRange(0, 4) == 0;
    seen.host = "10.0.0.1";
    return seen;
  }

  void ping() {
    auto said = observe_ping{any_room(), any_ping(), *rc::gen::inRange(0, 5)};
    auto decided = decide_ping(world.view(), said);
    auto* room = world.table.find(said.id);
    if (room == nullptr)
      RC_ASSERT(!decided.reply->success && decided.events.empty());
    if (!decided.events.empty())
      RC_ASSERT(decided.reply->success);
    world.carry_out(decided);
    if (decided.reply->success)
      RC_ASSERT(decide_ping(world.view(), said).events.empty());
  }

  void allocate() {
    auto free = world.free.size();
    auto decided = decide_allocation(world.view(), world.free, {});
    RC_ASSERT(static_cast<bool>(decided.reply) == (free > 0));
    if (decided.reply)
      RC_ASSERT(is_free(*world.table.find(decided.reply->id), false));
    world.carry_out(decided);
    RC_ASSERT(world.free.size() == free - (decided.reply ? 1 : 0));
  }

  void allocate_slots() {
    allocate_room command{world.scheduler.name, {}, *rc::gen::inRange(1, 5)};
    auto fits = [&](const room_record& room) {
      auto taken = std::max<std::int64_t>(room.running_matches, 0) + room.held_slots;
      return is_free(room, false) || (is_shared(room, false) && taken + command.slots <= most());
    };
    bool some_fit = false;
    for (auto& room : world.table.rooms())
      some_fit |= fits(room);
    auto decided = decide_allocation(world.view(), world.free, command);
    RC_ASSERT(static_cast<bool>(decided.reply) == (command.slots <= most() && some_fit));
    if (decided.reply)
      RC_ASSERT(fits(*world.table.find(decided.reply->id)));
    world.carry_out(decided);
  }
  std::int64_t most() const { return world.scheduler.max_matches; }

  void create() {
    create_rooms command{operation_id{"op-" + std::to_string(operations++)}, *rc::gen::inRange(0, 10), ""};
    auto before = world.table.size();
    auto decided = decide_creation(world.view(), command, 1, world.random);
    world.carry_out(decided);
    auto made = static_cast<std::int64_t>(world.table.size() - before);
    RC_ASSERT(decided.reply->open == made && world.table.created_by(command.operation) == made);
    RC_ASSERT(made <= command.amount && (made == command.amount || !decided.reply->last_error.empty()));
    RC_ASSERT(static_cast<std::int64_t>(world.table.size()) <= world.settings.rooms_limit);
    auto again = decide_creation(world.view(), command, 1, world.random);
    RC_ASSERT(again.reply->open <= command.amount - made);
  }

  void answer_creation() {
    if (world.creating.empty())
      return;
    ask_for_instance asked{*std::min_element(world.creating.begin(), world.creating.end()), 1, {}};
    std::optional<failure> refusal;
    switch (*rc::gen::inRange(0, 3)) {
    case 0: break;
    case 1: refusal = failure{ec::port_in_use, "taken"}; break;
    default: refusal = failure{ec::internal, "no"}; break;
    }
    world.carry_out(decide_creation_answer(asked, refusal));
  }

  void remove() {
    remove_room command{any_room(), any_cause(), operation_id{"op"}, 1, *rc::gen::arbitrary<bool>()};
    auto* room = world.table.find(command.id);
    auto held = room != nullptr && holds_players(room->status);
    auto decided = decide_removal(world.view(), command);
    if (held && command.spare_players) {
      RC_ASSERT(*decided.reply == removal_verdict::drains);
      RC_ASSERT(decided.events.size() == (room->drain == removal_cause::none ? 1u : 0u));
    }
    world.carry_out(decided);
    if (held && command.spare_players)
      RC_ASSERT(room->removal == removal_cause::none || *decided.reply != removal_verdict::drains ||
                room->drain != removal_cause::none);
    if (room != nullptr && *decided.reply == removal_verdict::asked)
      RC_ASSERT(!is_free(*world.table.find(command.id), false));
  }

  void news() {
    auto type = *rc::gen::inRange(0, 4) == 0 ? instance_event_type::deleted : instance_event_type::updated;
    world.carry_out(decide_arrival(world.view(), {type, any_instance()}));
  }

  void step() {
    world.now += std::chrono::seconds(*rc::gen::inRange(0, 200));
    switch (*rc::gen::inRange(0, 7)) {
    case 6: return allocate_slots();
    case 0: return ping();
    case 1: return allocate();
    case 2: return create();
    case 3: return answer_creation();
    case 4: return remove();
    default: return news();
    }
  }
};

// -- what always holds ----------------------------------------------------------------------------------------

void check_leases(const pool_world& world) {
  std::set<std::int32_t> held;
  for (auto& room : world.table.rooms())
    if (!room.instance_exited)
      for (auto& port : room.ports)
        RC_ASSERT(held.insert(port.port).second);
  RC_ASSERT(world.leases.size() == held.size());
  for (auto port : held)
    RC_ASSERT(world.leases.is_taken(world.node, port));
}

void check_index(const pool_world& world) {
  std::size_t free = 0;
  for (auto& room : world.table.rooms()) {
    free += is_free(room, false);
    RC_ASSERT(world.free.contains(room.id) == is_free(room, false));
    RC_ASSERT(world.free.shares(room.id) == is_shared(room, false));
  }
  RC_ASSERT(world.free.size() == free);
}

void check_counts(const pool_world& world) {
  room_counts counted;
  for (auto& room : world.table.rooms()) {
    ++counted.rooms[static_cast<std::size_t>(room.status)];
    ++counted.instances[static_cast<std::size_t>(room.instance)];
    counted.running_matches += std::max<std::int64_t>(room.running_matches, 0);
    counted.allocated_slots += promised_slots(room);
  }
  RC_ASSERT(counted.rooms == world.table.counts().rooms);
  RC_ASSERT(counted.instances == world.table.counts().instances);
  RC_ASSERT(counted.running_matches == world.table.counts().running_matches);
  RC_ASSERT(counted.allocated_slots == world.table.counts().allocated_slots);
}

void check_slots(const life& pool) {
  for (auto& room : pool.world.table.rooms()) {
    if (room.held_slots == 0)
      continue;
    RC_ASSERT(holds_players(room.status));
    RC_ASSERT(std::max<std::int64_t>(room.running_matches, 0) + room.held_slots <= pool.most());
  }
}

void check_transitions(const std::map<room_id, room_status>& before, const pool_world& world) {
  for (auto& [id, status] : before)
    if (auto* room = world.table.find(id); room != nullptr && room->status != room_status::allocated)
      RC_ASSERT(transition_allowed(status, room->status) || room->removal != removal_cause::none);
}

RC_GTEST_PROP(RoomPool, KeepsItsPromisesWhateverHappens, ()) {
  life pool;
  auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    std::map<room_id, room_status> before;
    for (auto& room : pool.world.table.rooms())
      before.emplace(room.id, room.status);
    pool.step();
    check_leases(pool.world);
    check_index(pool.world);
    check_counts(pool.world);
    check_slots(pool);
    check_transitions(before, pool.world);
  }
}

RC_GTEST_PROP(RoomPool, ItsEventsAloneTellItsTable, ()) {
  life pool;
  auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i)
    pool.step();
  room_table replayed;
  for (auto& event : pool.world.journaled)
    replayed.apply(event);
  RC_ASSERT(replayed.snapshot() == pool.world.table.snapshot());
}

/// What comes of the whole list, in pages and slices of some size.
std::vector<pool_effect> whole(instance_review& review, pool_world& world, std::vector<instance> list) {
  std::sort(list.begin(), list.end(), [](auto& left, auto& right) { return left.id < right.id; });
  std::vector<pool_effect> effects;
  review.begin(world.now);
  auto most = static_cast<std::size_t>(*rc::gen::inRange(1, 9));
  auto page_size = static_cast<std::ptrdiff_t>(*rc::gen::inRange(1, 9));
  for (auto next = list.begin(); review.is_running();) {
    auto end = list.end() - next <= page_size ? list.end() : next + page_size;
    RC_ASSERT(review.take({{next, end}, end == list.end()}));
    next = end;
    while (!review.is_through_page())
      for (auto& effect : review.next(world.view(), most))
        effects.push_back(effect);
  }
  return effects;
}

// A difference that one list shows and the next does not is nobody's business.
RC_GTEST_PROP(InstanceReview, ActsOnlyOnWhatTwoListsShow, ()) {
  life pool;
  for (int i = 0; i < 20; ++i)
    pool.step();
  instance_review review;
  std::vector<instance> truth;
  for (auto& room : pool.world.table.rooms()) {
    instance seen;
    seen.id = room.id;
    seen.status = room.instance;
    seen.host = room.host;
    seen.exited = room.instance_exited;
    truth.push_back(seen);
  }
  pool.world.now += std::chrono::seconds(1);
  pool.world.hold(whole(review, pool.world, truth));
  RC_ASSERT(review.has_seen_a_list());
  auto disturbed = truth;
  instance stray;
  stray.id = room_id{"arena-stray"};
  if (*rc::gen::arbitrary<bool>() || disturbed.empty())
    disturbed.push_back(stray);
  else
    disturbed.pop_back();
  // What is to end anyway is asked to end with every list, and may be missing from the next.
  auto concerns = [&](const pool_effect& effect) {
    if (auto* end = std::get_if<end_room>(&effect))
      return pool.world.table.find(end->id)->removal == removal_cause::none;
    return !std::holds_alternative<ask_for_end>(effect);
  };
  auto first = whole(review, pool.world, disturbed);
  RC_ASSERT(std::none_of(first.begin(), first.end(), concerns));
  auto second = whole(review, pool.world, truth);
  RC_ASSERT(std::none_of(second.begin(), second.end(), concerns));
}

// Which rooms died with a machine is known when two lists have shown it.
TEST(InstanceReviewLooks, OnceTwoListsAfterOtherMachinesWereOutOfSight) {
  pool_world world;
  instance_review review;
  auto looks_after = [&](std::vector<std::string> out_of_sight) {
    review.begin(world.now, std::move(out_of_sight));
    EXPECT_TRUE(review.take({{}, true}));
    review.next(world.view(), 10);
    return review.take_look();
  };
  EXPECT_FALSE(looks_after({}));
  EXPECT_FALSE(looks_after({}));
  for (auto& unseen : {std::vector<std::string>{"b"}, std::vector<std::string>{}}) {
    EXPECT_FALSE(looks_after(unseen));
    EXPECT_TRUE(looks_after(unseen));
    EXPECT_FALSE(review.take_look()) << "once";
    EXPECT_FALSE(looks_after(unseen));
  }
}

} // namespace
} // namespace maestro::rules
