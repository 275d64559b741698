// One exam for every journal (journal_actor in messages/actors.hpp): the one on disk and the one in the simulator's
// memory answer the same requests in the same words, so what the simulator proves of the actors holds on a disk.
#include "nodes/journal/simulated_journal.hpp"
#include "test/journal/faulty_disk.hpp"
#include "test/journal/journal_fixture.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

namespace maestro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

enum class journal_kind { on_disk, simulated };

class JournalExam : public JournalFixture, public ::testing::WithParamInterface<journal_kind> {
protected:
  void SetUp() override { start(); }
  void open_keeper() override {
    if (GetParam() == journal_kind::on_disk)
      return JournalFixture::open_keeper();
    keeper = simulation::spawn_simulated_journal(system, disk, random, [this] { return now; });
  }

  std::shared_ptr<simulation::simulated_disk> disk = std::make_shared<simulation::simulated_disk>();
  std::mt19937_64 random{1};
};

TEST_P(JournalExam, AppendedEventsAreThereAfterARestart) {
  ASSERT_TRUE(append("scheduler/arena", 1, {"one", std::string("t\0wo", 4)}));
  auto third = append("scheduler/arena", 3, {"three"});
  ASSERT_TRUE(third);
  EXPECT_EQ(third->last_sequence, 3u);
  restart();
  auto loaded = load("scheduler/arena");
  EXPECT_THAT(loaded.tail, ElementsAre("one", std::string("t\0wo", 4), "three"));
  EXPECT_EQ(loaded.last_sequence, 3u);
  EXPECT_EQ(loaded.snapshot, "");
  EXPECT_TRUE(append("scheduler/arena", 4, {"four"}));
}

TEST_P(JournalExam, AnUnknownStreamIsEmpty) {
  auto loaded = load("scheduler/none");
  EXPECT_EQ(loaded.last_sequence, 0u);
  EXPECT_TRUE(loaded.tail.empty());
}

TEST_P(JournalExam, StreamsWithCommonPrefixesAreKeptApart) {
  ASSERT_TRUE(append("a", 1, {"a1"}));
  ASSERT_TRUE(append("a-b", 1, {"ab1", "ab2"}));
  ASSERT_TRUE(append("ab", 1, {"x"}));
  ASSERT_TRUE(append("a", 2, {"a2"}));
  EXPECT_THAT(load("a").tail, ElementsAre("a1", "a2"));
  EXPECT_THAT(load("a-b").tail, ElementsAre("ab1", "ab2"));
  auto listed = ask_keeper<stream_list>(list_streams{"a"});
  ASSERT_TRUE(listed);
  EXPECT_THAT(listed->names, ElementsAre("a", "a-b", "ab"));
  EXPECT_THAT(ask_keeper<stream_list>(list_streams{"a-"})->names, ElementsAre("a-b"));
}

TEST_P(JournalExam, AGapOrARepetitionIsRefusedAndNothingOfItIsKept) {
  ASSERT_TRUE(append("s", 1, {"one", "two"}));
  auto gap = append("s", 4, {"four"});
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().text, "stream s: sequence 4 does not follow 2");
  EXPECT_EQ(gap.error().code, ec::internal);
  EXPECT_FALSE(append("s", 2, {"two again"}));
  EXPECT_FALSE(append("s", 0, {"zero"}));
  EXPECT_THAT(load("s").tail, ElementsAre("one", "two"));
  EXPECT_TRUE(append("s", 3, {"three"}));
}

TEST_P(JournalExam, SequencesGoOnAfterARestartOnlyWhereTheyEnded) {
  ASSERT_TRUE(append("s", 1, {"one", "two"}));
  restart();
  EXPECT_FALSE(append("s", 2, {"two again"}));
  EXPECT_FALSE(append("s", 4, {"four"}));
  EXPECT_TRUE(append("s", 3, {"three"}));
}

