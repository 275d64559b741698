// Names, ports, expiry, removal order, the plan of a turn, replacement back-off and reconciliation.
#include "actors/rules/port_leases.hpp"
#include "actors/rules/reconciliation.hpp"
#include "actors/rules/removal_order.hpp"
#include "actors/rules/room_expiry.hpp"
#include "actors/rules/room_names.hpp"
#include "actors/rules/rooms_plan.hpp"
#include "actors/rules/silence_brake.hpp"
#include "actors/rules/small_random.hpp"
#include "actors/rules/version_rules.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <regex>
#include <set>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;

constexpr timestamp noon{std::chrono::seconds{1'750'000'000}};

room_view view(const char* id, room_status status, duration age = 1s, duration silence = 1s) {
  room_view one;
  one.room.id = room_id{id};
  one.room.version = "v1.0.0";
  one.room.status = status;
  one.room.created_at = one.room.status_since = noon - age;
  one.last_ping_at = noon - silence;
  return one;
}

room_health classify_view(const room_view& one, const actor_settings& settings) {
  return classify(one.room, one.last_ping_at, settings, noon);
}

std::vector<std::string> texts(const std::vector<room_id>& ids) {
  std::vector<std::string> all;
  for (auto& id : ids)
    all.push_back(id.str());
  return all;
}

using names = std::vector<std::string>;

// -- names ----------------------------------------------------------------------------------------------------

TEST(RoomNames, AreTheSchedulerAndFiveSpeakableFreeCharacters) {
  small_random random(1);
  std::regex shape("arena-[bcdfghjklmnpqrstvwxz2456789]{5}");
  for (int i = 0; i < 1000; ++i)
    EXPECT_TRUE(std::regex_match(draw_room_name(scheduler_name{"arena"}, random).str(), shape));
}

TEST(RoomNames, CutTheSchedulerSoThatALabelFits) {
  small_random random(1);
  auto name = draw_room_name(scheduler_name{std::string(63, 'a')}, random).str();
  EXPECT_EQ(name.size(), 58u + 1 + 5);
  EXPECT_EQ(name.substr(0, 59), std::string(58, 'a') + "-");
}

// -- ports ----------------------------------------------------------------------------------------------------

scheduler recipe_with_ports(std::optional<port_range> whole, std::vector<container_port> ports) {
  scheduler recipe;
  recipe.port_range = whole;
  container one;
  one.ports = std::move(ports);
  recipe.spec.containers = {one};
  return recipe;
}

TEST(PortLeases, TheRangeIncludesItsEnd) {
  small_random random(1);
  auto recipe = recipe_with_ports(port_range{5, 6}, {{"a", "udp", 1, 0, {}}, {"b", "tcp", 2, 0, {}}});
  auto drawn = draw_ports(recipe, {}, "", {}, random);
  ASSERT_TRUE(drawn);
  EXPECT_EQ((std::set<std::int32_t>{(*drawn)[0].port, (*drawn)[1].port}), (std::set<std::int32_t>{5, 6}));
  EXPECT_EQ((*drawn)[0].name, "a");
  EXPECT_EQ((*drawn)[1].protocol, "tcp");
}

TEST(PortLeases, AFullRangeIsAnErrorThatNamesIt) {
  small_random random(1);
  port_leases leases;
  leases.take("", {{"x", "udp", 5}, {"x", "udp", 6}});
  auto drawn = draw_ports(recipe_with_ports(port_range{5, 6}, {{"a", "udp", 1, 0, {}}}), leases, "", {}, random);
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error().text, "not enough ports to allocate: every port of 5-6 is taken (port \"a\")");
  leases.release("", {{"x", "udp", 6}});
  auto again = draw_ports(recipe_with_ports(port_range{5, 6}, {{"a", "udp", 1, 0, {}}}), leases, "", {}, random);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)[0].port, 6);
}

TEST(PortLeases, EachPortHasItsOwnRangeWhereTheSchedulerHasNone) {
  small_random random(1);
  auto recipe =
      recipe_with_ports({}, {{"a", "udp", 1, 0, port_range{10, 11}}, {"b", "udp", 1, 0, port_range{11, 11}}});
  for (int i = 0; i < 50; ++i) {
    auto drawn = draw_ports(recipe, {}, "", {}, random);
    ASSERT_TRUE(drawn) << drawn.error().text;
    EXPECT_EQ((*drawn)[0].port, 10);
    EXPECT_EQ((*drawn)[1].port, 11);
  }
}

