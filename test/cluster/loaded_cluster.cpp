#include "test/cluster/loaded_cluster.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace maestro::test {

void loaded_cluster::TearDown() {
  load.reset();
  network_cluster::TearDown();
}

std::map<std::string, json> loaded_cluster::all_rooms(const std::string& door) const {
  std::map<std::string, json> all;
  for (int i = 0; i < schedulers; ++i)
    all.merge(rooms(door, "s" + std::to_string(i)));
  return all;
}

/// A disk may be too busy for an answer in time: whether it was made then is known by the next try.
bool loaded_cluster::is_created(const std::string& scheduler, const std::string& door) const {
  auto made = create(door, scheduler, rooms_each);
  return made.status == 200 || (made.status == 409 && made.body.value("code", 0) == 6);
}

void loaded_cluster::begin(int etcd_members) {
  ASSERT_NO_FATAL_FAILURE(start(etcd_members));
  for (int i = 0; i < schedulers; ++i)
    ASSERT_TRUE(within(30s, [&] { return is_created("s" + std::to_string(i), node_names[std::size_t(i) % 3]); }))
        << logs();
  cluster_load::ports ports{
      node_names, [this](auto& door, auto& method, auto& target) { return ask(way(door), method, target); },
      [this](auto& door, auto& method, auto& target, auto& body) {
        return ask_rooms(method == "PUT" ? door : way(door), method, target, body);
      },
      [this](auto& door) {
        std::set<std::string> all;
        for (auto& [room, pid] : processes(door))
          all.insert(room);
        return all;
      }};
  load = std::make_unique<cluster_load>(ports, schedulers);
  ASSERT_TRUE(within(30s, [&] { return load->all_are_ready(schedulers * rooms_each); })) << logs();
  load->begin();
  ASSERT_TRUE(within(30s, [&] { return all_give_rooms(); })) << logs();
}

void loaded_cluster::expect_whole() {
  auto since = std::chrono::steady_clock::now();
  EXPECT_TRUE(within(20s, [&] { return all_see(3) && served_at(node_names, schedulers); })) << logs();
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - since;
  std::cout << fmt::format("whole again after {:.2f} s\n", took.count());
}

void loaded_cluster::end_well() {
  expect_whole();
  load->count_anew();
  EXPECT_TRUE(within(30s, [&] { return all_give_rooms(); })) << "all doors give rooms again: " << logs();
  auto asked_until = std::chrono::steady_clock::now();
  load->stop_asking();
  std::cout << fmt::format("the last answer came after {:.2f} s\n",
                           std::chrono::duration<double>(std::chrono::steady_clock::now() - asked_until).count());
  auto since = std::chrono::steady_clock::now();
  EXPECT_EQ(rooms_and_processes_differ(schedulers), "");
  std::cout << fmt::format("rooms and processes are the same after {:.2f} s\n",
                           std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
  load->stop();
  EXPECT_EQ(load->what_went_wrong(all_rooms("n1")), "");
  for (auto& door : node_names)
    std::cout << fmt::format("afterwards at {}: slowest allocation {:.2f} s {}, ping {:.2f} s {}\n", door,
                             load->allocations(door).slowest, load->allocations(door).last_failure,
                             load->pings(door).slowest, load->pings(door).last_failure);
  auto counts = maestro::count(load->history());
  std::cout << fmt::format("rooms given {}, refused {}, outcome unknown {}\n", counts.given, counts.refused,
                           counts.unknown);
  EXPECT_GT(counts.given, 15u) << "the load must have been real";
}

void loaded_cluster::report_load(const std::string& what) const {
  for (auto& door : node_names) {
    auto given = load->allocations(door);
    auto read = load->reads(door);
    auto pinged = load->pings(door);
    std::cout << fmt::format(
        "{}, {}: allocations {} good, {} failed, slowest {:.2f} s {}; reads {} good, {} failed, "
        "slowest {:.2f} s; pings {} good, {} failed, slowest {:.2f} s\n",
        what, door, given.good, given.failed, given.slowest, given.last_failure, read.good, read.failed,
        read.slowest, pinged.good, pinged.failed, pinged.slowest);
  }
}

void loaded_cluster::wait_until_all_go_on() {
  std::this_thread::sleep_for(1500ms);
  auto given = [&] {
    int all = 0;
    for (auto& door : node_names)
      all += load->allocations(door).good;
    return all;
  };
  auto before = given();
  EXPECT_TRUE(within(30s, [&] { return given() > before + 60 && all_give_rooms(); })) << logs();
}

bool loaded_cluster::all_give_rooms() const {
  return std::all_of(node_names.begin(), node_names.end(),
                     [&](auto& name) { return load->allocations(name).good > 10; });
}

std::string loaded_cluster::way(const std::string& door) const {
  std::scoped_lock lock(mutex_);
  auto found = detours_.find(door);
  return found == detours_.end() ? door : found->second;
}

void loaded_cluster::send_to(const std::string& door, const std::string& other) {
  std::scoped_lock lock(mutex_);
  detours_[door] = other;
}

void loaded_cluster::report(const std::string& what, double took) {
  RecordProperty("seconds", std::to_string(took));
  std::cout << fmt::format("{}: served by others after {:.2f} s\n", what, took);
}

} // namespace maestro::test
