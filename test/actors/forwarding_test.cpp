// What a node tells matchmakers, from a game server's report to the call: order, what is told again, what is dropped,
// and that one matchmaker does not wait for another.
#include "test/actors/node_fixture.hpp"

#include "actors/forwarding.hpp"
#include "messages/journal_codec.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace maestro {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ForwardingTest : public NodeTest {
public:
  static forwarder told_at(const std::string& name) {
    return {name, true, "gRPC", name + ":9090", forwarder_options{1000, "{}"}};
  }

  /// A scheduler `s` of one ready room.
  room_id begin(std::vector<forwarder> forwarders, std::int32_t replicas = 1) {
    auto one = recipe("s", replicas);
    one.forwarders = std::move(forwarders);
    EXPECT_TRUE(order<scheduler>(create_scheduler{one}));
    pass(2s);
    ping_all("s");
    pass(1s);
    matchmakers->heard.clear();
    auto all = rooms("s");
    return all.empty() ? room_id{} : all.front().id;
  }

  std::string report(const room_id& room, report_kind kind, const std::string& word,
                     const std::string& attributes = "{}") {
    auto told = order<done>(report_room_event{scheduler_name{"s"}, room, kind, word, attributes});
    return told ? "" : refusal(told).text;
  }
  std::string event(const room_id& room, const std::string& word) {
    return report(room, report_kind::room_event, word);
  }

  bool say(const room_id& room, ping_status status, const std::string& metadata) {
    auto found = order<room_handle>(find_room{scheduler_name{"s"}, room});
    if (!found)
      return false;
    auto pending = self->request(found->room, caf::infinite, ping_room{status, 0, metadata});
    for (int i = 0; i < 50 && self->mailbox().empty(); ++i)
      pass(20ms);
    bool success = false;
    pending.receive([&](const ping_result& told) { success = told.success; }, [](const caf::error&) {});
    return success;
  }

  /// What the matchmaker of that name heard, by method and word.
  std::vector<std::string> heard(const std::string& name) const {
    std::vector<std::string> all;
    for (auto& call : matchmakers->heard)
      if (call.address == name + ":9090")
        all.push_back(to_string(call.method) + " " +
                      (call.method == matchmaker_method::room_event ? call.event : to_string(call.status)));
    return all;
  }
  std::vector<std::string> events_of(int from, int to) const {
    std::vector<std::string> all;
    for (int i = from; i <= to; ++i)
      all.push_back(fmt::format("SendRoomEvent e{}", i));
    return all;
  }
  std::size_t records(const std::string& stream) { return disk->streams[stream].records.size(); }
};

TEST_F(ForwardingTest, ReportsAreToldInOrderWithTheRoomsAddress) {
  auto room = begin({told_at("mm")});
  for (int i = 1; i <= 5; ++i)
    EXPECT_EQ(event(room, fmt::format("e{}", i)), "");
  pass(1s);
  EXPECT_THAT(heard("mm"), ElementsAreArray(events_of(1, 5)));
  auto& call = matchmakers->heard.front();
  EXPECT_EQ(call.game, "game");
  EXPECT_EQ(call.room, room);
  EXPECT_EQ(call.host, "127.0.0.1");
  EXPECT_GE(call.port, 20000);
  EXPECT_EQ(call.metadata.at("roomEvent"), "e1");
  EXPECT_THAT(context->meter->render(), HasSubstr("maestro_api_success_room_event_forwarding_total{code=\"OK\","
                                                  "game=\"game\",scheduler=\"s\"} 5"));
}

TEST_F(ForwardingTest, WithoutForwardersEverythingSucceedsAndNothingIsWritten) {
  auto off = told_at("mm");
  off.enabled = false;
  auto room = begin({off});
  auto before = records("rooms/s");
  EXPECT_EQ(report(room, report_kind::player_event, "no such word"), "");
  EXPECT_EQ(report(room, report_kind::status, "zzz"), "");
  EXPECT_EQ(report(room_id{"s-none"}, report_kind::room_event, "goal"), "");
  EXPECT_TRUE(say(room, ping_status::ready, "{}"));
  pass(2s);
  EXPECT_EQ(records("rooms/s"), before);
  EXPECT_EQ(records("forwarding/s"), 0u);
  EXPECT_THAT(heard("mm"), IsEmpty());
}

