// Three nodes' CLUSTER DIRECTORIES, PEERS and PEER DOORS in one thread under virtual time, on one simulated store. Their
// LOCAL DIRECTORIES are small ones that keep names; links are handles that break when a node dies.
#include "actors/cluster/cluster_directory.hpp"
#include "actors/cluster/peer_door.hpp"
#include "actors/rules/cluster_table.hpp"
#include "messages/cluster_codec.hpp"
#include "test/cluster/simulated_store.hpp"
#include "test/support/actor_fixture.hpp"

#include <gmock/gmock.h>

#include <set>

namespace maestro {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// What a node's journal has, and what was asked of the node.
struct journal_of_names {
  std::set<scheduler_name> names;
  std::vector<std::string> asked;
  int pings = 0;
  bool is_silent = false; ///< answers nobody
  std::vector<caf::typed_response_promise<scheduler>> unanswered;
  duration last_deadline{};
};

template <class Answer>
caf::result<Answer> not_asked() {
  return to_caf({ec::unimplemented, "the test does not ask this"});
}

local_directory_actor spawn_names(caf::actor_system& system, std::shared_ptr<journal_of_names> journal) {
  return system.spawn([=](local_directory_actor::pointer self) -> local_directory_actor::behavior_type {
    auto room = self->system().spawn([=](game_room_actor::pointer) -> game_room_actor::behavior_type {
      return {[=](const ping_room&) {
        ++journal->pings;
        return ping_result{true, false};
      }};
    });
    self->attach_functor([room](const caf::error&) { caf::anon_send_exit(room, caf::exit_reason::kill); });
    auto has = [=](const scheduler_name& name) -> caf::error {
      journal->asked.push_back(name.str());
      return journal->names.contains(name) ? caf::error() : to_caf({ec::not_found, "scheduler not found"});
    };
    return {
        [=](const create_scheduler& command) -> caf::result<scheduler> {
          if (command.recipe.game == "refused")
            return to_caf({ec::resource_exhausted, "no more"});
          if (!journal->names.insert(command.recipe.name).second)
            return to_caf({ec::already_exists, "name already exists"});
          return command.recipe;
        },
        [=](const get_scheduler& wanted) -> caf::result<scheduler> {
          if (journal->is_silent)
            return journal->unanswered.emplace_back(self->make_response_promise<scheduler>());
          if (auto why = has(wanted.name))
            return why;
          scheduler found;
          found.name = wanted.name;
          return found;
        },
        [=](const list_schedulers& filter) {
          scheduler_list all;
          for (auto& name : journal->names)
            if (filter.name.empty() || filter.name == name.str()) {
              all.items.emplace_back();
              all.items.back().name = name;
              all.conditions.push_back({"condition of " + name.str(), {}, {}});
            }
          return all;
        },
        [=](const list_scheduler_infos& filter) {
          scheduler_info_list all;
          for (auto& name : journal->names)
            if (filter.limit == 0 || all.items.size() < filter.limit) {
              all.items.emplace_back();
              all.items.back().recipe.name = name;
            }
          return all;
        },
        [](const list_versions&) { return not_asked<version_list>(); },
        [=](const delete_scheduler& command) -> caf::result<operation_id> {
          journal->names.erase(command.name);
          return operation_id("deleted");
        },
        [](const new_scheduler_version&) { return not_asked<operation_id>(); },
        [](const switch_active_version&) { return not_asked<operation_id>(); },
        [](const request_room_end&) { return not_asked<operation_id>(); },
        [](const list_operations&) { return not_asked<operation_page>(); },
        [](const get_operation&) { return not_asked<operation>(); },
        [](const cancel_operation&) { return not_asked<done>(); },
        [=](const allocate_room& wish) -> caf::result<allocated_room> {
          journal->last_deadline = wish.deadline;
          return allocated_room{room_id(wish.scheduler.str() + "-abcde"), "127.0.0.1", {}};
        },
        [=](const find_room& wanted) -> caf::result<room_handle> {
          if (auto why = has(wanted.scheduler))
            return why;
          return room_handle{room, false};
        },
        [](const list_rooms&) { return not_asked<room_list>(); },
        [](const report_room_event&) { return not_asked<done>(); },
        [](const get_room&) { return not_asked<room_view>(); },
        [](const explain_rooms&) { return not_asked<rooms_explanation>(); },
        [](const read_room_logs&) { return not_asked<room_logs>(); },
        [](const read_artifacts&) { return not_asked<artifact_piece>(); },
        [](const get_room_timeline&) { return not_asked<timeline>(); },
        [](const get_operation_timeline&) { return not_asked<timeline>(); },
        [=](const get_directory_status&) {
          return directory_status{false, journal->names.size()};
        },
        [](const list_nodes&) { return not_asked<node_list>(); },
        [](const change_node&) { return not_asked<done>(); },
        [](const scheduler_changed&) {},
        [](const scheduler_gone&) {},
    };
  });
}

struct member_node {
  std::shared_ptr<journal_of_names> journal = std::make_shared<journal_of_names>();
  simulated_agreement::holder holder = 0;
  cluster_store_actor store;
  local_directory_actor local;
  peer_door_actor door;
  cluster_directory_actor directory;
};

class ClusterDirectory : public ActorTest {
protected:
  void start(const std::string& name, const std::string& node_id = "", std::uint32_t format = rules::peer_format) {
    auto& node = nodes[name];
    node.holder = agreement->join();
    node.store = keep(spawn_simulated_store(sys, agreement, node.holder));
    node.local = keep(spawn_names(sys, node.journal));
    cluster_member me;
    me.name = node_name(name);
    me.node_id = node_id.empty() ? name + "-id" : node_id;
    me.address = name + ":1";
    me.format = format;
    me.roles = {rules::owner_role};
    me.started_at = timestamp(std::chrono::seconds(++starts));
    auto connector = keep(sys.spawn([this](peer_connector_actor::pointer) -> peer_connector_actor::behavior_type {
      return {[this](const connect_peer& wish) -> caf::result<peer_link> {
        auto found = nodes.find(wish.address.substr(0, wish.address.find(':')));
        if (found == nodes.end() || !found->second.door)
          return to_caf({ec::unavailable, "nobody listens there"});
        return peer_link{found->second.door};
      }};
    }));
    node_clock clock = [this] {
      return clock_reading{never, never, coordinator().clock().now().time_since_epoch()};
    };
    auto context = std::make_shared<cluster_context>(
        cluster_context{node.store, connector, node.local, clock, "test", me, cluster_settings()});
    node.door = keep(spawn_peer_door(sys, context));
    node.directory = keep(spawn_cluster_directory(sys, context));
    caf::anon_send(node.door, open_peer_door{node.directory});
    run();
  }
  void start_three() {
    for (auto* name : {"n1", "n2", "n3"})
      start(name);
    advance(1s, 50ms);
  }
  /// kill -9, and its lease runs out if `is_noticed`.
  void end(const std::string& name, bool is_noticed) {
    auto& node = nodes[name];
    auto door = std::exchange(node.door, nullptr);
    kill(node.directory);
    kill(door);
    if (is_noticed)
      agreement->end_lease(node.holder);
    run();
  }

