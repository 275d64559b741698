// The JSON of the wire, both ways, by tables (proto/README.md 1.1).
#include "nodes/gateway/json.hpp"

#include "api/v1/messages.pb.h"
#include "api/v1/operations.pb.h"
#include "api/v1/room_management.pb.h"
#include "api/v1/rooms.pb.h"
#include "api/v1/schedulers.pb.h"
#include "messages/struct_json.hpp"

#include <gtest/gtest.h>

namespace {

using namespace maestro;
namespace v1 = api::v1;

template <class Message>
std::string again(const std::string& text) {
  Message message;
  auto outcome = from_json(text, message);
  return outcome ? to_json(message) : outcome.error().text;
}

TEST(JsonOut, UnsetFieldsAreShownUnlessOptional) {
  EXPECT_EQ(to_json(v1::Scheduler()), R"({"name":"","game":"","state":"","portRange":null,"createdAt":null,)"
                                      R"("maxSurge":"","roomsReplicas":0,"spec":null,"forwarders":[],)"
                                      R"("annotations":{},"labels":{}})");
  EXPECT_EQ(to_json(v1::ListOperationsResponse()), R"({"operations":[]})");
  EXPECT_EQ(to_json(v1::CancelOperationResponse()), "{}");
  EXPECT_EQ(to_json(v1::ForwarderOptions()), R"({"timeout":"0","metadata":null})");
  EXPECT_EQ(to_json(v1::AllocateRoomResponse()),
            R"({"roomId":"","success":false,"message":"","ports":[],"host":""})");
}

TEST(JsonOut, OptionalScalarThatIsSetToItsDefaultIsShown) {
  v1::ListOperationsResponse page;
  page.set_page(1);
  page.set_page_size(0);
  page.set_total(0);
  EXPECT_EQ(to_json(page), R"({"page":1,"pageSize":0,"total":0,"operations":[]})");
}

TEST(JsonOut, MapsAreSorted) {
  v1::Scheduler scheduler;
  for (auto name : {"b", "a", "c", "aa"})
    (*scheduler.mutable_labels())[name] = name;
  EXPECT_NE(to_json(scheduler).find(R"("labels":{"a":"a","aa":"aa","b":"b","c":"c"})"), std::string::npos);
}

TEST(JsonOut, StringsAreEscapedAsProtojsonDoes) {
  v1::Lease lease;
  lease.set_ttl("q\" b\\ /<>& \b\f\n\r\t \x01 \x7f é 😀");
  EXPECT_EQ(to_json(lease), "{\"ttl\":\"q\\\" b\\\\ /<>& \\b\\f\\n\\r\\t \\u0001 \x7f é 😀\"}");
}

TEST(JsonOut, BytesThatAreNoTextBecomeReplacementCharacters) {
  std::string out;
  append_json_string(out, "a\xff\xc0\xaf"
                          "b\xed\xa0\x80"
                          "c\xe2\x82");
  EXPECT_EQ(out, "\"a���b���c��\"");
}

TEST(JsonOut, NumbersAreTheShortestThatReadBack) {
  struct row {
    double value;
    const char* text;
  };
  for (auto [value, text] : {row{0, "0"},
                             {-0.5, "-0.5"},
                             {1, "1"},
                             {1e20, "100000000000000000000"},
                             {1e21, "1e+21"},
                             {1e-6, "0.000001"},
                             {1e-7, "1e-7"},
                             {1.5e-10, "1.5e-10"},
                             {1152921504606846976.0, "1152921504606847000"},
                             {12345678, "12345678"},
                             {0.8999999761581421, "0.8999999761581421"}}) {
    std::string out;
    append_json_number(out, value);
    EXPECT_EQ(out, text);
  }
  std::string out;
  append_json_number(out, 0.33F);
  append_json_number(out, 0.9F);
  append_json_number(out, 1e-6F);
  EXPECT_EQ(out, "0.330.90.000001");
}

TEST(JsonOut, DurationsHaveNoneThreeSixOrNineFractionDigits) {
  struct row {
    std::int64_t seconds;
    std::int32_t nanos;
    const char* text;
  };
  for (auto [seconds, nanos, text] : {row{100, 0, "100s"},
                                      {0, 0, "0s"},
                                      {1, 500'000'000, "1.500s"},
                                      {0, 1'000, "0.000001s"},
                                      {0, 1, "0.000000001s"},
                                      {-1, -500'000'000, "-1.500s"},
                                      {0, -1'000'000, "-0.001s"}}) {
    v1::Spec spec;
    spec.mutable_termination_grace_period()->set_seconds(seconds);
    spec.mutable_termination_grace_period()->set_nanos(nanos);
    EXPECT_NE(to_json(spec).find("\"terminationGracePeriod\":\"" + std::string(text) + "\""), std::string::npos)
        << to_json(spec);
  }
}

TEST(JsonOut, TimestampsAreRfc3339AndZeroTimeIsYearOne) {
  struct row {
    std::int64_t seconds;
    std::int32_t nanos;
    const char* text;
  };
  for (auto [seconds, nanos, text] : {row{1640995200, 0, "2022-01-01T00:00:00Z"},
                                      {1640995200, 120'000'000, "2022-01-01T00:00:00.120Z"},
                                      {1640995200, 1'000, "2022-01-01T00:00:00.000001Z"},
                                      {1640995200, 1, "2022-01-01T00:00:00.000000001Z"},
                                      {-62135596800, 0, "0001-01-01T00:00:00Z"}}) {
    v1::OperationEvent event;
    event.mutable_created_at()->set_seconds(seconds);
    event.mutable_created_at()->set_nanos(nanos);
    EXPECT_EQ(to_json(event), "{\"createdAt\":\"" + std::string(text) + "\",\"event\":\"\"}");
  }
}

TEST(JsonIn, BothSpellingsOfANameAreKnown) {
  EXPECT_EQ(again<v1::PortRange>(R"({"start":1,"end":2})"), R"({"start":1,"end":2})");
  v1::CreateSchedulerRequest camel;
  v1::CreateSchedulerRequest snake;
  ASSERT_TRUE(from_json(R"({"maxSurge":"10%","roomsReplicas":6,"portRange":{"start":1}})", camel));
  ASSERT_TRUE(from_json(R"({"max_surge":"10%","rooms_replicas":6,"port_range":{"start":1}})", snake));
  EXPECT_EQ(to_json(camel), to_json(snake));
  EXPECT_EQ(camel.rooms_replicas(), 6);
}

TEST(JsonIn, NothingAtAllIsTheEmptyObject) {
  for (auto text : {"", "  \n\t ", "{}"})
    EXPECT_EQ(again<v1::PortRange>(text), R"({"start":0,"end":0})") << text;
}

TEST(JsonIn, UnknownFieldsOfAnyShapeAreIgnored) {
  EXPECT_EQ(again<v1::PortRange>(R"({"x":1,"y":[{"z":[[]]},"s",null],"o":{"start":9,"o":{}},"start":1,"t":true})"),
            R"({"start":1,"end":0})");
}

TEST(JsonIn, BytesAfterTheFirstValueAreIgnored) {
  EXPECT_EQ(again<v1::PortRange>(R"({"start":1}} garbage {"start":2})"), R"({"start":1,"end":0})");
}

TEST(JsonIn, NullMeansAbsent) {
  v1::CreateSchedulerRequest request;
  ASSERT_TRUE(
      from_json(R"({"name":null,"portRange":null,"forwarders":null,"labels":null,"autoscaling":null})", request));
  EXPECT_FALSE(request.has_port_range());
  EXPECT_FALSE(request.has_autoscaling());
}

TEST(JsonIn, IntegersComeAsNumbersStringsAndIntegralFloats) {
  for (auto text : {"1000", "\"1000\"", "1000.0", "1e3", "\"1e3\"", "1.0E+3", "100000e-2", "0.001e6"}) {
    v1::ForwarderOptions options;
    auto outcome = from_json(R"({"timeout":)" + std::string(text) + "}", options);
    ASSERT_TRUE(outcome) << text << ": " << outcome.error().text;
    EXPECT_EQ(options.timeout(), 1000) << text;
  }
  v1::ForwarderOptions options;
  ASSERT_TRUE(from_json(R"({"timeout":"-9223372036854775808"})", options));
  EXPECT_EQ(options.timeout(), INT64_MIN);
  ASSERT_TRUE(from_json(R"({"timeout":-0})", options));
  EXPECT_EQ(options.timeout(), 0);
}

TEST(JsonIn, WrongIntegersAreRefusedWithFieldAndValue) {
  for (auto value : {"1.5", "\"\"", "\" 1\"", "\"1 \"", "\"01\"", "\"+1\"", "\"0x1\"", "2147483648", "-2147483649",
                     "1e99", "true", "{}", "[]", "\"abc\"", "1e-1"}) {
    v1::PortRange range;
    auto outcome = from_json(R"({"start":)" + std::string(value) + "}", range);
    ASSERT_FALSE(outcome) << value;
    EXPECT_EQ(outcome.error().code, ec::invalid_argument);
    EXPECT_EQ(outcome.error().text.find("proto: (line 1:10): invalid value for int32 field start: "), 0U)
        << outcome.error().text;
  }
  v1::PortRange range;
  EXPECT_EQ(from_json(R"({"start":1e999999999999})", range).error().text, "number out of range at byte 9");
  v1::ListOperationsRequest request;
  EXPECT_FALSE(from_json(R"({"page":-1})", request));
  EXPECT_FALSE(from_json(R"({"page":4294967296})", request));
  EXPECT_TRUE(from_json(R"({"page":4294967295})", request));
}

TEST(JsonIn, FloatsAreRoundedToFloat32) {
  v1::RoomOccupancy occupancy;
  ASSERT_TRUE(from_json(R"({"readyTarget":0.9,"downThreshold":"0.99"})", occupancy));
  EXPECT_EQ(static_cast<double>(occupancy.ready_target()), 0.8999999761581421);
  EXPECT_EQ(to_json(occupancy), R"({"readyTarget":0.9,"downThreshold":0.99})");
  ASSERT_TRUE(from_json(R"({"readyTarget":1e-60})", occupancy));
  EXPECT_EQ(occupancy.ready_target(), 0);
  EXPECT_FALSE(from_json(R"({"readyTarget":1e39})", occupancy));
  EXPECT_FALSE(from_json(R"({"readyTarget":true})", occupancy));
}

TEST(JsonIn, WrongTypesAreRefusedWithPlaceFieldAndValue) {
  struct row {
    const char* body;
    const char* text;
  };
  for (auto [body, text] :
       {row{R"({"name":5})", "proto: (line 1:9): invalid value for string field name: 5"},
        {"{\n \"name\": true}", "proto: (line 2:10): invalid value for string field name: true"},
        {R"({"name":{"a":1}})", "proto: (line 1:9): invalid value for string field name: {"},
        {R"({"spec":"x"})", R"(proto: (line 1:9): invalid value for message field spec: "x")"},
        {R"({"spec":[]})", "proto: (line 1:9): invalid value for message field spec: ["},
        {R"({"forwarders":{}})", "proto: (line 1:15): invalid value for list field forwarders: {"},
        {R"({"forwarders":[1]})", "proto: (line 1:16): invalid value for message field forwarders: 1"},
        {R"({"forwarders":[null]})", "proto: (line 1:16): invalid value for message field forwarders: null"},
        {R"({"labels":[]})", "proto: (line 1:11): invalid value for map field labels: ["},
        {R"({"labels":{"a":1}})", R"(proto: (line 1:16): invalid value for map field labels["a"]: 1)"},
        {R"({"labels":{"a":null}})", R"(proto: (line 1:16): invalid value for map field labels["a"]: null)"},
        {R"({"labels":{"a":"1","a":"2"}})", R"(proto: (line 1:20): duplicate map key "a")"},
        {R"({"name":"a","name":"b"})", R"(proto: (line 1:13): duplicate field "name")"},
        {R"({"maxSurge":"1","max_surge":null})", R"(proto: (line 1:17): duplicate field "max_surge")"},
        {R"({"spec":{"terminationGracePeriod":100}})",
         "proto: (line 1:35): invalid value for google.protobuf.Duration field terminationGracePeriod: 100"},
        {R"({"spec":{"containers":[{"command":["a",1]}]}})",
         "proto: (line 1:40): invalid value for string field command: 1"},
        {"[]", "proto: (line 1:1): an object is wanted, unexpected token ["},
        {"null", "proto: (line 1:1): an object is wanted, unexpected token null"},
        {"\"x\"", "proto: (line 1:1): an object is wanted, unexpected token \"x\""},
        {"7", "proto: (line 1:1): an object is wanted, unexpected token 7"}}) {
    v1::CreateSchedulerRequest request;
    auto outcome = from_json(body, request);
    ASSERT_FALSE(outcome) << body;
    EXPECT_EQ(outcome.error().text, text);
  }
}

TEST(JsonIn, BrokenSyntaxIsRefused) {
  for (std::string body : {"{",
                           "{\"",
                           "{\"a",
                           "{\"name\"",
                           "{\"name\":",
                           "{\"name\":\"x\"",
                           "{\"name\":\"x\",",
                           "{,}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\" 1}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":.5}",
                           "{\"a\":1e}",
                           "{\"a\":tru}",
                           "{\"a\":nul}",
                           "{\"a\":NaN}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12\"}",
                           "}",
                           "]",
                           "x",
                           "// c\n{}",
                           "{\"a\":[1,]}",
                           "{\"a\":[1 2]}"}) {
    v1::CreateSchedulerRequest request;
    auto outcome = from_json(body, request);
    ASSERT_FALSE(outcome) << body;
    EXPECT_EQ(outcome.error().code, ec::invalid_argument) << body;
    EXPECT_FALSE(outcome.error().text.empty()) << body;
  }
  v1::CreateSchedulerRequest request;
  EXPECT_FALSE(from_json(std::string_view("\0", 1), request));
  EXPECT_EQ(from_json("{bad", request).error().text,
            "invalid character 'b' looking for beginning of object key string at byte 1");
  EXPECT_EQ(from_json("{\"name\":", request).error().text, "unexpected EOF");
}

TEST(JsonIn, TextThatIsNoUtf8IsRefused) {
  for (std::string text : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\\ud800",
                           "\\udc00", "\\ud800\\u0041"}) {
    v1::CreateSchedulerRequest request;
    EXPECT_FALSE(from_json("{\"name\":\"" + text + "\"}", request)) << text;
    EXPECT_FALSE(from_json("{\"unknown\":\"" + text + "\"}", request)) << text;
  }
  EXPECT_EQ(again<v1::Lease>(R"({"ttl":"\ud83d\ude00\u00e9\/"})"), "{\"ttl\":\"😀é/\"}");
}

TEST(JsonIn, NestingIsBounded) {
  auto nested = [](std::size_t levels, const std::string& open, const std::string& close) {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i)
      text += open;
    text += "1";
    for (std::size_t i = 0; i < levels; ++i)
      text += close;
    return text;
  };
  v1::UpdateRoomWithPingRequest ping;
  for (auto field : {"unknown", "metadata"}) {
    auto body = [&](std::size_t levels) {
      return "{\"" + std::string(field) + "\":{\"a\":" + nested(levels, "[", "]") + "}}";
    };
    EXPECT_TRUE(from_json(body(json_depth_limit - 2), ping)) << field;
    auto outcome = from_json(body(json_depth_limit), ping);
    ASSERT_FALSE(outcome) << field;
    EXPECT_NE(outcome.error().text.find("exceeded maximum nesting depth of 100"), std::string::npos)
        << outcome.error().text;
    EXPECT_FALSE(from_json(body(1'000'000), ping));
    EXPECT_FALSE(from_json("{\"" + std::string(field) + "\":" + nested(300'000, "{\"a\":", "}") + "}", ping));
  }
  EXPECT_FALSE(from_json(std::string(1'000'000, '['), ping));
}

TEST(JsonIn, DurationsAreReadExactly) {
  struct row {
    const char* text;
    std::int64_t seconds;
    std::int32_t nanos;
  };
  for (auto [text, seconds, nanos] : {row{"100s", 100, 0},
                                      {"1.5s", 1, 500'000'000},
                                      {"-1.5s", -1, -500'000'000},
                                      {"0.000000001s", 0, 1},
                                      {".5s", 0, 500'000'000},
                                      {"1.s", 1, 0},
                                      {"315576000000s", 315'576'000'000, 0}}) {
    v1::Spec spec;
    ASSERT_TRUE(from_json(R"({"terminationGracePeriod":")" + std::string(text) + "\"}", spec)) << text;
    EXPECT_EQ(spec.termination_grace_period().seconds(), seconds) << text;
    EXPECT_EQ(spec.termination_grace_period().nanos(), nanos) << text;
  }
  for (auto text :
       {"", "s", "100", "1m", "1h", "1.5.5s", "1e3s", " 1s", "315576000001s", "1.0000000001s", "--1s", "-s"}) {
    v1::Spec spec;
    EXPECT_FALSE(from_json(R"({"terminationGracePeriod":")" + std::string(text) + "\"}", spec)) << text;
  }
}

TEST(JsonIn, StructsKeepEveryShape) {
  EXPECT_EQ(again<v1::ForwarderOptions>(
                R"({"timeout":5,"metadata":{"b":1,"a":[true,null,{"q":-2.5e3},"s",[]],"c":null,"d":{}}})"),
            R"({"timeout":"5","metadata":{"a":[true,null,{"q":-2500},"s",[]],"b":1,"c":null,"d":{}}})");
  v1::ForwarderOptions options;
  EXPECT_FALSE(from_json(R"({"metadata":{"a":1,"a":2}})", options));
  EXPECT_FALSE(from_json(R"({"metadata":[]})", options));
  EXPECT_FALSE(from_json(R"({"metadata":"x"})", options));
  EXPECT_FALSE(from_json(R"({"metadata":{"a":1e999}})", options));
  ASSERT_TRUE(from_json(R"({"metadata":{"x":{}},"timeout":"3"})", options));
  EXPECT_EQ(options.timeout(), 3);
}

TEST(JsonIn, MapsThatWereSentEmptyAreReported) {
  v1::CreateSchedulerRequest request;
  std::vector<std::string> sent;
  ASSERT_TRUE(from_json(R"({"labels":{},"annotations":null})", request, &sent));
  EXPECT_EQ(sent, std::vector<std::string>{"labels"});
}

TEST(JsonBothWays, OwnOutputReadsBack) {
  const std::string room =
      R"({"id":"r","status":"ready","instanceStatus":"ready","statusReason":"","version":"v1.0.0",)"
      R"("host":"127.0.0.1","ports":[{"name":"p","protocol":"UDP","port":5}],)"
      R"("runningMatches":"2","createdAt":"2022-01-01T00:00:00.5Z",)"
      R"("statusSince":"2022-01-01T00:00:00Z","lastPingAt":null})";
  v1::Room read;
  auto outcome = from_json(room, read);
  ASSERT_TRUE(outcome) << outcome.error().text;
  EXPECT_EQ(read.created_at().nanos(), 500'000'000);
  EXPECT_NE(to_json(read).find("\"createdAt\":\"2022-01-01T00:00:00.500Z\""), std::string::npos);
}

TEST(JsonStruct, NumbersAreReadAsWritten) {
  google::protobuf::Struct read;
  for (auto& [text, value] : std::initializer_list<std::pair<std::string, double>>{
           {"0e62", 0}, {"-0", -0.0}, {"1e-400", 0}, {"123456789012345678", 123456789012345678.0}, {"0.1", 0.1}}) {
    ASSERT_TRUE(from_json("{\"a\":" + text + "}", read)) << text;
    EXPECT_EQ(read.fields().at("a").number_value(), value) << text;
  }
  EXPECT_FALSE(from_json("{\"a\":1e400}", read));
}

} // namespace