TEST(PortLeases, AWidePortMakesRoomForNarrowOnes) {
  small_random random(1);
  auto recipe = recipe_with_ports({}, {{"a", "udp", 1, 0, port_range{30000, 30002}},
                                       {"b", "udp", 1, 0, port_range{30000, 30001}},
                                       {"c", "udp", 1, 0, port_range{30000, 30001}}});
  for (int i = 0; i < 50; ++i) {
    auto drawn = draw_ports(recipe, {}, "", {}, random);
    ASSERT_TRUE(drawn) << drawn.error().text;
    EXPECT_EQ((*drawn)[0].port, 30002);
  }
}

TEST(PortLeases, SaysThatNoCombinationFits) {
  small_random random(1);
  auto recipe =
      recipe_with_ports({}, {{"a", "udp", 1, 0, port_range{10, 10}}, {"b", "udp", 1, 0, port_range{10, 10}}});
  auto drawn = draw_ports(recipe, {}, "", {}, random);
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error().text, "not enough ports to allocate: no combination of free ports was found, the last "
                                "one of 10-10 (port \"b\")");
}

TEST(PortLeases, OneNumberForBothProtocolsAndBlocksOfNumbers) {
  EXPECT_EQ(lease_of({"game", "tcpudp", 1, 0, {}, 2}, 7000),
            (std::vector<host_port>{
                {"game", "tcp", 7000}, {"game", "udp", 7000}, {"game-1", "tcp", 7001}, {"game-1", "udp", 7001}}));
  small_random random(5);
  auto recipe = recipe_with_ports(port_range{33340, 33343}, {{"game", "udp", 1, 0, {}, 2}});
  port_leases leases;
  std::set<std::int32_t> numbers;
  for (int room = 0; room < 2; ++room) {
    auto drawn = draw_ports(recipe, leases, "", {}, random);
    ASSERT_TRUE(drawn) << "two rooms have place for a block of two in four ports";
    leases.take("", *drawn);
    EXPECT_EQ((*drawn)[1].port, (*drawn)[0].port + 1);
    numbers.insert({(*drawn)[0].port, (*drawn)[1].port});
  }
  EXPECT_EQ(numbers.size(), 4u);
  auto third = draw_ports(recipe, leases, "", {}, random);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().text,
            "not enough ports to allocate: no 2 consecutive ports of 33340-33343 are free (port \"game\")");
}

// A journal of before validation knew the limits may hold any two numbers.
TEST(PortLeases, OfARangeBeyondThePortsOnlyThePortsAreDrawn) {
  constexpr auto least = std::numeric_limits<std::int32_t>::min(), most = std::numeric_limits<std::int32_t>::max();
  small_random random(1);
  struct row {
    port_range range;
    std::int32_t count, first, last;
  };
  for (auto& [range, count, first, last] : std::vector<row>{{{least, most}, 0, 1, 65535},
                                                            {{least, most}, 2, 1, 65534},
                                                            {{least, 1}, 0, 1, 1},
                                                            {{0, 2}, 2, 1, 1},
                                                            {{65535, 209990}, 0, 65535, 65535}}) {
    SCOPED_TRACE(fmt::format("{} of {} to {}", count, range.start, range.end));
    auto recipe = recipe_with_ports(range, {{"a", "udp", 1, 0, {}, count}});
    auto drawn = draw_ports(recipe, {}, "", {}, random);
    ASSERT_TRUE(drawn) << drawn.error().text;
    EXPECT_GE((*drawn)[0].port, first);
    EXPECT_LE((*drawn)[0].port, last);
  }
  for (auto& [range, text] :
       std::vector<std::pair<port_range, std::string>>{{{least, 0}, "-2147483648-0"},
                                                       {{65536, most}, "65536-2147483647"},
                                                       {{most, most}, "2147483647-2147483647"}})
    for (auto count : {0, 2, most}) {
      auto drawn = draw_ports(recipe_with_ports({}, {{"a", "udp", 1, 0, range, count}}), {}, "", {}, random);
      ASSERT_FALSE(drawn);
      EXPECT_EQ(drawn.error().code, ec::resource_exhausted);
      EXPECT_EQ(drawn.error().text,
                "not enough ports to allocate: none of " + text + " is a port, which are 1 to 65535 (port \"a\")");
    }
}