  template <class Answer, class Request>
  result<Answer> at(const std::string& node, const Request& request) {
    auto answer = ask<Answer>(nodes[node].directory, request);
    return answer ? result<Answer>(*answer) : result<Answer>(from_caf(answer.error()));
  }
  result<scheduler> create(const std::string& node, const std::string& name, const std::string& game = "g") {
    create_scheduler command;
    command.recipe.name = scheduler_name(name);
    command.recipe.game = game;
    return at<scheduler>(node, command);
  }
  result<scheduler> get(const std::string& node, const std::string& name) {
    return at<scheduler>(node, get_scheduler{scheduler_name(name), {}});
  }
  std::string owner_of(const std::string& name) {
    auto news = read_news({0, true, agreement->read(owner_key(scheduler_name(name))).entries, {}});
    auto* seen = news.facts.empty() ? nullptr : std::get_if<owner_seen>(&news.facts.front());
    return seen == nullptr ? "" : seen->owner->str();
  }
  std::string nodes_seen_by(const std::string& node) {
    std::string text;
    auto seen = at<node_list>(node, list_nodes{});
    if (!seen)
      return seen.error().text;
    for (auto& view : seen->nodes)
      text += view.member.name.str() + ":" + to_string(view.status) + ":" + std::to_string(view.schedulers) + " ";
    return text;
  }

