// Three nodes, each with a journal of its own: schedulers stay where they were made.
#include "actors/cluster/remote_room.hpp"
#include "messages/shared_journal_codec.hpp"
#include "test/cluster/directory_fixture.hpp"

namespace maestro {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(ClusterDirectory, AGreetingThatIsLostIsSaidAgainSoon) {
  lost_greetings = {{"n1", "n2"}, {"n2", "n1"}};
  start("n1");
  start("n2");
  advance(1500ms, 50ms);
  EXPECT_THAT(nodes_seen_by("n1"), HasSubstr("n2:ready"));
  EXPECT_THAT(nodes_seen_by("n2"), HasSubstr("n1:ready"));
}

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

// The second command finds what the first has made under the second one's claim.
TEST_F(ClusterDirectory, OfTwoWhoMakeTheSameAtOnceNoneTakesItsOwnerAway) {
  start_three();
  for (int i = 0; i < 20; ++i) {
    create_scheduler command;
    command.recipe.name = scheduler_name("s" + std::to_string(i));
    auto first = self->request(nodes["n1"].directory, caf::infinite, command);
    auto second = self->request(nodes["n2"].directory, caf::infinite, command);
    auto third = self->request(nodes["n3"].directory, caf::infinite, command);
    run();
    int made = 0;
    for (auto* one : {&first, &second, &third})
      one->receive([&](const scheduler&) { ++made; }, [](const caf::error&) {});
    EXPECT_EQ(made, 1);
    EXPECT_NE(owner_of(command.recipe.name.str()), "") << i;
  }
}

TEST_F(ClusterDirectory, WhoeverWaitsForANodeThatIsGivenUpIsAnsweredThen) {
  start_three();
  ASSERT_TRUE(create("n1", "a"));
  auto owner = owner_of("a");
  std::string asker = owner == "n1" ? "n2" : "n1";
  nodes[owner].journal->is_silent = true;
  auto pending = self->request(nodes[asker].directory, caf::infinite, get_scheduler{scheduler_name("a"), {}});
  run();
  agreement->set_reachable(nodes[owner].holder, false);
  agreement->end_lease(nodes[owner].holder);
  advance(4s, 50ms);
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
  nodes["n2"].journal->names.insert(scheduler_name("quiet"));
  ASSERT_TRUE(
      agreement
          ->change(
              {{}, {{store_write_kind::put, owner_key(scheduler_name("quiet")), owner_value(node_name("n2"))}}},
              nodes["n2"].holder)
          .is_applied);
  auto pending = self->request(nodes["n1"].directory, caf::infinite, get_scheduler{scheduler_name("quiet"), {}});
  advance(300ms, 50ms);
  pending.receive([](const scheduler& found) { EXPECT_EQ(found.name.str(), "quiet"); },
                  [](const caf::error& why) { FAIL() << from_caf(why).text; });
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

TEST_F(ClusterDirectory, OnlyANodeThatIsGoneAndOwnsNothingCanBeRemoved) {
  start_three();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(create("n1", "s" + std::to_string(i)));
  change_node remove{node_name("n3"), node_change::remove};
  EXPECT_EQ(at<done>("n1", remove).error().text, "node n3 is in the cluster; stop it first, then remove it");
  EXPECT_EQ(at<done>("n1", change_node{node_name("n9"), node_change::drain}).error().code, ec::not_found);
  auto owned = *nodes["n3"].journal->names.begin();
  end("n3", true);
  EXPECT_EQ(at<done>("n1", remove).error().text,
            "node n3 owns 1 schedulers that no other node has taken over: start it again, or another one with the "
            "role execution_worker");
  agreement->change({{},
                     {{store_write_kind::put, owner_key(owned), owner_value(node_name("n1"))},
                      {store_write_kind::put, host_key(node_name("n3")), "{}"}}},
                    0);
  run();
  ASSERT_TRUE(at<done>("n1", remove));
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:2 n2:ready:1 ");
}

/// An archive as the SHARED JOURNAL writes it, and a node that is away and has written there.
void put_copies(simulated_agreement& agreement, std::int64_t trimmed,
                const std::map<std::string, std::int64_t>& copies) {
  change_store wanted{{}, {{store_write_kind::put, trimmed_key, trimmed_value(trimmed)}}};
  for (auto& [name, complete] : copies)
    wanted.writes.push_back(
        {store_write_kind::put, copy_key(node_name(name)), copy_value({name + "-id", complete, 0})});
  agreement.change(wanted, 0);
}

TEST_F(ClusterDirectory, TheOnlyDiskThatHasWhatTheStoreHasForgottenIsNotGivenUp) {
  start_three();
  end("n3", true);
  agreement->change({{},
                     {{store_write_kind::put, draining_key(node_name("n3")), "{}"},
                      {store_write_kind::put, host_key(node_name("n3")), "{}"}}},
                    0);
  change_node remove{node_name("n3"), node_change::remove};
  put_copies(*agreement, 50, {{"n1", 0}, {"n2", 49}, {"n3", 50}});
  run();
  auto refused = at<done>("n1", remove);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::failed_precondition);
  EXPECT_THAT(refused.error().text, HasSubstr("is on no other disk than node n3's: start it until another"));
  EXPECT_EQ(read_archive(agreement->read(archive_keys)).copies.size(), 3u);
  put_copies(*agreement, 50, {{"n2", 50}});
  ASSERT_TRUE(at<done>("n1", remove));
  EXPECT_EQ(read_archive(agreement->read(archive_keys)).copies.count(node_name("n3")), 0u);
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
  EXPECT_THAT(seen->nodes[1].reason, HasSubstr("speaks format " + std::to_string(rules::peer_format + 1)));
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
  auto again = at<room_handle>(asker, find_room{scheduler_name("a"), room_id("a-abcde")});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->room, found->room) << "it is kept from ping to ping";
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

// Many at once travel together, and each is answered for itself, by a neighbour of today and by one that knows no lots.
TEST_F(ClusterDirectory, WhatIsAskedTogetherIsAnsweredOneByOne) {
  takes_no_keys = {"n3"};
  start_three();
  std::map<std::string, std::string> scheduler_of;
  for (auto* name : {"a", "b", "c"})
    if (create("n1", name))
      scheduler_of[owner_of(name)] = name;
  ASSERT_EQ(scheduler_of.size(), 3u);
  for (auto* owner : {"n2", "n3"}) {
    scheduler_name here{scheduler_of[owner]};
    std::vector<std::string> told;
    keep(sys.spawn([&](caf::event_based_actor* me) -> caf::behavior {
      for (int i = 0; i < 600; ++i)
        me->request(nodes["n1"].directory, caf::infinite, allocate_room{here, {}, 0})
            .then([&told](const allocated_room& given) { told.push_back(given.id.str()); },
                  [&told](const caf::error& why) { told.push_back(from_caf(why).text); });
      return {[](done) {}};
    }));
    run();
    EXPECT_EQ(std::count(told.begin(), told.end(), here.str() + "-abcde"), 600) << owner;
    auto found = at<room_handle>("n1", find_room{here, room_id(here.str() + "-abcde")});
    ASSERT_TRUE(found);
    int pinged = 0;
    keep(sys.spawn([&](caf::event_based_actor* me) -> caf::behavior {
      for (int i = 0; i < 600; ++i)
        me->request(found->room, caf::infinite, ping_room{ping_status::ready, 0})
            .then([&pinged](const ping_result& answer) { pinged += answer.success; });
      return {[](done) {}};
    }));
    run();
    EXPECT_EQ(pinged, 600) << owner;
    EXPECT_EQ(nodes[owner].journal->pings, 600) << owner;
  }
}

// Two lots go before their sender is heard of again (peer.cpp).
TEST_F(ClusterDirectory, WhoSendsALotIsAnsweredAndToldMoreOnlyWhenItWouldWait) {
  start_three();
  ASSERT_TRUE(create("n1", "a"));
  auto owner = owner_of("a");
  std::vector<std::size_t> heard; // answers in each word
  auto neighbour = keep(sys.spawn([&](caf::event_based_actor* me) -> caf::behavior {
    return {[&heard](const lot_answers& word) { heard.push_back(word.allocations.size() + word.refusals.size()); },
            [me, door = nodes[owner].door](std::uint64_t number) {
              relay_allocation wish{scheduler_name("a"), 1s, 0, {}};
              me->send(door, relay_lot{{}, {{number, {}, wish}}});
            }};
  }));
  auto send = [&](std::uint64_t number) {
    caf::anon_send(neighbour, number);
    run();
  };
  send(1);
  EXPECT_EQ(heard, (std::vector<std::size_t>{1})) << "the answer, and no word before it";
  nodes[owner].journal->is_silent = true;
  send(2);
  EXPECT_EQ(heard.size(), 1u) << "another lot may go";
  send(3);
  EXPECT_EQ(heard, (std::vector<std::size_t>{1, 0})) << "it was heard";
  send(4);
  EXPECT_EQ(heard.size(), 2u) << "counted from that word on";
}

TEST_F(ClusterDirectory, WhatIsAskedTogetherIsRefusedWhenItIsLate) {
  start_three();
  ASSERT_TRUE(create("n1", "a"));
  auto owner = owner_of("a");
  std::string asker = owner == "n1" ? "n2" : "n1";
  nodes[owner].journal->is_silent = true;
  auto ask_once = [&] {
    return self->request(nodes[asker].directory, caf::infinite, allocate_room{scheduler_name("a"), {}, 0});
  };
  auto first = ask_once();
  run();
  advance(1s, 50ms);
  auto second = ask_once();
  run();
  auto code_of = [&](auto& pending) {
    std::string told = "waits";
    pending.receive([&](const allocated_room&) { told = "a room"; },
                    [&](const caf::error& why) { told = to_string(from_caf(why).code); });
    return told;
  };
  advance(cluster_settings().request_timeout - 500ms, 50ms);
  EXPECT_EQ(code_of(first), "deadline_exceeded");
  advance(700ms, 50ms);
  EXPECT_EQ(code_of(second), "deadline_exceeded");
}

// The watch tells of what was before this node took the scheduler, when it has taken it.
TEST_F(ClusterDirectory, AnOlderWordOfTheWatchTakesNothingAway) {
  start("n1");
  advance(1s, 50ms);
  ASSERT_TRUE(create("n1", "a"));
  auto entry = agreement->read(owner_key(scheduler_name("a"))).entries.front();
  auto is_served = [&] { return nodes["n1"].serving->contains(scheduler_name("a")) && get("n1", "a"); };
  ASSERT_TRUE(is_served());
  store_entry older{entry.key, owner_value(node_name("n2")), entry.revision - 1};
  caf::anon_send(nodes["n1"].directory, store_changes{older.revision, false, {older}, {}});
  run();
  EXPECT_TRUE(is_served());
  caf::anon_send(nodes["n1"].directory, store_changes{older.revision, false, {}, {entry.key}});
  run();
  EXPECT_TRUE(is_served());
}

TEST_F(ClusterDirectory, OfRoomsElsewhereThoseAskedForLatelyAreKept) {
  remote_rooms rooms(4);
  auto tray = std::make_shared<ping_tray>(caf::actor_addr{}, std::uint8_t{0});
  auto get = [&](int i) { return rooms.get(sys, tray, scheduler_name("a"), room_id("a-" + std::to_string(i))); };
  auto first = get(0);
  for (int i = 1; i < 50; ++i) {
    EXPECT_EQ(get(0), first) << i;
    get(i);
    EXPECT_LE(rooms.size(), 6u);
  }
  self->send(first, ping_room{ping_status::ready, 0});
  EXPECT_EQ(tray->take().size(), 1u) << "it lies where a PEER takes it";
  auto laid = self->request(first, caf::infinite, ping_room{ping_status::ready, 0});
  tray->close();
  auto late = self->request(first, caf::infinite, ping_room{ping_status::ready, 0});
  for (auto* lost : {&laid, &late})
    lost->receive([](const ping_result&) { ADD_FAILURE() << "nobody can have answered"; },
                  [](const caf::error& why) {
                    EXPECT_EQ(from_caf(why).subject, failure_subject::actor) << "the door looks again";
                  });
}

} // namespace

} // namespace maestro
