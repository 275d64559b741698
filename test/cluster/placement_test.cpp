// Which machine a room goes to, and what is said when there is none: tables, and properties over seeds.
#include "actors/host_board.hpp"
#include "actors/rules/placement.hpp"
#include "actors/rules/scheduler_validation.hpp"
#include "actors/rules/version_rules.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <limits>
#include <random>

namespace maestro::rules {

namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t mebi = 1 << 20;

placement_host machine(const std::string& name, const std::string& zone = {}, machine_resources offer = {},
                       machine_resources requested = {}) {
  placement_host host;
  host.node_id = host.name = name;
  host.takes_rooms = true;
  host.zone = zone;
  host.offer = offer;
  host.requested = requested;
  return host;
}

placement_host machine_without(const std::string& name, const std::string& not_now) {
  auto host = machine(name);
  host.takes_rooms = false;
  host.not_now = not_now;
  return host;
}

known_hosts hosts_of(std::vector<placement_host> hosts) {
  return std::make_shared<const std::vector<placement_host>>(std::move(hosts));
}

scheduler requesting(const std::string& cpu, const std::string& memory) {
  scheduler recipe;
  recipe.spec.containers.resize(1);
  recipe.spec.containers[0].requests = {memory, cpu};
  return recipe;
}

/// So many rooms one after the other; where they went, and what was said to the first that went nowhere.
struct rooms_placed {
  std::vector<std::string> on;
  std::string problem;
};
rooms_placed place(const scheduler& recipe, const known_hosts& hosts, int rooms, const rooms_by_node& there = {}) {
  rooms_placed placed;
  rooms_by_node planned;
  for (int i = 0; i < rooms; ++i) {
    auto chosen = choose_host(recipe, hosts, there, planned, "b");
    if (!chosen) {
      placed.problem = chosen.error().text;
      break;
    }
    placed.on.push_back(chosen->node_id);
    ++planned[chosen->node_id];
  }
  return placed;
}

TEST(Placement, RoomsAreSpreadOverTheMachinesThatTakeSome) {
  auto b = machine("b");
  b.is_here = true;
  auto hosts = hosts_of({machine("a"), b, machine("c"), machine_without("d", "is draining")});
  EXPECT_THAT(place({}, hosts, 6, {{"a", 2}, {"c", 1}}).on, ElementsAre("b", "b", "c", "b", "a", "c"));
}

TEST(Placement, SpreadGoesByZonesFirst) {
  auto hosts = hosts_of({machine("a", "west"), machine("b", "west"), machine("c", "east")});
  EXPECT_THAT(place({}, hosts, 6).on, ElementsAre("a", "c", "b", "c", "a", "c"));
}

TEST(Placement, MachinesThatAreNotReachedAreOutOfSight) {
  auto lost = machine("b"), unreached = machine("a");
  lost.lost_at = duration{0};
  unreached.lost_at = std::chrono::hours{1};
  EXPECT_THAT(out_of_sight(hosts_of({lost, machine("c"), unreached})), ElementsAre("a", "b"));
  EXPECT_THAT(out_of_sight(nullptr), ElementsAre());
}

TEST(Placement, WithoutAnyMachineThatTakesRoomsTheyStayHere) {
  auto alone = choose_host({}, nullptr, {}, {}, "b");
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->node_id, "b");
  EXPECT_EQ(alone->reason, placement_reason::only_machine);
  auto here = machine_without("b", "is draining");
  here.is_here = true;
  auto chosen = choose_host({}, hosts_of({machine_without("a", "is not reached"), here}), {}, {}, "b");
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->node_id, "b");
  EXPECT_EQ(chosen->reason, placement_reason::no_other_machine);
}

TEST(Placement, ANodeThatRunsNoRoomsIsNeverTheLastResort) {
  auto here = machine_without("b", "runs no rooms");
  here.is_here = true;
  here.runs_rooms = false;
  EXPECT_EQ(place({}, hosts_of({machine_without("a", "is not reached"), here}), 1).problem,
            "no machine takes rooms: a is not reached, b runs no rooms");
}

TEST(Placement, ServersThatAreAskedGoAnywhere) {
  scheduler recipe;
  recipe.spec.health.emplace();
  auto here = machine("b");
  here.is_here = true;
  EXPECT_THAT(place(recipe, hosts_of({machine("a"), here}), 1, {{"b", 9}}).on, ElementsAre("a"));
}

TEST(Placement, ARoomGoesOnlyWhereItFits) {
  auto hosts = hosts_of({machine("n1", "", {4000, 8192 * mebi}, {0, 7680 * mebi}),
                         machine("n2", "", {4000, 8192 * mebi}, {3500, 0})});
  EXPECT_THAT(place(requesting("100m", "512Mi"), hosts, 9).on, ElementsAre("n1", "n2", "n2", "n2", "n2", "n2"));
  EXPECT_THAT(place(requesting("1", "1"), hosts, 2).on, ElementsAre("n1", "n1"));
}

