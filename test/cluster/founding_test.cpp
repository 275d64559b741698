// A cluster that is founded from a node's journal, and much that is deleted at once: thousands of owners' keys are written
// while others ask for something, too.
#include "actors/call_later.hpp"
#include "test/cluster/directory_fixture.hpp"

#include <deque>

namespace maestro {

namespace {

constexpr auto per_call = 2ms;

enum class slow_timer : std::uint8_t { next = 1 };

/// How a store is asked whose calls stand in a line, as those of the CLUSTER STORE on etcd do.
struct waiting_line {
  std::deque<std::function<void()>> calls;
  std::size_t longest = 0;
  std::vector<std::size_t> owner_changes; ///< how many keys each wrote
  std::function<void()> before_first;     ///< of them
};

cluster_store_actor spawn_line(caf::actor_system& system, const cluster_store_actor& store,
                               const std::shared_ptr<waiting_line>& line) {
  return system.spawn([=](cluster_store_actor::pointer self) -> cluster_store_actor::behavior_type {
    auto stand = [=](std::function<void()> call) {
      line->calls.push_back(std::move(call));
      line->longest = std::max(line->longest, line->calls.size());
      if (line->calls.size() == 1)
        call_later(self, per_call, slow_timer::next);
    };
    return {
        [=](const read_store& wanted) -> caf::result<store_listing> {
          auto answer = self->make_response_promise<store_listing>();
          stand([=]() mutable { answer.delegate(store, wanted); });
          return answer;
        },
        [=](const change_store& wanted) -> caf::result<store_outcome> {
          auto answer = self->make_response_promise<store_outcome>();
          if (!wanted.writes.empty() && wanted.writes.front().key.starts_with(owner_key(scheduler_name(""))))
            line->owner_changes.push_back(wanted.writes.size());
          stand([=]() mutable {
            if (!line->owner_changes.empty())
              if (auto first = std::exchange(line->before_first, nullptr))
                first();
            answer.delegate(store, wanted);
          });
          return answer;
        },
        [=](const watch_store& wish) -> caf::result<done> { return self->delegate(store, wish); },
        [](const compact_store&) { return done{}; },
        [=](const timer_fired&) {
          line->calls.front()();
          line->calls.pop_front();
          if (!line->calls.empty())
            call_later(self, per_call, slow_timer::next);
        },
    };
  });
}

class Founding : public ClusterDirectory {
protected:
  Founding() {
    before_store = [this](const cluster_store_actor& store) { return spawn_line(sys, store, asked); };
  }

  void pass(caf::timespan time) { advance(time, per_call); }
  void have(int count) {
    for (int i = 0; i < count; ++i)
      nodes["n1"].journal->names.insert(scheduler_name("s" + std::to_string(i)));
  }
  std::size_t owned() { return agreement->read(owner_key(scheduler_name(""))).entries.size(); }
  std::string create_meanwhile(const std::string& name, caf::timespan patience) {
    create_scheduler command;
    command.recipe.name = scheduler_name(name);
    auto pending = self->request(nodes["n1"].directory, caf::infinite, command);
    pass(patience);
    if (self->mailbox().empty())
      return "no answer";
    std::string told;
    pending.receive([&](const scheduler& made) { told = made.name.str(); },
                    [&](const caf::error& why) { told = from_caf(why).text; });
    return told;
  }

