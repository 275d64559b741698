// What game servers answer and how it is read: each protocol with true answers, and with everything that is nearly one.
#include "runtime/probing/a2s_query.hpp"
#include "runtime/probing/http_query.hpp"
#include "runtime/probing/log_search.hpp"
#include "runtime/probing/minecraft_query.hpp"
#include "runtime/probing/probe_watch.hpp"
#include "runtime/probing/quake3_query.hpp"
#include "runtime/probing/raw_query.hpp"

#include <gtest/gtest.h>

#include <string>

namespace maestro::probing {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using kind = probe_reading::kind;

std::string word_of(const probe_reading& reading) {
  switch (reading.what) {
  case kind::answer: return reading.players ? "players " + std::to_string(*reading.players) : "answer";
  case kind::more: return "more";
  case kind::ask_again: return "again";
  case kind::unusable: return reading.problem;
  }
  return "?";
}

// -- bytes of a recipe ----------------------------------------------------------------------------------------

TEST(ByteText, ReadsDigitsRepetitionsAndAnything) {
  auto read = [](const char* text, std::size_t most = 1400) {
    auto bytes = parse_bytes(text, most);
    return bytes ? std::optional{bytes->bytes} : std::nullopt;
  };
  EXPECT_EQ(read("ff00 4A"), "\xff\0J"s);
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("01 00*3 02"), "\1\0\0\0\2"s);
  EXPECT_EQ(read("00*1400")->size(), 1400u);
  for (auto* wrong :
       {"f", "fg", "0 0", "00*", "00*0", "00*-1", "00*1401", "00*99999999999999999999", "*2", "?0", "0x01"})
    EXPECT_FALSE(read(wrong)) << wrong;
  EXPECT_FALSE(read("000000", 2));
  auto pattern = parse_bytes("01 ?? 03", 10);
  ASSERT_TRUE(pattern);
  EXPECT_TRUE(pattern->has_any());
  EXPECT_TRUE(pattern->begins("\1x\3y"));
  EXPECT_FALSE(pattern->begins("\1x\4"));
  EXPECT_FALSE(pattern->begins("\1x"));
}

TEST(RawQuery, FindsTheAnswerAndItsPlayers) {
  health_recipe how;
  how.probe = "udp";
  how.send = "01";
  how.expect = "01";
  how.players_at = 2;
  raw_query cube2{how};
  EXPECT_EQ(cube2.question, "\1");
  EXPECT_EQ(word_of(cube2.read_datagram("\1\5rest")), "players 5");
  EXPECT_EQ(word_of(cube2.read_datagram("\1\xff")), "players 255");
  EXPECT_EQ(word_of(cube2.read_datagram("\1")), "its answer is too short to tell the players");
  EXPECT_EQ(word_of(cube2.read_datagram("\2\5")), "its answer does not begin as expected");
  EXPECT_EQ(word_of(cube2.read_datagram("")), "its answer does not begin as expected");
  EXPECT_EQ(word_of(cube2.read_stream("\1")), "more");
  EXPECT_EQ(word_of(cube2.read_stream("\1\3")), "players 3");
  how.players_at = 0;
  how.expect = "";
  EXPECT_EQ(word_of(raw_query{how}.read_datagram("x")), "answer");
  EXPECT_EQ(word_of(raw_query{how}.read_stream("")), "more");
}

// -- quake3 ---------------------------------------------------------------------------------------------------

const auto quake3_head = "\xff\xff\xff\xffstatusResponse\n"s;
const auto openarena = "\\sv_maxclients\\8\\mapname\\oa_dm1\\challenge\\0000beef\\gamename\\baseoa"s;

std::string quake3(const std::string& datagram) {
  return word_of(read_quake3(datagram, 0xbeef));
}

TEST(Quake3, AsksWithANumberThatTheAnswerRepeats) {
  EXPECT_EQ(quake3_question(0xbeef), "\xff\xff\xff\xffgetstatus 0000beef\n");
  EXPECT_EQ(quake3(quake3_head + openarena + "\n"), "players 0");
  EXPECT_EQ(word_of(read_quake3(quake3_head + openarena + "\n", 1)),
            "its statusResponse answers another question");
}

TEST(Quake3, CountsALineForEachPlayer) {
  EXPECT_EQ(quake3(quake3_head + openarena + "\n0 52 \"Sarge\"\n12 0 \"Bot \\\"x\"\n"), "players 2");
  EXPECT_EQ(quake3(quake3_head + openarena + "\n0 52 \"no end of line\""), "players 1");
}