TEST(Placement, WhereItFitsNowhereItSaysWhatEachMachineHas) {
  auto hosts = hosts_of({machine("n1", "", {4000, 8192 * mebi}, {0, 7680 * mebi}),
                         machine("n2", "", {4000, 8192 * mebi}, {3500, 7000 * mebi}),
                         machine_without("n3", "is draining")});
  EXPECT_EQ(place(requesting("", "2048Mi"), hosts, 1).problem,
            "no machine has 2048 MiB free: n1 has 512 of 8192 MiB, n2 has 1192 of 8192 MiB, n3 is draining");
  EXPECT_EQ(place(requesting("1", "2Gi"), hosts, 1).problem,
            "no machine has 1 cores and 2048 MiB free: n1 has 512 of 8192 MiB, n2 has 0.5 of 4 cores and 1192 of "
            "8192 MiB, n3 is draining");
}

TEST(Placement, OfManyMachinesSomeAreNamed) {
  std::vector<placement_host> all;
  for (int i = 0; i < 11; ++i)
    all.push_back(machine("n" + std::to_string(10 + i), "", {1000, 0}));
  EXPECT_THAT(place(requesting("2", ""), hosts_of(all), 1).problem,
              ::testing::EndsWith("n17 has 1 of 1 cores, and 3 others"));
}

TEST(Placement, WhatIsNotRequestedOrNotOfferedCostsNothing) {
  auto full = machine("n1", "", {1000, mebi}, {1000, mebi});
  EXPECT_EQ(place(requesting("", ""), hosts_of({full}), 3).on.size(), 3u);
  EXPECT_EQ(place(requesting("0", "0"), hosts_of({full}), 3).on.size(), 3u);
  EXPECT_EQ(place(requesting("many", "lots"), hosts_of({full}), 3).on.size(), 3u) << "the runtime refuses these";
  EXPECT_EQ(place(requesting("64", "64Gi"), hosts_of({machine("n1")}), 3).on.size(), 3u);
}

TEST(Placement, AHugeRequestDoesNotOverflow) {
  auto hosts = hosts_of({machine("n1", "", {4000, 8192 * mebi})});
  auto recipe = requesting("9E", "8E");
  recipe.spec.containers.push_back(recipe.spec.containers[0]);
  recipe.spec.containers[0].requests = recipe.spec.containers[1].requests = {"7E", "9000000000000"};
  EXPECT_EQ(place(recipe, hosts, 1).on.size(), 0u);
  EXPECT_GT(request_of(recipe).memory_bytes, 0);
}

TEST(Placement, PackedFillsOneMachineAfterTheOther) {
  auto hosts =
      hosts_of({machine("a", "", {1000, 0}), machine("b", "", {1000, 0}, {500, 0}), machine("c", "", {1000, 0})});
  auto recipe = requesting("250m", "");
  recipe.spec.placement = placement_recipe{"packed", {}};
  EXPECT_THAT(place(recipe, hosts, 7).on, ElementsAre("b", "b", "a", "a", "a", "a", "c"));
  EXPECT_EQ(choose_host(recipe, hosts, {}, {}, "b")->reason, placement_reason::packed);
}

TEST(Placement, LabelsAndZoneAreObeyed) {
  auto fast = machine("a", "west");
  fast.labels = {{"disk", "fast"}};
  auto hosts = hosts_of({fast, machine("b", "west"), machine("c", "east")});
  scheduler recipe;
  recipe.spec.placement = placement_recipe{"spread", {{"disk", "fast"}}};
  EXPECT_THAT(place(recipe, hosts, 2).on, ElementsAre("a", "a"));
  recipe.spec.placement->node_labels = {{"zone", "east"}};
  EXPECT_THAT(place(recipe, hosts, 1).on, ElementsAre("c"));
  recipe.spec.placement->node_labels = {{"zone", "east"}, {"disk", "fast"}};
  EXPECT_EQ(place(recipe, hosts, 1).problem,
            "no machine has the labels disk=fast, zone=east: a is without "
            "zone=east, b is without disk=fast, zone=east, c is without disk=fast");
}

TEST(Placement, WhateverIsDrawnNoMachineIsOverfull) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 dice(seed);
    auto below = [&](int n) { return static_cast<std::int64_t>(dice() % static_cast<std::uint32_t>(n)); };
    std::vector<placement_host> all;
    for (std::int64_t i = 0; i <= below(5); ++i)
      all.push_back(
          machine("n" + std::to_string(i), "z" + std::to_string(below(2)), {1000 * below(5), mebi * below(4000)}));
    auto recipe = requesting(std::to_string(below(1500)) + "m", std::to_string(below(900)) + "Mi");
    recipe.spec.placement = placement_recipe{below(2) == 0 ? "spread" : "packed", {}};
    auto one = request_of(recipe);
    auto placed = place(recipe, hosts_of(all), 30);
    for (auto& host : all) {
      auto rooms = std::count(placed.on.begin(), placed.on.end(), host.node_id);
      EXPECT_TRUE(rooms == 0 || host.offer.cpu_millis == 0 || rooms * one.cpu_millis <= host.offer.cpu_millis)
          << seed;
      EXPECT_TRUE(rooms == 0 || host.offer.memory_bytes == 0 ||
                  rooms * one.memory_bytes <= host.offer.memory_bytes)
          << seed;
      bool has_more = (host.offer.cpu_millis == 0 || (rooms + 1) * one.cpu_millis <= host.offer.cpu_millis) &&
                      (host.offer.memory_bytes == 0 || (rooms + 1) * one.memory_bytes <= host.offer.memory_bytes);
      EXPECT_TRUE(placed.problem.empty() || !has_more) << seed << ": " << placed.problem;
    }
  }
}

