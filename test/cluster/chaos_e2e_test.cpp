// Faults that are drawn, some at once, of nodes, of etcd's members, of their disks and of the network, again and again, under load.
// Meanwhile anything may be refused; afterwards all is whole, nothing that was acknowledged is lost, no room has two holders, and no
// game server ended that nobody wanted to end. MAESTRO_CHAOS=20 MAESTRO_CHAOS_FROM=7 plays twenty rounds from another seed on.
#include "test/cluster/loaded_cluster.hpp"
#include "test/support/slow_disk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>

namespace maestro::test {

namespace {

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  auto* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Chaos : public loaded_cluster {
protected:
  /// What is done to one machine or wire, and how that ends.
  struct fault {
    std::string victim;
    std::string what;
    std::function<void()> begin;
    std::function<void()> end;
  };

  void SetUp() override {
    loaded_cluster::SetUp();
    has_slow_disks = slow_disk::objection().empty();
  }
  void TearDown() override {
    for (auto& name : stopped_)
      ::kill(nodes.at(name)->running().pid(), SIGCONT);
    loaded_cluster::TearDown();
  }

  std::uint64_t draw(std::uint64_t below) { return source_() % below; }
  std::chrono::milliseconds draw_time(std::chrono::milliseconds longest) {
    return std::chrono::milliseconds(draw(static_cast<std::uint64_t>(longest.count())));
  }
  const std::string& any_node() { return node_names[draw(node_names.size())]; }
  std::string any_member() { return fmt::format("e{}", 1 + draw(etcd.size())); }

  fault dies(const std::string& node) {
    return {node, node + " is killed", [=, this] { nodes.at(node)->kill_now(); },
            [=, this] { launch_node(node); }};
  }
  fault stands_still(const std::string& node) {
    return {node, node + " stands still",
            [=, this] {
              stopped_.insert(node);
              ::kill(nodes.at(node)->running().pid(), SIGSTOP);
            },
            [=, this] {
              stopped_.erase(node);
              ::kill(nodes.at(node)->running().pid(), SIGCONT);
            }};
  }
  fault is_drained(const std::string& node) {
    auto tell = [=, this](const std::string& what) {
      for (auto& door : node_names)
        if (!stopped_.contains(door) &&
            ask(door, "POST", "/nodes/" + node + "/" + what, json::object()).status == 200)
          return true;
      return false;
    };
    return {node, node + " is drained", [=] { (void)tell("drain"); },
            [=, this] { EXPECT_TRUE(within(60s, [&] { return tell("undrain"); })) << logs(); }};
  }
  fault store_dies(const std::string& member) {
    return {member, member + " is killed", [=, this] { etcd.at(member)->kill(); },
            [=, this] { network->in(member, [&] { etcd.at(member)->launch(); }); }};
  }
  fault store_stands_still(const std::string& member) {
    return {member, member + " stands still", [=, this] { etcd.at(member)->pause(); },
            [=, this] { etcd.at(member)->go_on(); }};
  }
  fault store_is_slow(const std::string& member) {
    auto time = 50ms + draw_time(600ms);
    return {member, fmt::format("syncs of {} take {} ms", member, time / 1ms),
            [=, this] { etcd.at(member)->sync_takes(time); }, [=, this] { etcd.at(member)->sync_takes(0ms); }};
  }
  fault leases_are_revoked() {
    return {"leases", "all leases are revoked",
            [this] {
              try {
                auto member = leader();
                network->in(member, [&] { etcd.at(member)->revoke_leases(); });
              } catch (const std::exception& why) {
                std::cout << "  not revoked: " << why.what() << "\n";
              }
            },
            [] {}};
  }
  /// Of nodes and members alike; one way or both. All cuts of a round heal together.
  fault is_cut(const std::string& one, const std::string& other) {
    if (one == other)
      return is_isolated(one);
    bool is_one_way = draw(3) == 0;
    return {one + other, fmt::format("{} is cut from {}{}", one, other, is_one_way ? ", one way" : ""),
            [=, this] { is_one_way ? network->lose(one, other) : network->cut(one, other); }, [] {}};
  }
  fault is_isolated(const std::string& one) {
    return {one + "alone", one + " is cut from all",
            [=, this] {
              for (auto& other : node_names)
                if (other != one)
                  network->cut(one, other);
              for (auto& [member, process] : etcd)
                if (member != one)
                  network->cut(one, member);
            },
            [] {}};
  }
  fault any_fault() {
    switch (draw(has_slow_disks ? 12 : 11)) {
    case 0:
    case 1: return dies(any_node());
    case 2: return stands_still(any_node());
    case 3: return is_drained(any_node());
    case 4: return store_dies(any_member());
    case 5: return store_stands_still(draw(2) == 0 && !leader().empty() ? leader() : any_member());
    case 6: return leases_are_revoked();
    case 7: return is_cut(any_node(), any_node());
    case 8: return is_cut(any_node(), any_member());
    case 9: return is_cut(any_member(), any_member());
    case 10: return is_isolated(draw(2) == 0 ? any_node() : any_member());
    default: return store_is_slow(any_member());
    }
  }

  /// Up to three at once, each of another victim, for some seconds together.
  void play_round(std::uint64_t number) {
    std::vector<fault> all;
    std::set<std::string> victims;
    for (auto left = 1 + draw(3); left > 0; --left)
      if (auto one = any_fault(); victims.insert(one.victim).second)
        all.push_back(std::move(one));
    auto since = std::chrono::steady_clock::now();
    for (auto& one : all) {
      std::cout << fmt::format("round {}: {}\n", number, one.what) << std::flush;
      one.begin();
      std::this_thread::sleep_for(draw_time(1500ms));
    }
    std::this_thread::sleep_for(draw_time(6s));
    std::shuffle(all.begin(), all.end(), source_);
    network->heal();
    for (auto& one : all)
      one.end();
    std::cout << fmt::format("round {}: over after {:.1f} s\n", number,
                             std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
    bool is_calm_between = draw(3) != 0;
    if (is_calm_between)
      expect_calm();
    else
      std::this_thread::sleep_for(draw_time(2s));
  }
  void expect_calm() {
    auto since = std::chrono::steady_clock::now();
    EXPECT_TRUE(within(60s, [&] { return all_see(3) && served_at(node_names, schedulers); })) << logs();
    load->count_anew();
    EXPECT_TRUE(within(60s, [&] { return all_give_rooms(); })) << logs();
    std::cout << fmt::format("calm after {:.1f} s\n",
                             std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
  }

  void begin_from(std::uint64_t seed) { source_.seed(seed); }

private:
  std::mt19937_64 source_;
  std::set<std::string> stopped_;
};

TEST_F(Chaos, WhateverHappensNothingAcknowledgedIsLost) {
  auto rounds = number_of("MAESTRO_CHAOS", 3);
  auto seed = number_of("MAESTRO_CHAOS_FROM", 1);
  ASSERT_NO_FATAL_FAILURE(begin(3));
  for (std::uint64_t i = 0; i < rounds && !HasFailure(); ++i) {
    begin_from(seed + i);
    play_round(seed + i);
  }
  expect_calm();
  end_well();
}

} // namespace

} // namespace maestro::test