TEST_P(JournalExam, ADiskSaysItselfHowFarItIs) {
  auto watermark = [this] { return ask_keeper<journal_status>(get_journal_status{})->watermark; };
  EXPECT_EQ(watermark(), -1);
  for (std::int64_t revision : {7, 900, 0, 12}) {
    ASSERT_TRUE(ask_keeper<done>(save_watermark{revision}));
    EXPECT_EQ(watermark(), revision);
  }
  restart();
  EXPECT_EQ(watermark(), 12);
}

// -- a disk that fails -----------------------------------------------------------------------------------------

class FailedWrites : public JournalExam {
protected:
  void open_keeper() override {
    config.mend_after = std::chrono::milliseconds{1};
    disk->mends_after = std::chrono::milliseconds{1};
    if (GetParam() == journal_kind::simulated)
      return JournalExam::open_keeper();
    auto opened = rocksdb_journal::open(config, faulty);
    ASSERT_TRUE(opened) << opened.error().text;
    store = *opened;
    keeper = spawn_journal_keeper(system, store, config, [this] { return now; });
  }
  void fail() {
    disk->fail_next_sync = true;
    faulty->fail_log(faulty_disk::fault::sync);
  }
  journal_status status() { return *ask_keeper<journal_status>(get_journal_status{}); }
  bool writes_again() {
    faulty->heal();
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (status().read_only && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    return !status().read_only;
  }

  std::shared_ptr<faulty_disk> faulty = std::make_shared<faulty_disk>();
};

TEST_P(FailedWrites, AreRefusedAndWritingGoesOnByItselfAsIfNothingHadBeenAsked) {
  ASSERT_TRUE(append("s", 1, {"one", "two"}));
  for (int round = 0; round < 3; ++round) {
    auto last = load("s").last_sequence;
    fail();
    auto refused = append("s", last + 1, {"refused", "refused"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ec::unavailable);
    EXPECT_THAT(refused.error().text, HasSubstr("the journal is read-only"));
    EXPECT_EQ(load("s").last_sequence, last);
    ASSERT_TRUE(writes_again());
    EXPECT_FALSE(append("s", last + 3, {"behind what was refused"}));
    ASSERT_TRUE(append("s", last + 1, {"new"}));
    EXPECT_EQ(load("s").last_sequence, last + 1);
  }
  restart();
  EXPECT_THAT(load("s").tail, ElementsAre("one", "two", "new", "new", "new"));
}

// -- snapshots -------------------------------------------------------------------------------------------------

TEST_P(JournalExam, ASnapshotReplacesWhatItContains) {
  ASSERT_TRUE(append("s", 1, {"one", "two", "three"}));
  auto saved = ask_keeper<done>(save_snapshot{"s", 2, now, "state at two"});
  ASSERT_TRUE(saved) << saved.error().text;
  auto loaded = load("s");
  EXPECT_EQ(loaded.snapshot, "state at two");
  EXPECT_EQ(loaded.snapshot_sequence, 2u);
  EXPECT_THAT(loaded.tail, ElementsAre("three"));
  EXPECT_EQ(loaded.last_sequence, 3u);
}

TEST_P(JournalExam, AnOlderSnapshotNeverReplacesANewerOne) {
  ASSERT_TRUE(append("s", 1, {"one", "two", "three"}));
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 3, now, "new"}));
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 2, now, "old"}));
  EXPECT_EQ(load("s").snapshot, "new");
}

TEST_P(JournalExam, ASnapshotOfWhatIsNotDurableIsRefused) {
  ASSERT_TRUE(append("s", 1, {"one"}));
  auto early = ask_keeper<done>(save_snapshot{"s", 2, now, "future"});
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().text, HasSubstr("at sequence 2 is none of 1 to 1"));
  EXPECT_EQ(load("s").snapshot, "");
}

// -- finished operations ---------------------------------------------------------------------------------------

class FinishedOperations : public JournalExam {
protected:
  std::uint64_t sequence = 0;