TEST_F(ForwardingTest, WhatCannotBeToldIsRefusedAtOnce) {
  auto room = begin({told_at("mm")});
  auto before = records("rooms/s");
  EXPECT_EQ(report(room, report_kind::player_event, "playerJoin"),
            "eventAttributes must contain key \"playerId\" in playerEvent events. Forwarder name: \"mm\", "
            "Scheduler: \"s\"");
  EXPECT_EQ(report(room, report_kind::player_event, "dance", R"({"playerId":"p"})"),
            "invalid PlayerEventType. Should be \"playerLeft\" or \"playerJoin\"");
  EXPECT_EQ(report(room_id{"s-none"}, report_kind::room_event, "goal"),
            "failed to get room s-none from storage: room s-none not found in scheduler s");
  EXPECT_NE(report(room, report_kind::status, "zzz"), "");
  EXPECT_EQ(records("rooms/s"), before);
  EXPECT_EQ(report(room_id{"s-none"}, report_kind::status, "terminated"), "") << "that a room ends may come late";
  EXPECT_EQ(report(room_id{"s-none"}, report_kind::player_event, "playerLeft", R"({"playerId":"p"})"), "");
}

TEST_F(ForwardingTest, APingIsToldWithItsMetadata) {
  auto room = begin({told_at("mm")});
  EXPECT_TRUE(say(room, ping_status::ready, R"({"map":"dust","n":12345678})"));
  pass(200ms);
  ASSERT_THAT(heard("mm"), ElementsAre("SendRoomResync ready"));
  EXPECT_EQ(matchmakers->heard[0].metadata.at("map"), "dust");
  EXPECT_EQ(matchmakers->heard[0].metadata.at("n"), "1.2345678e+07");
  EXPECT_TRUE(say(room, ping_status::occupied, "{}")) << "a ping that changes something";
  pass(200ms);
  EXPECT_THAT(heard("mm"), ElementsAre("SendRoomResync ready", "SendRoomResync occupied"));
}

TEST_F(ForwardingTest, AMatchmakerThatIsAwayHearsAllEventsAndTheNewestPingWhenItIsBack) {
  auto room = begin({told_at("mm")});
  matchmakers->away = {"mm:9090"};
  for (int i = 1; i <= 30; ++i) {
    EXPECT_EQ(event(room, fmt::format("e{}", i)), "");
    EXPECT_TRUE(say(room, i % 2 == 0 ? ping_status::ready : ping_status::occupied, "{}"));
  }
  pass(30s);
  EXPECT_THAT(heard("mm"), IsEmpty());
  matchmakers->away.clear();
  pass(10s);
  auto expected = events_of(1, 30);
  expected.push_back("SendRoomResync ready");
  EXPECT_THAT(heard("mm"), ElementsAreArray(expected));
}

TEST_F(ForwardingTest, OneThatIsAwayKeepsNoOtherWaiting) {
  auto room = begin({told_at("dead"), told_at("mm")});
  matchmakers->away = {"dead:9090"};
  for (int i = 1; i <= 10; ++i) {
    EXPECT_EQ(event(room, fmt::format("e{}", i)), "");
    pass(100ms);
    EXPECT_EQ(heard("mm").size(), static_cast<std::size_t>(i));
  }
  EXPECT_THAT(heard("dead"), IsEmpty());
  matchmakers->away.clear();
  pass(10s);
  EXPECT_THAT(heard("dead"), ElementsAreArray(events_of(1, 10)));
}

TEST_F(ForwardingTest, AnAnswerThatIsNot200CountsAsFailedAndIsNotToldAgain) {
  auto room = begin({told_at("mm")});
  matchmakers->error_probability = 1;
  EXPECT_EQ(event(room, "e1"), "");
  pass(5s);
  EXPECT_THAT(heard("mm"), ElementsAreArray(events_of(1, 1)));
  EXPECT_THAT(context->meter->render(),
              HasSubstr("maestro_api_failed_room_event_forwarding_total{code=\"Internal\","
                        "game=\"game\",scheduler=\"s\"} 1"));
}

