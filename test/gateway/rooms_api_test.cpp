// Every route of game servers and matchmakers against a real gateway (proto/README.md 1.6).
#include "nodes/gateway/room_cache.hpp"
#include "test/gateway/gateway_fixture.hpp"

namespace {

using namespace maestro;
using namespace std::chrono_literals;

const std::string yes = R"({"success":true})";
const std::string no = R"({"success":false})";

class RoomsApi : public GatewayTest {
protected:
  std::shared_ptr<ping_log> log = std::make_shared<ping_log>();
  game_room_actor room = keep(spawn_fake_room(system, log));

  void know_room() {
    script->find = [this](const find_room& x) -> result<room_handle> {
      if (x.scheduler.str() == "s" && x.room.str() == "s-1")
        return room_handle{room};
      return failure{ec::not_found, "room " + x.room.str() + " not found in scheduler " + x.scheduler.str()};
    };
  }
  http_answer ping(const std::string& body, const std::string& path = "/scheduler/s/rooms/s-1/ping") {
    return game_rooms("PUT", path, body);
  }
};

TEST_F(RoomsApi, PingReachesTheRoomAndIsLookedUpOnce) {
  know_room();
  open();
  for (int i = 0; i < 3; ++i) {
    auto answer = ping(R"({"status":"ready","timestamp":"1700000000","metadata":{"a":[1]}})");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, yes);
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
  }
  EXPECT_EQ(script->lookups, 1);
  ASSERT_EQ(log->count(), 3U);
  EXPECT_EQ(log->pings[0].status, ping_status::ready);
  EXPECT_EQ(log->pings[0].running_matches, 0);
}

TEST_F(RoomsApi, EveryStatusAndMatchCountArrives) {
  know_room();
  open();
  struct row {
    const char* body;
    ping_status status;
    std::int64_t matches;
  };
  std::vector<row> rows{{R"({"status":"ready"})", ping_status::ready, 0},
                        {R"({"status":"occupied"})", ping_status::occupied, 1},
                        {R"({"status":"occupied","runningMatches":0})", ping_status::occupied, 1},
                        {R"({"status":"occupied","running_matches":"3"})", ping_status::occupied, 3},
                        {R"({"status":"occupied","runningMatches":-2})", ping_status::occupied, -2},
                        {R"({"status":"terminating","runningMatches":2})", ping_status::terminating, 2},
                        {R"({"status":"terminated"})", ping_status::terminated, 0}};
  for (auto& [body, status, matches] : rows) {
    EXPECT_EQ(ping(body).body, yes) << body;
    EXPECT_EQ(log->pings.back().status, status) << body;
    EXPECT_EQ(log->pings.back().running_matches, matches) << body;
  }
}

TEST_F(RoomsApi, WrongPingsAre400BeforeTheRoomIsLookedUp) {
  know_room();
  open();
  struct row {
    const char* body;
    const char* text;
  };
  for (auto [body, text] :
       {row{"", "cannot convert string  to a valid GameRoomStatus representation"},
        {R"({"status":"Ready"})", "cannot convert string Ready to a valid GameRoomStatus representation"},
        {R"({"status":"unknown"})", "cannot convert string unknown to a valid GameRoomStatus representation"},
        {R"({"status":1})", "proto: (line 1:11): invalid value for string field status: 1"},
        {R"({"status":"ready","runningMatches":"x"})",
         R"(proto: (line 1:36): invalid value for int64 field runningMatches: "x")"},
        {R"({"status":"ready","metadata":[]})", "proto: (line 1:30): invalid value for message field metadata: ["},
        {"{", "unexpected EOF"}}) {
    for (auto path : {"/scheduler/s/rooms/s-1/ping", "/scheduler/s/rooms/unknown/ping"}) {
      auto answer = ping(body, path);
      EXPECT_EQ(answer.status, 400) << body;
      EXPECT_EQ(answer.body, error_json(3, text));
    }
  }
  EXPECT_EQ(script->lookups, 0);
  ASSERT_EQ(ping(R"({"status":"ready"})").body, yes);
  EXPECT_EQ(ping(R"({"status":"Ready"})").status, 400); // also when the room is known
}

