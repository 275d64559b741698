// Copies of a SHARED JOURNAL that catch up, and what happens to a stream between two answers of the neighbour.
#include "test/cluster/shared_journal_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

/// The way to the neighbours' disks.
struct gate {
  std::string missed; ///< a stream that ended when its page had been passed: so many lists do not name it
  int missing_lists = 0;
  bool holds_snapshots = false; ///< questions for them, until it is told `timer_fired`
  std::vector<std::function<void()>> held;
};

using gate_actor = copy_source_actor::extend<tell<timer_fired>>;

gate_actor spawn_gate(caf::actor_system& system, const journal_actor& copy, const std::shared_ptr<gate>& at) {
  return system.spawn([=](gate_actor::pointer self) -> gate_actor::behavior_type {
    return {
        [=](const list_copies& wanted) -> caf::result<copy_list> {
          if (at->missing_lists == 0)
            return self->delegate(copy, wanted);
          --at->missing_lists;
          auto answer = self->make_response_promise<copy_list>();
          self->request(copy, caf::infinite, wanted)
              .then(
                  [=](copy_list& page) mutable {
                    std::erase_if(page.items, [&](auto& one) { return one.stream == at->missed; });
                    answer.deliver(std::move(page));
                  },
                  [=](const caf::error& why) mutable { answer.deliver(why); });
          return answer;
        },
        [=](const read_events& wanted) -> caf::result<event_page> { return self->delegate(copy, wanted); },
        [=](const read_snapshot& wanted) -> caf::result<snapshot_part> {
          if (!at->holds_snapshots)
            return self->delegate(copy, wanted);
          auto answer = self->make_response_promise<snapshot_part>();
          at->held.push_back([=]() mutable { answer.delegate(copy, wanted); });
          return answer;
        },
        [=](const read_finished& wanted) -> caf::result<finished_list> { return self->delegate(copy, wanted); },
        [=](const timer_fired&) {
          for (auto& one : std::exchange(at->held, {}))
            one();
        },
    };
  });
}

class CatchUpMeanwhile : public SharedJournalTest {
protected:
  void SetUp() override {
    for (auto* name : {"n1", "n2"}) {
      start(name);
      gates.push_back(keep(spawn_gate(sys, nodes[name].copy, way)));
      nodes[name].source = caf::actor_cast<copy_source_actor>(gates.back());
      tell_peers();
      advance(200ms);
    }
    epoch = own("a", "n1");
    ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch, 20)));
    let_the_store_forget();
  }
  void TearDown() override {
    way->held.clear();
    gates.clear();
    for (auto& [name, node] : nodes)
      node.source = nullptr;
    SharedJournalTest::TearDown();
  }
  void let_the_store_forget() {
    advance(15s, 50ms);
    ASSERT_EQ(entries_in_store(), 0u);
  }
  void end_stream() {
    auto last = batch("scheduler/a", 21, epoch);
    last.ends_streams = {"scheduler/a"};
    ASSERT_TRUE(append("n1", last));
  }
  void let_snapshots_go() {
    way->holds_snapshots = false;
    for (auto& one : gates)
      caf::anon_send(one, timer_fired{});
  }
  void snapshot(std::uint64_t sequence, owner_epoch by) {
    auto text = "state at " + std::to_string(sequence);
    ASSERT_TRUE(at<done>("n1", save_snapshot{"scheduler/a", sequence, never, text, by, 0, true}));
  }

  owner_epoch epoch;
  std::shared_ptr<gate> way = std::make_shared<gate>();
  std::vector<gate_actor> gates;
};

/// How many lists in a row miss it.
class MissedStream : public CatchUpMeanwhile, public ::testing::WithParamInterface<int> {};

// That a stream is neither here nor in a neighbour's list is no proof that all have dropped it.
TEST_P(MissedStream, IsAskedForAgainBeforeItIsTakenForDropped) {
  way->missed = "scheduler/a";
  way->missing_lists = GetParam();
  end_stream();
  start("n3");
  advance(300ms);
  ASSERT_EQ(way->missing_lists, GetParam() - 1);
  ASSERT_GE(archive().copies[node_name("n3")].complete, archive().trimmed) << "it has all that was listed";
  ASSERT_EQ(entries_in_store(), 1u) << "the stream's last event, and none before it";
  advance(5s);
  EXPECT_EQ(way->missing_lists, 0);
  EXPECT_FALSE(at<journal_status>("n3", get_journal_status{})->read_only);
  EXPECT_EQ(nodes["n3"].disk->streams["scheduler/a"].first, 1u);
  auto loaded = load("n3", "scheduler/a", own("a", "n3"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 21u);
  EXPECT_EQ(loaded->snapshot_sequence, 0u);
  EXPECT_TRUE(loaded->has_ended);
  expect_equal_disks();
}

INSTANTIATE_TEST_SUITE_P(OnceAndTwice, MissedStream, ::testing::Values(1, 2));

/// n1's disk has dropped the oldest events; from there n3 has taken what is left, and asks for the snapshot that they count from.
class PassedSnapshot : public CatchUpMeanwhile {
protected:
  void begin_to_take_over() {
    nodes["n1"].disk->streams["scheduler/a"].first = 11;
    end("n2");
    way->holds_snapshots = true;
    start("n3");
    advance(300ms);
    ASSERT_EQ(way->held.size(), 1u);
  }
  /// Meanwhile n1 writes on, and has a snapshot of that.
  void go_on(std::uint64_t from, owner_epoch by) {
    ASSERT_TRUE(append("n1", batch("scheduler/a", from, by, 2)));
    advance(200ms);
    snapshot(from + 1, by);
    let_snapshots_go();
    advance(3s);
  }
};

TEST_F(PassedSnapshot, IsTakenWithTheEventsBeforeIt) {
  snapshot(15, epoch);
  begin_to_take_over();
  go_on(21, epoch);
  auto loaded = load("n3", "scheduler/a", own("a", "n3"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->snapshot, "state at 22");
  EXPECT_EQ(loaded->last_sequence, 22u);
  EXPECT_FALSE(loaded->has_ended);
}

// When it was listed it had ended; whose snapshot is newer goes on.
TEST_F(PassedSnapshot, OfAStreamThatGoesOnAfterItsEndLeavesItLiving) {
  snapshot(15, epoch);
  end_stream();
  let_the_store_forget();
  begin_to_take_over();
  auto again = own("a", "n1");
  ASSERT_EQ(load("n1", "scheduler/a", again)->last_sequence, 21u);
  go_on(22, again);
  EXPECT_THAT(at<stream_list>("n3", list_streams{"scheduler/"})->names, ElementsAre("scheduler/a"));
  auto loaded = load("n3", "scheduler/a", own("a", "n3"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->snapshot, "state at 23");
  EXPECT_EQ(loaded->last_sequence, 23u);
  EXPECT_FALSE(loaded->has_ended);
}

// The store says so: its end came after everything that the neighbour had for sure.
TEST_F(PassedSnapshot, OfAStreamThatEndsBehindItLeavesItEnded) {
  snapshot(15, epoch);
  begin_to_take_over();
  ASSERT_TRUE(append("n1", batch("scheduler/a", 21, epoch)));
  auto last = batch("scheduler/a", 22, epoch);
  last.ends_streams = {"scheduler/a"};
  ASSERT_TRUE(append("n1", last));
  advance(200ms);
  snapshot(22, epoch);
  let_snapshots_go();
  advance(3s);
  auto loaded = load("n3", "scheduler/a", own("a", "n3"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 22u);
  EXPECT_TRUE(loaded->has_ended);
}

} // namespace

} // namespace maestro