// The rules about probes ask before a recipe with too many of them is refused.
TEST(PortLeases, NoBlockIsLongerThanARecipeMayWish) {
  EXPECT_EQ(lease_of({"game", "udp", 1, 0, {}, 1000}, 1).size(), 64u);
  EXPECT_EQ(lease_of({"game", "udp", 1, 0, {}, -1}, 1).size(), 1u);
}

// Beside a search of every combination: ports are found exactly where one exists.
RC_GTEST_PROP(PortLeases, ACombinationIsFoundWhereOneExists, (std::uint64_t seed)) {
  small_random random(seed);
  port_leases leases;
  for (auto port : *rc::gen::container<std::set<int>>(rc::gen::inRange(1, 8)))
    leases.take("", {{"x", "udp", port}});
  std::vector<container_port> wishes;
  auto count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count; ++i) {
    auto start = *rc::gen::inRange(1, 8);
    wishes.push_back(
        {"p", "udp", 1, 0, port_range{start, start + *rc::gen::inRange(0, 3)}, *rc::gen::inRange(0, 4)});
  }
  std::set<std::int32_t> used;
  std::function<bool(std::size_t)> exists = [&](std::size_t i) {
    if (i == wishes.size())
      return true;
    auto& range = *wishes[i].host_port_range;
    auto width = std::max(wishes[i].count, 1);
    for (auto first = range.start; first + width - 1 <= range.end; ++first) {
      auto before = used;
      bool is_free = true;
      for (auto port = first; port < first + width; ++port)
        is_free = is_free && !leases.is_taken("", port) && used.insert(port).second;
      if (is_free && exists(i + 1))
        return true;
      used = before;
    }
    return false;
  };
  auto drawn = draw_ports(recipe_with_ports({}, wishes), leases, "", {}, random);
  RC_ASSERT(static_cast<bool>(drawn) == exists(0));
  if (!drawn)
    return;
  std::set<std::int32_t> all;
  for (auto& port : *drawn)
    RC_ASSERT(!leases.is_taken("", port.port) && all.insert(port.port).second);
}

RC_GTEST_PROP(PortLeases, DrawnPortsAreDistinctFreeAndInRange, (std::uint64_t seed)) {
  small_random random(seed);
  auto start = *rc::gen::inRange(1, 100);
  auto end = start + *rc::gen::inRange(1, 30);
  port_leases leases;
  for (auto port : *rc::gen::container<std::set<int>>(rc::gen::inRange(1, 130)))
    leases.take("", {{"x", "udp", port}});
  auto drawn =
      draw_ports(recipe_with_ports(port_range{start, end}, {{"a", "udp", 1, 0, {}}, {"b", "udp", 2, 0, {}}}),
                 leases, "", {}, random);
  int free = 0;
  for (auto port = start; port <= end; ++port)
    free += !leases.is_taken("", port);
  RC_ASSERT(static_cast<bool>(drawn) == (free >= 2));
  if (!drawn)
    return;
  RC_ASSERT((*drawn)[0].port != (*drawn)[1].port);
  for (auto& port : *drawn) {
    RC_ASSERT(port.port >= start && port.port <= end);
    RC_ASSERT(!leases.is_taken("", port.port));
  }
}

// -- expiry ---------------------------------------------------------------------------------------------------

