// Whose turn it is at a matchmaker: order of a room, one room beside another, a matchmaker that is away, one that will
// not hear one event, bounds, and what a restart must read again.
#include "actors/rules/delivery_queue.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace maestro::rules {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

room_event_reported event(const std::string& room, const std::string& word) {
  return {room_id{room}, report_kind::room_event, word, "{}", {}, timestamp{1s}};
}
room_event_reported ping(const std::string& room, const std::string& word) {
  return {room_id{room}, report_kind::resync, word, "{}", {}, never};
}

class DeliveryQueue : public ::testing::Test {
public:
  delivery_limits limits;
  std::optional<delivery_queue> made;
  duration now{1s};

  delivery_queue& queue() {
    if (!made)
      made.emplace(limits, 10);
    return *made;
  }

  /// All that may be sent now, as `room word`; the calls are under way then.
  std::vector<std::string> sent() {
    std::vector<std::string> all;
    while (auto turn = queue().next(now)) {
      all.push_back(turn->what->id.str() + " " + turn->what->word);
      calls[all.back()] = turn->call;
    }
    return all;
  }
  void answer(const std::string& call, call_end how = call_end::answered) {
    queue().ended(calls.at(call), how, now);
  }

  std::map<std::string, delivery_queue::call_number> calls;
};

TEST_F(DeliveryQueue, OneCallOfARoomAtATimeAndRoomsBesideOneAnother) {
  queue().add(11, event("a", "1"));
  queue().add(12, event("a", "2"));
  queue().add(13, event("b", "1"));
  EXPECT_THAT(sent(), ElementsAre("a 1", "b 1"));
  answer("b 1");
  EXPECT_THAT(sent(), IsEmpty());
  answer("a 1");
  EXPECT_THAT(sent(), ElementsAre("a 2"));
}

TEST_F(DeliveryQueue, TheCursorStaysBeforeWhatIsNotDoneWith) {
  EXPECT_EQ(queue().cursor(), 10u);
  queue().add(12, event("a", "1"));
  queue().add(15, event("b", "1"));
  queue().read_up_to(20);
  EXPECT_EQ(queue().cursor(), 11u);
  EXPECT_EQ(queue().oldest_at(), timestamp{1s});
  sent();
  answer("b 1");
  EXPECT_EQ(queue().cursor(), 11u);
  answer("a 1");
  EXPECT_EQ(queue().cursor(), 20u);
  EXPECT_EQ(queue().oldest_at(), never);
}

TEST_F(DeliveryQueue, OfPingsOnlyTheNewestIsTold) {
  limits.calls = 1;
  queue().add(11, event("a", "1"));
  EXPECT_THAT(sent(), ElementsAre("a 1"));
  queue().resync(ping("b", "ready"), 11);
  queue().resync(ping("b", "occupied"), 11);
  answer("a 1");
  EXPECT_THAT(sent(), ElementsAre("b occupied"));
  EXPECT_EQ(queue().take_losses().resyncs, 0u);
}

TEST_F(DeliveryQueue, APingComesBetweenTheEventsItCameBetween) {
  queue().resync(ping("a", "ready"), 11); // the stream is read up to 10
  EXPECT_THAT(sent(), IsEmpty());
  queue().add(11, event("a", "before"));
  queue().add(12, event("a", "after"));
  EXPECT_THAT(sent(), ElementsAre("a before"));
  answer("a before");
  EXPECT_THAT(sent(), ElementsAre("a ready"));
  answer("a ready");
  EXPECT_THAT(sent(), ElementsAre("a after"));
}

TEST_F(DeliveryQueue, APingWaitsUntilTheStreamIsReadSoFar) {
  queue().resync(ping("a", "ready"), 14);
  queue().read_up_to(13);
  EXPECT_THAT(sent(), IsEmpty());
  queue().read_up_to(14);
  EXPECT_THAT(sent(), ElementsAre("a ready"));
}

