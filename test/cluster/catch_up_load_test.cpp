// Copies of a SHARED JOURNAL that catch up while others go on writing, from a neighbour that answers slowly or is lost.
#include "actors/call_later.hpp"
#include "test/cluster/shared_journal_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t never_breaks = ~std::uint64_t{0};

/// The way to the neighbours' disks: one answer after the other, each takes its time.
struct slow_way {
  duration per_answer = 20ms;
  std::uint64_t breaks_after = never_breaks; ///< so many answers
  std::uint64_t answers = 0;
  std::deque<std::function<void()>> waiting;
  bool is_broken() const { return answers > breaks_after; }
};

enum class way_timer : std::uint8_t { next = 1 };
using slow_source_actor = copy_source_actor::extend<tell<timer_fired>>;

template <class Answer, class Request>
caf::result<Answer> answer_slowly(slow_source_actor::pointer self, const journal_actor& copy, slow_way& way,
                                  const Request& wanted) {
  auto answer = self->make_response_promise<Answer>();
  way.waiting.push_back([answer, copy, wanted, &way]() mutable {
    if (way.is_broken())
      answer.deliver(to_caf({ec::unavailable, "the link broke"}));
    else
      answer.delegate(copy, wanted);
  });
  call_later(self, way.per_answer * static_cast<int>(way.waiting.size()), way_timer::next);
  return answer;
}

slow_source_actor spawn_slow_source(caf::actor_system& system, const journal_actor& copy,
                                    const std::shared_ptr<slow_way>& way) {
  return system.spawn([=](slow_source_actor::pointer self) -> slow_source_actor::behavior_type {
    return {
        [=](const list_copies& wanted) { return answer_slowly<copy_list>(self, copy, *way, wanted); },
        [=](const read_events& wanted) { return answer_slowly<event_page>(self, copy, *way, wanted); },
        [=](const read_snapshot& wanted) { return answer_slowly<snapshot_part>(self, copy, *way, wanted); },
        [=](const read_finished& wanted) { return answer_slowly<finished_list>(self, copy, *way, wanted); },
        [=](const timer_fired&) {
          ++way->answers;
          way->waiting.front()();
          way->waiting.pop_front();
        },
    };
  });
}

class CatchUpUnderLoad : public SharedJournalTest {
protected:
  void start_with_way(const std::string& name) {
    start(name);
    nodes[name].source = keep(spawn_slow_source(sys, nodes[name].copy, way));
    tell_peers();
    advance(200ms);
  }
  void TearDown() override {
    for (auto& [name, node] : nodes)
      node.source = nullptr;
    SharedJournalTest::TearDown();
  }

  /// Half of them at n1, half at n2.
  void own_schedulers(int count) {
    for (int i = 0; i < count; ++i) {
      auto name = "s" + std::to_string(i);
      auto* node = i % 2 == 0 ? "n1" : "n2";
      writers.push_back({node, "scheduler/" + name, own(name, node)});
    }
  }
  /// Two events every 10 ms, of one stream after the other.
  void write(caf::timespan total) {
    for (; total > caf::timespan{0}; total -= 10ms) {
      for (int i = 0; i < 2; ++i) {
        auto& one = writers[turn++ % writers.size()];
        send(one.node, batch(one.stream, ++one.last, one.epoch));
      }
      advance(10ms);
    }
  }
  bool is_whole(const std::string& node) {
    auto status = at<journal_status>(node, get_journal_status{});
    return status && !status->read_only;
  }
  bool becomes_whole(const std::string& node, int seconds) {
    for (int i = 0; i < seconds && !is_whole(node); ++i)
      write(1s);
    return is_whole(node);
  }
  void expect_all_at(const std::string& node) {
    for (auto& one : writers)
      EXPECT_EQ(on_disk(node, one.stream), one.last) << node << " " << one.stream;
  }

  struct writer {
    std::string node;
    std::string stream;
    owner_epoch epoch;
    std::uint64_t last = 0;
  };
  std::vector<writer> writers;
  std::size_t turn = 0;
  std::shared_ptr<slow_way> way = std::make_shared<slow_way>();
};

// A round takes several times as long as others leave what they have in the store.
TEST_F(CatchUpUnderLoad, ANodeThatJoinsTwoBusyOnesBecomesWhole) {
  for (auto* name : {"n1", "n2"})
    start_with_way(name);
  own_schedulers(200);
  write(5s);
  ASSERT_GT(archive().trimmed, 1);
  start("n3");
  ASSERT_TRUE(becomes_whole("n3", 60));
  write(3s);
  advance(10s);
  expect_all_at("n3");
  expect_equal_disks();
  EXPECT_EQ(entries_in_store(), 0u);
}

