// Copies of a SHARED JOURNAL that lack what the store has forgotten: they take it from another node's disk.
#include "test/cluster/shared_journal_fixture.hpp"

#include <gmock/gmock.h>

namespace maestro {

namespace {

using namespace std::chrono_literals;

class CatchUp : public SharedJournalTest {
protected:
  /// So many events of two streams, durable, copied, and not in the store any more.
  void write_and_trim(const std::string& node, std::uint64_t from, std::uint64_t to, owner_epoch epoch) {
    for (auto i = from; i <= to; ++i) {
      send(node, batch("scheduler/a", i, epoch));
      send(node, batch("rooms/a", i, epoch));
    }
    advance(15s, 50ms);
    ASSERT_EQ(entries_in_store(), 0u);
  }
  finished_operation finished(const std::string& id) {
    finished_operation one;
    one.what.id = operation_id(id);
    one.what.scheduler = scheduler_name("a");
    one.what.status = operation_status::finished;
    return one;
  }
};

TEST_F(CatchUp, ANodeThatJoinsLateGetsEverything) {
  start_three();
  auto epoch = own("a", "n1");
  auto with_operation = batch("scheduler/a", 1, epoch);
  with_operation.finished.push_back(finished("op"));
  ASSERT_TRUE(append("n1", with_operation));
  ASSERT_TRUE(append("n1", batch("rooms/a", 1, epoch)));
  write_and_trim("n1", 2, 2500, epoch);
  ASSERT_TRUE(at<done>("n1", save_snapshot{"rooms/a", 2000, never, "state at 2000", epoch, 0, true}));
  start("n4");
  auto loaded = load("n4", "rooms/a", own("a", "n4"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 2500u);
  EXPECT_EQ(loaded->snapshot, "state at 2000");
  EXPECT_TRUE(at<operation>("n4", get_operation{scheduler_name("a"), operation_id("op")}));
  advance(2s);
  expect_equal_disks();
  EXPECT_GE(archive().copies[node_name("n4")].complete, archive().trimmed);
}

TEST_F(CatchUp, ANodeThatWasAwayForLongTakesOnlyWhatItLacks) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  end("n3");
  nodes["n1"].disk->streams.size();
  auto gone = nodes.extract("n3"); // its lease ran out
  tell_peers();
  write_and_trim("n1", 21, 60, epoch);
  nodes.insert(std::move(gone));
  start("n3");
  auto loaded = load("n3", "scheduler/a", own("a", "n3"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 60u);
  expect_equal_disks();
}

// It has every event of it, and must hear that no other follows.
TEST_F(CatchUp, AStreamThatEndedMeanwhileHasEndedThereToo) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  end("n3");
  auto gone = nodes.extract("n3"); // its lease ran out
  tell_peers();
  auto last = batch("scheduler/a", 21, epoch);
  last.ends_streams = {"rooms/a"};
  ASSERT_TRUE(append("n1", last));
  advance(15s, 50ms);
  ASSERT_EQ(entries_in_store(), 0u);
  nodes.insert(std::move(gone));
  start("n3");
  auto loaded = load("n3", "rooms/a", own("a", "n3"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 20u);
  EXPECT_TRUE(loaded->has_ended);
}

TEST_F(CatchUp, ADiskThatWasReplacedIsFilledAgain) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  end("n2");
  replace_disk("n2");
  start("n2");
  advance(3s);
  EXPECT_EQ(on_disk("n2", "scheduler/a"), 20u);
  expect_equal_disks();
}

// A backup in its place, an image of the machine: its node id is the same, and the cluster has been told that it has all.
TEST_F(CatchUp, ADiskThatIsSetBackTakesWhatItLacksAndLosesNothing) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  auto backup = *nodes["n3"].disk;
  write_and_trim("n1", 21, 60, epoch);
  end("n3");
  nodes["n3"].disk->set_back(backup);
  start("n3");
  auto next = own("a", "n3");
  auto loaded = load("n3", "scheduler/a", next);
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 60u) << "what was acknowledged since then";
  EXPECT_TRUE(append("n3", batch("scheduler/a", 61, next)));
  advance(3s);
  expect_equal_disks();
  end("n3");
  start("n3");
  advance(3s);
  EXPECT_EQ(nodes["n3"].disk->watermark, archive().copies[node_name("n3")].complete) << "and it is whole again";
}