TEST_F(ForwardingTest, NothingThatWasAcknowledgedIsLostWithTheNode) {
  auto room = begin({told_at("mm")});
  matchmakers->answer_delay_max = 500ms;
  int sent = 0;
  for (int life = 0; life < 4; ++life) {
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(event(room, fmt::format("e{}", ++sent)), "");
    if (life == 2) {
      matchmakers->away = {"mm:9090"};
      pass(3s);
    }
    restart();
    matchmakers->away.clear();
  }
  pass(20s);
  std::vector<std::string> first;
  for (auto& one : heard("mm"))
    if (std::find(first.begin(), first.end(), one) == first.end())
      first.push_back(one);
  EXPECT_THAT(first, ElementsAreArray(events_of(1, sent)));
  auto again = heard("mm").size();
  restart();
  pass(5s);
  EXPECT_EQ(heard("mm").size(), again) << "places were kept: nothing is told again";
}

TEST_F(ForwardingTest, PlacesThatCouldNotBeReadAreReadAgain) {
  auto room = begin({told_at("mm")});
  EXPECT_EQ(event(room, "e1"), "");
  matchmakers->away = {"mm:9090"};
  EXPECT_EQ(event(room, "e2"), "");
  pass(1s);
  disk->refused_loads["forwarding/s"] = 3;
  restart();
  matchmakers->away.clear();
  EXPECT_NE(event(room, "too early"), "") << "or it would be acknowledged and never told";
  pass(20s);
  EXPECT_EQ(disk->refused_loads["forwarding/s"], -1);
  EXPECT_EQ(event(room, "e3"), "");
  EXPECT_TRUE(say(room, ping_status::occupied, "{}"));
  pass(5s);
  EXPECT_THAT(heard("mm"), testing::IsSupersetOf({"SendRoomEvent e2", "SendRoomEvent e3"}));
  EXPECT_THAT(heard("mm"), testing::Contains(HasSubstr("occupied"))) << "and pings";
}

TEST_F(ForwardingTest, BeyondTheLimitTheOldestAreDroppedAndCounted) {
  settings.forwarding_queue_limit = 10;
  restart();
  auto room = begin({told_at("mm")});
  matchmakers->away = {"mm:9090"};
  for (int i = 1; i <= 40; ++i)
    EXPECT_EQ(event(room, fmt::format("e{}", i)), "");
  pass(3s);
  matchmakers->away.clear();
  pass(10s);
  EXPECT_THAT(heard("mm"), ElementsAreArray(events_of(30, 40)));
  EXPECT_THAT(context->meter->render(), HasSubstr("maestro_api_events_dropped_total{forwarder=\"mm\","
                                                  "kind=\"event\",scheduler=\"s\"} 29"));
}

TEST_F(ForwardingTest, TheEndOfARoomIsToldOnce) {
  settings.room_ping_timeout = 3s;
  settings.health_controller_interval = 1s;
  restart();
  auto room = begin({told_at("mm")});
  world->kill(room);
  pass(15s);
  auto all = rooms("s");
  EXPECT_TRUE(std::none_of(all.begin(), all.end(), [&](auto& one) { return one.id == room; }));
  std::size_t ends = 0;
  for (auto& call : matchmakers->heard)
    if (call.room == room && call.method == matchmaker_method::room_status) {
      ++ends;
      EXPECT_EQ(call.status, ping_status::terminated);
      EXPECT_EQ(call.metadata.at("roomEvent"), "terminated");
    }
  EXPECT_EQ(ends, 1u);
}

TEST_F(ForwardingTest, ASchedulerThatIsDeletedSaysNothing) {
  begin({told_at("mm")}, 3);
  EXPECT_TRUE(order<operation_id>(delete_scheduler{scheduler_name{"s"}}));
  pass(10s);
  EXPECT_FALSE(order<scheduler>(get_scheduler{scheduler_name{"s"}, ""}));
  EXPECT_THAT(heard("mm"), IsEmpty());
  EXPECT_TRUE(disk->streams["forwarding/s"].has_ended);
}