  static finished_operation operation_of(const std::string& id, std::int64_t created, timestamp expires = never,
                                         bool listed = true, const std::string& scheduler = "arena") {
    finished_operation finished;
    finished.what.id = operation_id{id};
    finished.what.scheduler = scheduler_name{scheduler};
    finished.what.status = operation_status::finished;
    finished.what.definition = add_rooms_operation{created};
    finished.what.created_at = seconds_after_start(created);
    finished.listed = listed;
    finished.expires_at = expires;
    return finished;
  }
  void keep(std::vector<finished_operation> finished, const std::string& drop = {}) {
    auto batch = events("scheduler/arena", ++sequence, {"ended"});
    batch.finished = std::move(finished);
    batch.drop_operations_of = scheduler_name{drop};
    auto appended = ask_keeper<events_appended>(batch);
    ASSERT_TRUE(appended) << appended.error().text;
  }
  std::string listing(std::uint32_t page = 1, std::uint32_t per_page = 100, bool descending = true,
                      const std::string& scheduler = "arena") {
    auto found = ask_keeper<operation_page>(
        list_operations{scheduler_name{scheduler}, operation_stage::final, page, per_page, descending});
    if (!found)
      return found.error().text;
    std::string text = std::to_string(found->total) + ":";
    for (auto& item : found->items)
      text += " " + item.id.value;
    return text;
  }
  result<operation> get(const std::string& id) {
    return ask_keeper<operation>(get_operation{scheduler_name{"arena"}, operation_id{id}});
  }
};

TEST_P(FinishedOperations, AreListedByCreationTimeInBothOrders) {
  keep({operation_of("b", 2), operation_of("c", 3)});
  keep({operation_of("a", 1), operation_of("other", 2, never, true, "arena2")});
  EXPECT_EQ(listing(), "3: c b a");
  EXPECT_EQ(listing(1, 100, false), "3: a b c");
  restart();
  EXPECT_EQ(listing(), "3: c b a");
  auto found = get("b");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, operation_of("b", 2).what);
}

TEST_P(FinishedOperations, ArePagedWithTheTotalOfAllPages) {
  std::vector<finished_operation> all;
  for (int i = 0; i < 7; ++i)
    all.push_back(operation_of(std::string(1, static_cast<char>('a' + i)), i));
  keep(all);
  EXPECT_EQ(listing(1, 3), "7: g f e");
  EXPECT_EQ(listing(2, 3), "7: d c b");
  EXPECT_EQ(listing(3, 3), "7: a");
  EXPECT_EQ(listing(4, 3), "7:");
  EXPECT_EQ(listing(2, 3, false), "7: d e f");
}

TEST_P(FinishedOperations, UnlistedOnesAreFoundByIdOnly) {
  keep({operation_of("seen", 1), operation_of("hidden", 2, never, false)});
  EXPECT_EQ(listing(), "1: seen");
  EXPECT_TRUE(get("hidden"));
}

TEST_P(FinishedOperations, OneThatIsNotThereIsAnsweredWithTheTextOfTheWire) {
  auto missing = get("nope");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ec::not_found);
  EXPECT_EQ(missing.error().text, "operation nope not found in scheduler arena");
}

TEST_P(FinishedOperations, ExpiredOnesAreGoneFromEveryAnswerAndPurgedLater) {
  keep({operation_of("short", 1, seconds_after_start(100)),
        operation_of("hidden", 2, seconds_after_start(100), false),
        operation_of("long", 3, seconds_after_start(200)), operation_of("ever", 4)});
  now = seconds_after_start(99);
  EXPECT_EQ(listing(), "3: ever long short");
  now = seconds_after_start(100);
  EXPECT_EQ(listing(), "2: ever long");
  EXPECT_FALSE(get("short"));
  auto purged = ask_keeper<operations_purged>(purge_operations{scheduler_name{"arena"}, now});
  ASSERT_TRUE(purged);
  EXPECT_EQ(purged->count, 2u);
  now = seconds_after_start(0);
  EXPECT_EQ(listing(), "2: ever long") << "purged rows are gone for good";
  EXPECT_FALSE(get("hidden"));
  EXPECT_TRUE(get("long"));
}

