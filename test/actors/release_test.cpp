// A node lets a scheduler go while things are asked of it: whoever asked is told what became of it, before or when its actors end.
#include "test/actors/node_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

namespace maestro {

namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Release : public NodeTest {
protected:
  scheduler_name name{"s"};
  std::vector<std::string> told;

  void make(int amount) {
    create("s", amount);
    ping_all("s");
    ASSERT_EQ(count("s", room_status::ready), static_cast<std::size_t>(amount));
  }
  auto local() { return caf::actor_cast<local_directory_actor>(directory); }
  template <class Answer, class Whom, class Request>
  void ask_in(caf::event_based_actor* me, const Whom& whom, Request request, const std::string& word) {
    me->request(whom, caf::infinite, std::move(request))
        .then([this, word](const Answer&) { told.push_back(word); },
              [this, word](const caf::error& why) {
                auto failed = from_caf(why);
                told.push_back(word + " " + to_string(failed.code) +
                               (failed.subject == failure_subject::actor ? " look again" : ""));
              });
  }
  /// One actor asks all of it, in one turn.
  void at_once(std::function<void(caf::event_based_actor*)> what) {
    keep(sys.spawn([what = std::move(what)](caf::event_based_actor* me) -> caf::behavior {
      what(me);
      return {[](done) {}};
    }));
    pass(1s);
  }
};

TEST_F(Release, WhatIsOnItsWayToTheJournalIsAnsweredBefore) {
  make(3);
  at_once([&](auto* me) {
    for (auto* word : {"first", "second", "third"})
      ask_in<allocated_room>(me, directory, allocate_room{name}, word);
    ask_in<operation_id>(me, directory, new_scheduler_version{recipe("s", 4)}, "version");
    ask_in<done>(me, local(), release_scheduler{name}, "released");
  });
  ASSERT_EQ(told.size(), 5u) << ::testing::PrintToString(told);
  EXPECT_EQ(told.back(), "released");
  told.pop_back();
  std::sort(told.begin(), told.end());
  EXPECT_THAT(told, ElementsAre("first", "second", "third", "version"));
}

TEST_F(Release, APingThatIsTooLateForItIsToLookAgain) {
  make(2);
  std::vector<game_room_actor> games;
  for (auto& room : rooms("s"))
    games.push_back(order<room_handle>(find_room{name, room.id})->room);
  at_once([&](auto* me) {
    ask_in<done>(me, local(), release_scheduler{name}, "released");
    for (auto& game : games)
      for (auto status : {ping_status::occupied, ping_status::ready})
        ask_in<ping_result>(me, game, ping_room{status, 1}, "ping");
  });
  ASSERT_EQ(told.size(), 5u) << ::testing::PrintToString(told);
  std::erase_if(told,
                [](auto& word) { return word == "released" || word == "ping" || word.ends_with("look again"); });
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(Release, AnAllocationThatWaitsForTheFirstListIsAnsweredToo) {
  make(2);
  at_once([&](auto* me) { ask_in<done>(me, local(), release_scheduler{name}, "released"); });
  ASSERT_THAT(told, ElementsAre("released"));
  at_once([&](auto* me) {
    ask_in<done>(me, local(), adopt_scheduler{name, first_epoch}, "adopted");
    ask_in<allocated_room>(me, directory, allocate_room{name}, "given");
    ask_in<done>(me, local(), release_scheduler{name}, "released again");
  });
  EXPECT_EQ(told.size(), 4u) << ::testing::PrintToString(told);
}

// What a pool has may be still on its way to this node's disk: the scheduler alone serves nobody.
TEST_F(Release, OneWhosePoolCannotBeRecoveredIsNotTakenOverAndCanBeLetGo) {
  make(1);
  at_once([&](auto* me) { ask_in<done>(me, local(), release_scheduler{name}, "released"); });
  auto& records = disk->streams.at("rooms/s").records;
  auto whole = std::exchange(records.back(), "not a record");
  at_once([&](auto* me) { ask_in<done>(me, local(), adopt_scheduler{name, first_epoch}, "adopted"); });
  at_once([&](auto* me) { ask_in<done>(me, local(), release_scheduler{name}, "released again"); });
  records.back() = whole;
  at_once([&](auto* me) { ask_in<done>(me, local(), adopt_scheduler{name, first_epoch}, "adopted"); });
  EXPECT_THAT(told, ElementsAre("released", "adopted internal", "released again", "adopted"));
  EXPECT_EQ(rooms("s").size(), 1u);
}

// Two pairs of one epoch are one to the journal: what the former has in its mailbox is written before the next one reads.
TEST_F(Release, WhatIsTakenBackAtOnceBeginsWhenTheFormerHasEnded) {
  make(6);
  at_once([&](auto* me) {
    for (auto* word : {"first", "second", "third"})
      ask_in<allocated_room>(me, directory, allocate_room{name}, word);
    ask_in<done>(me, local(), release_scheduler{name}, "released");
    ask_in<done>(me, local(), adopt_scheduler{name, first_epoch}, "adopted");
  });
  EXPECT_EQ(told.size(), 5u) << ::testing::PrintToString(told);
  at_once([&](auto* me) {
    for (auto* word : {"fourth", "fifth"})
      ask_in<allocated_room>(me, directory, allocate_room{name}, word);
  });
  ASSERT_EQ(told.size(), 7u);
  EXPECT_EQ(told[5], "fourth");
  EXPECT_EQ(told[6], "fifth");
}

// As after a write that was refused and carried out all the same.
TEST_F(Release, OneThatHasSomethingElseThanTheJournalBeginsAgainFromThat) {
  make(3);
  auto& records = disk->streams.at("rooms/s").records;
  append_events late;
  late.stream = "rooms/s";
  late.first_sequence = records.size() + 1;
  late.records = {records.back()};
  at_once([&](auto* me) { ask_in<events_appended>(me, journal, late, "late"); });
  ASSERT_THAT(told, ElementsAre("late"));
  at_once([&](auto* me) { ask_in<allocated_room>(me, directory, allocate_room{name}, "first"); });
  ASSERT_EQ(told.size(), 2u);
  EXPECT_NE(told.back(), "first");
  pass(5s);
  at_once([&](auto* me) { ask_in<allocated_room>(me, directory, allocate_room{name}, "second"); });
  EXPECT_EQ(told.back(), "second");
  EXPECT_EQ(rooms("s").size(), 3u);
}

// It comes while a request makes the same scheduler, which is there already.
TEST_F(Release, WhatIsTakenOverIsNotLostWithACreationThatFails) {
  make(1);
  at_once([&](auto* me) { ask_in<done>(me, local(), release_scheduler{name}, "released"); });
  at_once([&](auto* me) {
    ask_in<scheduler>(me, directory, create_scheduler{recipe("s", 1)}, "created");
    ask_in<done>(me, local(), adopt_scheduler{name, first_epoch}, "adopted");
  });
  EXPECT_THAT(told, ElementsAre("released", "created already_exists", "adopted"));
  EXPECT_EQ(rooms("s").size(), 1u);
}

// What the former has in its mailbox is written before another one of its epoch reads.
TEST_F(Release, WhatIsMadeAgainAtOnceBeginsWhenTheFormerHasEnded) {
  make(6);
  at_once([&](auto* me) {
    for (auto* word : {"first", "second", "third"})
      ask_in<allocated_room>(me, directory, allocate_room{name}, word);
    ask_in<done>(me, local(), release_scheduler{name}, "released");
    ask_in<scheduler>(me, directory, create_scheduler{recipe("s", 1)}, "created");
    ask_in<scheduler>(me, directory, get_scheduler{name, {}}, "found");
  });
  ASSERT_EQ(told.size(), 6u) << ::testing::PrintToString(told);
  EXPECT_THAT(told, Contains("found deposed")) << "it is nobody's to say that there is none";
  for (auto* word : {"first", "second", "third"})
    EXPECT_THAT(told, Contains(word));
  EXPECT_EQ(told.back(), "created already_exists");
}

TEST_F(Release, OfANodeInAClusterWhatIsMadeAndIsThereAlreadyIsNeverMissing) {
  make(1);
  at_once([&](auto* me) { ask_in<done>(me, local(), release_scheduler{name}, "released"); });
  auto of_cluster = keep(spawn_scheduler_directory(sys, context, recovery::of_adopted));
  at_once([&](auto* me) {
    ask_in<scheduler>(me, of_cluster, create_scheduler{recipe("s", 1)}, "created");
    ask_in<scheduler>(me, of_cluster, get_scheduler{name, {}}, "found");
  });
  at_once([&](auto* me) { ask_in<scheduler>(me, of_cluster, get_scheduler{name, {}}, "found later"); });
  at_once([&](auto* me) { ask_in<done>(me, of_cluster, adopt_scheduler{name, first_epoch}, "adopted"); });
  at_once([&](auto* me) { ask_in<scheduler>(me, of_cluster, get_scheduler{name, {}}, "found"); });
  EXPECT_THAT(told, ElementsAre("released", "found deposed", "created already_exists", "found later deposed",
                                "adopted", "found"));
}

TEST_F(Release, WhoeverMakesOneWhosePoolBreaksIsToldAndItBeginsAgain) {
  disk->streams["rooms/s"].records = {"not a record"};
  at_once([&](auto* me) { ask_in<scheduler>(me, directory, create_scheduler{recipe("s", 2)}, "created"); });
  ASSERT_THAT(told, ElementsAre("created unavailable"));
  disk->streams["rooms/s"].records.clear();
  pass(10s);
  ping_all("s");
  EXPECT_EQ(count("s", room_status::ready), 2u);
}

TEST_F(Release, WhoeverMakesOneThatIsLetGoIsAnswered) {
  at_once([&](auto* me) {
    ask_in<scheduler>(me, directory, create_scheduler{recipe("s", 1)}, "created");
    ask_in<done>(me, local(), release_scheduler{name}, "released");
  });
  EXPECT_EQ(told.size(), 2u) << ::testing::PrintToString(told);
}

// As what a pair that was let go had said before it ended, and that is heard when there is another one.
TEST_F(Release, ThatASchedulerHasEndedIsBelievedOfItselfAlone) {
  make(1);
  at_once([&](auto* me) {
    me->send(local(), scheduler_gone{name});
    me->send(local(), scheduler_changed{recipe("s", 7)});
  });
  EXPECT_EQ(rooms("s").size(), 1u);
  EXPECT_EQ(order<scheduler>(get_scheduler{name, {}})->rooms_replicas, 1);
}

} // namespace

} // namespace maestro
