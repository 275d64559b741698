// What game servers answer to who asks how they are: whatever it is, it is read in bounded time and means a number of players
// within its bounds, or nothing.
#include "runtime/probing/a2s_query.hpp"
#include "runtime/probing/http_query.hpp"
#include "runtime/probing/log_search.hpp"
#include "runtime/probing/minecraft_query.hpp"
#include "runtime/probing/quake3_query.hpp"
#include "test/fuzz/mutation.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>

namespace {

using namespace maestro;
using namespace maestro::probing;
using namespace std::string_literals;

void feed(fuzz::mutation bytes, const std::function<probe_reading(std::string_view)>& read) {
  std::size_t answers = 0;
  for (auto i = fuzz::rounds(50'000); i > 0; --i) {
    auto text = bytes.next();
    auto reading = read(text);
    answers += reading.what == probe_reading::kind::answer;
    if (reading.players) {
      ASSERT_GE(*reading.players, 0);
      ASSERT_LE(*reading.players, most_players);
    }
    ASSERT_LE(reading.question.size(), 64U);
  }
  EXPECT_GT(answers, 10U) << "the seeds are no answers any more";
}

TEST(ProbeFuzz, Quake3) {
  feed({{"\xff\xff\xff\xffstatusResponse\n\\mapname\\oa_dm1\\challenge\\0000beef\n0 52 \"Sarge\"\n1 0 \"Bot\"\n"},
        {"\\", "\n", "\"", "challenge", "\xff\xff\xff\xff", "\0"s}},
       [](auto text) { return read_quake3(text, 0xbeef); });
}

TEST(ProbeFuzz, A2s) {
  feed({{"\xff\xff\xff\xffI\x11Name\0map\0folder\0game\0\xda\x02\x07\x20\x03xx"s, "\xff\xff\xff\xff"
                                                                                  "A1234"s},
        {"\0"s, "\xff\xff\xff\xff", "I", "A", "\xfe"}},
       read_a2s);
}

TEST(ProbeFuzz, Minecraft) {
  auto json = R"({"players":{"max":20,"online":3,"sample":[{"name":"x"}]},"description":{"text":"\"{"}})"s;
  feed({{static_cast<char>(json.size() + 2) + "\0"s + static_cast<char>(json.size()) + json, json},
        {"{", "}", "[", "\"", "\\", ":", "players", "online", "-", "9999999999999999999", "\xff\xff\xff\xff\x0f",
         "\x80"}},
       [](auto text) {
         static_cast<void>(players_online(text));
         return read_minecraft(text);
       });
}

TEST(ProbeFuzz, Http) {
  feed({{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.0 503 Service Unavailable\r\n\r\n"},
        {" ", "\r\n", "HTTP/1.", "2", "\n"}},
       read_http);
}

TEST(ProbeFuzz, Logs) {
  fuzz::mutation texts({"one\ntwo ready\nthree", "a*b\nc"}, {"\n", "*", "ready", "\0"s});
  fuzz::mutation patterns({"ready", "t*y", "**", "*"}, {"*", "r"});
  std::size_t found = 0;
  for (auto i = fuzz::rounds(20'000); i > 0; --i)
    found += has_line(texts.next(), patterns.next());
  EXPECT_GT(found, 10U);
}

} // namespace
