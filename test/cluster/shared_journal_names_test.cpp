// Whose place in a cluster's journal is whose: two processes with one node name, and a new disk in an old one's place.
#include "test/cluster/shared_journal_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {

namespace {

using namespace std::chrono_literals;

class SharedJournalNames : public SharedJournalTest {
protected:
  void write(const std::string& node, std::uint64_t from, std::uint64_t to, owner_epoch epoch) {
    for (auto i = from; i <= to; ++i)
      ASSERT_TRUE(append(node, batch("scheduler/a", i, epoch)));
  }
  void let_the_store_forget() {
    advance(15s, 50ms);
    ASSERT_EQ(entries_in_store(), 0u);
    ASSERT_GT(archive().trimmed, 0);
  }
  std::string reason(const std::string& node) {
    auto status = at<journal_status>(node, get_journal_status{});
    return status && status->read_only ? status->reason : std::string();
  }
  std::string disk_of(const std::string& node) { return archive().copies[node_name(node)].node_id; }
  /// Another process with that name beside the one that runs, which is returned.
  journal_node start_beside(const std::string& name) {
    auto living = std::exchange(nodes[name], {});
    nodes[name].node_id = "another-data-directory";
    start(name);
    return living;
  }
  std::size_t let_arrive(const std::string& name) {
    std::size_t applied = 0;
    for (auto& one : std::exchange(nodes[name].trouble->kept, {}))
      applied += agreement->change(one, 0).is_applied ? 1 : 0;
    return applied;
  }
};

// Its machine is a copy of the other's, say: the name comes from there.
TEST_F(SharedJournalNames, AnotherProcessWithTheNameOfALivingNodeTakesNothingFromIt) {
  start_three();
  auto epoch = own("a", "n1");
  write("n1", 1, 20, epoch);
  let_the_store_forget();
  auto living = start_beside("n1");
  advance(3s);
  EXPECT_THAT(reason("n1"), ::testing::HasSubstr("another node has the name n1"));
  auto refused = append("n1", batch("scheduler/a", 21, epoch));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, ::testing::HasSubstr("another node has the name n1"));
  EXPECT_EQ(disk_of("n1"), "n1-id");
  end("n1");
  nodes["n1"] = living;
  EXPECT_TRUE(append("n1", batch("scheduler/a", 21, epoch))) << "it was not replaced";
  end("n1");
  start("n1");
  auto loaded = load("n1", "scheduler/a", epoch);
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 21u) << "its disk is still the cluster's";
  advance(3s);
  expect_equal_disks();
}

TEST_F(SharedJournalNames, WhoWaitsForANameBeginsWhenItIsItsOwn) {
  start_three();
  auto epoch = own("a", "n1");
  write("n1", 1, 20, epoch);
  let_the_store_forget();
  auto living = start_beside("n1");
  advance(1s);
  std::swap(living, nodes["n1"]);
  end("n1");
  std::swap(living, nodes["n1"]);
  advance(2s);
  EXPECT_EQ(disk_of("n1"), "n1-id") << "its directory has not taken the name yet";
  take_name("n1");
  tell_peers();
  advance(3s);
  EXPECT_EQ(disk_of("n1"), "another-data-directory");
  auto loaded = load("n1", "scheduler/a", own("a", "n1"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 20u);
  expect_equal_disks();
}

// Between the question whose the name is and what follows from it another one may get it.
TEST_F(SharedJournalNames, WhatIsOnItsWayWhenTheNameIsLostDoesNothing) {
  start_three();
  write("n1", 1, 20, own("a", "n1"));
  let_the_store_forget();
  for (bool is_new_disk : {false, true}) {
    end("n1");
    if (is_new_disk)
      replace_disk("n1");
    nodes["n1"].trouble->keeps_requests = true;
    start("n1");
    advance(100ms);
    ASSERT_FALSE(nodes["n1"].trouble->kept.empty());
    auto mine = std::exchange(nodes["n1"].node_id, "another-data-directory");
    agreement->change({{}, {{store_write_kind::put, member_key(node_name("n1")), key_value_of("n1")}}}, 0);
    EXPECT_EQ(let_arrive("n1"), 0u);
    EXPECT_EQ(disk_of("n1"), "n1-id");
    give_up_name("n1");
    nodes["n1"].node_id = mine;
    nodes["n1"].trouble->keeps_requests = false;
    take_name("n1");
    advance(3s);
    EXPECT_EQ(reason("n1"), "") << "the name is its own again";
    EXPECT_EQ(disk_of("n1"), mine);
  }
}

TEST_F(SharedJournalNames, TheOnlyDiskWithWhatTheStoreForgotIsNotGivenUpForANewOne) {
  start("n1");
  auto epoch = own("a", "n1");
  advance(1s);
  write("n1", 1, 20, epoch);
  let_the_store_forget();
  end("n1");
  auto disk = nodes["n1"].disk;
  auto told = archive().copies[node_name("n1")].complete;
  replace_disk("n1");
  start("n1");
  start("n2");
  advance(3s);
  EXPECT_THAT(reason("n1"),
              ::testing::AllOf(::testing::HasSubstr("on no other disk than the one that node n1 had"),
                               ::testing::HasSubstr("maestro cluster init --from")));
  EXPECT_EQ(disk_of("n1"), "n1-id");
  EXPECT_EQ(archive().copies[node_name("n1")].complete, told);
  EXPECT_FALSE(load("n2", "scheduler/a", own("a", "n2"))) << "nobody has it";
  end("n1");
  nodes["n1"].disk = disk;
  nodes["n1"].node_id = "n1-id";
  start("n1");
  auto loaded = load("n1", "scheduler/a", own("a", "n1"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 20u);
  advance(5s);
  expect_equal_disks();
}

TEST_F(SharedJournalNames, OfTwoDisksThatAreReplacedAtOnceOneIsKept) {
  for (auto* name : {"n1", "n2"}) {
    start(name);
    advance(1s);
  }
  write("n1", 1, 20, own("a", "n1"));
  let_the_store_forget();
  for (auto* name : {"n1", "n2"}) {
    end(name);
    replace_disk(name);
    nodes[name].trouble->keeps_requests = true;
  }
  for (auto* name : {"n1", "n2"})
    start(name);
  advance(100ms);
  for (auto* name : {"n1", "n2"})
    ASSERT_FALSE(nodes[name].trouble->kept.empty()) << name;
  EXPECT_EQ(let_arrive("n1"), 1u);
  EXPECT_EQ(let_arrive("n2"), 0u) << "the disk that it counts on was given up";
  nodes["n2"].trouble->keeps_requests = false;
  advance(3s);
  EXPECT_THAT(reason("n2"), ::testing::HasSubstr("on no other disk"));
  EXPECT_EQ(disk_of("n2"), "n2-id");
}

} // namespace

} // namespace maestro