// Its room waits for the stream already when the event comes: reading may have to wait for that event.
TEST_F(DeliveryQueue, AnEventBeforeAPingThatWaitsForTheStreamIsTold) {
  queue().resync(ping("a", "ready"), 14);
  queue().add(11, event("a", "1"));
  EXPECT_THAT(sent(), ElementsAre("a 1"));
}

TEST_F(DeliveryQueue, AMatchmakerThatIsAwayIsAskedByOneCallAfterPauses) {
  queue().add(11, event("a", "1"));
  queue().add(12, event("b", "1"));
  EXPECT_THAT(sent(), ElementsAre("a 1", "b 1"));
  answer("a 1", call_end::lost);
  answer("b 1", call_end::lost);
  EXPECT_THAT(sent(), IsEmpty());
  for (auto pause : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
    EXPECT_EQ(queue().wakes_at(), now + pause);
    now += pause - 1ms;
    EXPECT_THAT(sent(), IsEmpty());
    now += 1ms;
    auto one = sent();
    ASSERT_EQ(one.size(), 1u);
    answer(one[0], call_end::lost);
  }
  now += 5s;
  auto probe = sent();
  ASSERT_EQ(probe.size(), 1u);
  answer(probe[0]);
  EXPECT_EQ(sent().size(), 1u) << "it answers: no pause";
  EXPECT_EQ(queue().take_losses().events, 0u);
}

TEST_F(DeliveryQueue, WhenItAnswersAgainTheCallsGrow) {
  for (std::uint64_t i = 0; i < 40; ++i)
    queue().add(11 + i, event(fmt::format("r{:02}", i), "1"));
  auto first = sent();
  EXPECT_EQ(first.size(), 40u);
  for (auto& call : first)
    answer(call, call_end::lost);
  now += 100ms;
  auto one = sent();
  ASSERT_EQ(one.size(), 1u);
  answer(one[0]);
  auto two = sent();
  ASSERT_EQ(two.size(), 2u);
  answer(two[0]);
  EXPECT_EQ(sent().size(), 3u) << "one of four is still under way";
}

TEST_F(DeliveryQueue, AnEventThatIsNotHeardWhileOthersAreIsGivenUp) {
  limits.tries = 3;
  queue().add(11, event("bad", "1"));
  queue().add(12, event("bad", "2"));
  std::uint64_t sequence = 12;
  for (int round = 1; round <= 3; ++round) {
    queue().add(++sequence, event("good", fmt::format("{}", round)));
    auto both = sent();
    ASSERT_EQ(both.size(), 2u) << round;
    answer(fmt::format("good {}", round));
    answer("bad 1", call_end::lost);
    now += 5s;
  }
  EXPECT_EQ(queue().take_losses().events, 1u);
  EXPECT_THAT(sent(), ElementsAre("bad 2"));
}

// Traffic so sparse that no two calls are ever under way at the same time.
TEST_F(DeliveryQueue, AnEventThatIsNotHeardBetweenOthersThatAreIsGivenUp) {
  limits.tries = 3;
  queue().add(11, event("bad", "1"));
  queue().add(12, event("bad", "2"));
  std::uint64_t sequence = 12;
  /// One after the other, and again after a pause; answers what was told.
  auto tell = [&] {
    std::vector<std::string> told;
    while (auto turn = queue().next(now)) {
      told.push_back(turn->what->id.str() + " " + turn->what->word);
      queue().ended(turn->call, told.back() == "bad 1" ? call_end::lost : call_end::answered, now);
    }
    now += limits.pause_max;
    return told;
  };
  for (int alone = 0; alone < 10; ++alone)
    EXPECT_THAT(tell(), ElementsAre("bad 1")) << "nobody was heard: it may be that nobody is there";
  EXPECT_EQ(queue().take_losses().events, 0u);
  for (int round = 1; round <= 3; ++round) {
    EXPECT_EQ(queue().cursor(), 10u) << round;
    auto word = fmt::format("good {}", round);
    queue().add(++sequence, event("good", word.substr(5)));
    auto told = tell();
    if (std::find(told.begin(), told.end(), word) == told.end()) // the other one's turn came first, and a pause
      told = tell();
    EXPECT_THAT(told, ::testing::Contains(word));
  }
  EXPECT_THAT(tell(), ::testing::AnyOf(IsEmpty(), ElementsAre("bad 2")));
  EXPECT_EQ(queue().take_losses().events, 1u);
  EXPECT_EQ(queue().cursor(), sequence);
}