TEST_F(CatchUp, NobodyCountsOnADiskThatIsSetBack) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  auto backup = *nodes["n3"].disk;
  write_and_trim("n1", 21, 60, epoch);
  for (auto* name : {"n1", "n2", "n3"})
    end(name);
  nodes["n3"].disk->set_back(backup);
  start("n3");
  advance(3s);
  EXPECT_FALSE(load("n3", "scheduler/a", own("a", "n3"))) << "it would be less than was acknowledged";
  EXPECT_LT(archive().copies[node_name("n3")].complete, archive().trimmed);
  start("n2");
  auto loaded = load("n3", "scheduler/a", own("a", "n3"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 60u);
}

// It was another cluster's, say, whose revisions were higher. Where the disk is set back to when it had only joined, nothing but its
// mark tells that it lacks what the cluster has been told of since.
TEST_F(CatchUp, AMarkOfAnotherStoreIsNotSaidOfTheOneThatIsJoined) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  for (auto* name : {"n1", "n2", "n3"})
    end(name);
  nodes["n4"].disk->watermark = 1'000'000;
  start("n4");
  advance(3s);
  ASSERT_EQ(archive().copies[node_name("n4")].node_id, "n4-id") << "it has joined, and nobody fills it";
  auto image = *nodes["n4"].disk;
  start("n1");
  advance(3s);
  ASSERT_EQ(on_disk("n4", "scheduler/a"), 20u);
  ASSERT_GE(archive().copies[node_name("n4")].complete, archive().trimmed);
  end("n4");
  nodes["n4"].disk->set_back(image);
  start("n4");
  auto loaded = load("n4", "scheduler/a", own("a", "n4"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 20u);
}

// A cluster is founded again from a disk that was being filled when the former one's store was lost.
TEST_F(CatchUp, AMarkOfAnotherStoreIsNotSaidOfTheOneThatIsFounded) {
  auto& old = nodes["n1"].disk->streams["scheduler/a"];
  old.records = {"one", "two"};
  old.times = {never, never};
  old.epoch = first_epoch;
  nodes["n1"].disk->watermark = 0;
  start("n1");
  advance(1s);
  auto answer = append("n1", batch("scheduler/a", 3, own("a", "n1")));
  EXPECT_TRUE(answer) << answer.error().text;
}

// There is no other disk, so nothing that it could wait for; and what was acknowledged is not given up without a word.
TEST_F(CatchUp, ALoneNodeWhoseDiskIsSetBackSaysWhatToDo) {
  start("n1");
  advance(1s);
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  auto backup = *nodes["n1"].disk;
  write_and_trim("n1", 21, 60, epoch);
  end("n1");
  nodes["n1"].disk->set_back(backup);
  start("n1");
  advance(3s);
  EXPECT_THAT(at<journal_status>("n1", get_journal_status{})->reason,
              ::testing::HasSubstr("maestro cluster init --from DATA_DIR"));
  EXPECT_FALSE(load("n1", "scheduler/a", own("a", "n1"))) << "it would be less than was acknowledged";
}

// Who has read the higher mark a moment before would take from the store what is on one disk by now.
TEST_F(CatchUp, WhoHasLessThanWasToldMakesTrimsCountAnew) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  auto backup = *nodes["n3"].disk;
  write_and_trim("n1", 21, 60, epoch);
  auto seen = archive().trimmed_revision;
  advance(3s);
  ASSERT_EQ(archive().trimmed_revision, seen) << "nothing is left to trim";
  end("n3");
  nodes["n3"].disk->set_back(backup);
  start("n3");
  advance(3s);
  auto after_taking_back = archive().trimmed_revision;
  EXPECT_NE(after_taking_back, seen);
  end("n2");
  replace_disk("n2");
  start("n2");
  advance(3s);
  EXPECT_NE(archive().trimmed_revision, after_taking_back) << "an empty disk in another one's place";
}

// Each disk has another part of what was acknowledged since, and the next owner would be one of an epoch that was another's.
TEST_F(CatchUp, AStoreThatIsSetBackIsNotBelieved) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  auto image = agreement->make_image();
  write_and_trim("n1", 21, 60, epoch);
  agreement->set_back(*image);
  EXPECT_FALSE(append("n1", batch("scheduler/a", 61, epoch))) << "of a node that goes on";
  for (auto* name : {"n1", "n2", "n3"}) {
    end(name);
    start(name);
    advance(3s);
    EXPECT_THAT(at<journal_status>(name, get_journal_status{})->reason,
                ::testing::HasSubstr("etcd was set back to an earlier state"));
    EXPECT_FALSE(load(name, "scheduler/a", own("a", name))) << name;
  }
}