  std::shared_ptr<simulated_agreement> agreement = std::make_shared<simulated_agreement>();
  std::map<std::string, member_node> nodes;
  int starts = 0;
};

TEST_F(ClusterDirectory, NodesJoinAtRunTimeAndSeeOneAnother) {
  start("n1");
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:0 ");
  start("n2");
  advance(1s, 50ms);
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:0 n2:ready:0 ");
  EXPECT_EQ(nodes_seen_by("n2"), "n1:ready:0 n2:ready:0 ");
}

TEST_F(ClusterDirectory, NewSchedulersAreSpreadAndEveryDoorAnswersForAll) {
  start_three();
  for (int i = 0; i < 9; ++i)
    ASSERT_TRUE(create("n1", "s" + std::to_string(i)));
  for (auto& [name, node] : nodes)
    EXPECT_EQ(node.journal->names.size(), 3u) << name;
  EXPECT_EQ(nodes_seen_by("n2"), "n1:ready:3 n2:ready:3 n3:ready:3 ");
  for (auto& [name, node] : nodes)
    for (int i = 0; i < 9; ++i)
      EXPECT_TRUE(get(name, "s" + std::to_string(i))) << name << " " << i;
}

TEST_F(ClusterDirectory, AllAnswerWhereAllAreAsked) {
  start_three();
  for (auto* name : {"d", "a", "c", "b"})
    ASSERT_TRUE(create("n2", name));
  auto all = at<scheduler_list>("n3", list_schedulers{});
  ASSERT_TRUE(all);
  std::vector<std::string> names, conditions;
  for (auto& one : all->items)
    names.push_back(one.name.str());
  for (auto& one : all->conditions)
    conditions.push_back(one.reason);
  EXPECT_THAT(names, ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(conditions, ElementsAre("condition of a", "condition of b", "condition of c", "condition of d"));
  auto some = at<scheduler_info_list>("n1", list_scheduler_infos{"", {}, 3});
  ASSERT_TRUE(some);
  EXPECT_EQ(some->items.size(), 3u);
}

TEST_F(ClusterDirectory, WhatADeadNodeHasIsMissingAloudAndNeverGone) {
  start_three();
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(create("n1", "s" + std::to_string(i)));
  auto lost = nodes["n3"].journal->names;
  end("n3", false);
  for (bool is_noticed : {false, true}) {
    if (is_noticed)
      agreement->end_lease(nodes["n3"].holder);
    run();
    for (auto& name : lost) {
      auto found = get("n1", name.str());
      ASSERT_FALSE(found);
      EXPECT_EQ(found.error().code, ec::unavailable);
      EXPECT_THAT(found.error().text, HasSubstr("scheduler " + name.str() + " lives on node n3"));
      EXPECT_EQ(create("n2", name.str()).error().code, ec::unavailable) << "no second one is made elsewhere";
    }
    auto all = at<scheduler_list>("n2", list_schedulers{});
    ASSERT_TRUE(all);
    EXPECT_EQ(all->items.size(), 6 - lost.size());
    EXPECT_EQ(std::set<scheduler_name>(all->unreachable.begin(), all->unreachable.end()), lost);
  }
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:2 n2:ready:2 n3:gone:2 ");
  ASSERT_TRUE(create("n1", "new")) << "the others go on";
  start("n3");
  advance(3s, 50ms);
  for (auto& name : lost)
    EXPECT_TRUE(get("n1", name.str())) << "it came back with all it had";
}

TEST_F(ClusterDirectory, WhoeverWaitsForANodeThatDiesIsAnsweredAtOnce) {
  start_three();
  ASSERT_TRUE(create("n1", "a"));
  auto owner = owner_of("a");
  std::string asker = owner == "n1" ? "n2" : "n1";
  kill(nodes[owner].local); // it will not answer
  auto pending = self->request(nodes[asker].directory, caf::infinite, get_scheduler{scheduler_name("a"), {}});
  end(owner, false);
  bool is_answered = false;
  pending.receive([](const scheduler&) { FAIL(); },
                  [&](const caf::error& why) {
                    is_answered = true;
                    EXPECT_EQ(from_caf(why).code, ec::unavailable);
                  });
  EXPECT_TRUE(is_answered);
}

TEST_F(ClusterDirectory, WhoeverWaitsForANodeThatLeavesIsAnsweredAtOnce) {
  start_three();
  ASSERT_TRUE(create("n1", "a"));
  auto owner = owner_of("a");
  std::string asker = owner == "n1" ? "n2" : "n1";
  nodes[owner].journal->is_silent = true;
  auto pending = self->request(nodes[asker].directory, caf::infinite, get_scheduler{scheduler_name("a"), {}});
  run();
  agreement->end_lease(nodes[owner].holder);
  run();
  std::string text;
  pending.receive([](const scheduler&) {}, [&](const caf::error& why) { text = from_caf(why).text; });
  EXPECT_EQ(text, "node " + owner + " is not reached: it left the cluster");
}

TEST_F(ClusterDirectory, ARefusedCreationLeavesNoOwnerBehind) {
  start_three();
  for (auto* name : {"a", "b", "c", "d"}) {
    EXPECT_EQ(create("n1", name, "refused").error().code, ec::resource_exhausted);
    EXPECT_EQ(owner_of(name), "");
    EXPECT_TRUE(create("n2", name)) << "the name is free again";
  }
}

TEST_F(ClusterDirectory, TheSameNameTwiceIsRefusedWhicheverDoorIsAsked) {
  start_three();
  ASSERT_TRUE(create("n1", "a"));
  for (auto* node : {"n1", "n2", "n3"})
    EXPECT_EQ(create(node, "a").error().code, ec::already_exists) << node;
}

TEST_F(ClusterDirectory, ADoorThatHasNotHeardOfASchedulerAsksTheStore) {
  start_three();
  ASSERT_TRUE(
      agreement
          ->change(
              {{}, {{store_write_kind::put, owner_key(scheduler_name("quiet")), owner_value(node_name("n2"))}}},
              nodes["n2"].holder)
          .is_applied);
  nodes["n2"].journal->names.insert(scheduler_name("quiet"));
  EXPECT_TRUE(get("n1", "quiet")) << "before its watch was heard";
}

TEST_F(ClusterDirectory, ADeletedSchedulersKeyIsErasedByItsNodeAfterTwoLooks) {
  start_three();
  ASSERT_TRUE(create("n1", "a"));
  ASSERT_TRUE(at<operation_id>("n3", delete_scheduler{scheduler_name("a")}));
  EXPECT_NE(owner_of("a"), "");
  advance(6s, 100ms);
  EXPECT_NE(owner_of("a"), "") << "one look is no proof";
  advance(6s, 100ms);
  EXPECT_EQ(owner_of("a"), "");
}

TEST_F(ClusterDirectory, ASchedulerWithoutOwnerIsClaimedByTheNodeThatHasIt) {
  start("n1");
  nodes["n1"].journal->names.insert(scheduler_name("old"));
  advance(6s, 100ms);
  EXPECT_EQ(owner_of("old"), "n1");
  start("n2");
  advance(1s, 50ms);
  EXPECT_TRUE(get("n2", "old"));
}

TEST_F(ClusterDirectory, AsManyAsTheStoreSaysAreNotTheSame) {
  agreement->change(
      {{}, {{store_write_kind::put, owner_key(scheduler_name("gone")), owner_value(node_name("n1"))}}}, 0);
  nodes["n1"].journal->names.insert(scheduler_name("old"));
  start("n1");
  advance(16s, 100ms);
  EXPECT_EQ(owner_of("old"), "n1");
  EXPECT_EQ(owner_of("gone"), "");
}

TEST_F(ClusterDirectory, ANodeThatOwnedManyIsForgottenWhole) {
  start("n1");
  for (int i = 0; i < 250; ++i)
    agreement->change({{},
                       {{store_write_kind::put, owner_key(scheduler_name("s" + std::to_string(i))),
                         owner_value(node_name("n9"))}}},
                      0);
  run();
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:0 n9:gone:250 ");
  ASSERT_TRUE(at<done>("n1", change_node{node_name("n9"), node_change::remove}));
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:0 ");
}

TEST_F(ClusterDirectory, WhatBelongsToAnotherNodeIsNotServedFromHere) {
  start_three();
  ASSERT_TRUE(create("n1", "a"));
  auto owner = owner_of("a");
  std::string other = owner == "n1" ? "n2" : "n1";
  nodes[other].journal->names.insert(scheduler_name("a"));
  advance(11s, 100ms);
  EXPECT_EQ(owner_of("a"), owner);
  nodes[other].journal->asked.clear();
  EXPECT_TRUE(get(other, "a"));
  EXPECT_THAT(nodes[other].journal->asked, IsEmpty());
  EXPECT_EQ(at<scheduler_list>(other, list_schedulers{})->items.size(), 1u) << "not twice";
}

TEST_F(ClusterDirectory, ADrainedNodeGetsNothingNewAndKeepsWhatItHas) {
  start_three();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(create("n1", "s" + std::to_string(i)));
  ASSERT_TRUE(at<done>("n1", change_node{node_name("n2"), node_change::drain}));
  for (int i = 3; i < 9; ++i)
    ASSERT_TRUE(create("n2", "s" + std::to_string(i)));
  EXPECT_EQ(nodes["n2"].journal->names.size(), 1u);
  EXPECT_EQ(nodes_seen_by("n3"), "n1:ready:4 n2:draining:1 n3:ready:4 ");
  ASSERT_TRUE(at<done>("n3", change_node{node_name("n2"), node_change::undrain}));
  ASSERT_TRUE(create("n1", "next"));
  EXPECT_EQ(owner_of("next"), "n2");
}

TEST_F(ClusterDirectory, OnlyANodeThatIsGoneCanBeRemoved) {
  start_three();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(create("n1", "s" + std::to_string(i)));
  change_node remove{node_name("n3"), node_change::remove};
  EXPECT_EQ(at<done>("n1", remove).error().text, "node n3 is in the cluster; stop it first, then remove it");
  EXPECT_EQ(at<done>("n1", change_node{node_name("n9"), node_change::drain}).error().code, ec::not_found);
  end("n3", true);
  ASSERT_TRUE(at<done>("n1", remove));
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:1 n2:ready:1 ");
}

TEST_F(ClusterDirectory, ANameThatAnotherNodeHasIsNotTaken) {
  start("n1");
  auto first = nodes["n1"];
  start("n1", "another-data-directory");
  advance(3s, 100ms);
  EXPECT_TRUE(ask<directory_status>(nodes["n1"].directory, get_directory_status{})->recovering)
      << "it is not ready while the name is another's";
  EXPECT_FALSE(ask<directory_status>(first.directory, get_directory_status{})->recovering);
  agreement->end_lease(first.holder);
  kill(first.directory);
  advance(3s, 100ms);
  EXPECT_FALSE(ask<directory_status>(nodes["n1"].directory, get_directory_status{})->recovering);
}

TEST_F(ClusterDirectory, ALostLeaseIsTakenAgain) {
  start_three();
  agreement->end_lease(nodes["n2"].holder);
  advance(3s, 50ms);
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:0 n2:ready:0 n3:ready:0 ");
}

TEST_F(ClusterDirectory, NodesOfAnotherFormatDoNotTalk) {
  start("n1");
  start("n2", "", rules::peer_format + 1);
  advance(1s, 50ms);
  auto seen = at<node_list>("n1", list_nodes{});
  EXPECT_EQ(seen->nodes[1].status, node_status::unreachable);
  EXPECT_THAT(seen->nodes[1].reason, HasSubstr("speaks format 2"));
}

TEST_F(ClusterDirectory, WithoutTheStoreWhatIsKnownGoesOn) {
  start_three();
  for (auto* name : {"a", "b", "c"})
    ASSERT_TRUE(create("n1", name));
  agreement->set_reachable(false);
  run();
  for (auto* node : {"n1", "n2", "n3"})
    for (auto* name : {"a", "b", "c"})
      EXPECT_TRUE(get(node, name)) << node << " " << name;
  EXPECT_EQ(get("n1", "unknown").error().code, ec::unavailable) << "could not look is not: is not there";
  EXPECT_EQ(create("n1", "d").error().code, ec::unavailable);
  agreement->set_reachable(true);
  run();
  EXPECT_EQ(get("n1", "unknown").error().code, ec::not_found);
  EXPECT_TRUE(create("n1", "d"));
}

TEST_F(ClusterDirectory, APingAtTheWrongDoorReachesItsRoom) {
  start_three();
  ASSERT_TRUE(create("n1", "a"));
  auto owner = owner_of("a");
  std::string asker = owner == "n1" ? "n2" : "n1";
  auto found = at<room_handle>(asker, find_room{scheduler_name("a"), room_id("a-abcde")});
  ASSERT_TRUE(found);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(ask<ping_result>(found->room, ping_room{ping_status::ready, 0})->success);
  EXPECT_EQ(nodes[owner].journal->pings, 3);
  end(owner, false);
  auto lost = ask<ping_result>(found->room, ping_room{ping_status::ready, 0});
  ASSERT_FALSE(lost);
  EXPECT_EQ(from_caf(lost.error()).code, ec::unavailable);
}

TEST_F(ClusterDirectory, ADeadlineTravelsAsWhatIsLeftOfIt) {
  start_three();
  ASSERT_TRUE(create("n1", "a"));
  auto owner = owner_of("a");
  std::string asker = owner == "n1" ? "n2" : "n1";
  duration now = coordinator().clock().now().time_since_epoch();
  ASSERT_TRUE(at<allocated_room>(asker, allocate_room{scheduler_name("a"), now + 700ms, 0}));
  EXPECT_EQ(nodes[owner].journal->last_deadline, now + 700ms);
}

} // namespace

} // namespace maestro