TEST(RoomExpiry, FollowsTheTableOfTheSpec) {
  using enum room_status;
  actor_settings settings; // ping 240 s, initialization 120 s, deletion 120 s
  struct row {
    room_status status;
    duration age;
    duration silence;
    room_health health;
  };
  for (auto& [status, age, silence, health] : std::vector<row>{
           {pending, 119s, 119s, room_health::available},
           {pending, 121s, 121s, room_health::initialization_over},
           {pending, 500s, 500s, room_health::initialization_over},
           {unready, 120s, 1s, room_health::available},
           {unready, 121s, 1s, room_health::initialization_over},
           {ready, 900s, 240s, room_health::available},
           {ready, 900s, 241s, room_health::ping_over},
           {occupied, 900s, 241s, room_health::ping_over},
           {occupied, 900s, 5s, room_health::available},
           {active, 900s, 5s, room_health::available},
           {allocated, 900s, 5s, room_health::available},
           {allocated, 900s, 241s, room_health::ping_over},
           {terminating, 900s, 100s, room_health::ignored},
           {terminating, 900s, 121s, room_health::deletion_over},
           {terminated, 900s, 1s, room_health::terminated},
           {error, 120s, 1s, room_health::available},
           {error, 121s, 1s, room_health::initialization_over},
           {error, 100s, 241s, room_health::ping_over},
       })
    EXPECT_EQ(static_cast<int>(classify_view(view("r", status, age, silence), settings)), static_cast<int>(health))
        << to_string(status) << " age " << age.count() / 1'000'000'000 << " silence "
        << silence.count() / 1'000'000'000;
}

TEST(RoomExpiry, ARoomThatPingedBeforeGetsItsStartTimeAnew) {
  actor_settings settings;
  auto restarted = view("r", room_status::pending, 900s, 130s);
  restarted.room.ping = ping_status::ready;
  restarted.room.status_since = noon - 60s;
  EXPECT_EQ(classify_view(restarted, settings), room_health::available);
  restarted.room.status_since = noon - 121s;
  EXPECT_EQ(classify_view(restarted, settings), room_health::initialization_over);
}

TEST(RoomExpiry, ARoomInErrorWhoseInstanceHasExitedFillsNoPlace) {
  auto exited = view("r", room_status::error, 5s, 1s);
  exited.room.instance_exited = true;
  EXPECT_EQ(classify_view(exited, {}), room_health::ignored);
}

TEST(RoomExpiry, CountsNothingFromBeforeTheClockRanEvenly) {
  actor_settings settings;
  auto playing = view("r", room_status::occupied, 900s, 10min);
  auto judge = [&](timestamp now, timestamp even_since) {
    return classify(playing.room, playing.last_ping_at, settings, {now, even_since});
  };
  EXPECT_EQ(judge(noon, noon - 1h), room_health::ping_over);
  EXPECT_EQ(judge(noon, noon), room_health::available) << "the node has just started";
  EXPECT_EQ(judge(noon, noon - 240s), room_health::available);
  EXPECT_EQ(judge(noon, noon - 241s), room_health::ping_over) << "one full ping timeout later";
  EXPECT_EQ(judge(noon - 1h, noon - 1h), room_health::available) << "the clock was put back by an hour";
  EXPECT_EQ(judge(noon - 1h + 241s, noon - 1h), room_health::ping_over) << "and not for an hour";
}

TEST(RoomReplacement, StartsAnewWhenTheClockStepped) {
  actor_settings settings;
  auto waiting = after_loss({}, noon, true, settings, noon + 1s);
  EXPECT_GT(waiting.not_before, noon + 1s);
  EXPECT_EQ(still_valid(waiting, {noon + 1500ms, noon - 1h}).not_before, waiting.not_before);
  EXPECT_EQ(still_valid(waiting, {noon - 1h, noon - 1h}).not_before, never)
      << "put back: nothing waits for an hour";
  EXPECT_EQ(still_valid(waiting, {noon + 1h, noon + 1h}).not_before, never);
}

// -- removal order --------------------------------------------------------------------------------------------

std::vector<room_view> one_of_each() {
  using enum room_status;
  return {view("r-occupied", occupied),    view("r-allocated", allocated), view("r-active", active),
          view("r-ready", ready),          view("r-unready", unready),     view("r-pending", pending),
          view("r-silent", ready, 1h, 1h), view("r-error", error),         view("r-leaving", terminating)};
}

std::vector<room_id> order_of(const std::vector<room_view>& rooms, std::int64_t amount, const std::string& version,
                              const actor_settings& settings, timestamp now) {
  removal_order order(amount, amount, version, settings, now);
  for (auto& one : rooms)
    order.offer(one.room, one.last_ping_at);
  std::vector<room_id> ids;
  for (auto& room : order.take())
    ids.push_back(room.id);
  auto leaving = order.leaving();
  ids.insert(ids.end(), leaving.begin(), leaving.end());
  return ids;
}