TEST(Placement, WhatRoomsRequestIsCountedByMachineAndVersion) {
  known_versions versions;
  auto v1 = requesting("100m", "1Mi"), v2 = requesting("200m", "");
  v1.spec.version = "v1.0.0";
  v2.spec.version = "v2.0.0";
  versions.learn({v2, {v1, v2}}, [](auto&) { return true; });
  auto requests = requests_of({{{"a", "v1.0.0"}, 3}, {{"a", "v2.0.0"}, 1}, {{"b", "v9.0.0"}, 5}}, versions);
  EXPECT_THAT(requests, UnorderedElementsAre(Pair("a", machine_resources{500, 3 * mebi})));
}

// Of many pools too, on a machine that has no bound of its own.
TEST(HostBoard, WhatHugeRequestsAddUpToIsMuchAndNotLess) {
  known_versions versions;
  auto huge = requesting("9000000000000", "8E");
  huge.spec.version = "v1.0.0";
  versions.learn({huge, {}}, [](auto&) { return true; });
  auto requests = requests_of({{{"a", "v1.0.0"}, 1'000'000}}, versions);
  host_board board;
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  board.write({machine("a", "", {1000, mebi}, {most, most})});
  std::vector<int> pools(1000);
  for (auto& pool : pools)
    board.request(&pool, requests);
  EXPECT_GT(board.requested_here()["a"].cpu_millis, 1000);
  EXPECT_GT(board.requested_here()["a"].memory_bytes, mebi);
  EXPECT_EQ(board.read()->at(0).requested, (machine_resources{most, most}));
  for (auto& pool : pools)
    board.request(&pool, {});
  EXPECT_TRUE(board.requested_here().empty());
}

TEST(Placement, ARoomWhoseProcessesEndedTakesNothing) {
  room_table table;
  room_record room;
  room.id = room_id{"r"};
  room.version = "v1";
  room.placed_on = "a";
  table.apply(room_created{room, placement_reason::spread});
  EXPECT_THAT(table.living(), ElementsAre(Pair(Pair("a", "v1"), 1)));
  auto changes = table.living_changes();
  table.apply(
      room_instance_changed{room.id, instance_status::error, "exit code 3", "h", true, room_status::error, {}});
  EXPECT_TRUE(table.living().empty());
  EXPECT_GT(table.living_changes(), changes);
  table.apply(room_removed{room.id, removal_cause::expired_room, "", {}});
  EXPECT_TRUE(table.living().empty());
  table.restore({{room}, {}, {}});
  EXPECT_THAT(table.living(), ElementsAre(Pair(Pair("a", "v1"), 1)));
}

TEST(HostBoard, AddsUpWhatAllRequest) {
  host_board board;
  int first = 0, second = 0;
  board.request(&first, {{"a", {100, 0}}});
  EXPECT_EQ(board.read(), nullptr);
  board.write({machine("a", "", {1000, 0}, {300, 0}), machine("b")});
  board.request(&second, {{"a", {50, 5}}, {"b", {1, 1}}});
  EXPECT_EQ(board.read()->at(0).requested, (machine_resources{450, 5}));
  EXPECT_THAT(board.requested_here(),
              UnorderedElementsAre(Pair("a", machine_resources{150, 5}), Pair("b", machine_resources{1, 1})));
  board.request(&first, {});
  board.request(&second, {{"b", {1, 1}}});
  EXPECT_EQ(board.read()->at(0).requested, (machine_resources{300, 0}));
  EXPECT_THAT(board.requested_here(), UnorderedElementsAre(Pair("b", machine_resources{1, 1})));
}

TEST(Placement, OfARecipeIsCheckedAndReplacesNoRoom) {
  auto texts = [](placement_recipe placement) {
    scheduler recipe;
    recipe.spec.placement = std::move(placement);
    std::vector<std::string> found;
    for (auto& one : scheduler_violations(recipe))
      if (one.where.find("Placement") != std::string::npos)
        found.push_back(one.where + ": " + one.message);
    return found;
  };
  EXPECT_TRUE(texts({"packed", {{"zone", "a"}, {"x/y", ""}}}).empty());
  EXPECT_THAT(
      texts({"tight", {}}),
      ElementsAre("Scheduler.Spec.Placement.Strategy: Strategy must be one of the following options: spread, "
                  "packed"));
  EXPECT_EQ(texts({"spread", {{"a b", "c"}, {"", "c"}, {"a", std::string(64, 'x')}}}).size(), 3u);
  scheduler before, after;
  after.spec.placement = placement_recipe{"packed", {}};
  EXPECT_EQ(classify_change(before, after), change_kind::minor);
}

} // namespace

} // namespace maestro::rules
