// What one client, and one door's clients together, may make the node hold: each bound is reached from outside, the
// client gets an answer that says so or is cut, and meanwhile every other door answers.
#include "test/gateway/gateway_fixture.hpp"

#include <stdexcept>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

constexpr std::string_view chunked_post =
    "POST /schedulers HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

class Bounds : public GatewayTest {
protected:
  Bounds() {
    script->list = [this](const list_schedulers&) -> result<scheduler_list> {
      ++listed;
      return scheduler_list{long_list};
    };
  }
  /// One that is `bytes` long and a little more.
  void list_is_long(std::size_t bytes) {
    scheduler recipe;
    recipe.game = std::string(bytes, 'g');
    long_list = {recipe};
  }
  static std::string get(const std::string& path) {
    std::string text("GET ");
    text += path;
    return text += " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  /// Sends until the server says no; the status of what it said, and 0 when it took everything.
  static unsigned status_while_sending(http_client& client, const std::string& piece, std::size_t most) {
    for (std::size_t sent = 0; sent < most; sent += piece.size())
      try {
        client.send(piece);
      } catch (const std::runtime_error&) {
        break;
      }
    try {
      return client.read_answer().status;
    } catch (const std::runtime_error&) {
      return 0;
    }
  }
  void expect_all_doors_answer() {
    EXPECT_EQ(internal("/healthz").status, 200U);
    EXPECT_EQ(management("GET", "/schedulers").status, 200U);
    EXPECT_EQ(game_rooms("GET", "/nothing").status, 404U);
  }

  std::atomic<int> listed{0};
  std::vector<scheduler> long_list;
};

TEST_F(Bounds, ChunkExtensionWithoutEndIs431) {
  open();
  http_client client(ports.management, 2s);
  client.send(chunked_post);
  client.send("1;");
  EXPECT_EQ(status_while_sending(client, std::string(10'000, 'a'), 200'000), 431U);
}

TEST_F(Bounds, TrailerWithoutEndIs431) {
  open();
  http_client client(ports.management, 2s);
  client.send(chunked_post);
  client.send("2\r\n{}\r\n0\r\n");
  EXPECT_EQ(status_while_sending(client, "x: " + std::string(1'000, 'a') + "\r\n", 200'000), 431U);
}

TEST_F(Bounds, ExtensionsOfAllChunksCountTogether) {
  open();
  http_client client(ports.management, 2s);
  client.send(chunked_post);
  EXPECT_EQ(status_while_sending(client, "1;" + std::string(1'000, 'a') + "\r\n{\r\n", 200'000), 431U);
}

TEST_F(Bounds, UnfinishedBodiesShareTheBudgetOfTheirDoor) {
  settings.rooms.buffer_bytes = 1'000'000;
  open();
  std::vector<std::unique_ptr<http_client>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<http_client>(ports.rooms, 5s));
    clients.back()->send("PUT /scheduler/s/rooms/r/ping HTTP/1.1\r\nHost: localhost\r\n");
    clients.back()->send("Content-Length: 200000\r\n\r\n");
    clients.back()->send(std::string(100'000, ' '));
  }
  auto refused = clients.back()->read_answer();
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(refused.body, error_json(14, "too many bytes are waiting at this door already, the limit is 1000000"));
  expect_all_doors_answer();
  clients.clear();
  http_client late(ports.rooms);
  for (;;) { // the door notices on its own time that the others have gone
    auto answer = fetch(ports.rooms, "PUT", "/scheduler/s/rooms/r/ping", std::string(100'000, ' '));
    if (answer.status != 503)
      break;
  }
}

TEST_F(Bounds, BodyOfAGameRoomIsSmallerThanAnOperators) {
  open();
  auto ping = game_rooms("PUT", "/scheduler/s/rooms/r/ping", std::string(300'000, ' '));
  EXPECT_EQ(ping.status, 413U);
  EXPECT_EQ(ping.body, error_json(3, "request body is larger than the limit of 262144 bytes"));
}

TEST_F(Bounds, NextRequestWaitsUntilTheAnswerBeforeItIsRead) {
  list_is_long(4'000'000);
  open();
  std::vector<std::unique_ptr<http_client>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<http_client>(ports.management));
    for (int j = 0; j < 16; ++j)
      clients.back()->send(get("/schedulers"));
  }
  EXPECT_EQ(clients.front()->read_answer().body.size() / 1'000'000, 4U);
  EXPECT_LE(listed, 8) << "answers were made that nobody reads";
  for (int j = 1; j < 16; ++j)
    EXPECT_EQ(clients.front()->read_answer().status, 200U);
}

TEST_F(Bounds, AnswersThatNobodyReadsShareTheBudgetOfTheirDoor) {
  list_is_long(6'000'000); // more than the kernel's buffers take
  settings.management.buffer_bytes = 10'000'000;
  open();
  std::vector<std::unique_ptr<http_client>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<http_client>(ports.management));
    clients.back()->send(get("/schedulers"));
    while (listed <= i)
      std::this_thread::yield();
  }
  int refused = 0;
  for (auto& client : clients)
    refused += client->read_answer().status == 503U ? 1 : 0;
  EXPECT_GE(refused, 1);
  EXPECT_LE(refused, 5);
}

TEST_F(Bounds, IdleConnectionsOfOneDoorLeaveTheOthersAlone) {
  settings.rooms.connections = 20;
  settings.management.connections = 4;
  settings.internal.connections = 4;
  open();
  std::vector<std::unique_ptr<http_client>> idle;
  for (auto port : {ports.rooms, ports.management, ports.internal})
    for (int i = 0; i < 60; ++i) {
      idle.push_back(std::make_unique<http_client>(port));
      if (i % 2 == 0)
        idle.back()->send_some("GET /half");
      if (i % 10 == 0)
        expect_all_doors_answer();
    }
  expect_all_doors_answer();
}

TEST_F(Bounds, TheOneThatNeverSpokeMakesRoomFirst) {
  settings.management.connections = 2;
  open();
  http_client spoke(ports.management);
  EXPECT_EQ(spoke.get("/schedulers").status, 200U);
  http_client silent(ports.management);
  http_client third(ports.management);
  EXPECT_EQ(third.get("/schedulers").status, 200U);
  EXPECT_TRUE(silent.closes_within(30s));
  EXPECT_EQ(spoke.get("/schedulers").status, 200U);
}

TEST_F(Bounds, WhoIsBeingAnsweredStays) {
  settings.management.connections = 1;
  settings.request_timeout = 500ms;
  script->silent = true;
  open();
  http_client busy(ports.management);
  busy.send(get("/schedulers/a"));
  while (observer->in_flight() == 0)
    std::this_thread::yield();
  http_client other(ports.management);
  EXPECT_TRUE(other.closes_within(30s));
  EXPECT_EQ(busy.read_answer().status, 504U);
}

TEST_F(Bounds, MapHasAtMostAThousandKeys) {
  open();
  std::string labels = "{\"name\":\"s1\",\"labels\":{";
  for (int i = 0; i < 1001; ++i)
    labels += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":\"v\"";
  auto answer = management("POST", "/schedulers", labels + "}}");
  EXPECT_EQ(answer.status, 400U);
  EXPECT_NE(answer.body.find("too many keys in map field labels, the limit is 1000"), answer.body.npos)
      << answer.body;
}

TEST_F(Bounds, SchedulerHasABoundInBytesThatIsNamed) {
  open();
  std::string body = R"({"name":"s1","game":"g","annotations":{"a":")";
  body += std::string(300'000, 'x');
  auto answer = management("POST", "/schedulers", body + "\"}}");
  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(answer.body,
            error_json(3, "Validation Error: annotations has 300007 bytes, but a scheduler, which has "
                          "300018, must have at most 262144 in all (limits.schedulerBytes)"));
  body = R"({"name":"s1","game":")";
  body += std::string(1000, 'g');
  answer = management("POST", "/schedulers", body + "\"}");
  EXPECT_EQ(answer.body,
            error_json(3, "Validation Error: game has 1000 bytes but must have at most 128 (limits.gameBytes)"));
}

class PatchBounds : public Bounds {
protected:
  PatchBounds() {
    active.name = scheduler_name("s1");
    active.game = "g";
    active.max_surge = "1";
    active.spec.version = "v1.2.0";
    script->get = [this](const get_scheduler&) -> result<scheduler> { return active; };
    script->new_version = [](const new_scheduler_version&) -> result<operation_id> { return operation_id("op"); };
  }
  static std::string patch(const std::string& before, std::size_t bytes, const std::string& after) {
    auto body = before;
    body += std::string(bytes, 'x');
    return body += after;
  }
  http_answer merge(const std::string& body) {
    return management("PATCH", "/schedulers/s1", body, {{"Content-Type", "application/merge-patch+json"}});
  }
  static void expect_too_large(const http_answer& answer, const std::string& limit) {
    EXPECT_EQ(answer.status, 400U);
    EXPECT_NE(answer.body.find(limit), answer.body.npos) << answer.body;
  }

  scheduler active;
};

TEST_F(PatchBounds, AMergePatchMayNotMakeMoreThanMaySendAScheduler) {
  open();
  expect_too_large(merge(patch(R"({"annotations":{"a":")", 300'000, "\"}}")), "(limits.schedulerBytes)");
  expect_too_large(merge(patch(R"({"game":")", 1000, "\"}")), "(limits.gameBytes)");
  EXPECT_EQ(merge(patch(R"({"annotations":{"a":")", 200'000, "\"}}")).status, 200U);
}

TEST_F(PatchBounds, WhatPatchesAddUpToIsBounded) {
  active.annotations = std::map<std::string, std::string>{{"a", std::string(200'000, 'x')}};
  open();
  auto labels = patch(R"({"labels":{"b":")", 100'000, "\"}}");
  expect_too_large(management("PATCH", "/schedulers/s1", labels), "(limits.schedulerBytes)");
  expect_too_large(merge(labels), "(limits.schedulerBytes)");
}

TEST_F(PatchBounds, WhatIsTooLargeAlreadyMayBecomeNoLarger) {
  active.annotations = std::map<std::string, std::string>{{"a", std::string(300'000, 'x')}, {"b", "y"}};
  active.game = std::string(200, 'g');
  open();
  EXPECT_EQ(management("PATCH", "/schedulers/s1", R"({"maxSurge":"2"})").status, 200U);
  EXPECT_EQ(merge(R"({"maxSurge":"2"})").status, 200U);
  auto less = merge(R"({"annotations":{"b":null}})");
  EXPECT_EQ(less.status, 200U) << less.body;
  expect_too_large(merge(R"({"annotations":{"b":"yy"}})"), "(limits.schedulerBytes)");
}

} // namespace