TEST_F(CatchUp, ADiskOfAnEarlierVersionIsTakenForWhatItWas) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  for (auto* name : {"n1", "n2", "n3"}) {
    end(name);
    nodes[name].disk->watermark = -1;
  }
  start("n3");
  auto loaded = load("n3", "scheduler/a", own("a", "n3"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 20u);
  advance(3s);
  EXPECT_GT(nodes["n3"].disk->watermark, 0);
}

TEST_F(CatchUp, WithoutANeighbourItSaysWhatIsMissingAndServesNothing) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  for (auto* name : {"n1", "n2", "n3"})
    end(name);
  start("n4");
  auto refused = load("n4", "scheduler/a", own("a", "n4"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::unavailable);
  EXPECT_THAT(refused.error().text, ::testing::HasSubstr("this node's copy of the journal ends before revision"));
  EXPECT_TRUE(at<journal_status>("n4", get_journal_status{})->read_only);
  EXPECT_TRUE(at<journal_status>("n4", get_journal_status{})->writes_nothing);
  EXPECT_FALSE(append("n4", batch("scheduler/a", 1, own("a", "n4"))));
  start("n1");
  advance(3s);
  EXPECT_EQ(on_disk("n4", "scheduler/a"), 20u);
  EXPECT_FALSE(at<journal_status>("n4", get_journal_status{})->writes_nothing);
}

TEST_F(CatchUp, AFirstNodeBringsItsJournalIntoTheCluster) {
  auto& old = nodes["n1"].disk->streams["scheduler/a"];
  old.records = {"one", "two"};
  old.times = {never, never};
  old.epoch = first_epoch;
  start_three();
  auto epoch = own("a", "n2");
  auto loaded = load("n2", "scheduler/a", epoch);
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 2u);
  ASSERT_TRUE(append("n2", batch("scheduler/a", 3, epoch)));
  advance(2s);
  expect_equal_disks();
}

TEST_F(CatchUp, ANodeWithAnotherJournalIsRefusedAndLosesNothing) {
  auto& foreign = nodes["n4"].disk->streams["scheduler/x"];
  foreign.records = {"one"};
  foreign.times = {never};
  foreign.epoch = first_epoch;
  auto late = nodes.extract("n4");
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 3, epoch);
  nodes.insert(std::move(late));
  start("n4");
  advance(3s);
  EXPECT_EQ(on_disk("n4", "scheduler/x"), 1u);
  EXPECT_EQ(on_disk("n4", "scheduler/a"), 0u);
  EXPECT_THAT(at<journal_status>("n4", get_journal_status{})->reason, ::testing::HasSubstr("not this cluster's"));
  EXPECT_FALSE(load("n4", "scheduler/a", epoch));
  end("n4");
  replace_disk("n4");
  start("n4");
  advance(3s);
  expect_equal_disks();
}

TEST_F(CatchUp, AStreamThatBeginsAnewIsOneEverywhere) {
  start_three();
  auto epoch = own("a", "n1");
  auto last = batch("scheduler/a", 1, epoch, 5);
  last.ends_streams = {"scheduler/a"};
  ASSERT_TRUE(append("n1", last));
  advance(15s, 50ms);
  for (auto* name : {"n1", "n2"}) { // their retention is over earlier
    end(name);
    nodes[name].disk->streams.erase("scheduler/a");
    start(name);
  }
  auto again = own("a", "n1");
  auto loaded = load("n1", "scheduler/a", again);
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->last_sequence, 0u);
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, again, 2)));
  advance(5s);
  for (auto* name : {"n1", "n2", "n3"})
    EXPECT_EQ(on_disk(name, "scheduler/a"), 2u) << name;
  expect_equal_disks();
}