TEST_P(FinishedOperations, AllOfASchedulerAreDroppedBeforeTheBatchAddsItsOwn) {
  keep({operation_of("old", 1), operation_of("older", 0, seconds_after_start(500), false),
        operation_of("kept", 1, never, true, "arena-2")});
  keep({operation_of("delete", 2)}, "arena");
  EXPECT_EQ(listing(), "1: delete");
  EXPECT_FALSE(get("old"));
  EXPECT_FALSE(get("older"));
  EXPECT_EQ(listing(1, 10, true, "arena-2"), "1: kept");
}

TEST_P(FinishedOperations, OfARefusedBatchAreNotKept) {
  auto batch = events("scheduler/arena", 7, {"ended"});
  batch.finished = {operation_of("ghost", 1)};
  EXPECT_FALSE(ask_keeper<events_appended>(batch));
  keep({operation_of("real", 2)});
  EXPECT_EQ(listing(), "1: real");
}

// -- epochs ----------------------------------------------------------------------------------------------------

class Epochs : public JournalExam {
protected:
  result<events_appended> append_as(std::uint64_t epoch, std::uint64_t first,
                                    std::vector<std::string> ends_streams = {}) {
    auto batch = events("s", first, {"by " + std::to_string(epoch)});
    batch.epoch = owner_epoch{epoch};
    batch.ends_streams = std::move(ends_streams);
    return ask_keeper<events_appended>(batch);
  }
  static void expect_deposed(const failure& why) {
    EXPECT_EQ(why.code, ec::deposed);
    EXPECT_EQ(why.text,
              "stream s: the writer's epoch 1 is below 3, the highest it has seen: it has another owner now");
  }
};

TEST_P(Epochs, ALowerOneThanSeenIsRefusedAlsoAfterARestart) {
  EXPECT_EQ(load("s").epoch, owner_epoch{0});
  ASSERT_TRUE(append_as(1, 1));
  EXPECT_EQ(load("s").epoch, first_epoch);
  ASSERT_TRUE(append_as(3, 2));
  auto late = append_as(1, 3);
  ASSERT_FALSE(late);
  expect_deposed(late.error());
  restart();
  EXPECT_EQ(load("s").epoch, owner_epoch{3});
  late = append_as(1, 3);
  ASSERT_FALSE(late);
  expect_deposed(late.error());
  EXPECT_TRUE(append_as(3, 3));
  EXPECT_THAT(load("s").tail, ElementsAre("by 1", "by 3", "by 3"));
}

TEST_P(Epochs, ADeposedOwnerSavesNoSnapshotAndEndsNoStream) {
  ASSERT_TRUE(append_as(3, 1));
  auto saved = ask_keeper<done>(save_snapshot{"s", 1, now, "late", first_epoch});
  ASSERT_FALSE(saved);
  expect_deposed(saved.error());
  auto other = events("other", 1, {"x"});
  other.ends_streams = {"s"};
  auto ended = ask_keeper<events_appended>(other);
  ASSERT_FALSE(ended);
  expect_deposed(ended.error());
  EXPECT_EQ(load("other").last_sequence, 0u) << "nothing of a refused batch is kept";
  EXPECT_THAT(ask_keeper<stream_list>(list_streams{})->names, ElementsAre("s"));
}

// -- streams that end ------------------------------------------------------------------------------------------

class EndedStreams : public JournalExam {
protected:
  void end() {
    ASSERT_TRUE(append("scheduler/a", 1, {"created"}));
    ASSERT_TRUE(append("rooms/a", 1, {"room", "removed"}));
    auto last = events("scheduler/a", 2, {"deleted"});
    last.ends_streams = {"scheduler/a", "rooms/a", "rooms/that-never-was"};
    ASSERT_TRUE(ask_keeper<events_appended>(last));
  }
  std::vector<std::string> names() { return ask_keeper<stream_list>(list_streams{})->names; }
};

