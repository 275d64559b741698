// Rooms and timelines on the operators' door: request, exact answer, and lists too long for one piece.
#include "test/gateway/gateway_fixture.hpp"

namespace {

using namespace maestro;

timestamp at(std::int64_t seconds) {
  return timestamp(std::chrono::seconds(seconds));
}
constexpr std::int64_t new_year = 1640995200; // 2022-01-01T00:00:00Z

class RoomManagement : public GatewayTest {
protected:
  void expect(const http_answer& answer, unsigned status, const std::string& body) {
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body, body);
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
  }
};

TEST_F(RoomManagement, ListsAndShowsRooms) {
  room_view view;
  view.room.id = room_id("s1-abcde");
  view.room.version = "v1.0.0";
  view.room.status = room_status::occupied;
  view.room.instance = instance_status::ready;
  view.room.host = "127.0.0.1";
  view.room.ports = {{"game", "udp", 20001}};
  view.room.running_matches = 2;
  view.room.created_at = at(new_year);
  view.room.status_since = at(new_year + 1);
  script->rooms = [=](const list_rooms& x) -> result<room_list> {
    if (x.scheduler.str() != "s1")
      return failure{ec::not_found, "scheduler " + x.scheduler.str() + " not found"};
    return room_list{{view}};
  };
  script->room = [=](const get_room& x) mutable -> result<room_view> {
    if (x.room != view.room.id)
      return failure{ec::not_found, "room " + x.room.str() + " not found in scheduler s1"};
    view.last_ping_at = at(new_year + 2);
    return view;
  };
  open();
  const std::string room =
      R"({"id":"s1-abcde","status":"occupied","instanceStatus":"ready","statusReason":"",)"
      R"("version":"v1.0.0","host":"127.0.0.1",)"
      R"("ports":[{"name":"game","protocol":"UDP","port":20001}],"runningMatches":"2",)"
      R"("createdAt":"2022-01-01T00:00:00Z","statusSince":"2022-01-01T00:00:01Z","lastPingAt":)";
  expect(management("GET", "/schedulers/s1/rooms"), 200, R"({"rooms":[)" + room + "null}]}");
  expect(management("GET", "/schedulers/s1/rooms/s1-abcde"), 200,
         R"({"room":)" + room + R"("2022-01-01T00:00:02Z"}})");
  expect(management("GET", "/schedulers/zz/rooms"), 404, error_json(5, "scheduler zz not found"));
  expect(management("GET", "/schedulers/s1/rooms/zz"), 404, error_json(5, "room zz not found in scheduler s1"));
}

TEST_F(RoomManagement, ShowsTimelines) {
  get_room_timeline asked;
  script->room_timeline = [&](const get_room_timeline& x) -> result<timeline> {
    asked = x;
    if (x.room.str() == "gone")
      return failure{ec::not_found, "room gone not found in scheduler s1", failure_subject::room};
    return timeline{
        {{at(new_year), "room_created", "add_rooms", ""}, {at(new_year + 1), "x", "", "a -> b"}}, never, 0};
  };
  script->operation_timeline = [](const get_operation_timeline& x) -> result<timeline> {
    return timeline{{{at(new_year), x.id.str(), x.scheduler.str(), ""}}, at(new_year - 60), 7};
  };
  open();
  expect(management("GET", "/schedulers/s1/rooms/r%31/timeline?x=%zz"), 200,
         R"({"timeline":{"events":[{"at":"2022-01-01T00:00:00Z","event":"room_created","cause":"add_rooms",)"
         R"("detail":""},{"at":"2022-01-01T00:00:01Z","event":"x","cause":"","detail":"a -> b"}],)"
         R"("knownSince":null,"leftOut":"0"}})");
  EXPECT_EQ(asked.scheduler.str(), "s1");
  EXPECT_EQ(asked.room.str(), "r1");
  expect(management("GET", "/schedulers/s1/rooms/gone/timeline"), 404,
         error_json(5, "room gone not found in scheduler s1"));
  expect(management("GET", "/schedulers/s1/operations/o1/timeline"), 200,
         R"({"timeline":{"events":[{"at":"2022-01-01T00:00:00Z","event":"o1","cause":"s1","detail":""}],)"
         R"("knownSince":"2021-12-31T23:59:00Z","leftOut":"7"}})");
  expect(management("POST", "/schedulers/s1/operations/o1/timeline"), 501, error_json(12, "Method Not Allowed"));
}

TEST_F(RoomManagement, LongListsOfRoomsComeInPiecesOfTheSameAnswer) {
  auto list_of = [](int count) {
    room_list list;
    for (int i = 0; i < count; ++i) {
      auto& room = list.items.emplace_back().room;
      room.id = room_id("s1-" + std::to_string(i));
      room.status_reason = std::string(100, 'x');
    }
    return list;
  };
  script->rooms = [&](const list_rooms& x) -> result<room_list> {
    if (x.scheduler.str() == "zz")
      return failure{ec::not_found, "scheduler zz not found"};
    return list_of(x.scheduler.str() == "s1" ? 20'000 : 3);
  };
  open();
  auto few = management("GET", "/schedulers/s3/rooms");
  EXPECT_EQ(few.headers.at("content-length"), std::to_string(few.body.size()));
  auto many = management("GET", "/schedulers/s1/rooms");
  EXPECT_EQ(many.headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(many.headers.at("content-type"), "application/json");
  auto begin = few.body.substr(0, few.body.find("s1-1\""));
  EXPECT_EQ(many.body.substr(0, begin.size()), begin);
  EXPECT_TRUE(many.body.ends_with("}]}"));
  std::size_t rooms = 0;
  for (auto at = many.body.find("{\"id\":\"s1-"); at != std::string::npos;
       at = many.body.find("{\"id\":\"s1-" + std::to_string(rooms) + "\"", at))
    ++rooms;
  EXPECT_EQ(rooms, 20'000U);
  expect(management("GET", "/schedulers/zz/rooms"), 404, error_json(5, "scheduler zz not found"));
}

} // namespace
