// What matchmakers are called with, row by row of proto/README.md 6.2, 6.3 and what was seen of the original (9.3).
#include "actors/rules/matchmaker_calls.hpp"

#include <gmock/gmock.h>

namespace maestro::rules {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using metadata = std::map<std::string, std::string>;

struct number_row {
  const char* json;
  const char* original;
  const char* plain;
};

class Stringified : public ::testing::TestWithParam<number_row> {};

TEST_P(Stringified, AsTheOriginalAndPlain) {
  auto& row = GetParam();
  auto json = "{\"x\":" + std::string(row.json) + "}";
  EXPECT_EQ(read_attributes(json, number_style::original)->at("x").text, row.original) << row.json;
  EXPECT_EQ(read_attributes(json, number_style::plain)->at("x").text, row.plain) << row.json;
}
INSTANTIATE_TEST_SUITE_P(
    Rows, Stringified,
    ::testing::Values(
        number_row{"12345678", "1.2345678e+07", "12345678"}, number_row{"0.00001", "1e-05", "1e-05"},
        number_row{"1e21", "1e+21", "1e+21"}, number_row{"-3.25", "-3.25", "-3.25"},
        number_row{R"([1,2.5,"a",null,{"q":1}])", "[1 2.5 a <nil> map[q:1]]", "[1 2.5 a <nil> map[q:1]]"},
        number_row{R"({"b":1,"a":[true]})", "map[a:[true] b:1]", "map[a:[true] b:1]"},
        number_row{"1629834996", "1.629834996e+09", "1629834996"}, number_row{"1000000", "1e+06", "1000000"},
        number_row{"999999", "999999", "999999"}, number_row{"999999.5", "999999.5", "999999.5"},
        number_row{"1234567.5", "1.2345675e+06", "1.2345675e+06"}, number_row{"0.0001", "0.0001", "0.0001"},
        number_row{"0.00012345", "0.00012345", "0.00012345"}, number_row{"0", "0", "0"},
        number_row{"-0.0", "-0", "-0"}, number_row{"-12345678", "-1.2345678e+07", "-12345678"},
        number_row{"0.1", "0.1", "0.1"}, number_row{"1e100", "1e+100", "1e+100"},
        number_row{"9007199254740993", "9.007199254740992e+15", "9007199254740992"},
        number_row{"true", "true", "true"}, number_row{"false", "false", "false"},
        number_row{"null", "<nil>", "<nil>"}, number_row{R"("1e3 ü")", "1e3 ü", "1e3 ü"},
        number_row{R"("")", "", ""}, number_row{"{}", "map[]", "map[]"}, number_row{"[]", "[]", "[]"},
        number_row{"[[],[[]]]", "[[] [[]]]", "[[] [[]]]"},
        number_row{"[7654321]", "[7.654321e+06]", "[7654321]"}));

TEST(Attributes, OnlyAnObjectIsOne) {
  for (auto* text : {"", "[]", "1", "null", "{", "{\"a\":}"})
    EXPECT_FALSE(read_attributes(text, number_style::original)) << text;
  EXPECT_THAT(*read_attributes("{}", number_style::original), IsEmpty());
}

const told_scheduler s1{scheduler_name{"s1"}, "arena"};
const room_address placed{"10.0.0.7", {{"game", "udp", 20001}, {"query", "tcp", 20002}}};

room_event_reported report(report_kind kind, std::string word, std::string attributes = "{}") {
  return {room_id{"s1-abcde"}, kind, std::move(word), std::move(attributes), placed, never};
}

forwarder mm(std::string metadata_json = "{}") {
  return {"mm", true, "gRPC", "mm:9090", forwarder_options{250, std::move(metadata_json)}};
}

result<matchmaker_call> made(const room_event_reported& what, const forwarder& whom = mm()) {
  return matchmaker_call_for(what, whom, s1, number_style::original);
}

const std::string ports_text =
    R"([{"name":"game","port":20001,"protocol":"UDP"},{"name":"query","port":20002,"protocol":"TCP"}])";

TEST(MatchmakerCalls, ARoomEvent) {
  auto call = *made(report(report_kind::room_event, "goal", R"({"score":3})"));
  EXPECT_EQ(to_string(call.method), "SendRoomEvent");
  EXPECT_EQ(call.address, "mm:9090");
  EXPECT_EQ(call.timeout, std::chrono::milliseconds{250});
  EXPECT_EQ(call.game + " " + call.room.str(), "arena s1-abcde");
  EXPECT_EQ(call.host, "10.0.0.7");
  EXPECT_EQ(call.port, 20001);
  EXPECT_EQ(call.event, "goal");
  EXPECT_EQ(call.metadata,
            (metadata{{"eventType", "roomEvent"}, {"ports", ports_text}, {"roomEvent", "goal"}, {"score", "3"}}));
}

TEST(MatchmakerCalls, AResyncOfAPing) {
  auto call = *made(report(report_kind::resync, "occupied", R"({"map":"dust"})"));
  EXPECT_EQ(to_string(call.method), "SendRoomResync");
  EXPECT_EQ(call.status, ping_status::occupied);
  EXPECT_EQ(call.metadata,
            (metadata{{"eventType", "resync"}, {"map", "dust"}, {"pingType", "occupied"}, {"ports", ports_text}}));
}

TEST(MatchmakerCalls, AStatusInAnyCase) {
  for (auto [word, status] : {std::pair{"ready", ping_status::ready},
                              {"OCCUPIED", ping_status::occupied},
                              {"Terminating", ping_status::terminating},
                              {"terminated", ping_status::terminated}}) {
    auto call = *made(report(report_kind::status, word));
    EXPECT_EQ(to_string(call.method), "SendRoomStatus");
    EXPECT_EQ(call.status, status) << word;
    EXPECT_EQ(call.metadata.at("eventType"), "status");
    EXPECT_EQ(call.metadata.at("pingType"), word);
  }
  EXPECT_FALSE(made(report(report_kind::status, "zzz")));
  EXPECT_FALSE(made(report(report_kind::status, "unknown")));
}

TEST(MatchmakerCalls, TheEndOfARoom) {
  auto call = *made(report(report_kind::ended, ""));
  EXPECT_EQ(to_string(call.method), "SendRoomStatus");
  EXPECT_EQ(call.status, ping_status::terminated);
  EXPECT_EQ(call.metadata, (metadata{{"eventType", "status"},
                                     {"pingType", "terminated"},
                                     {"ports", ports_text},
                                     {"roomEvent", "terminated"}}));
}

TEST(MatchmakerCalls, APlayersEvent) {
  for (auto [word, event] : {std::pair{"playerJoin", player_event::joined}, {"playerLeft", player_event::left}}) {
    auto call = *made(report(report_kind::player_event, word, R"({"playerId":"p1","level":7})"),
                      mm(R"({"roomType":"ranked","region":"eu"})"));
    EXPECT_EQ(to_string(call.method), "SendPlayerEvent");
    EXPECT_EQ(call.what_player, event);
    EXPECT_EQ(call.player_id, "p1");
    EXPECT_EQ(call.metadata,
              (metadata{{"eventType", word}, {"level", "7"}, {"playerId", "p1"}, {"roomType", "ranked"}}));
    EXPECT_EQ(call.host + call.room_type, "");
  }
}

// A room's existence is not looked at for a player's event, so its address is not either.
TEST(MatchmakerCalls, APlayersEventNeedsNoAddress) {
  auto what = report(report_kind::player_event, "playerJoin", R"({"playerId":"p1"})");
  what.address = {};
  EXPECT_TRUE(made(what));
}

TEST(MatchmakerCalls, WithoutAPlayerThereIsNoPlayersEvent) {
  const std::string missing = "eventAttributes must contain key \"playerId\" in playerEvent events. Forwarder "
                              "name: \"mm\", Scheduler: \"s1\"";
  for (auto* attributes : {"{}", R"({"playerId":7})", R"({"playerId":null})"})
    EXPECT_EQ(made(report(report_kind::player_event, "playerJoin", attributes)).error().text, missing);
  EXPECT_EQ(made(report(report_kind::player_event, "playerDance", R"({"playerId":"p1"})")).error().text,
            "invalid PlayerEventType. Should be \"playerLeft\" or \"playerJoin\"");
}

TEST(MatchmakerCalls, WhatMaestroAddsWins) {
  auto own = R"({"eventType":"mine","pingType":"mine","roomEvent":"mine","ports":"mine"})";
  EXPECT_EQ(
      made(report(report_kind::room_event, "goal", own))->metadata,
      (metadata{{"eventType", "roomEvent"}, {"pingType", "mine"}, {"ports", ports_text}, {"roomEvent", "goal"}}));
  EXPECT_EQ(
      made(report(report_kind::resync, "ready", own))->metadata,
      (metadata{{"eventType", "resync"}, {"pingType", "ready"}, {"ports", ports_text}, {"roomEvent", "mine"}}));
}

TEST(MatchmakerCalls, OnStatusAndResyncTheRoomsMetadataWinsOnEventsTheForwarders) {
  auto whom = mm(R"({"region":"eu","shared":"forwarder","number":12345678})");
  auto said = R"({"shared":"room"})";
  for (auto [kind, word] : {std::pair{report_kind::status, "ready"}, {report_kind::resync, "ready"}}) {
    auto call = *made(report(kind, word, said), whom);
    EXPECT_EQ(call.metadata.at("shared"), "room");
    EXPECT_EQ(call.metadata.at("region"), "eu");
    EXPECT_EQ(call.metadata.at("number"), "1.2345678e+07");
  }
  EXPECT_EQ(made(report(report_kind::room_event, "goal", said), whom)->metadata.at("shared"), "forwarder");
  EXPECT_THAT(made(report(report_kind::player_event, "playerJoin", R"({"playerId":"p1"})"), whom)->metadata,
              Not(Contains(Key("region"))));
}

TEST(MatchmakerCalls, TheRoomTypeIsOfStatusAndResyncAndATextOnly) {
  auto typed = mm(R"({"roomType":"ranked"})");
  EXPECT_EQ(made(report(report_kind::status, "ready"), typed)->room_type, "ranked");
  EXPECT_EQ(made(report(report_kind::resync, "ready"), typed)->room_type, "ranked");
  EXPECT_EQ(made(report(report_kind::ended, ""), typed)->room_type, "ranked");
  EXPECT_EQ(made(report(report_kind::room_event, "goal"), typed)->room_type, "");
  EXPECT_EQ(made(report(report_kind::status, "ready"), mm(R"({"roomType":5})"))->room_type, "");
}

TEST(MatchmakerCalls, ThePortThatIsNamedForClientsIsTold) {
  auto what = report(report_kind::room_event, "goal");
  what.address.ports.push_back({"clientPort", "tcp", 20003});
  EXPECT_EQ(made(what)->port, 20003);
}

TEST(MatchmakerCalls, ARoomWithoutAnAddressCannotBeToldOf) {
  auto what = report(report_kind::room_event, "goal");
  const std::string no_port = "no room port found to forward roomEvent. Forwarder name: \"mm\", Scheduler: \"s1\"";
  what.address.ports.clear();
  EXPECT_EQ(made(what).error().text, no_port);
  what.address = {"", placed.ports};
  EXPECT_EQ(made(what).error().text, no_port);
}

TEST(MatchmakerCalls, ThatARoomEndsIsToldWithoutAnAddress) {
  for (auto [kind, word] : {std::pair{report_kind::ended, ""},
                            {report_kind::status, "terminated"},
                            {report_kind::status, "terminating"},
                            {report_kind::resync, "terminating"},
                            {report_kind::room_event, "terminated"}}) {
    auto what = report(kind, word);
    what.address = {};
    auto call = made(what);
    ASSERT_TRUE(call) << word;
    EXPECT_EQ(call->host, "");
    EXPECT_EQ(call->port, 0);
    EXPECT_EQ(call->metadata.at("ports"), R"([{"name":"","port":0,"protocol":""}])");
  }
}

TEST(MatchmakerCalls, AForwarderWithoutOptionsHasASecond) {
  auto bare = mm();
  bare.options.reset();
  EXPECT_EQ(made(report(report_kind::status, "ready"), bare)->timeout, std::chrono::seconds{1});
  bare.options = forwarder_options{-5, "{}"};
  EXPECT_EQ(made(report(report_kind::status, "ready"), bare)->timeout, std::chrono::milliseconds{1});
}

TEST(MatchmakerCalls, NumbersOfMatchmakersAndWhatTheyStandFor) {
  for (auto [code, word] : {std::pair{200, "OK"},
                            {404, "NotFound"},
                            {406, "FailedPrecondition"},
                            {500, "Internal"},
                            {0, "Unknown"},
                            {201, "Unknown"}}) {
    EXPECT_EQ(code_word(code), word);
    EXPECT_EQ(outcome_word({"OK", code, {}, {}}), word);
    EXPECT_EQ(outcome_word({"Unavailable", code, {}, {}}), "Unavailable");
  }
}

} // namespace
} // namespace maestro::rules