TEST(Quake3, TakesNothingElseForAnAnswer) {
  EXPECT_EQ(quake3(""), "what it answers is no statusResponse");
  EXPECT_EQ(quake3("\xff\xff\xff\xffinfoResponse\n" + openarena), "what it answers is no statusResponse");
  EXPECT_EQ(quake3(quake3_head), "its statusResponse answers another question");
  EXPECT_EQ(quake3(quake3_head + "\\a\\b\\challenge"), "its statusResponse answers another question");
  EXPECT_EQ(quake3(quake3_head + "challenge\\0000beef"), "its statusResponse answers another question");
}

// -- a2s ------------------------------------------------------------------------------------------------------

const auto a2s_info = "\xff\xff\xff\xffI\x11"
                      "Name\0de_dust\0csgo\0Counter-Strike\0"
                      "\xda\x02\x07\x20\x03"
                      "dl\0\x01"s;

TEST(A2s, RepeatsTheChallenge) {
  EXPECT_EQ(a2s_question(), "\xff\xff\xff\xffTSource Engine Query\0"s);
  auto challenge = read_a2s("\xff\xff\xff\xff"
                            "A\x01\x02\x03\x04"s);
  EXPECT_EQ(word_of(challenge), "again");
  EXPECT_EQ(challenge.question, "\xff\xff\xff\xffTSource Engine Query\0\x01\x02\x03\x04"s);
}

TEST(A2s, CountsPlayersWithoutBots) {
  EXPECT_EQ(word_of(read_a2s(a2s_info)), "players 4");
  auto bots_only = a2s_info;
  bots_only[bots_only.size() - 7] = '\x01';
  EXPECT_EQ(word_of(read_a2s(bots_only)), "players 0") << "more bots than players";
}

TEST(A2s, IsCutOffAnywhereWithoutHarm) {
  EXPECT_EQ(word_of(read_a2s("\xfe\xff\xff\xff"s)), "its A2S_INFO comes in several packets");
  for (std::size_t size = 0; size < a2s_info.size() - 4; ++size)
    EXPECT_EQ(read_a2s(a2s_info.substr(0, size)).what, kind::unusable) << size;
}

// -- minecraft ------------------------------------------------------------------------------------------------

std::string status_packet(const std::string& json) {
  auto body = "\0"s + static_cast<char>(json.size()) + json;
  return static_cast<char>(body.size()) + body;
}

const auto vanilla = R"({"players":{"max":20,"online":3},"version":{"name":"1.20"}})"s;

TEST(Minecraft, ShakesHandsAndAsks) {
  EXPECT_EQ(minecraft_question("127.0.0.1", 25565), "\x13\0\xff\xff\xff\xff\x0f\x09"
                                                    "127.0.0.1\x63\xdd\x01\x01\0"s);
}

TEST(Minecraft, ReadsTheNumberOfPlayersOfAWholePacket) {
  auto packet = status_packet(vanilla);
  for (std::size_t size = 0; size < packet.size(); ++size)
    EXPECT_EQ(word_of(read_minecraft(packet.substr(0, size))), "more") << size;
  EXPECT_EQ(word_of(read_minecraft(packet)), "players 3");
  EXPECT_EQ(word_of(read_minecraft(packet + "rest")), "players 3");
}