TEST_P(EndedStreams, LeaveTheListInTheBatchThatEndsThem) {
  end();
  EXPECT_THAT(names(), ElementsAre());
  restart();
  EXPECT_THAT(names(), ElementsAre());
}

TEST_P(EndedStreams, AreStillRead) {
  end();
  restart();
  auto page = ask_keeper<event_page>(read_events{"rooms/a", 1, 10});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->last, 2u);
}

TEST_P(EndedStreams, GoOnWhereTheyEndedWhenTheyAreTakenUpAgain) {
  end();
  restart();
  EXPECT_EQ(load("scheduler/a").last_sequence, 2u);
  EXPECT_FALSE(append("scheduler/a", 1, {"created again"}));
  ASSERT_TRUE(append("scheduler/a", 3, {"created again"}));
  EXPECT_THAT(names(), ElementsAre("scheduler/a"));
  restart();
  EXPECT_THAT(names(), ElementsAre("scheduler/a"));
  EXPECT_EQ(load("scheduler/a").last_sequence, 3u);
}

// -- reading events --------------------------------------------------------------------------------------------

class ReadEvents : public JournalExam {
protected:
  /// `sequence:record …, first_available..last`
  std::string read(std::uint64_t from, std::uint32_t limit = 100, const std::string& stream = "s") {
    auto page = ask_keeper<event_page>(read_events{stream, from, limit});
    if (!page)
      return page.error().text;
    EXPECT_EQ(page->stream, stream);
    return text_of(*page);
  }
  static std::string text_of(const event_page& page) {
    std::string text;
    for (auto& one : page.items)
      text += std::to_string(one.sequence) + ":" + one.record + " ";
    return text + std::to_string(page.first_available) + ".." + std::to_string(page.last);
  }
};

TEST_P(ReadEvents, PageByPageWithTheirTimes) {
  ASSERT_TRUE(append("s", 1, {"a", "b"}));
  ASSERT_TRUE(append("s", 3, {"c"}));
  ASSERT_TRUE(append("s2", 1, {"x"}));
  EXPECT_EQ(read(1), "1:a 2:b 3:c 1..3");
  EXPECT_EQ(read(1, 2), "1:a 2:b 1..3");
  EXPECT_EQ(read(3, 2), "3:c 1..3");
  EXPECT_EQ(read(4), "1..3");
  EXPECT_EQ(read(0, 0), "1:a 1..3") << "one at least";
  EXPECT_EQ(read(1, 10, "none"), "1..0");
  auto page = ask_keeper<event_page>(read_events{"s", 2, 10});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items[0].at, seconds_after_start(1)) << "of the batch";
  EXPECT_EQ(page->items[1].at, seconds_after_start(3));
}

TEST_P(ReadEvents, ASnapshotHidesNothing) {
  ASSERT_TRUE(append("s", 1, {"a", "b"}));
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 2, now, "state"}));
  EXPECT_EQ(read(1), "1:a 2:b 1..2");
}

/// Takes pages from the journal one by one, when the test says so.
class WatchEvents : public ReadEvents {
protected:
  struct page_log {
    std::mutex mutex;
    std::condition_variable arrived;
    std::vector<std::string> pages;
    std::vector<caf::typed_response_promise<done>> unanswered;
    bool answers = true;
  };
  struct subscriber_state {
    static inline const char* name = "subscriber";
    subscriber_state() {}
  };

  event_subscriber_actor spawn_subscriber(std::shared_ptr<page_log> pages) {
    using pointer = event_subscriber_actor::stateful_pointer<subscriber_state>;
    return system.spawn([pages](pointer me) -> event_subscriber_actor::behavior_type {
      return {[me, pages](const event_page& page) -> caf::result<done> {
        std::scoped_lock lock(pages->mutex);
        pages->pages.push_back(text_of(page));
        pages->arrived.notify_all();
        if (pages->answers)
          return done{};
        pages->unanswered.push_back(me->make_response_promise<done>());
        return pages->unanswered.back();
      }};
    });
  }
  void TearDown() override {
    self->send_exit(subscriber, caf::exit_reason::user_shutdown);
    subscriber = nullptr;
    std::scoped_lock lock(log->mutex);
    log->unanswered.clear();
  }