TEST_F(DeliveryQueue, AnEventThatAloneIsNotHeardHoldsUpNobodyElse) {
  queue().add(11, event("bad", "1"));
  EXPECT_THAT(sent(), ElementsAre("bad 1"));
  queue().add(12, event("good", "1"));
  sent();
  answer("good 1");
  answer("bad 1", call_end::lost);
  queue().add(13, event("good", "2"));
  EXPECT_THAT(sent(), ElementsAre("good 2")) << "no pause: somebody is there";
  answer("good 2");
  now += 5s;
  EXPECT_THAT(sent(), ElementsAre("bad 1"));
  answer("bad 1", call_end::lost);
  queue().add(14, event("good", "3"));
  EXPECT_THAT(sent(), ElementsAre("good 3")) << "nor after a try that was alone";
}

TEST_F(DeliveryQueue, APingThatIsNotHeardIsNotSaidAgain) {
  queue().resync(ping("a", "ready"), 0);
  EXPECT_THAT(sent(), ElementsAre("a ready"));
  answer("a ready", call_end::lost);
  now += 5s;
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(queue().length(), 0u);
}

TEST_F(DeliveryQueue, TooManyPingsDropTheOldestAndCountIt) {
  limits.resyncs = 2;
  limits.calls = 1;
  queue().add(11, event("x", "1"));
  sent();
  for (auto* room : {"a", "b", "c", "d"})
    queue().resync(ping(room, "ready"), 11);
  EXPECT_EQ(queue().take_losses().resyncs, 2u);
  answer("x 1");
  EXPECT_THAT(sent(), ElementsAre("c ready"));
  answer("c ready");
  EXPECT_THAT(sent(), ElementsAre("d ready"));
}

TEST_F(DeliveryQueue, PingsShareABoundOfBytes) {
  limits.bytes = 4000;
  for (int i = 0; i < 10; ++i) {
    auto big = ping("r" + std::to_string(i), "ready");
    big.attributes = std::string(700, ' ');
    queue().resync(std::move(big), 99);
  }
  EXPECT_EQ(queue().take_losses().resyncs, 6u);
  EXPECT_EQ(queue().length(), 4u);
}

TEST_F(DeliveryQueue, ReadingPausesWhileEnoughWaits) {
  limits.events = 2;
  queue().add(11, event("a", "1"));
  EXPECT_TRUE(queue().wants_more());
  queue().add(12, event("a", "2"));
  EXPECT_FALSE(queue().wants_more());
  sent();
  answer("a 1");
  EXPECT_TRUE(queue().wants_more());
}

TEST_F(DeliveryQueue, EventsThatAreTooFarBehindAreDroppedAndCounted) {
  limits.events_behind = 5;
  queue().add(11, event("a", "1"));
  queue().add(13, event("a", "2"));
  queue().add(18, event("b", "1"));
  EXPECT_THAT(sent(), ElementsAre("a 2", "b 1"));
  EXPECT_EQ(queue().take_losses().events, 1u);
  queue().note_newest(24);
  answer("a 2", call_end::lost); // it was under way: only when its turn comes again
  now += 1s;
  answer("b 1");
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(queue().take_losses().events, 1u);
  EXPECT_EQ(queue().cursor(), 18u);
  EXPECT_EQ(queue().length(), 6u);
}

TEST_F(DeliveryQueue, WhatIsPastItsRetentionIsLost) {
  queue().lost_before(11);
  EXPECT_EQ(queue().take_losses().events, 0u);
  queue().lost_before(15);
  EXPECT_EQ(queue().take_losses().events, 4u);
  EXPECT_EQ(queue().cursor(), 14u);
}

