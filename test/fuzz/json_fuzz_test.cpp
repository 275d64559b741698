// The JSON of the API: whatever comes, it is read or refused in linear time; what is read is written as JSON that reads
// back to the same message.
#include "messages/struct_json.hpp"
#include "nodes/gateway/json.hpp"
#include "test/fuzz/mutation.hpp"

#include "api/v1/rooms.pb.h"
#include "api/v1/schedulers.pb.h"

#include <google/protobuf/struct.pb.h>
#include <gtest/gtest.h>

namespace {

using namespace maestro;
namespace v1 = api::v1;

const std::vector<std::string> seeds{
    R"({"name":"arena","game":"g","maxSurge":"10%","roomsReplicas":3,"labels":{"a":"b"},"annotations":{},)"
    R"("spec":{"terminationGracePeriod":"1.5s","containers":[{"name":"c","image":"i","command":["a"],)"
    R"("ports":[{"name":"p","protocol":"udp","port":7777,"hostPortRange":{"start":1,"end":2}}],)"
    R"("environment":[{"name":"N","value":"v"}],"requests":{"cpu":"100m","memory":"1Gi"}}]},)"
    R"("autoscaling":{"enabled":true,"min":1,"max":-1,"cooldown":60,"policy":{"type":"roomOccupancy",)"
    R"("parameters":{"roomOccupancy":{"readyTarget":0.5}}}},)"
    R"("forwarders":[{"name":"f","enable":true,"options":{"timeout":"1000","metadata":{"a":[1,null,{"b":2.5e3}]}}}]})",
    R"({"metadata":{"region":"eu","n":1.25,"deep":{"x":[true,false]}},"status":"ready","timestamp":"12345"})",
    R"({"status":"occupied","runningMatches":2,"timestamp":1e3})"};
const std::vector<std::string> words{"{",
                                     "}",
                                     "[",
                                     "]",
                                     "\"",
                                     ":",
                                     ",",
                                     "null",
                                     "true",
                                     "1e400",
                                     "0e62",
                                     "-0",
                                     "1e-400",
                                     "\\u0000",
                                     "\\ud800",
                                     "\xff",
                                     "\xed\xa0\x80",
                                     "\"labels\":{",
                                     "9223372036854775808",
                                     "\\",
                                     "NaN",
                                     "\"NaN\"",
                                     " ",
                                     "\n"};

template <class Message>
void expect_stable(const std::string& text, std::size_t& read_count) {
  Message message, again;
  auto read = from_json(text, message);
  if (!read) {
    ASSERT_FALSE(read.error().text.empty());
    ASSERT_LT(read.error().text.size(), 100'000U);
    return;
  }
  ++read_count;
  auto written = to_json(message);
  ASSERT_TRUE(from_json(written, again)) << text << "\n" << written;
  ASSERT_EQ(to_json(again), written) << text;
}

TEST(JsonFuzz, WhatIsReadIsWrittenAndReadAgain) {
  fuzz::mutation texts(seeds, words);
  std::size_t read_count = 0;
  for (auto i = fuzz::rounds(50'000); i > 0; --i) {
    auto text = texts.next();
    expect_stable<v1::CreateSchedulerRequest>(text, read_count);
    expect_stable<v1::UpdateRoomWithPingRequest>(text, read_count);
    google::protobuf::Struct value, again;
    if (from_json(text, value)) {
      ASSERT_TRUE(from_json(to_json(value), again)) << text;
      ASSERT_EQ(to_json(again), to_json(value)) << text;
    }
  }
  EXPECT_GT(read_count, 100U) << "the seeds are no messages any more";
}

} // namespace