  void watch(std::uint64_t after) {
    auto watching = ask_keeper<done>(watch_events{"s", after, subscriber});
    ASSERT_TRUE(watching) << watching.error().text;
  }
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(log->mutex);
    log->arrived.wait_for(lock, std::chrono::seconds{20}, [&] { return log->pages.size() >= count; });
    return log->pages;
  }
  void answer() {
    std::vector<caf::typed_response_promise<done>> waiting;
    {
      std::scoped_lock lock(log->mutex);
      waiting.swap(log->unanswered);
    }
    for (auto& promise : waiting)
      promise.deliver(done{});
  }

  std::shared_ptr<page_log> log = std::make_shared<page_log>();
  event_subscriber_actor subscriber = spawn_subscriber(log);
};

TEST_P(WatchEvents, HandsOverWhatIsThereAndThenWhatComes) {
  ASSERT_TRUE(append("s", 1, {"a", "b"}));
  watch(1);
  EXPECT_THAT(wait_for(1), ElementsAre("2:b 1..2"));
  ASSERT_TRUE(append("other", 1, {"x"}));
  ASSERT_TRUE(append("s", 3, {"c"}));
  EXPECT_THAT(wait_for(2), ElementsAre("2:b 1..2", "3:c 1..3"));
}

TEST_P(WatchEvents, AStreamThatIsNotThereYet) {
  watch(0);
  ASSERT_TRUE(append("s", 1, {"a"}));
  EXPECT_THAT(wait_for(1), ElementsAre("1:a 1..1"));
}

TEST_P(WatchEvents, OfAStreamThatHasEndedOnlyWhatComesWhenItBeginsAnew) {
  auto first = events("s", 1, {"a", "b"});
  first.epoch = owner_epoch{1};
  ASSERT_TRUE(ask_keeper<events_appended>(first));
  auto last = events("s", 3, {"deleted"});
  last.epoch = owner_epoch{1};
  last.ends_streams = {"s"};
  ASSERT_TRUE(ask_keeper<events_appended>(last));
  watch(0);
  auto anew = events("s", 1, {"x"});
  anew.epoch = owner_epoch{2};
  ASSERT_TRUE(ask_keeper<events_appended>(anew));
  EXPECT_THAT(wait_for(1), ElementsAre("1:x 1..1"));
}

TEST_P(WatchEvents, ASlowSubscriberHasOnePageOnItsWayAndMissesNothing) {
  log->answers = false;
  watch(0);
  ASSERT_TRUE(append("s", 1, {"a"}));
  EXPECT_THAT(wait_for(1), ElementsAre("1:a 1..1"));
  for (std::uint64_t i = 2; i <= 5; ++i)
    ASSERT_TRUE(append("s", i, {"x"}));
  {
    std::scoped_lock lock(log->mutex);
    EXPECT_EQ(log->pages.size(), 1u) << "nothing is handed over before the answer";
  }
  answer();
  EXPECT_THAT(wait_for(2), ElementsAre("1:a 1..1", "2:x 3:x 4:x 5:x 1..5"));
}

TEST_P(WatchEvents, ANewSubscriptionReplacesTheOld) {
  ASSERT_TRUE(append("s", 1, {"a", "b"}));
  watch(2);
  watch(0);
  EXPECT_THAT(wait_for(1), ElementsAre("1:a 2:b 1..2"));
  ASSERT_TRUE(append("s", 3, {"c"}));
  EXPECT_THAT(wait_for(2), ElementsAre("1:a 2:b 1..2", "3:c 1..3")) << "once, not twice";
}

// -- snapshots in parts ----------------------------------------------------------------------------------------

