// Rooms and timelines on the operators' door: request, exact answer, and lists too long for one piece.
#include "test/gateway/gateway_fixture.hpp"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>

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
  view.room.placed_on = "n1-id";
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
  expect(management("GET", "/schedulers/s1/rooms"), 200,
         R"({"rooms":[)" + room + R"(null,"draining":"","allocatedSlots":0,"nodeId":"n1-id"}]})");
  expect(management("GET", "/schedulers/s1/rooms/s1-abcde"), 200,
         R"({"room":)" + room + R"("2022-01-01T00:00:02Z","draining":"","allocatedSlots":0,"nodeId":"n1-id"}})");
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

/// So many rooms as the pool keeps them: in the order of their ids, answered by slices.
class fleet {
public:
  explicit fleet(int count) {
    for (int i = 0; i < count; ++i)
      add(i);
  }
  void add(int number) {
    auto& room = rooms_[fmt::format("s1-{:06}", number)].room;
    room.status_reason = std::string(100, 'x');
  }
  void remove(int number) { rooms_.erase(fmt::format("s1-{:06}", number)); }
  room_list answer(const list_rooms& asked) const {
    room_list found{{}, rooms_.size()};
    std::uint64_t at = 0;
    for (auto& [id, view] : rooms_) {
      bool is_before = asked.after.empty() ? at++ < asked.skip : id <= asked.after.str();
      if (is_before || (asked.limit != 0 && found.items.size() == asked.limit))
        continue;
      found.items.push_back(view);
      found.items.back().room.id = room_id(id);
    }
    return found;
  }

private:
  std::map<std::string, room_view> rooms_;
};

std::vector<int> numbers_in(const std::string& body) {
  std::vector<int> numbers;
  const std::string before = R"({"id":"s1-)";
  for (auto at = body.find(before); at != std::string::npos; at = body.find(before, at + 1))
    numbers.push_back(std::stoi(body.substr(at + before.size(), 6)));
  return numbers;
}

std::vector<int> numbers_to(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST_F(RoomManagement, LongListsOfRoomsComeInPiecesOfTheSameAnswer) {
  int slices = 0;
  script->rooms = [&](const list_rooms& x) -> result<room_list> {
    if (x.scheduler.str() == "zz")
      return failure{ec::not_found, "scheduler zz not found"};
    ++slices;
    EXPECT_GT(x.limit, 0U);
    return fleet(x.scheduler.str() == "s1" ? 20'000 : x.scheduler.str() == "s3" ? 3 : 0).answer(x);
  };
  open();
  expect(management("GET", "/schedulers/none/rooms"), 200, R"({"rooms":[]})");
  auto few = management("GET", "/schedulers/s3/rooms");
  EXPECT_EQ(few.headers.at("content-length"), std::to_string(few.body.size()));
  slices = 0;
  auto many = management("GET", "/schedulers/s1/rooms");
  EXPECT_GT(slices, 5);
  EXPECT_EQ(many.headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(many.headers.at("content-type"), "application/json");
  auto three = few.body.substr(0, few.body.size() - 2);
  EXPECT_EQ(many.body.substr(0, three.size()), three);
  EXPECT_TRUE(many.body.ends_with("}]}"));
  EXPECT_EQ(numbers_in(many.body), numbers_to(20'000));
  expect(management("GET", "/schedulers/zz/rooms"), 404, error_json(5, "scheduler zz not found"));
}

TEST_F(RoomManagement, RoomsThatStayAreListedOnceWhateverComesAndGoes) {
  fleet rooms(9'000);
  int slices = 0;
  script->rooms = [&](const list_rooms& x) -> result<room_list> {
    auto found = rooms.answer(x);
    if (++slices == 2)
      for (int i = 0; i < 900; ++i)
        rooms.remove(i);
    if (slices == 3)
      for (int i = 0; i < 700; ++i)
        rooms.add(i);
    return found;
  };
  open();
  EXPECT_EQ(numbers_in(management("GET", "/schedulers/s1/rooms").body), numbers_to(9'000));
}

TEST_F(RoomManagement, ListOfRoomsThatBreaksIsCut) {
  int slices = 0;
  script->rooms = [&](const list_rooms& x) -> result<room_list> {
    if (++slices == 3)
      return failure{ec::not_found, "scheduler s1 not found"};
    return fleet(9'000).answer(x);
  };
  open();
  EXPECT_THROW(management("GET", "/schedulers/s1/rooms"), std::runtime_error);
}

TEST_F(RoomManagement, PagesOfRoomsSayWhereTheyStand) {
  script->rooms = [](const list_rooms& x) -> result<room_list> { return fleet(250).answer(x); };
  open();
  auto page = [&](const std::string& query) { return management("GET", "/schedulers/s1/rooms?" + query); };
  auto third = page("page=3&perPage=100");
  EXPECT_EQ(numbers_in(third.body).size(), 50U);
  EXPECT_EQ(numbers_in(third.body).front(), 200);
  EXPECT_TRUE(third.body.ends_with(R"(],"page":3,"pageSize":100,"total":250})")) << third.body;
  EXPECT_EQ(numbers_in(page("per_page=7").body), numbers_to(7));
  EXPECT_EQ(numbers_in(page("page=2").body).front(), 100);
  expect(page("page=9"), 200, R"({"rooms":[],"page":9,"pageSize":100,"total":250})");
  expect(page("page=0"), 400, error_json(3, "page must be greater than 0"));
  expect(page("perPage=0"), 400, error_json(3, "page size must be between 1 and 1000"));
  expect(page("perPage=1001"), 400, error_json(3, "page size must be between 1 and 1000"));
  expect(page("page=x"), 400,
         error_json(3, R"(parsing field "page": strconv.ParseUint: parsing "x": invalid syntax)"));
}

} // namespace