TEST_F(DeliveryQueue, OnlyWhatNobodyAnsweredIsLost) {
  for (auto* word : {"Unavailable", "DeadlineExceeded", "ResourceExhausted", "Aborted", "Canceled", "Unknown"})
    EXPECT_EQ(end_of({word, 0, {}, {}}), call_end::lost) << word;
  for (auto* word : {"OK", "InvalidArgument", "NotFound", "Unimplemented", "Internal", "PermissionDenied"})
    EXPECT_EQ(end_of({word, 0, {}, {}}), call_end::answered) << word;
  EXPECT_EQ(end_of({"OK", 500, {}, {}}), call_end::answered) << "its own number is an answer, too";
}

// Random lives of a queue: whatever is lost and whenever, each event of a room is heard at least once, first hearings
// are in order, no room has two calls, and the cursor never passes an event that was not heard.
TEST(DeliveryQueueAtRandom, KeepsItsPromises) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    auto chance = [&](unsigned percent) { return random() % 100 < percent; };
    delivery_limits limits;
    limits.calls = 1 + random() % 8;
    limits.events = 1 + random() % 6;
    limits.tries = 1'000'000;
    delivery_queue queue(limits, 0);
    duration now{1s};
    std::uint64_t sequence = 0;
    std::map<std::string, std::vector<std::uint64_t>> wanted, heard;
    std::map<delivery_queue::call_number, std::pair<std::string, std::uint64_t>> under_way; ///< 0: a ping
    std::map<std::string, std::uint64_t> last_event;
    bool is_away = false;
    auto end = [&](auto place) {
      auto [number, what] = *place;
      under_way.erase(place);
      bool is_heard = chance(50), is_lost = is_away || chance(10);
      if (is_heard || !is_lost)
        heard[what.first].push_back(what.second);
      queue.ended(number, is_lost ? call_end::lost : call_end::answered, now);
    };
    auto step = [&](bool more) {
      if (more && queue.wants_more()) {
        auto room = "r" + std::to_string(random() % 4);
        ++sequence;
        if (chance(70)) {
          queue.add(sequence, event(room, std::to_string(sequence)));
          wanted[room].push_back(sequence);
          last_event[room] = sequence;
        } else {
          queue.read_up_to(sequence);
        }
      }
      if (more && chance(30)) {
        auto room = "r" + std::to_string(random() % 4);
        queue.resync(ping(room, "0"), last_event[room]);
      }
      if (chance(60))
        while (auto turn = queue.next(now)) {
          auto room = turn->what->id.str();
          for (auto& [number, what] : under_way)
            ASSERT_NE(what.first, room) << "seed " << seed;
          under_way[turn->call] = {room, std::stoull(turn->what->word)};
        }
      if (!under_way.empty() && chance(70))
        end(std::next(under_way.begin(), static_cast<std::ptrdiff_t>(random() % under_way.size())));
      if (chance(10))
        is_away = !is_away;
      now += std::chrono::milliseconds{random() % 2000};
      for (auto& [room, all] : wanted)
        for (auto one : all)
          ASSERT_TRUE(one > queue.cursor() || std::count(heard[room].begin(), heard[room].end(), one) > 0)
              << "seed " << seed;
    };
    for (int i = 0; i < 300; ++i)
      step(true);
    for (int i = 0; i < 3000 && queue.length() + under_way.size() > 0; ++i) {
      is_away = false;
      step(false);
    }
    ASSERT_EQ(queue.length(), 0u) << "seed " << seed;
    ASSERT_EQ(queue.cursor(), sequence);
    for (auto& [room, all] : wanted) {
      std::vector<std::uint64_t> first;
      for (auto one : heard[room])
        if (one != 0 && std::find(first.begin(), first.end(), one) == first.end())
          first.push_back(one);
      ASSERT_EQ(first, all) << "seed " << seed << " room " << room;
    }
  }
}

} // namespace
} // namespace maestro::rules
