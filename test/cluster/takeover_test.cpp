// Three nodes that can all read what any of them wrote: schedulers move, by plan and when a node is lost.
#include "test/cluster/directory_fixture.hpp"

namespace maestro {

namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Takeover : public ClusterDirectory {
protected:
  Takeover() { common = std::make_shared<journal_of_names>(); }

  void create_many(int count) {
    for (int i = 0; i < count; ++i)
      ASSERT_TRUE(create("n1", "s" + std::to_string(i)));
  }
  /// The schedulers that a node serves by its own account, and that no other does.
  std::size_t served_by_one(int count) {
    std::size_t served = 0;
    for (int i = 0; i < count; ++i) {
      int by = 0;
      for (auto& [name, node] : nodes)
        by += node.directory && node.serving->contains(scheduler_name("s" + std::to_string(i)));
      served += by == 1;
    }
    return served;
  }
  int answered_at(const std::string& door, int count) {
    int answered = 0;
    for (int i = 0; i < count; ++i)
      answered += static_cast<bool>(get(door, "s" + std::to_string(i)));
    return answered;
  }
  /// The link between the two, both ways.
  void cut_link(const std::string& a, const std::string& b) {
    cut.insert({a, b});
    cut.insert({b, a});
    for (auto [from, to] : {std::pair(a, b), std::pair(b, a)})
      caf::anon_send(nodes[from].directory, link_changed{node_name(to), false, "cut", false});
    run();
  }
  /// No more than its process: the lease stays.
  void end_process(const std::string& name) {
    end(name, false);
    nodes[name].directory = nullptr;
    nodes[name].serving->clear();
  }
};

TEST_F(Takeover, AfterANodeEndedTheOthersServeWhatItHad) {
  start_three();
  create_many(30);
  end_process("n2");
  advance(3s, 50ms);
  EXPECT_EQ(answered_at("n1", 30), 30);
  EXPECT_EQ(answered_at("n3", 30), 30);
  EXPECT_EQ(served_by_one(30), 30u);
  EXPECT_GT(nodes["n1"].serving->size(), 10u);
  EXPECT_GT(nodes["n3"].serving->size(), 10u) << "each takes a part";
}

/// What n1 is told that has handed an allocation on to n2, which dies over it; and with what keys it was asked for.
class TakeoverOfAWish : public Takeover {
protected:
  std::string told_after_the_death() {
    start_three();
    int number = 0;
    while (owner_of("s" + std::to_string(number)) != "n2")
      EXPECT_TRUE(create("n1", "s" + std::to_string(++number)));
    common->is_silent = true;
    auto pending = self->request(nodes["n1"].directory, caf::infinite,
                                 allocate_room{scheduler_name("s" + std::to_string(number))});
    run();
    EXPECT_EQ(common->unallocated.size(), 1u);
    common->is_silent = false;
    end_process("n2");
    advance(3s, 50ms);
    std::string told = "nothing";
    pending.receive([&](const allocated_room& room) { told = room.id.str(); },
                    [&](const caf::error& why) { told = to_string(from_caf(why).code); });
    return told.starts_with("s") ? "a room" : told;
  }
};

TEST_F(TakeoverOfAWish, IsAskedOfTheNextOwnerAsTheSameWish) {
  EXPECT_EQ(told_after_the_death(), "a room");
  ASSERT_EQ(common->keys.size(), 2u);
  EXPECT_FALSE(common->keys[0].empty());
  EXPECT_EQ(common->keys[0], common->keys[1]);
}

TEST_F(TakeoverOfAWish, IsNotAskedAgainWhereTheLostNodeHeardNoKey) {
  takes_no_keys = {"n2"};
  EXPECT_EQ(told_after_the_death(), "unavailable");
  EXPECT_EQ(common->keys.size(), 1u);
}

/// A creation that n1 has handed on to n2, which dies over it, before or after it was written.
class TakeoverOfACreation : public Takeover, public ::testing::WithParamInterface<bool> {
protected:
  std::string told_after_the_death() {
    start_three();
    common->dies_over_creations = nodes["n2"].serving.get();
    common->writes_before = GetParam();
    std::string told = "nothing";
    std::function<void()> hear;
    for (int number = 0; common->uncreated.empty() && number < 100; ++number) {
      create_scheduler command;
      command.recipe.name = name = scheduler_name("s" + std::to_string(number));
      auto pending = std::make_shared<decltype(self->request(nodes["n1"].directory, caf::infinite, command))>(
          self->request(nodes["n1"].directory, caf::infinite, command));
      run();
      hear = [&told, pending] {
        pending->receive([&](const scheduler& made) { told = made.name.str(); },
                         [&](const caf::error& why) { told = to_string(from_caf(why).code); });
      };
      if (common->uncreated.empty())
        hear();
    }
    end_process("n2");
    advance(3s, 50ms);
    hear();
    return told;
  }
  scheduler_name name;
};

TEST_P(TakeoverOfACreation, IsMadeByTheNextOwnerOnce) {
  EXPECT_EQ(told_after_the_death(), name.str());
  EXPECT_TRUE(common->names.contains(name));
  EXPECT_NE(owner_of(name.str()), "n2");
  EXPECT_TRUE(get("n3", name.str()));
  EXPECT_FALSE(create("n1", name.str())) << "which is another wish";
}

TEST_P(TakeoverOfACreation, IsNotAskedAgainWhereTheLostNodeHeardNoKey) {
  takes_no_keys = {"n2"};
  EXPECT_EQ(told_after_the_death(), "unavailable");
}

INSTANTIATE_TEST_SUITE_P(BeforeAndAfter, TakeoverOfACreation, ::testing::Bool(),
                         [](auto& each) { return each.param ? "Written" : "NotWritten"; });

TEST_F(Takeover, AKeyWithoutASchedulerGoesAlsoWhereACreationWaitedForItInVain) {
  start_three();
  common->is_silent = true;
  agreement->change({{}, {{store_write_kind::put, owner_key(scheduler_name("a")), owner_value(node_name("n2"))}}},
                    0);
  advance(100ms);
  ASSERT_EQ(common->adopting.size(), 1u) << "n2 looks for it in its journal";
  create_scheduler command;
  command.recipe.name = scheduler_name("a");
  auto pending = self->request(nodes["n1"].directory, caf::infinite, command);
  run();
  advance(6s, 50ms);
  pending.receive([](const scheduler&) { FAIL() << "it was not made"; },
                  [](const caf::error& why) { EXPECT_EQ(from_caf(why).code, ec::unavailable); });
  common->is_silent = false;
  auto* local = caf::actor_cast<caf::abstract_actor*>(nodes["n2"].local);
  dynamic_cast<caf::local_actor*>(local)->context(nullptr); // what it ran in last is long gone
  common->adopting.front().deliver(to_caf({ec::not_found, "scheduler not found"}));
  common->adopting.clear();
  advance(30s, 100ms);
  EXPECT_EQ(owner_of("a"), "");
  EXPECT_TRUE(create("n1", "a"));
}

TEST_F(Takeover, AQuickRestartMovesNothing) {
  start_three();
  create_many(9);
  auto before = *nodes["n2"].serving;
  end_process("n2");
  advance(500ms, 50ms);
  start("n2");
  advance(3s, 50ms);
  EXPECT_EQ(*nodes["n2"].serving, before);
  EXPECT_EQ(served_by_one(9), 9u);
}

TEST_F(Takeover, ARequestWaitsForTheNewOwner) {
  start_three();
  create_many(9);
  auto lost = *nodes["n2"].serving;
  ASSERT_FALSE(lost.empty());
  end_process("n2");
  auto pending = self->request(nodes["n1"].directory, caf::infinite, get_scheduler{*lost.begin(), {}});
  run();
  advance(3s, 50ms);
  pending.receive([&](const scheduler& found) { EXPECT_EQ(found.name, *lost.begin()); },
                  [](const caf::error& why) { FAIL() << from_caf(why).text; });
}

/// A node that was deposed while it could not hear of it: its journal refuses, its door asks where the scheduler is then.
class TakeoverBehindANodesBack : public Takeover {
protected:
  /// The first that n2 serves; from now on it is refused there.
  scheduler_name deposed_at_n2() {
    start_three();
    create_many(9);
    auto name = *nodes["n2"].serving->begin();
    nodes["n2"].serving->erase(name);
    return name;
  }
  auto ask_n2(const scheduler_name& name) {
    auto pending = self->request(nodes["n2"].directory, caf::infinite, get_scheduler{name, {}});
    advance(1s, 50ms);
    return pending;
  }
};

TEST_F(TakeoverBehindANodesBack, AnswersAtItsOwnDoorAsSoonAsItIsHeardOf) {
  auto name = deposed_at_n2();
  auto pending = ask_n2(name);
  auto before = common->asked.size();
  agreement->change({{}, {{store_write_kind::put, owner_key(name), owner_value(node_name("n3"))}}}, 0);
  advance(500ms, 50ms);
  EXPECT_EQ(common->asked.size(), before + 1) << "only the new owner was asked since";
  pending.receive([&](const scheduler& found) { EXPECT_EQ(found.name, name); },
                  [](const caf::error& why) { FAIL() << from_caf(why).text; });
}

TEST_F(TakeoverBehindANodesBack, IsNotWaitedForWithoutEnd) {
  auto pending = ask_n2(deposed_at_n2());
  auto before = common->asked.size();
  advance(5s, 50ms);
  EXPECT_LT(common->asked.size(), before + 50) << "nor asked without a pause";
  pending.receive([](const scheduler&) { FAIL(); },
                  [](const caf::error& why) { EXPECT_EQ(from_caf(why).code, ec::unavailable); });
}

TEST_F(Takeover, PatienceHasAnEnd) {
  start("n1");
  start("n2");
  advance(1s, 50ms);
  create_many(4);
  auto lost = *nodes["n2"].serving;
  ASSERT_FALSE(lost.empty());
  ASSERT_TRUE(at<done>("n1", change_node{node_name("n1"), node_change::drain})) << "so that it takes nothing";
  end_process("n2");
  auto pending = self->request(nodes["n1"].directory, caf::infinite, get_scheduler{*lost.begin(), {}});
  run();
  advance(6s, 50ms);
  pending.receive([](const scheduler&) { FAIL(); },
                  [](const caf::error& why) { EXPECT_EQ(from_caf(why).code, ec::unavailable); });
  EXPECT_EQ(get("n1", lost.begin()->str()).error().code, ec::unavailable)
      << "and nobody waits for long afterwards";
}

TEST_F(Takeover, ACutLinkBetweenTwoLivingNodesMovesNothing) {
  start_three();
  create_many(9);
  auto before = *nodes["n2"].serving;
  cut_link("n1", "n2");
  advance(8s, 50ms);
  EXPECT_EQ(*nodes["n2"].serving, before) << "n3 sees both";
  EXPECT_EQ(served_by_one(9), 9u);
}

TEST_F(Takeover, ANodeThatMostOthersMissIsReplacedAndLearnsIt) {
  start_three();
  create_many(9);
  auto before = *nodes["n2"].serving;
  ASSERT_FALSE(before.empty());
  cut_link("n2", "n1");
  cut_link("n2", "n3");
  advance(5s, 50ms);
  EXPECT_EQ(answered_at("n1", 9), 9);
  EXPECT_THAT(*nodes["n2"].serving, IsEmpty()) << "the store says that they are others' now";
  EXPECT_EQ(served_by_one(9), 9u);
}

TEST_F(Takeover, WithoutTheStoreNothingMoves) {
  start_three();
  create_many(9);
  agreement->set_reachable(false);
  end_process("n2");
  advance(4s, 50ms);
  EXPECT_LT(answered_at("n1", 9), 9);
  agreement->set_reachable(true);
  advance(4s, 50ms);
  EXPECT_EQ(answered_at("n1", 9), 9);
}

TEST_F(Takeover, ANodeThatJoinsGetsItsShareAndNoRequestFails) {
  start("n1");
  start("n2");
  advance(1s, 50ms);
  create_many(40);
  start("n3");
  for (int i = 0; i < 300; ++i) {
    advance(100ms, 50ms);
    std::vector<scheduler_name> names(common->names.begin(), common->names.end());
    auto pending = self->request(nodes["n1"].directory, caf::infinite,
                                 get_scheduler{names[static_cast<std::size_t>(i) % names.size()], {}});
    advance(200ms, 50ms);
    pending.receive([](const scheduler&) {}, [](const caf::error& why) { ADD_FAILURE() << from_caf(why).text; });
  }
  EXPECT_GE(nodes["n3"].serving->size(), 11u);
  EXPECT_EQ(served_by_one(40), 40u);
  EXPECT_EQ(answered_at("n3", 40), 40);
}

TEST_F(Takeover, ADrainedNodeGivesEverythingAway) {
  start_three();
  create_many(12);
  ASSERT_TRUE(at<done>("n1", change_node{node_name("n2"), node_change::drain}));
  advance(5s, 50ms);
  EXPECT_THAT(*nodes["n2"].serving, IsEmpty());
  EXPECT_EQ(served_by_one(12), 12u);
  EXPECT_THAT(nodes_seen_by("n1"), HasSubstr("n2:draining:0"));
  for (auto* door : {"n1", "n2", "n3"})
    EXPECT_EQ(answered_at(door, 12), 12) << door;
}

TEST_F(Takeover, AfterAllNodesStoppedWhoeverComesFirstWaitsForTheOthers) {
  start_three();
  create_many(9);
  auto before = *nodes["n3"].serving;
  for (auto* name : {"n1", "n2", "n3"}) {
    end_process(name);
    agreement->end_lease(nodes[name].holder);
  }
  run();
  start("n1");
  advance(2s, 50ms);
  start("n2");
  start("n3");
  advance(8s, 50ms);
  EXPECT_EQ(*nodes["n3"].serving, before) << "it came back in time";
  EXPECT_EQ(served_by_one(9), 9u);
}

TEST_F(Takeover, WhatAGoneNodeHadIsServedByWhoeverIsThere) {
  start_three();
  create_many(9);
  for (auto* name : {"n1", "n2", "n3"}) {
    end_process(name);
    agreement->end_lease(nodes[name].holder);
  }
  start("n1");
  advance(8s, 50ms);
  EXPECT_EQ(answered_at("n1", 9), 9);
}

TEST_F(Takeover, LeasesThatTheStoreRevokesMoveNothingAndNobodyWaits) {
  start_three();
  create_many(9);
  auto before = agreement->read(owner_key(scheduler_name(""))).entries;
  for (int i = 0; i < 3; ++i) {
    for (auto& [name, node] : nodes) {
      agreement->set_reachable(node.holder, false); // so that nobody can take another lease at once
      agreement->end_lease(node.holder);
    }
    run();
    for (auto* door : {"n1", "n2", "n3"})
      EXPECT_EQ(answered_at(door, 9), 9) << door;
    advance(2s, 50ms);
    for (auto& [name, node] : nodes)
      agreement->set_reachable(node.holder, true);
    advance(2s, 50ms);
  }
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:3 n2:ready:3 n3:ready:3 ");
  EXPECT_EQ(agreement->read(owner_key(scheduler_name(""))).entries.size(), 9u);
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(agreement->read(owner_key(scheduler_name(""))).entries[i].revision, before[i].revision)
        << before[i].key;
}

TEST_F(Takeover, ANodeThatTheStoreDoesNotHearIsGivenUpThoughItAnswers) {
  start_three();
  create_many(9);
  auto before = *nodes["n2"].serving;
  agreement->set_reachable(nodes["n2"].holder, false);
  agreement->end_lease(nodes["n2"].holder);
  advance(2900ms, 50ms);
  EXPECT_EQ(*nodes["n2"].serving, before);
  EXPECT_THAT(nodes_seen_by("n1"), HasSubstr("n2:unreachable:3"));
  EXPECT_EQ(answered_at("n1", 9), 9) << "it goes on to be asked";
  advance(2s, 50ms);
  EXPECT_THAT(nodes_seen_by("n1"), HasSubstr("n2:gone:0"));
  EXPECT_EQ(nodes["n1"].serving->size() + nodes["n3"].serving->size(), 9u);
}

TEST_F(Takeover, WhileTheStoreIsNotHeardNobodyWhoLapsedIsGivenUp) {
  start_three();
  create_many(9);
  auto before = agreement->read(owner_key(scheduler_name(""))).entries;
  for (auto& [name, node] : nodes) {
    agreement->set_reachable(node.holder, false);
    agreement->end_lease(node.holder);
  }
  agreement->set_reachable(false);
  for (auto& [name, node] : nodes)
    caf::anon_send(node.directory, store_changes{agreement->revision(),
                                                 false,
                                                 {},
                                                 {member_key(node_name("n1")), member_key(node_name("n2")),
                                                  member_key(node_name("n3"))}});
  advance(20s, 50ms);
  for (auto* door : {"n1", "n2", "n3"})
    EXPECT_EQ(answered_at(door, 9), 9) << door;
  for (auto& [name, node] : nodes)
    agreement->set_reachable(node.holder, true);
  agreement->set_reachable(true);
  advance(5s, 50ms);
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:3 n2:ready:3 n3:ready:3 ");
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(agreement->read(owner_key(scheduler_name(""))).entries[i].revision, before[i].revision);
}

TEST_F(Takeover, ASuspicionThatMayHaveBeenHeardIsTakenBack) {
  start_three();
  cut_link("n1", "n2");
  advance(1s, 50ms);
  ASSERT_EQ(agreement->read(suspects_key(node_name("n1"))).entries.size(), 1u);
  cut.clear();
  caf::anon_send(nodes["n1"].directory, lease_lost{}); // as where the next lease was taken for that very word
  caf::anon_send(nodes["n1"].directory, link_changed{node_name("n2"), true, "", false});
  advance(3s, 50ms);
  EXPECT_THAT(agreement->read(suspects_key(node_name("n1"))).entries, IsEmpty());
}

TEST_F(Takeover, ANodeWhoseJournalIsBehindGetsNothing) {
  start_three();
  create_many(9);
  end_process("n2");
  advance(4s, 50ms);
  ASSERT_EQ(nodes["n1"].serving->size() + nodes["n3"].serving->size(), 9u);
  *nodes["n2"].is_behind = true;
  start("n2");
  advance(30s, 100ms);
  EXPECT_EQ(nodes["n1"].serving->size() + nodes["n3"].serving->size(), 9u);
  EXPECT_TRUE(create("n2", "new"));
  EXPECT_NE(owner_of("new"), "n2");
  EXPECT_TRUE(ask<directory_status>(nodes["n2"].directory, get_directory_status{})->recovering);
  *nodes["n2"].is_behind = false;
  advance(30s, 100ms);
  EXPECT_GE(nodes["n2"].serving->size(), 2u);
  EXPECT_FALSE(ask<directory_status>(nodes["n2"].directory, get_directory_status{})->recovering);
  for (auto* door : {"n1", "n2", "n3"})
    EXPECT_EQ(answered_at(door, 9), 9) << door;
}

TEST_F(Takeover, ANodeWhoseJournalIsBehindGivesAwayWhatItCannotServe) {
  start_three();
  create_many(9);
  end_process("n2");
  *nodes["n2"].is_behind = true;
  start("n2"); // at once: nobody takes them from it
  advance(5s, 50ms);
  EXPECT_THAT(*nodes["n2"].serving, IsEmpty());
  EXPECT_THAT(nodes_seen_by("n1"), HasSubstr("n2:ready:3"));
  advance(20s, 100ms);
  EXPECT_THAT(nodes_seen_by("n1"), HasSubstr("n2:ready:0"));
  for (auto* door : {"n1", "n2", "n3"})
    EXPECT_EQ(answered_at(door, 9), 9) << door;
}

// It goes on to serve them, as it should where only its disk is full, and refuses whatever is to be written.
TEST_F(Takeover, ANodeThatCanWriteNothingGivesAwayWhatItServes) {
  start_three();
  create_many(9);
  *nodes["n2"].writes_nothing = true;
  advance(8s, 50ms);
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:3 n2:ready:3 n3:ready:3 ") << "it may have caught up by then";
  advance(22s, 50ms);
  EXPECT_THAT(nodes_seen_by("n1"), HasSubstr("n2:ready:0"));
  EXPECT_THAT(*nodes["n2"].serving, IsEmpty());
  EXPECT_EQ(served_by_one(9), 9u);
  for (auto* door : {"n1", "n2", "n3"})
    EXPECT_EQ(answered_at(door, 9), 9) << door;
  *nodes["n2"].writes_nothing = false;
  advance(30s, 100ms);
  EXPECT_GE(nodes["n2"].serving->size(), 2u) << "it gets its share again";
}

TEST_F(Takeover, WhereNobodyCanWriteNothingMoves) {
  start_three();
  create_many(9);
  auto before = agreement->read(owner_key(scheduler_name(""))).entries;
  for (auto& [name, node] : nodes)
    *node.writes_nothing = true;
  advance(30s, 50ms);
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:3 n2:ready:3 n3:ready:3 ");
  auto after = agreement->read(owner_key(scheduler_name(""))).entries;
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(after[i].revision, before[i].revision) << before[i].key;
}

TEST_F(Takeover, AShortTimeWithoutWritesMovesNothingHoweverLongTheDiskWasFull) {
  start_three();
  create_many(9);
  auto before = *nodes["n2"].serving;
  *nodes["n2"].is_behind = true;
  advance(30s, 100ms);
  for (int i = 0; i < 3; ++i) {
    *nodes["n2"].writes_nothing = true;
    advance(8s, 50ms);
    *nodes["n2"].writes_nothing = false;
    advance(2s, 50ms);
  }
  EXPECT_EQ(*nodes["n2"].serving, before);
}

// As where a machine was copied: the key is the later one's, which writes in the node's name.
TEST_F(Takeover, AFormerStartThatCanWriteNothingGivesAwayNothingOfTheNext) {
  start_three();
  create_many(9);
  auto before = *nodes["n2"].serving;
  auto former = nodes["n2"];
  *former.writes_nothing = true;
  advance(3s, 50ms);
  nodes["n2"].writes_nothing = std::make_shared<bool>(false);
  start("n2");
  advance(30s, 50ms);
  EXPECT_EQ(*nodes["n2"].serving, before);
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:3 n2:ready:3 n3:ready:3 ");
}

/// One that n2 has made for a wish with a key, and that is on its way to another node for a second.
class TakeoverOfWhatIsMadeAgain : public Takeover {
protected:
  std::string told_when_made_again(const std::string& key) {
    start_three();
    create_scheduler command;
    command.request = request_key("first");
    for (int i = 0; i < 9; ++i) {
      command.recipe.name = scheduler_name("s" + std::to_string(i));
      EXPECT_TRUE(at<scheduler>("n1", command));
    }
    auto name = *nodes["n2"].serving->begin();
    common->holds_releases = true;
    EXPECT_TRUE(at<done>("n1", change_node{node_name("n2"), node_change::drain}));
    advance(2s, 50ms);
    EXPECT_TRUE(common->releasing.contains(name));
    command.recipe.name = name;
    command.request = request_key(key);
    auto made = self->request(nodes["n2"].directory, caf::infinite, command);
    auto found = self->request(nodes["n2"].directory, caf::infinite, get_scheduler{name, {}});
    advance(1s, 50ms);
    EXPECT_EQ(common->made_beside, 0) << "the pair that is being let go may write yet";
    common->holds_releases = false;
    caf::anon_send(nodes["n2"].local, timer_fired{});
    advance(3s, 50ms);
    EXPECT_NE(owner_of(name.str()), "n2");
    EXPECT_FALSE(nodes["n2"].serving->contains(name));
    found.receive([&](const scheduler& one) { EXPECT_EQ(one.name, name); },
                  [](const caf::error& why) { ADD_FAILURE() << from_caf(why).text; });
    std::string told;
    made.receive([&](const scheduler&) { told = "made"; },
                 [&](const caf::error& why) { told = to_string(from_caf(why).code); });
    return told;
  }
};

TEST_F(TakeoverOfWhatIsMadeAgain, IsThereAlready) {
  EXPECT_EQ(told_when_made_again("second"), "already_exists");
}

TEST_F(TakeoverOfWhatIsMadeAgain, IsTheFirstAnswerForTheSameWish) {
  EXPECT_EQ(told_when_made_again("first"), "made");
}

TEST_F(Takeover, WhatADrainedNodeDoesNotServeGoesToo) {
  start_three();
  create_many(9);
  end_process("n2");
  *nodes["n2"].is_behind = true;
  start("n2");
  advance(2s, 50ms);
  ASSERT_TRUE(at<done>("n1", change_node{node_name("n2"), node_change::drain}));
  advance(3s, 50ms);
  EXPECT_THAT(nodes_seen_by("n1"), HasSubstr("n2:draining:0"));
  EXPECT_EQ(answered_at("n1", 9), 9);
}

// It was to be served, and is to go before it was: what its journal says of it then is of no moment.
TEST_F(Takeover, WhatIsOnItsWayToAnotherNodeIsNotTakenUpAgain) {
  start_three();
  create_many(9);
  end_process("n2");
  common->is_silent = true;
  start("n2");
  advance(1s, 50ms);
  ASSERT_EQ(common->adopting.size(), 3u);
  common->holds_releases = true;
  ASSERT_TRUE(at<done>("n1", change_node{node_name("n2"), node_change::drain}));
  advance(2s, 50ms);
  ASSERT_FALSE(common->releasing.empty());
  common->is_silent = false;
  auto* local = caf::actor_cast<caf::abstract_actor*>(nodes["n2"].local);
  dynamic_cast<caf::local_actor*>(local)->context(nullptr); // what it ran in last is long gone
  for (auto& answer : std::exchange(common->adopting, {}))
    answer.deliver(to_caf({ec::unavailable, "it is not served by this node any more"}));
  advance(2s, 50ms);
  EXPECT_THAT(*nodes["n2"].serving, IsEmpty());
  common->holds_releases = false;
  caf::anon_send(nodes["n2"].local, timer_fired{});
  advance(5s, 50ms);
  EXPECT_THAT(*nodes["n2"].serving, IsEmpty());
  EXPECT_EQ(served_by_one(9), 9u);
}

TEST_F(Takeover, ALapsedNodeWhoseLinkBreaksIsNotWaitedFor) {
  start_three();
  create_many(9);
  agreement->set_reachable(nodes["n2"].holder, false);
  agreement->end_lease(nodes["n2"].holder);
  end_process("n2");
  advance(2s, 50ms);
  EXPECT_EQ(nodes["n1"].serving->size() + nodes["n3"].serving->size(), 9u);
}

TEST_F(Takeover, APingIsAnsweredByTheNewOwner) {
  start_three();
  create_many(3);
  auto owner = owner_of("s0");
  std::string asker = owner == "n1" ? "n3" : "n1";
  auto found = at<room_handle>(asker, find_room{scheduler_name("s0"), room_id("s0-abcde")});
  ASSERT_TRUE(found);
  ASSERT_TRUE(ask<ping_result>(found->room, ping_room{ping_status::ready, 0}));
  end_process(owner);
  auto lost = ask<ping_result>(found->room, ping_room{ping_status::ready, 0});
  ASSERT_FALSE(lost);
  advance(3s, 50ms);
  auto again = at<room_handle>(asker, find_room{scheduler_name("s0"), room_id("s0-abcde")});
  ASSERT_TRUE(again);
  EXPECT_TRUE(ask<ping_result>(again->room, ping_room{ping_status::ready, 0}));
}

} // namespace

} // namespace maestro