TEST(RemovalOrder, RemovesTheLeastUsefulFirst) {
  actor_settings settings;
  EXPECT_EQ(texts(order_of(one_of_each(), 100, "v1.0.0", settings, noon)),
            (names{"r-error", "r-silent", "r-pending", "r-unready", "r-ready", "r-active", "r-allocated",
                   "r-occupied", "r-leaving"}));
}

TEST(RemovalOrder, RoomsWithPlayersComeLastAndLeavingOnesAreRepeated) {
  actor_settings settings;
  EXPECT_EQ(texts(order_of(one_of_each(), 5, "v1.0.0", settings, noon)),
            (names{"r-error", "r-silent", "r-pending", "r-unready", "r-ready", "r-leaving"}));
  EXPECT_EQ(texts(order_of(one_of_each(), 1, "v1.0.0", settings, noon)), (names{"r-error", "r-leaving"}));
  EXPECT_EQ(texts(order_of(one_of_each(), 0, "v1.0.0", settings, noon)), (names{"r-leaving"}));
}

TEST(RemovalOrder, ARoomThatDrainsAlreadyIsChosenBeforeOthersWithPlayers) {
  actor_settings settings;
  std::vector<room_view> rooms{view("r-a", room_status::occupied), view("r-b", room_status::occupied)};
  rooms[1].room.drain = removal_cause::scale_down;
  EXPECT_EQ(texts(order_of(rooms, 1, "v1.0.0", settings, noon)), names{"r-b"});
}

TEST(RemovalOrder, LeavesOutARoomThatTriesOutAVersion) {
  actor_settings settings;
  auto trial = view("r-trial", room_status::ready);
  trial.room.validation = true;
  EXPECT_TRUE(order_of({trial}, 1, "v1.0.0", settings, noon).empty());
}

TEST(RemovalOrder, OtherMajorVersionsGoBeforeTheActiveOne) {
  actor_settings settings;
  auto rooms = one_of_each();
  for (auto& one : rooms)
    if (one.room.id.str() == "r-occupied" || one.room.id.str() == "r-ready")
      one.room.version = "v1.3.0";
    else
      one.room.version = "v2.0.0";
  EXPECT_EQ(texts(order_of(rooms, 4, "v2.1.0", settings, noon)),
            (names{"r-error", "r-silent", "r-ready", "r-pending", "r-leaving"}));
}

// Chosen first and then spared, it would use up the amount and nothing would end.
TEST(RemovalOrder, ASilentRoomWithPlayersComesLastToo) {
  actor_settings settings;
  std::vector<room_view> rooms{view("r-playing", room_status::occupied, 1h, 1h),
                               view("r-ready", room_status::ready)};
  EXPECT_EQ(texts(order_of(rooms, 1, "v1.0.0", settings, noon)), names{"r-ready"});
  EXPECT_EQ(texts(order_of(rooms, 2, "v1.0.0", settings, noon)), (names{"r-ready", "r-playing"}));
}

TEST(RemovalOrder, MajorNumbersAreCompared) {
  EXPECT_TRUE(same_major("10.0.0", "v10.5.0"));
  EXPECT_FALSE(same_major("v1.0.0", "v10.0.0"));
  EXPECT_FALSE(same_major("", ""));
  EXPECT_FALSE(same_major("vX.0.0", "vX.0.0"));
}

// -- the plan of a turn ---------------------------------------------------------------------------------------

scheduler wanting(std::int32_t replicas) {
  scheduler recipe;
  recipe.rooms_replicas = replicas;
  return recipe;
}

pool_health health_of(const std::vector<room_view>& rooms, const actor_settings& settings = {}) {
  pool_health health;
  for (auto& one : rooms)
    count_room(health, one.room, one.last_ping_at, {}, settings, noon);
  return health;
}

rooms_plan plan_for(const scheduler& recipe, const pool_health& health, bool spares_silent,
                    const replacement_backoff& backoff, clock_reading clock) {
  return plan_rooms(recipe, health, {spares_silent, false, backoff, clock});
}