TEST_F(CatchUpUnderLoad, ANodeThatJoinsMoreThanAreNeededBecomesWhole) {
  settings.copies = 2;
  for (auto* name : {"n1", "n2"})
    start_with_way(name);
  own_schedulers(200);
  write(5s);
  start("n3");
  ASSERT_TRUE(becomes_whole("n3", 60));
  write(3s);
  advance(10s);
  expect_all_at("n3");
  expect_equal_disks();
  EXPECT_EQ(entries_in_store(), 0u);
}

// What it lacks stays in the store for a while: else it would write nothing, not even where nobody else has its schedulers.
TEST_F(CatchUpUnderLoad, ANodeWhoseDiskIsLateForSomeSecondsGoesOnWriting) {
  for (auto* name : {"n1", "n2", "n3", "n4"})
    start_with_way(name);
  own_schedulers(20);
  auto mine = own("mine", "n4");
  write(5s);
  ASSERT_TRUE(is_whole("n4"));
  nodes["n4"].disk->refused_syncs = 1'000'000;
  for (std::uint64_t second = 1; second <= 10; ++second) {
    write(1s);
    EXPECT_TRUE(is_whole("n4")) << second;
    EXPECT_TRUE(append("n4", batch("scheduler/mine", second, mine))) << second;
  }
  nodes["n4"].disk->refused_syncs = 0;
  write(3s);
  EXPECT_TRUE(is_whole("n4"));
  advance(10s);
  expect_all_at("n4");
  expect_equal_disks();
  EXPECT_EQ(entries_in_store(), 0u);
}

class InterruptedCatchUp : public CatchUpUnderLoad, public ::testing::WithParamInterface<bool> {
protected:
  static finished_operation finished(const std::string& id) {
    finished_operation one;
    one.what.id = operation_id(id);
    one.what.scheduler = scheduler_name("a");
    one.what.status = operation_status::finished;
    return one;
  }
  void keep_two_and_trim() {
    for (auto* name : {"n1", "n2"})
      start_with_way(name);
    auto epoch = own("a", "n1");
    auto with_operations = batch("scheduler/a", 1, epoch);
    for (std::size_t i = 0; i < operations; ++i)
      with_operations.finished.push_back(finished("op" + std::to_string(i)));
    ASSERT_TRUE(append("n1", with_operations));
    ASSERT_TRUE(append("n1", batch("scheduler/a", 2, epoch, 1500)));
    advance(15s, 50ms);
    ASSERT_EQ(entries_in_store(), 0u);
  }
  void let_answer(std::uint64_t answers) {
    way->per_answer = 5ms;
    way->answers = 0;
    way->breaks_after = answers;
  }
  std::size_t operations_at(const std::string& node) {
    return nodes[node].disk->operations[scheduler_name("a")].size();
  }
  static constexpr std::size_t operations = 1200;
};

// From then on the stream's events may look as if nothing was missing: whatever was asked last, all of it arrives.
TEST_P(InterruptedCatchUp, WhereverTheLinkBreaksFinishedOperationsArrive) {
  bool ends = GetParam();
  keep_two_and_trim();
  for (std::uint64_t answers = 0; answers <= 8; ++answers) {
    replace_disk("n3");
    let_answer(answers);
    start("n3");
    for (int i = 0; i < 300 && !way->is_broken(); ++i)
      advance(5ms, 5ms);
    ASSERT_TRUE(way->is_broken() || answers > 5) << answers;
    if (ends)
      end("n3");
    advance(100ms);
    if (on_disk("n3", "scheduler/a") > 0) {
      EXPECT_EQ(operations_at("n3"), operations) << answers << ": another source may find that nothing is missing";
    }
    let_answer(never_breaks);
    if (ends)
      start("n3");
    advance(3s);
    EXPECT_TRUE(is_whole("n3")) << answers;
    EXPECT_TRUE(at<operation>("n3", get_operation{scheduler_name("a"), operation_id("op1199")})) << answers;
    EXPECT_EQ(operations_at("n3"), operations) << answers;
    EXPECT_EQ(on_disk("n3", "scheduler/a"), 1501u) << answers;
    end("n3");
  }
}

INSTANTIATE_TEST_SUITE_P(LinkOrNode, InterruptedCatchUp, ::testing::Bool());

} // namespace

} // namespace maestro