TEST_F(ForwardingTest, ANewSchedulerOfTheNameBeginsAtNow) {
  auto room = begin({told_at("mm")});
  matchmakers->away = {"mm:9090"};
  EXPECT_EQ(event(room, "old"), "");
  EXPECT_TRUE(order<operation_id>(delete_scheduler{scheduler_name{"s"}}));
  pass(10s);
  matchmakers->away.clear();
  room = begin({told_at("mm")});
  EXPECT_EQ(event(room, "e1"), "");
  pass(1s);
  EXPECT_THAT(heard("mm"), ElementsAreArray(events_of(1, 1)));
}

TEST_F(ForwardingTest, ForwardersOfTheSameNameAndAddressAreEachTold) {
  auto room = begin({told_at("mm"), told_at("mm")});
  EXPECT_EQ(event(room, "e1"), "");
  pass(1s);
  EXPECT_THAT(heard("mm"), ElementsAre("SendRoomEvent e1", "SendRoomEvent e1"));
}

TEST_F(ForwardingTest, CallsAtOneMatchmakerHaveABound) {
  settings.forwarding_calls = 3;
  restart();
  begin({told_at("mm")}, 10);
  matchmakers->calls_max = 0;
  for (auto& room : rooms("s"))
    say(room.id, ping_status::ready, "{}");
  matchmakers->answer_delay_max = 1s;
  for (auto& room : rooms("s"))
    EXPECT_EQ(event(room.id, "e1"), "");
  pass(10s);
  EXPECT_LE(matchmakers->calls_max, 3u);
  auto all = heard("mm");
  EXPECT_EQ(std::count(all.begin(), all.end(), "SendRoomEvent e1"), 10);
}

/// FORWARDING alone: the recipe's forwarders change.
class ForwardersChange : public ForwardingTest {
public:
  ForwardersChange() {
    forwarding = keep(spawn_forwarding(sys, context, scheduler_name{"s"}));
    pass(100ms);
  }

  void append(const std::string& word) {
    room_event_reported what{room_id{"s-a"}, report_kind::room_event,  word,
                             "{}",           {"h", {{"p", "udp", 1}}}, now()()};
    append_events batch{"rooms/s", ++sequence, now()(), {encode(pool_event{what})}, {}, {}};
    EXPECT_TRUE(written(batch));
  }
  bool written(const append_events& batch) {
    auto pending = self->request(journal, caf::infinite, batch);
    pass(100ms);
    bool is_written = false;
    pending.receive([&](const events_appended&) { is_written = true; }, [](const caf::error&) {});
    return is_written;
  }
  bool follow(std::vector<forwarder> forwarders) {
    auto one = recipe("s", 0);
    one.forwarders = std::move(forwarders);
    auto pending = self->request(forwarding, caf::infinite, follow_forwarders{one, sequence});
    pass(200ms);
    bool is_done = false;
    pending.receive([&](done) { is_done = true; }, [](const caf::error&) {});
    return is_done;
  }

  forwarding_actor forwarding;
  std::uint64_t sequence = 0;
};

TEST_F(ForwardersChange, AKnownOneKeepsItsPlaceANewOneBeginsAtNowAndOneThatGoesIsForgotten) {
  append("before");
  EXPECT_TRUE(follow({told_at("a")}));
  append("e1");
  pass(2s);
  EXPECT_THAT(heard("a"), ElementsAreArray(events_of(1, 1)));
  matchmakers->away = {"a:9090"};
  append("e2");
  pass(1s);
  auto changed = told_at("a");
  changed.options->metadata_json = R"({"roomType":"x","region":"eu"})";
  EXPECT_TRUE(follow({told_at("b"), changed}));
  matchmakers->away.clear();
  append("e3");
  pass(10s);
  EXPECT_THAT(heard("a"), ElementsAreArray(events_of(1, 3)));
  EXPECT_THAT(heard("b"), ElementsAreArray(events_of(3, 3)));
  EXPECT_EQ(matchmakers->heard.back().metadata.count("region"), 1u);
  EXPECT_TRUE(follow({told_at("b")}));
  append("e4");
  EXPECT_TRUE(follow({told_at("b"), told_at("a")}));
  append("e5");
  pass(5s);
  EXPECT_THAT(heard("a"),
              ElementsAre("SendRoomEvent e1", "SendRoomEvent e2", "SendRoomEvent e3", "SendRoomEvent e5"));
  EXPECT_THAT(heard("b"), ElementsAreArray(events_of(3, 5)));
}

} // namespace
} // namespace maestro