TEST(Minecraft, LooksForPlayersOnlineAndForNothingElse) {
  EXPECT_EQ(players_online(vanilla), 3);
  EXPECT_EQ(players_online(R"({"description":{"players":{"online":9}},"players":{"online":0}})"), 0);
  EXPECT_EQ(players_online(R"({"players":{"sample":[{"online":7}],"online":2}})"), 2);
  EXPECT_EQ(players_online(R"({"a":"\"players\":{","players" : { "online" : 5 } })"), 5);
  EXPECT_EQ(players_online(R"({"players":[{"online":7}]})"), std::nullopt);
  EXPECT_EQ(players_online(R"({"players":{"online":"7"}})"), std::nullopt);
  EXPECT_EQ(players_online(R"({"online":7})"), std::nullopt);
  EXPECT_EQ(players_online(""), std::nullopt);
  EXPECT_EQ(players_online(std::string(100'000, '[')), std::nullopt);
}

TEST(Minecraft, BelievesNoLengthThatCannotBe) {
  EXPECT_EQ(word_of(read_minecraft("\xff\xff\xff\xff\xff\xff"s)), "what it answers is no status of Minecraft");
  EXPECT_EQ(word_of(read_minecraft("HTTP/1.1 400 Bad Request\r\n\r\n" + std::string(60, ' '))),
            "what it answers is no status of Minecraft");
  EXPECT_EQ(word_of(read_minecraft("\x03\0\x7f{"s)), "what it answers is no status of Minecraft");
}

// -- http -----------------------------------------------------------------------------------------------------

TEST(HttpProbe, Asks) {
  EXPECT_EQ(http_question("127.0.0.1", 80, "/healthz"),
            "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:80\r\nUser-Agent: maestro-probe\r\nAccept: */*\r\n"
            "Connection: close\r\n\r\n");
}

TEST(HttpProbe, LooksAtTheFirstLineAlone) {
  EXPECT_EQ(word_of(read_http("")), "more");
  EXPECT_EQ(word_of(read_http("HTTP/1.1 200 OK")), "more");
  EXPECT_EQ(word_of(read_http("HTTP/1.1 200 OK\r\n")), "answer");
  EXPECT_EQ(word_of(read_http("HTTP/1.0 204\n")), "answer");
  EXPECT_EQ(word_of(read_http("HTTP/1.1 302 Found\r\nLocation: /x\r\n")), "it answers another status than 2xx");
  EXPECT_EQ(word_of(read_http("HTTP/1.1 503 No\r\n")), "it answers another status than 2xx");
  EXPECT_EQ(word_of(read_http("HTTP/1.1 2000 No\r\n")), "what it answers is no HTTP");
  EXPECT_EQ(word_of(read_http("SSH-2.0")), "what it answers is no HTTP");
  EXPECT_EQ(word_of(read_http("HTTP/1.1 " + std::string(2000, '2'))), "what it answers is no HTTP");
}

// -- log ------------------------------------------------------------------------------------------------------

TEST(LogSearch, FindsThePatternInOneLine) {
  EXPECT_TRUE(has_line("a\nserver is ready\n", "is ready"));
  EXPECT_TRUE(has_line("map oa_dm1 loaded in 3 s", "map * loaded*s"));
  EXPECT_FALSE(has_line("map\n loaded", "map * loaded"));
  EXPECT_FALSE(has_line("", "x"));
  EXPECT_FALSE(has_line("ready", "ready!"));
  EXPECT_FALSE(has_line("b a", "a*b"));
}

TEST(LogSearch, TakesNoLongerThanTheTextIsLong) {
  std::string text(1 << 20, 'a');
  EXPECT_FALSE(has_line(text, "a*a*a*a*a*a*a*a*a*a*a*a*a*b"));
}

// -- what it amounts to ---------------------------------------------------------------------------------------

health_recipe three_failures() {
  health_recipe health;
  health.probe = "quake3";
  health.port = "game";
  health.failures = 3;
  health.initial_delay = 30s;
  return health;
}

TEST(ProbeWatch, TellsWhatAPingWouldHaveTold) {
  probe_watch watch{three_failures(), 4, 0s, false};
  auto empty = watch.answered(0);
  EXPECT_EQ(empty.status, ping_status::ready);
  EXPECT_EQ(empty.running_matches, 0);
  auto full = watch.answered(7);
  EXPECT_EQ(full.status, ping_status::occupied);
  EXPECT_EQ(full.running_matches, 4);
  EXPECT_EQ(watch.answered(std::nullopt).status, ping_status::ready);
}

TEST(ProbeWatch, TellsOfSilenceWhenItLastsAndAgainUntilItEnds) {
  probe_watch watch{three_failures(), 1, 0s, true};
  EXPECT_FALSE(watch.missed("no answer", 1s));
  EXPECT_FALSE(watch.missed("no answer", 2s));
  auto silence = watch.missed("no answer", 3s);
  ASSERT_TRUE(silence);
  EXPECT_EQ(silence->reason, "quake3 on port game: no answer, 3 times in a row");
  EXPECT_FALSE(silence->could_not_look);
  EXPECT_TRUE(watch.missed("no answer", 4s));
  watch.answered(0);
  EXPECT_FALSE(watch.missed("no answer", 5s));
}

TEST(ProbeWatch, OverlooksTheFirstTimeOfANewRoom) {
  probe_watch fresh{three_failures(), 1, 100s, false};
  for (auto at = 100s; at < 130s; ++at)
    EXPECT_FALSE(fresh.missed("nobody listens", at));
  fresh.missed("nobody listens", 130s);
  fresh.missed("nobody listens", 132s);
  EXPECT_TRUE(fresh.missed("nobody listens", 134s));
}

TEST(ProbeWatch, FindsAHangSoonAfterTheFirstAnswer) {
  probe_watch fresh{three_failures(), 1, 100s, false};
  EXPECT_FALSE(fresh.missed("nobody listens", 100s));
  fresh.answered(0);
  fresh.missed("no answer", 102s);
  fresh.missed("no answer", 104s);
  EXPECT_TRUE(fresh.missed("no answer", 106s)) << "it has come up; the time that it was given is over";
}

TEST(ProbeWatch, WhatCouldNotBeLookedAtCountsNeitherWay) {
  auto excuse = probe_watch::could_not_look("Too many open files");
  EXPECT_TRUE(excuse.could_not_look);
}

} // namespace
} // namespace maestro::probing