  std::shared_ptr<waiting_line> asked = std::make_shared<waiting_line>();
};

TEST_F(Founding, ThousandsAreClaimedInLotsAndNobodyWaitsBehindThem) {
  have(4000);
  start("n1");
  pass(5100ms);
  EXPECT_FALSE(asked->owner_changes.empty()) << "it has begun";
  EXPECT_EQ(create_meanwhile("new", 100ms), "new");
  pass(10s);
  EXPECT_EQ(owned(), 4001u);
  EXPECT_EQ(nodes_seen_by("n1"), "n1:ready:4001 ");
  EXPECT_EQ(nodes["n1"].serving->size(), 4001u);
  EXPECT_LE(asked->owner_changes.size(), 4000u / 50 + 5);
  EXPECT_LE(asked->longest, 10u);
}

TEST_F(Founding, WhatAnotherNodeHasMeanwhileIsLeftToIt) {
  have(200);
  std::set<std::string> others{"s7", "s70", "s142"};
  asked->before_first = [&] {
    for (auto& name : others)
      agreement->change(
          {{}, {{store_write_kind::put, owner_key(scheduler_name(name)), owner_value(node_name("n2"))}}}, 0);
  };
  start("n1");
  pass(6s);
  EXPECT_EQ(owned(), 200u);
  for (auto& name : nodes["n1"].journal->names)
    EXPECT_EQ(owner_of(name.str()), others.contains(name.str()) ? "n2" : "n1") << name.str();
  EXPECT_EQ(nodes["n1"].serving->size(), 197u);
  EXPECT_LE(asked->owner_changes.size(), 10u);
}

TEST_F(Founding, AStoreThatIsOutOfReachMeanwhileIsAskedAgainForAllOfIt) {
  have(500);
  start("n1");
  asked->before_first = [&] { agreement->set_reachable(false); };
  pass(6s);
  EXPECT_EQ(owned(), 0u);
  agreement->set_reachable(true);
  pass(10s);
  EXPECT_EQ(owned(), 500u);
}

TEST_F(Founding, KeysOfThousandsThatWereDeletedAreErasedInLots) {
  have(1000);
  start("n1");
  pass(8s);
  ASSERT_EQ(owned(), 1000u);
  nodes["n1"].journal->names.clear();
  nodes["n1"].serving->clear();
  asked->owner_changes.clear();
  asked->longest = 0;
  pass(12s);
  EXPECT_EQ(owned(), 0u);
  EXPECT_LE(asked->owner_changes.size(), 1000u / 50 + 5);
  EXPECT_LE(asked->longest, 10u);
}

/// Many that were deleted, at the moment when their keys begin to go: the first one's is on its way, the others wait behind it.
class KeysThatGo : public Founding {
protected:
  void SetUp() override {
    have(200);
    start("n1");
    pass(7s);
    ASSERT_EQ(owned(), 200u);
    nodes["n1"].journal->names.clear();
    nodes["n1"].serving->clear();
    asked->owner_changes.clear();
    for (int i = 0; asked->owner_changes.empty() && i < 10'000; ++i)
      pass(per_call);
    ASSERT_EQ(asked->owner_changes, std::vector<std::size_t>{1});
    ASSERT_EQ(owned(), 200u);
  }
  std::int64_t key_of(const std::string& name) {
    auto found = agreement->read(owner_key(scheduler_name(name))).entries;
    return found.empty() ? 0 : found.front().revision;
  }
};

TEST_F(KeysThatGo, LeaveTheOneWhoseSchedulerIsMadeAnewBeforeItsTurn) {
  auto key = key_of("s99");
  EXPECT_EQ(create_meanwhile("s99", per_call), "s99");
  pass(1s);
  EXPECT_EQ(owned(), 1u);
  EXPECT_EQ(key_of("s99"), key) << "it was made under that one";
}

TEST_F(KeysThatGo, AreWaitedForByWhoeverMakesTheSchedulerAnew) {
  auto key = key_of("s0");
  EXPECT_EQ(create_meanwhile("s0", 100ms), "s0");
  pass(1s);
  EXPECT_EQ(owned(), 1u);
  EXPECT_GT(key_of("s0"), key);
  EXPECT_TRUE(nodes["n1"].serving->contains(scheduler_name("s0")));
}

// Of a lot that is refused what is still to go goes with the next one.
TEST_F(KeysThatGo, LeaveTheOneWhoseSchedulerIsMadeAnewWhenItsLotIsRefused) {
  for (int i = 0; asked->owner_changes.size() < 2 && i < 100; ++i)
    pass(per_call);
  ASSERT_EQ(asked->owner_changes.back(), 50u) << "s1, s10 and others are on their way";
  agreement->change({{}, {{store_write_kind::put, owner_key(scheduler_name("s1")), owner_value(node_name("n2"))}}},
                    0);
  auto key = key_of("s10");
  EXPECT_EQ(create_meanwhile("s10", 100ms), "s10");
  pass(1s);
  EXPECT_EQ(owned(), 2u);
  EXPECT_EQ(owner_of("s1"), "n2");
  EXPECT_EQ(key_of("s10"), key);
}

TEST_F(Founding, ThatAFormerOneWasMissedOnceSaysNothingOfTheNext) {
  start("n1");
  pass(6s); // looks follow at 10, 15 and 20 s
  ASSERT_EQ(create_meanwhile("a", 100ms), "a");
  nodes["n1"].journal->names.clear();
  pass(5s);
  ASSERT_EQ(create_meanwhile("a", 100ms), "a");
  nodes["n1"].journal->names.clear();
  pass(5s);
  EXPECT_EQ(owner_of("a"), "n1") << "one look is no proof";
  pass(5s);
  EXPECT_EQ(owner_of("a"), "");
}

TEST_F(Founding, AKeyThatARefusedCreationGivesUpIsWaitedForByTheNextOne) {
  start("n1");
  pass(1s);
  create_scheduler command;
  command.recipe.name = scheduler_name("a");
  command.recipe.game = "refused";
  auto pending = self->request(nodes["n1"].directory, caf::infinite, command);
  run();
  for (int i = 0; self->mailbox().empty() && i < 100; ++i)
    pass(per_call);
  pending.receive([](const scheduler&) { FAIL(); },
                  [](const caf::error& why) { EXPECT_EQ(from_caf(why).code, ec::resource_exhausted); });
  ASSERT_EQ(owner_of("a"), "n1") << "what gives it up is on its way";
  EXPECT_EQ(create_meanwhile("a", 100ms), "a");
  pass(1s);
  EXPECT_EQ(owner_of("a"), "n1");
  EXPECT_TRUE(nodes["n1"].serving->contains(scheduler_name("a")));
}

} // namespace

} // namespace maestro