// Its new life has more events by then than this disk has of the former one: they do not follow those.
TEST_F(CatchUp, AStreamThatBeganAnewWhileANodeWasAwayIsTakenFromItsBeginning) {
  for (bool has_heard_of_the_end : {true, false}) {
    SCOPED_TRACE(has_heard_of_the_end);
    auto stream = std::string("scheduler/") + (has_heard_of_the_end ? "a" : "b");
    if (has_heard_of_the_end)
      start_three();
    auto epoch = own(stream.substr(10), "n1");
    auto last = batch(stream, 1, epoch, 5);
    if (has_heard_of_the_end)
      last.ends_streams = {stream};
    ASSERT_TRUE(append("n1", last));
    advance(15s, 50ms);
    end("n3");
    auto gone = nodes.extract("n3"); // its lease ran out
    tell_peers();
    if (!has_heard_of_the_end) {
      last = batch(stream, 6, epoch);
      last.ends_streams = {stream};
      ASSERT_TRUE(append("n1", last));
      advance(15s, 50ms);
    }
    for (auto* name : {"n1", "n2"}) // its retention is over
      nodes[name].disk->streams.erase(stream);
    auto again = own(stream.substr(10), "n1");
    ASSERT_EQ(load("n1", stream, again)->last_sequence, 0u);
    ASSERT_TRUE(append("n1", batch(stream, 1, again, 8)));
    advance(15s, 50ms);
    ASSERT_EQ(entries_in_store(), 0u);
    nodes.insert(std::move(gone));
    start("n3");
    auto loaded = load("n3", stream, own(stream.substr(10), "n3"));
    ASSERT_TRUE(loaded) << loaded.error().text;
    EXPECT_EQ(loaded->last_sequence, 8u);
    expect_equal_disks();
  }
}

TEST_F(CatchUp, AStreamThatGoesOnWhereACopyHasDroppedItIsTakenOver) {
  start_three();
  auto epoch = own("a", "n1");
  auto last = batch("scheduler/a", 1, epoch, 5);
  last.ends_streams = {"scheduler/a"};
  ASSERT_TRUE(append("n1", last));
  advance(15s, 50ms);
  end("n2");
  nodes["n2"].disk->streams.erase("scheduler/a");
  start("n2");
  advance(1s);
  auto again = own("a", "n1");
  ASSERT_EQ(load("n1", "scheduler/a", again)->last_sequence, 5u);
  ASSERT_TRUE(append("n1", batch("scheduler/a", 6, again, 2)));
  advance(5s);
  EXPECT_EQ(on_disk("n2", "scheduler/a"), 7u);
  expect_equal_disks();
}

// Each disk drops what has ended when its own turn comes: nobody else may have it when it goes on.
TEST_F(CatchUp, AStreamThatGoesOnWhereAllOthersHaveDroppedItSurvivesItsOwner) {
  start_three();
  auto epoch = own("a", "n1");
  auto last = batch("scheduler/a", 1, epoch, 5);
  last.ends_streams = {"scheduler/a"};
  ASSERT_TRUE(append("n1", last));
  advance(15s, 50ms);
  for (auto* name : {"n2", "n3"})
    nodes[name].disk->streams.erase("scheduler/a");
  auto again = own("a", "n1");
  ASSERT_EQ(load("n1", "scheduler/a", again)->last_sequence, 5u);
  ASSERT_TRUE(append("n1", batch("scheduler/a", 6, again, 2)));
  end("n1");
  advance(5s);
  EXPECT_FALSE(at<journal_status>("n2", get_journal_status{})->read_only);
  auto other = append("n2", batch("scheduler/b", 1, own("b", "n2")));
  EXPECT_TRUE(other) << other.error().text;
  auto next = own("a", "n2");
  auto loaded = load("n2", "scheduler/a", next);
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->last_sequence, 7u);
  EXPECT_EQ(loaded->snapshot_sequence, 5u);
  EXPECT_EQ(loaded->tail.size(), 2u);
  EXPECT_TRUE(append("n2", batch("scheduler/a", 8, next)));
  start("n1");
  advance(5s);
  for (auto* name : {"n1", "n2", "n3"})
    EXPECT_EQ(on_disk(name, "scheduler/a"), 8u) << name;
}

