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

} // namespace

} // namespace maestro