TEST_F(RoomsApi, PingThatCannotBeAppliedIs200WithoutSuccess) {
  know_room();
  open();
  EXPECT_EQ(ping(R"({"status":"ready"})", "/scheduler/s/rooms/nobody/ping").body, no);
  EXPECT_EQ(ping(R"({"status":"ready"})", "/scheduler/nobody/rooms/s-1/ping").body, no);
  log->succeed = false;
  auto answer = ping(R"({"status":"ready"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, no);
}

TEST_F(RoomsApi, RoomWhoseActorEndedIsLookedUpAgain) {
  know_room();
  open();
  EXPECT_EQ(ping(R"({"status":"ready"})").body, yes);
  caf::anon_send_exit(room, caf::exit_reason::kill);
  {
    caf::scoped_actor waiter(system);
    waiter->wait_for(room);
  }
  room = keep(spawn_fake_room(system, log));
  EXPECT_EQ(ping(R"({"status":"ready"})").body, yes);
  EXPECT_EQ(script->lookups, 2);
  EXPECT_EQ(ping(R"({"status":"ready"})").body, yes);
  EXPECT_EQ(script->lookups, 2);
}

TEST_F(RoomsApi, EncodedPathsNameTheSameRoom) {
  know_room();
  open();
  EXPECT_EQ(ping(R"({"status":"ready"})", "/scheduler/%73/rooms/s%2D1/ping").body, yes);
  EXPECT_EQ(ping(R"({"status":"ready"})", "/scheduler/s/rooms/s-1/ping?x=1").body, yes);
  EXPECT_EQ(script->lookups, 1);
  EXPECT_EQ(ping(R"({"schedulerName":"x","room_name":"y","status":"ready"})").body, yes);
}

TEST_F(RoomsApi, TellsAddresses) {
  script->room = [](const get_room& x) -> result<room_view> {
    room_view view;
    if (x.room.str() == "pending")
      return view;
    if (x.room.str() == "broken")
      return failure{ec::unavailable, "the node is stopping"};
    if (x.room.str() != "r")
      return failure{ec::not_found, "room " + x.room.str() + " not found in scheduler s"};
    view.room.host = "10.0.0.1";
    view.room.ports = {{"game", "udp", 20001}, {"web", "tcp", 20002}};
    return view;
  };
  open();
  auto address = [&](const std::string& name) {
    return game_rooms("GET", "/scheduler/s/rooms/" + name + "/address");
  };
  EXPECT_EQ(address("r").body,
            R"({"ports":[{"name":"game","protocol":"UDP","port":20001},)"
            R"({"name":"web","protocol":"TCP","port":20002}],"host":"10.0.0.1","ipv6Label":""})");
  EXPECT_EQ(address("pending").status, 200);
  EXPECT_EQ(address("pending").body, R"({"ports":[],"host":"","ipv6Label":""})");
  EXPECT_EQ(address("nobody").status, 500);
  EXPECT_EQ(address("nobody").body,
            error_json(2, "error getting instance: instance nobody not found in scheduler s"));
  EXPECT_EQ(address("broken").body, error_json(2, "error getting instance: the node is stopping"));
}

TEST_F(RoomsApi, Allocates) {
  script->allocate = [](const allocate_room& x) -> result<allocated_room> {
    if (x.scheduler.str() == "nobody")
      return failure{ec::not_found, "scheduler nobody not found"};
    if (x.scheduler.str() != "s")
      return failure{ec::unknown, "no ready rooms available for scheduler " + x.scheduler.str()};
    return allocated_room{room_id("s-1"), "10.0.0.1", {{"game", "udp", 20001}}};
  };
  open();
  auto allocate = [&](const std::string& scheduler) {
    return game_rooms("POST", "/scheduler/" + scheduler + "/rooms/allocate", "ignored");
  };
  EXPECT_EQ(allocate("s").body, R"({"roomId":"s-1","success":true,"message":"",)"
                                R"("ports":[{"name":"game","protocol":"UDP","port":20001}],"host":"10.0.0.1"})");
  EXPECT_EQ(allocate("full").status, 500);
  EXPECT_EQ(allocate("full").body, error_json(2, "no ready rooms available for scheduler full"));
  EXPECT_EQ(allocate("nobody").body, error_json(2, "no ready rooms available for scheduler nobody"));
}

TEST_F(RoomsApi, OfAnAllocationsBodyOnlyTheSlotsCount) {
  std::atomic<int> wanted = -1;
  script->allocate = [&](const allocate_room& x) -> result<allocated_room> {
    wanted = x.slots;
    return allocated_room{room_id("s-1"), "10.0.0.1", {}};
  };
  open();
  auto allocate = [&](const std::string& body) {
    wanted = -1;
    auto answer = game_rooms("POST", "/scheduler/s/rooms/allocate", body);
    return answer.status == 200 ? std::to_string(wanted) : answer.body;
  };
  for (auto* body : {"", "{}", "slots", "slots=2", R"({"slots":2)", R"([{"slots":2}])", R"({"slots":null})",
                     R"("slots")", R"({"schedulerName":7})", R"({"a":{"slots":0}})", "\\"})
    EXPECT_EQ(allocate(body), "0") << body;
  EXPECT_EQ(allocate(R"({"slots":2})"), "2");
  EXPECT_EQ(allocate(R"({"schedulerName":7,"slots":"3"})"), "3");
  EXPECT_EQ(allocate(R"({"\u0073lots":1.0})"), "1");
  auto refused = [](const std::string& value) {
    return error_json(3, "slots must be a whole number from 1 to the scheduler's maxMatches, not " + value);
  };
  for (auto* value : {"0", "-1", "1.5", "3000000000", "true", "[1]"})
    EXPECT_EQ(allocate(std::string(R"({"slots":)") + value + "}"), refused(value));
  EXPECT_EQ(allocate(R"({"slots":"two"})"), refused(R"("two")"));
}

TEST_F(RoomsApi, OtherRoutesAnswerAsTheContractSays) {
  open();
  struct row {
    const char* method;
    const char* path;
    unsigned status;
  };
  for (auto [method, path, status] : {row{"GET", "/scheduler/s/rooms/r/ping", 501},
                                      {"POST", "/scheduler/s/rooms/r/ping", 501},
                                      {"PUT", "/scheduler/s/rooms/r/ping/", 404},
                                      {"PUT", "/scheduler/s/rooms//r/ping", 404},
                                      {"PUT", "/schedulers/s/rooms/r/ping", 404},
                                      {"GET", "/scheduler/s/rooms/allocate", 501},
                                      {"PUT", "/scheduler/s/rooms/r/roomevent", 501},
                                      {"GET", "/scheduler/s/rooms/r/playerevent", 501},
                                      {"POST", "/scheduler/s/rooms/r/status", 501},
                                      {"GET", "/", 404}})
    EXPECT_EQ(game_rooms(method, path).status, status) << method << " " << path;
}

TEST_F(RoomsApi, EventsAreReportedAndAnsweredWhenTheyAreTaken) {
  std::vector<report_room_event> reported;
  script->report = [&](const report_room_event& x) -> result<done> {
    reported.push_back(x);
    return done{};
  };
  open();
  const std::string taken = R"({"success":true,"message":""})";
  EXPECT_EQ(game_rooms("POST", "/scheduler/s/rooms/r/roomevent",
                       R"({"event":"goal","metadata":{"b":[1,null],"a":"x"},"timestamp":"17"})")
                .body,
            taken);
  EXPECT_EQ(game_rooms("POST", "/scheduler/s/rooms/r/playerevent",
                       R"({"event":"playerJoin","metadata":{"playerId":"p1"}})")
                .body,
            taken);
  EXPECT_EQ(game_rooms("PUT", "/scheduler/s/rooms/r/status", R"({"status":"Occupied"})").body, yes);
  ASSERT_EQ(reported.size(), 3U);
  EXPECT_EQ(reported[0].scheduler.str() + " " + reported[0].room.str(), "s r");
  EXPECT_EQ(reported[0].kind, report_kind::room_event);
  EXPECT_EQ(reported[0].word + reported[0].attributes, R"(goal{"a":"x","b":[1,null]})");
  EXPECT_EQ(reported[1].kind, report_kind::player_event);
  EXPECT_EQ(reported[1].word + reported[1].attributes, R"(playerJoin{"playerId":"p1"})");
  EXPECT_EQ(reported[2].kind, report_kind::status);
  EXPECT_EQ(reported[2].word + reported[2].attributes, "Occupied{}");
}

TEST_F(RoomsApi, AnEventThatIsRefusedSaysWhyAndAStatusDoesNot) {
  script->report = [](const report_room_event&) -> result<done> { return failure{ec::not_found, "no \"room\""}; };
  open();
  for (auto* path : {"/scheduler/s/rooms/r/roomevent", "/scheduler/s/rooms/r/playerevent"}) {
    auto answer = game_rooms("POST", path, "{}");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"success":false,"message":"no \"room\""})");
  }
  auto status = game_rooms("PUT", "/scheduler/s/rooms/r/status", R"({"status":"zzz"})");
  EXPECT_EQ(status.status, 200);
  EXPECT_EQ(status.body, no);
  EXPECT_EQ(game_rooms("POST", "/scheduler/s/rooms/r/roomevent", R"({"metadata":3})").status, 400);
}