// It looks the same to who reads the store then.
TEST_F(CatchUp, AStreamWhoseBeginningTheStoreForgetsMeanwhileIsTakenFromItsBeginning) {
  start_three();
  auto epoch = own("a", "n1");
  write_and_trim("n1", 1, 20, epoch);
  end("n3");
  auto other = own("b", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/b", 1, other, 5)));
  ASSERT_TRUE(append("n1", batch("scheduler/b", 6, other)));
  advance(3s);
  nodes["n3"].trouble->before_read = [this](const read_store& wanted) {
    auto key = entry_key("scheduler/b", 1);
    auto found = agreement->read(key);
    if (wanted.prefix != journal_entries || found.entries.empty())
      return;
    agreement->change({{},
                       {{store_write_kind::erase, key, {}},
                        {store_write_kind::put, trimmed_key, trimmed_value(found.entries.front().revision)}}},
                      0);
  };
  start("n3");
  advance(5s);
  EXPECT_EQ(nodes["n3"].disk->streams["scheduler/b"].first, 1u);
  expect_equal_disks();
}

/// Its disk takes nothing for so long that the store forgets what the node writes.
class WaitingForTheCopy : public CatchUp {
protected:
  void SetUp() override {
    start_three();
    start("n4");
    advance(2s);
    epoch = own("a", "n4");
    ASSERT_TRUE(append("n4", batch("scheduler/a", 1, epoch)));
    advance(5s, 50ms);
    nodes["n4"].disk->refused_syncs = 1'000'000;
    for (std::uint64_t i = 2; i <= 100; ++i)
      ASSERT_TRUE(append("n4", batch("scheduler/a", i, epoch)));
  }
  void let_the_store_forget() {
    advance(60s, 50ms);
    ASSERT_EQ(entries_in_store(), 0u) << "who is late is not waited for without end";
    ASSERT_LT(archive().copies[node_name("n4")].complete, archive().trimmed);
  }
  owner_epoch epoch;
};

TEST_F(WaitingForTheCopy, EndsWhenAnotherDiskHasSuppliedIt) {
  let_the_store_forget();
  nodes["n4"].disk->refused_syncs = 0;
  auto listed = at<stream_list>("n4", list_streams{"scheduler/"});
  ASSERT_TRUE(listed) << listed.error().text;
  auto page = at<event_page>("n4", read_events{"scheduler/a", 100, 10});
  ASSERT_TRUE(page) << page.error().text;
  EXPECT_EQ(page->items.size(), 1u);
}

TEST_F(WaitingForTheCopy, EndsAlsoWhenNobodyHasItAnyMore) {
  auto other = own("a", "n1");
  ASSERT_EQ(load("n1", "scheduler/a", other)->last_sequence, 100u);
  auto last = batch("scheduler/a", 101, other);
  last.ends_streams = {"scheduler/a"};
  ASSERT_TRUE(append("n1", last));
  let_the_store_forget();
  for (auto* name : {"n1", "n2", "n3"}) // its retention is over
    nodes[name].disk->streams.erase("scheduler/a");
  nodes["n4"].disk->refused_syncs = 0;
  EXPECT_TRUE(at<stream_list>("n4", list_streams{"scheduler/"}));
}

TEST_F(CatchUp, WhatTheWatchDoesNotTellOfHavingGoneIsForgottenAllTheSame) {
  settings.trim_interval = 200ms;
  start_three();
  auto epoch = own("a", "n1");
  ASSERT_TRUE(append("n1", batch("scheduler/a", 1, epoch)));
  advance(100ms);
  ASSERT_EQ(entries_in_store(), 1u);
  nodes["n2"].trouble->lost_changes = 1;
  advance(5s);
  ASSERT_EQ(entries_in_store(), 0u);
  ASSERT_EQ(nodes["n2"].trouble->lost_changes, 0);
  for (std::uint64_t i = 2; i <= 100; ++i) {
    ASSERT_TRUE(append("n1", batch("scheduler/a", i, epoch)));
    advance(1s, 50ms);
  }
  advance(5s, 50ms);
  EXPECT_LE(*nodes["n2"].in_store, 1u);
}

TEST_F(CatchUp, ALongTailIsShortenedWithANeighboursSnapshot) {
  settings.tail_events = 100;
  start_three();
  auto epoch = own("a", "n1");
  for (std::uint64_t i = 1; i <= 90; ++i)
    send("n1", batch("rooms/a", i, epoch));
  advance(1s);
  ASSERT_TRUE(at<done>("n1", save_snapshot{"rooms/a", 80, never, "state at 80", epoch, 0, true}));
  for (std::uint64_t i = 91; i <= 110; ++i)
    send("n1", batch("rooms/a", i, epoch));
  advance(10s);
  auto loaded = load("n2", "rooms/a", own("a", "n2"));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->snapshot, "state at 80");
  EXPECT_EQ(loaded->tail.size(), 30u);
}

} // namespace

} // namespace maestro
