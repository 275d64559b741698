// The room routes (proto/README.md 1.6, 9.3), spoken to the real binary: what a ping may say and what it does, what
// events are answered with and without a forwarder, addresses and allocations.
#include "test/contract/contract_fixture.hpp"

#include <regex>

namespace maestro {
namespace {

using namespace std::chrono_literals;

const std::string yes = R"({"success":true})";
const std::string no = R"({"success":false})";

class RoomsContract : public contract_fixture {
protected:
  static http_answer put(const std::string& path, const std::string& body) {
    return ask_rooms("PUT", "/scheduler/" + path, body);
  }
  static http_answer post(const std::string& path, const std::string& body = {}) {
    return ask_rooms("POST", "/scheduler/" + path, body);
  }
  /// `status/runningMatches` of the room as V2 shows it.
  static std::string seen(const std::string& name, const std::string& room) {
    auto body = ask("GET", "/schedulers/" + name + "/rooms/" + room).body;
    return first_match(body, R"re("status":"([^"]*)")re") + "/" +
           first_match(body, R"re("runningMatches":"([^"]*)")re");
  }
};

TEST_F(RoomsContract, WhatAPingMaySay) {
  struct row {
    std::string body;
    unsigned status;
    std::string answer, then;
  };
  auto rooms = with_ready_rooms("pinged", 1);
  ASSERT_EQ(rooms.size(), 1U);
  auto word = [](const std::string& x) {
    return error(3, "cannot convert string " + x + " to a valid GameRoomStatus representation");
  };
  for (auto& [body, status, answer, then] : std::vector<row>{
           {R"({"status":"occupied"})", 200, yes, "occupied/1"},
           {R"({"status":"ready","runningMatches":0})", 200, yes, "ready/0"},
           {R"({"status":"occupied","runningMatches":0})", 200, yes, "occupied/1"},
           {R"({"status":"occupied","runningMatches":"7","timestamp":"1700000000"})", 200, yes, "occupied/7"},
           {R"({"status":"occupied","running_matches":-2,"timestamp":1.7e9})", 200, yes, "occupied/-2"},
           {R"({"status":"ready","runningMatches":9007199254740993})", 200, yes, "ready/9007199254740993"},
           {R"({"status":"ready","metadata":{"a":[1,{"b":null}]},"schedulerName":"x","roomName":"y"})", 200, yes,
            "ready/0"},
           {R"({"status":"ready","metadata":null,"unknown":{"x":1}})", 200, yes, "ready/0"},
           {R"({"status":"Ready"})", 400, word("Ready"), "ready/0"},
           {R"({"status":"unready"})", 400, word("unready"), "ready/0"},
           {R"({"status":""})", 400, word(""), "ready/0"},
           {R"({})", 400, word(""), "ready/0"},
           {"", 400, word(""), "ready/0"},
           {R"({"status":7})", 400, error(3, "proto: (line 1:11): invalid value for string field status: 7"),
            "ready/0"},
           {R"({"status":"ready","runningMatches":1.5})", 400,
            error(3, "proto: (line 1:36): invalid value for int64 field runningMatches: 1.5"), "ready/0"},
           {R"({"status":"ready","metadata":7})", 400,
            error(3, "proto: (line 1:30): invalid value for message field metadata: 7"), "ready/0"},
           {R"({"status":"terminating"})", 200, yes, "terminating/0"},
           {R"({"status":"terminated"})", 200, yes, "terminated/0"}}) {
    SCOPED_TRACE(body);
    expect(put("pinged/rooms/" + rooms[0] + "/ping", body), status, answer);
    if (status == 200 && then.starts_with("termin"))
      continue; // the room is on its way out
    EXPECT_EQ(seen("pinged", rooms[0]), then);
  }
  expect(put("pinged/rooms/nobody/ping", R"({"status":"ready"})"), 200, no);
  expect(put("nobody/rooms/" + rooms[0] + "/ping", R"({"status":"ready"})"), 200, no);
}

// 4.3: what is not allowed is answered false and changes nothing.
TEST_F(RoomsContract, PingThatIsNoTransitionIsRefused) {
  auto rooms = with_ready_rooms("ended", 1);
  ASSERT_EQ(rooms.size(), 1U);
  auto at = "ended/rooms/" + rooms[0] + "/ping";
  expect(put(at, R"({"status":"terminating"})"), 200, yes);
  expect(put(at, R"({"status":"occupied"})"), 200, no);
  EXPECT_EQ(seen("ended", rooms[0]).find("terminating/"), 0U);
}

TEST_F(RoomsContract, EventsWithoutAForwarderSucceedUnchecked) {
  ASSERT_EQ(ask("POST", "/schedulers", recipe("quiet", 0)).status, 200);
  ASSERT_TRUE(in_sync("quiet"));
  const std::string fine = R"({"success":true,"message":""})";
  for (auto* body : {R"({"event":"any word"})", R"({})", "", R"({"event":"x","metadata":{"playerId":7}})",
                     R"({"event":"playerJoin","timestamp":"5"})"}) {
    SCOPED_TRACE(body);
    expect(post("quiet/rooms/nobody/roomevent", body), 200, fine);
    expect(post("quiet/rooms/nobody/playerevent", body), 200, fine);
  }
  for (auto* body : {R"({"status":"zzz"})", R"({})", R"({"status":"ready","runningMatches":"3","timestamp":1})"})
    expect(put("quiet/rooms/nobody/status", body), 200, yes);
  const std::string missing = R"({"success":false,"message":"scheduler nobody not found"})";
  expect(post("nobody/rooms/r/roomevent", R"({"event":"x"})"), 200, missing);
  expect(post("nobody/rooms/r/playerevent", R"({"event":"playerJoin"})"), 200, missing);
  expect(put("nobody/rooms/r/status", R"({"status":"ready"})"), 200, no);
  expect(post("quiet/rooms/r/roomevent", R"({"event":7})"), 400,
         error(3, "proto: (line 1:10): invalid value for string field event: 7"));
}

TEST_F(RoomsContract, EventsForAForwarderAreChecked) {
  auto rooms = with_ready_rooms(
      "told", 1, R"(,"forwarders":[{"name":"mm","enable":true,"type":"gRPC","address":"127.0.0.1:1"}])");
  ASSERT_EQ(rooms.size(), 1U);
  auto at = "told/rooms/" + rooms[0];
  const std::string fine = R"({"success":true,"message":""})";
  auto refused = [](const std::string& text) { return R"({"success":false,"message":")" + escaped(text) + "\"}"; };
  const std::string no_player =
      R"(eventAttributes must contain key "playerId" in playerEvent events. Forwarder name: "mm", Scheduler: "told")";
  expect(post(at + "/roomevent", R"({"event":"any word","metadata":{"a":{"b":1}}})"), 200, fine);
  expect(post(at + "/playerevent", R"({"event":"playerJoin","metadata":{"playerId":"p"}})"), 200, fine);
  expect(post(at + "/playerevent", R"({"event":"playerLeft","metadata":{"playerId":"p"}})"), 200, fine);
  expect(post("told/rooms/nobody/playerevent", R"({"event":"playerLeft","metadata":{"playerId":"p"}})"), 200,
         fine);
  expect(post(at + "/playerevent", R"({"event":"playerJoin"})"), 200, refused(no_player));
  expect(post(at + "/playerevent", R"({"event":"playerJoin","metadata":{"playerId":7}})"), 200,
         refused(no_player));
  expect(post(at + "/playerevent", R"({"event":"other","metadata":{"playerId":"p"}})"), 200,
         refused(R"(invalid PlayerEventType. Should be "playerLeft" or "playerJoin")"));
  expect(post("told/rooms/nobody/roomevent", R"({"event":"x"})"), 200,
         refused("failed to get room nobody from storage: room nobody not found in scheduler told"));
  for (auto* word : {"ready", "Occupied", "TERMINATING", "terminated"})
    expect(put(at + "/status", R"({"status":")" + std::string(word) + "\"}"), 200, yes);
  expect(put(at + "/status", R"({"status":"zzz"})"), 200, no);
  expect(put("told/rooms/nobody/status", R"({"status":"ready"})"), 200, no);
  EXPECT_EQ(seen("told", rooms[0]), "ready/0") << "the old route changes no room";
}

TEST_F(RoomsContract, AddressesAndAllocations) {
  auto rooms = with_ready_rooms("given", 2);
  ASSERT_EQ(rooms.size(), 2U);
  const std::string ports = R"("ports":\[\{"name":"p","protocol":"UDP","port":2\d{4}\}\],"host":"127.0.0.1")";
  auto address = ask_rooms("GET", "/scheduler/given/rooms/" + rooms[0] + "/address").body;
  EXPECT_TRUE(std::regex_match(address, std::regex(R"(\{)" + ports + R"(,"ipv6Label":""\})"))) << address;
  auto taken = post("given/rooms/allocate", "{");
  EXPECT_EQ(taken.status, 200);
  EXPECT_TRUE(std::regex_match(taken.body, std::regex(R"(\{"roomId":")" + rooms[0] +
                                                      R"(","success":true,"message":"",)" + ports + R"(\})")))
      << taken.body;
  EXPECT_EQ(seen("given", rooms[0]), "allocated/0");
  EXPECT_TRUE(ping("given", rooms[0], R"({"status":"ready"})"));
  EXPECT_EQ(seen("given", rooms[0]), "allocated/0") << "until its time is over";
  EXPECT_EQ(first_match(post("given/rooms/allocate").body, R"re("roomId":"([^"]*)")re"), rooms[1]);
  expect(post("given/rooms/allocate"), 500, error(2, "no ready rooms available for scheduler given"));
  expect(post("nobody/rooms/allocate"), 500, error(2, "no ready rooms available for scheduler nobody"));
  for (auto* name : {"given", "nobody"})
    expect(ask_rooms("GET", "/scheduler/" + std::string(name) + "/rooms/nobody/address"), 500,
           error(2, "error getting instance: instance nobody not found in scheduler " + std::string(name)));
}

} // namespace
} // namespace maestro
