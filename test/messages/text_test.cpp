#include "messages/api_codec.hpp"
#include "messages/json_text.hpp"
#include "messages/rooms_explanation.hpp"
#include "messages/text.hpp"

#include "api/v1/plans.pb.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace {

using namespace maestro;

TEST(Text, Utf8SequencesAreMeasured) {
  struct row {
    std::string text;
    std::size_t length;
  };
  for (auto& [text, length] :
       {row{"a", 1}, row{"\x7f", 1}, row{"\xC2\x80", 2}, row{"\xDF\xBF", 2}, row{"\xE0\xA0\x80", 3},
        row{"\xED\x9F\xBF", 3}, row{"\xEF\xBF\xBD", 3}, row{"\xF0\x90\x80\x80", 4}, row{"\xF4\x8F\xBF\xBF", 4},
        // alone, cut, overlong, surrogate, beyond the last
        row{"\x80", 0}, row{"\xC2", 0},
        row{"\xC2"
            "a",
            0},
        row{"\xC1\x80", 0}, row{"\xE0\x9F\xBF", 0}, row{"\xE1\x80", 0}, row{"\xED\xA0\x80", 0},
        row{"\xF0\x8F\xBF\xBF", 0}, row{"\xF1\x80\x80", 0}, row{"\xF4\x90\x80\x80", 0}, row{"\xF5\x80\x80\x80", 0},
        row{"\xFF", 0}}) {
    EXPECT_EQ(utf8_length(text, 0), length) << testing::PrintToString(text);
    EXPECT_EQ(utf8_length("x" + text, 1), length) << testing::PrintToString(text);
  }
}

TEST(Text, UpperCaseIsOfAsciiLettersOnly) {
  EXPECT_EQ(upper_case("aZ9-\xC3\xA9"), "AZ9-\xC3\xA9");
}

TEST(Text, TimesAreRfc3339InUtc) {
  auto read = [](std::string_view text) {
    auto at = parse_rfc3339(text);
    return at ? std::to_string(at->seconds) + "+" + std::to_string(at->nanos) : "none";
  };
  EXPECT_EQ(read("1970-01-01T00:00:00Z"), "0+0");
  EXPECT_EQ(read("2022-01-01T00:00:00Z"), "1640995200+0");
  EXPECT_EQ(read("2022-01-01T00:00:00.5Z"), "1640995200+500000000");
  EXPECT_EQ(read("2022-01-01T00:00:00.000000001Z"), "1640995200+1");
  EXPECT_EQ(read("0001-01-01T00:00:00Z"), "-62135596800+0");
  EXPECT_EQ(read("9999-12-31T23:59:59.999999999Z"), "253402300799+999999999");
  EXPECT_EQ(read("2024-02-29T00:00:00Z"), "1709164800+0");
  for (auto text : {"", "Z", "2022-01-01T00:00:00", "2022-01-01T00:00:00+01:00", "2022-01-01 00:00:00Z",
                    "2022-1-1T00:00:00Z", "2022-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2022-01-01T24:00:00Z",
                    "2022-01-01T00:60:00Z", "2022-01-01T00:00:61Z", "2022-01-01T00:00:00.Z",
                    "2022-01-01T00:00:00.1234567890Z", "2022-01-01T00:00:00.1xZ", "2022-01-01T00:00:00,5Z"})
    EXPECT_EQ(read(text), "none") << text;
}

TEST(ApiPlan, WhatTheWireHasNoNumberForIsItsLargest) {
  rooms_explanation why;
  why.wanted = 3'000'000'000;
  why.change.add = std::numeric_limits<std::int64_t>::max();
  why.there.counts.running_matches = 7;
  api::v1::Plan shown;
  to_api(why, shown);
  EXPECT_EQ(shown.wanted(), 2'147'483'647);
  EXPECT_EQ(shown.change().add(), 2'147'483'647);
  EXPECT_EQ(shown.there().running_matches(), 7);
}

TEST(Text, MethodsAreAFixedSet) {
  EXPECT_EQ(known_http_method("PATCH"), "PATCH");
  for (auto method : {"", "get", "TRACE", "BREW"})
    EXPECT_EQ(known_http_method(method), "other");
}

} // namespace