TEST(RoomsPlan, AddsWhatIsMissingAndRemovesWhatExpired) {
  auto health = health_of({view("a", room_status::ready), view("b", room_status::ready, 1h, 1h)});
  EXPECT_EQ(health.available, 1);
  auto plan = plan_for(wanting(3), health, false, {}, noon);
  EXPECT_EQ(plan.desired, 3);
  EXPECT_EQ(plan.add, 2);
  EXPECT_EQ(plan.remove, 0);
  EXPECT_EQ(texts(plan.expired), names{"b"});
}

// -- many silent rooms at once --------------------------------------------------------------------------------

pool_health silent_of(std::int64_t silent, std::int64_t watched) {
  pool_health health;
  health.silent = silent;
  health.watched = watched;
  return health;
}

TEST(SilenceBrake, HoldsWhenMoreThanTheShareIsSilentAtOnce) {
  actor_settings settings; // 50 %
  EXPECT_FALSE(too_many_at_once(silent_of(0, 10), settings));
  EXPECT_FALSE(too_many_at_once(silent_of(5, 10), settings));
  EXPECT_TRUE(too_many_at_once(silent_of(6, 10), settings));
  EXPECT_TRUE(too_many_at_once(silent_of(2, 2), settings));
  EXPECT_FALSE(too_many_at_once(silent_of(1, 1), settings)) << "one room is nothing that many have in common";
  settings.silence_brake_percent = 100;
  EXPECT_FALSE(too_many_at_once(silent_of(10, 10), settings)) << "off";
}

TEST(SilenceBrake, HoldsForOnePingTimeoutAndIsReleasedWhenRoomsAreHeardAgain) {
  actor_settings settings; // 240 s
  auto brake = after_look({}, silent_of(6, 10), settings, noon);
  EXPECT_TRUE(holds(brake, settings, noon));
  brake = after_look(brake, silent_of(8, 10), settings, noon + 1min);
  EXPECT_TRUE(holds(brake, settings, noon + 239s));
  EXPECT_FALSE(holds(brake, settings, noon + 240s)) << "from the first look on";
  EXPECT_TRUE(holds(brake, settings, {noon + 240s, noon + 10s})) << "the clock stepped meanwhile: anew";
  EXPECT_FALSE(holds(after_look(brake, silent_of(1, 10), settings, noon + 1min), settings, noon + 1min));
}

TEST(SilenceBrake, SparedRoomsKeepTheirPlaces) {
  auto health = health_of({view("a", room_status::occupied, 1h, 1h), view("b", room_status::ready, 1h, 1h)});
  EXPECT_EQ(health.silent, 2);
  EXPECT_EQ(health.watched, 2);
  auto spared = plan_for(wanting(2), health, true, {}, noon);
  EXPECT_TRUE(spared.expired.empty());
  EXPECT_EQ(spared.add, 0);
  auto ended = plan_for(wanting(2), health, false, {}, noon);
  EXPECT_EQ(texts(ended.expired), (names{"a", "b"}));
  EXPECT_EQ(ended.add, 2);
}

TEST(RoomsPlan, NamesTheFirstOfManyThatExpiredAndSaysSo) {
  actor_settings settings;
  settings.expired_limit = 2;
  std::vector<room_view> rooms;
  for (auto* id : {"a", "b", "c"})
    rooms.push_back(view(id, room_status::terminated));
  auto health = health_of(rooms, settings);
  EXPECT_EQ(texts(plan_for(wanting(0), health, false, {}, noon).expired), (names{"a", "b"}));
  EXPECT_TRUE(health.has_more_expired);
  EXPECT_EQ(health.rooms_terminated, 3) << "counts are of all";
  rooms.pop_back();
  EXPECT_FALSE(health_of(rooms, settings).has_more_expired);
}

TEST(RoomsPlan, IsEmptyAtRest) {
  auto plan = plan_for(wanting(1), health_of({view("a", room_status::occupied)}), false, {}, noon);
  EXPECT_EQ(plan.add + plan.remove, 0);
  EXPECT_TRUE(plan.expired.empty());
}