TEST_F(RoomsApi, PingsBringTheirMetadataOnlyWhereTheyAreWanted) {
  know_room();
  open();
  auto said = [&] { return ping(R"({"status":"ready","metadata":{"map":"dust"}})").body; };
  auto metadata = [&](std::size_t number) {
    std::lock_guard lock(log->mutex);
    return log->pings.at(number).metadata;
  };
  said();
  said();
  EXPECT_EQ(metadata(1), "") << "the room did not ask for it";
  log->wants_metadata = true;
  said();
  said();
  said();
  EXPECT_EQ(metadata(2), "");
  EXPECT_EQ(metadata(3), R"({"map":"dust"})");
  EXPECT_EQ(metadata(4), R"({"map":"dust"})");
  log->wants_metadata = false;
  said();
  said();
  EXPECT_EQ(metadata(6), "");
}

TEST_F(RoomsApi, SeveralThreadsServeTheSameRooms) {
  settings.io_threads = 3;
  know_room();
  open();
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(ping(R"({"status":"ready"})").body, yes);
  EXPECT_EQ(script->lookups, 3); // one cache for each thread
  EXPECT_EQ(log->count(), 9U);
}

TEST_F(RoomsApi, CacheIsBoundedAndForgetsWhatIsNotUsed) {
  room_cache cache(10);
  for (int i = 0; i < 100; ++i)
    cache.put("s", "room " + std::to_string(i), {room});
  EXPECT_LE(cache.size(), 12U);
  EXPECT_NE(cache.find("s", "room 99").room, nullptr);
  EXPECT_EQ(cache.find("t", "room 99").room, nullptr);
  EXPECT_EQ(cache.find("s", "room 1").room, nullptr);
  cache.rotate();
  EXPECT_NE(cache.find("s", "room 99").room, nullptr);
  cache.rotate();
  EXPECT_NE(cache.find("s", "room 99").room, nullptr);
  cache.rotate();
  cache.rotate();
  EXPECT_EQ(cache.find("s", "room 99").room, nullptr);
  cache.put("s", "a", {room});
  cache.evict("s", "b");
  EXPECT_NE(cache.find("s", "a").room, nullptr);
  cache.evict("s", "a");
  EXPECT_EQ(cache.find("s", "a").room, nullptr);
}

TEST_F(RoomsApi, CacheHoldsNoRoomAlive) {
  room_cache cache(10);
  std::weak_ptr<ping_log> kept_by_the_room;
  {
    auto short_lived = std::make_shared<ping_log>();
    kept_by_the_room = short_lived;
    auto mortal = spawn_fake_room(system, std::move(short_lived));
    cache.put("s", "a", {mortal});
    EXPECT_EQ(cache.find("s", "a").room, mortal);
    caf::anon_send_exit(mortal, caf::exit_reason::kill);
    caf::scoped_actor(system)->wait_for(mortal);
  }
  auto until = std::chrono::steady_clock::now() + 10s; // the actor's thread lets go a moment later
  while (cache.find("s", "a").room && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  EXPECT_EQ(cache.find("s", "a").room, nullptr);
  EXPECT_TRUE(kept_by_the_room.expired());
}

} // namespace