class SnapshotParts : public JournalExam {
protected:
  result<done> save(std::uint64_t sequence, std::uint32_t part, const std::string& bytes, bool is_last) {
    return ask_keeper<done>(save_snapshot{"s", sequence, now, bytes, first_epoch, part, is_last});
  }
};

TEST_P(SnapshotParts, CountWhenTheLastOneIsThere) {
  ASSERT_TRUE(append("s", 1, {"one", "two", "three"}));
  ASSERT_TRUE(save(1, 0, "old", true));
  ASSERT_TRUE(save(3, 0, "first ", false));
  ASSERT_TRUE(save(3, 1, "", false));
  EXPECT_EQ(load("s").snapshot, "old");
  ASSERT_TRUE(save(3, 2, "last", true));
  EXPECT_EQ(load("s").snapshot, "first last");
  restart();
  EXPECT_EQ(load("s").snapshot, "first last");
  EXPECT_TRUE(load("s").tail.empty());
}

TEST_P(SnapshotParts, OutOfOrderAreRefusedAndPartZeroBeginsAnew) {
  ASSERT_TRUE(append("s", 1, {"one", "two"}));
  auto lost = save(2, 1, "second", true);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ec::invalid_argument);
  EXPECT_THAT(lost.error().text, HasSubstr("part 1 of the snapshot of stream s at sequence 2 does not follow"));
  ASSERT_TRUE(save(2, 0, "given up", false));
  ASSERT_TRUE(save(2, 0, "a", false));
  ASSERT_TRUE(save(2, 1, "b", true));
  EXPECT_EQ(load("s").snapshot, "ab");
}

// A cluster's disk that has dropped a stream, which goes on elsewhere.
TEST_P(SnapshotParts, AnEmptyOneOfACopySaysThatNothingBeforeIsNeeded) {
  ASSERT_TRUE(ask_keeper<done>(save_snapshot{"s", 500, now, "", owner_epoch{7}, 0, true, true}));
  EXPECT_TRUE(ask_keeper<copy_list>(list_copies{})->items.empty()) << "nobody has written it yet";
  auto next = events("s", 501, {"x", "y"});
  next.epoch = owner_epoch{7};
  auto appended = ask_keeper<events_appended>(next);
  ASSERT_TRUE(appended) << appended.error().text;
  restart();
  auto loaded = load("s");
  EXPECT_EQ(loaded.snapshot, "");
  EXPECT_EQ(loaded.snapshot_sequence, 500u);
  EXPECT_THAT(loaded.tail, ElementsAre("x", "y"));
  EXPECT_EQ(loaded.last_sequence, 502u);
  auto listed = ask_keeper<copy_list>(list_copies{});
  ASSERT_EQ(listed->items.size(), 1u);
  EXPECT_EQ(listed->items[0].first, 501u);
  EXPECT_EQ(listed->items[0].snapshot, 500u);
  EXPECT_EQ(listed->items[0].last, 502u);
  EXPECT_EQ(ask_keeper<snapshot_part>(read_snapshot{"s", 0, 0})->sequence, 500u) << "others take it over, too";
}

std::string name_of(const ::testing::TestParamInfo<journal_kind>& which) {
  return which.param == journal_kind::on_disk ? "OnDisk" : "Simulated";
}

#define MAESTRO_EACH_JOURNAL(suite)                                                                               \
  INSTANTIATE_TEST_SUITE_P(Each, suite, ::testing::Values(journal_kind::on_disk, journal_kind::simulated), name_of)
MAESTRO_EACH_JOURNAL(JournalExam);
MAESTRO_EACH_JOURNAL(FailedWrites);
MAESTRO_EACH_JOURNAL(FinishedOperations);
MAESTRO_EACH_JOURNAL(Epochs);
MAESTRO_EACH_JOURNAL(EndedStreams);
MAESTRO_EACH_JOURNAL(ReadEvents);
MAESTRO_EACH_JOURNAL(WatchEvents);
MAESTRO_EACH_JOURNAL(SnapshotParts);

} // namespace
} // namespace maestro