TEST(RoomsPlan, ScalesDown) {
  auto health = health_of({view("a", room_status::ready), view("b", room_status::pending)});
  auto plan = plan_for(wanting(0), health, false, {}, noon);
  EXPECT_EQ(plan.remove, 2);
}

TEST(RoomsPlan, ARoomAskedToEndIsAskedAgainOnlyWhenItIsLate) {
  auto leaving = view("a", room_status::terminating, 1h, 1h);
  leaving.room.removal = removal_cause::expired_room;
  leaving.room.status_since = noon - 119s;
  EXPECT_TRUE(health_of({leaving}).expired.empty());
  leaving.room.status_since = noon - 121s;
  EXPECT_EQ(texts(health_of({leaving}).expired), names{"a"});
}

TEST(RoomsPlan, WaitsWhileRoomsDieEarly) {
  replacement_backoff backoff{2, noon, noon + 2s};
  auto plan = plan_for(wanting(2), {}, false, backoff, noon + 1s);
  EXPECT_EQ(plan.add, 0);
  EXPECT_EQ(plan.look_again_at, noon + 2s);
  EXPECT_EQ(plan_for(wanting(2), {}, false, backoff, noon + 2s).add, 2);
}

// -- replacement back-off --------------------------------------------------------------------------------------

TEST(RoomReplacement, DoublesForEachGenerationThatDiesEarlyUpToTheMaximum) {
  actor_settings settings; // 1 s to 1 min
  replacement_backoff state;
  auto now = noon;
  std::vector<long> waits;
  for (int generation = 0; generation < 8; ++generation) {
    state = after_loss(state, now, true, settings, now + 100ms);
    waits.push_back((state.not_before - (now + 100ms)) / 1s);
    now = state.not_before;
  }
  EXPECT_EQ(waits, (std::vector<long>{1, 2, 4, 8, 16, 32, 60, 60}));
}

TEST(RoomReplacement, ManyDeathsOfOneGenerationCountOnce) {
  actor_settings settings;
  auto first = after_loss({}, noon, true, settings, noon + 100ms);
  auto second = after_loss(first, noon, true, settings, noon + 200ms);
  EXPECT_EQ(second.streak, 1);
  EXPECT_EQ(second.not_before, first.not_before);
}

TEST(RoomReplacement, AnOldRoomsDeathIsReplacedAtOnce) {
  actor_settings settings;
  auto early = after_loss({}, noon, true, settings, noon + 1s);
  EXPECT_EQ(after_loss(early, noon - 1h, true, settings, noon + 2s).not_before, never);
  EXPECT_EQ(after_loss({}, noon - 1h, false, settings, noon).streak, 1) << "a room that never came up died early";
}

// -- reconciliation -------------------------------------------------------------------------------------------

room_record record(const char* id, instance_status instance, removal_cause removal = removal_cause::none) {
  room_record room;
  room.id = room_id{id};
  room.instance = instance;
  room.removal = removal;
  return room;
}

instance seen(const char* id, instance_status status) {
  instance one;
  one.id = room_id{id};
  one.status = status;
  return one;
}

TEST(Reconciliation, NamesEveryDifference) {
  auto said = [](const room_record& room, std::optional<instance> one) {
    auto found = compare(room, one ? &*one : nullptr);
    return std::string(found.is_drifted ? "drifted " : "") + (found.is_to_create ? "create " : "") +
           (found.is_to_end ? "end " : "") + (found.is_gone ? "gone " : "");
  };
  using enum instance_status;
  auto leaving = removal_cause::scale_down;
  EXPECT_EQ(said(record("same", ready), seen("same", ready)), "");
  EXPECT_EQ(said(record("drifted", pending), seen("drifted", ready)), "drifted ");
  EXPECT_EQ(said(record("lost", ready), {}), "gone ");
  EXPECT_EQ(said(record("intended", unknown), {}), "create ");
  EXPECT_EQ(said(record("ending", ready, leaving), seen("ending", ready)), "end ");
  EXPECT_EQ(said(record("ending", ready, leaving), seen("ending", terminating)), "drifted end ");
  EXPECT_EQ(said(record("ended", unknown, leaving), {}), "gone ");
}

} // namespace
} // namespace maestro::rules
