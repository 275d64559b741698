// What clients should not do, done to every door: the answer is an error of the contract or a closed connection,
// and the gateway goes on serving.
#include "test/gateway/gateway_fixture.hpp"

#include <future>
#include <random>
#include <stdexcept>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

class BadInput : public GatewayTest {
protected:
  BadInput() {
    settings.management.body_bytes = 10'000;
    settings.max_header_bytes = 4'000;
    script->list = [](const list_schedulers&) -> result<scheduler_list> { return scheduler_list{}; };
    script->get = [](const get_scheduler& x) -> result<scheduler> {
      return failure{ec::not_found, "scheduler " + x.name.str() + " not found"};
    };
  }
  void TearDown() override {
    if (doors) {
      EXPECT_EQ(management("GET", "/schedulers").status, 200) << "the gateway no longer serves";
    }
  }
  static std::string get(const std::string& path, const std::string& more = {}) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
  }
};

TEST_F(BadInput, BytesThatAreNoHttpAre400AndTheEnd) {
  open();
  for (std::string bytes :
       {"hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    http_client client(ports.management);
    client.send(bytes);
    EXPECT_EQ(client.read_to_end(), "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                    "Content-Length: 15\r\nConnection: close\r\n\r\n400 Bad Request")
        << bytes;
  }
}

TEST_F(BadInput, RandomBytesNeverHurt) {
  open();
  std::mt19937 random(20261122);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = i % 2 == 0 ? "" : get("/schedulers").substr(0, random() % 30);
    for (auto length = random() % 600; length > 0; --length)
      bytes += static_cast<char>(random());
    http_client client(i % 3 == 0 ? ports.rooms : i % 3 == 1 ? ports.management : ports.internal);
    client.send_some(bytes + "\r\n\r\n");
    client.finish_sending();
    EXPECT_NO_THROW(client.read_to_end()) << i;
  }
}

TEST_F(BadInput, MutatedRequestsNeverHurt) {
  open();
  std::mt19937 random(7);
  const std::string whole =
      "POST /schedulers HTTP/1.1\r\nHost: x\r\nContent-Length: 96\r\n\r\n"
      R"({"name":"s1","spec":{"containers":[{"name":"c","ports":[{"port":1}]}]},"labels":{"a":"b"},"x":[]})";
  for (int i = 0; i < 1000; ++i) {
    auto bytes = whole;
    for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    http_client client(ports.management);
    client.send_some(bytes);
    client.finish_sending();
    EXPECT_NO_THROW(client.read_to_end()) << i;
  }
}

TEST_F(BadInput, BodyBeyondTheLimitIs413BeforeItIsSent) {
  open();
  http_client client(ports.management);
  client.send("POST /schedulers HTTP/1.1\r\nHost: x\r\nContent-Length: 10001\r\n\r\n");
  auto answer = client.read_answer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, error_json(3, "request body is larger than the limit of 10000 bytes"));
  EXPECT_FALSE(answer.keep_alive);
}

TEST_F(BadInput, ChunkedBodyBeyondTheLimitIs413) {
  open();
  http_client client(ports.management);
  client.send("POST /schedulers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 11; ++i)
    client.send("3e8\r\n" + std::string(1000, 'x') + "\r\n");
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST_F(BadInput, BodyAtTheLimitIsRead) {
  open();
  auto answer = management("POST", "/schedulers", std::string(10'000, ' '));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body.find(R"({"code":3,"message":"Validation Error:)"), 0U);
}

TEST_F(BadInput, ChunkedBodyIsPutTogether) {
  open();
  http_client client(ports.management);
  client.send("POST /schedulers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              "5;ext=1\r\n{\"nam\r\n6\r\ne\":5}x\r\n0\r\nTrailer: t\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, error_json(3, "proto: (line 1:9): invalid value for string field name: 5"));
}

TEST_F(BadInput, HeaderBeyondTheLimitIs431) {
  open();
  for (auto& request :
       {get("/schedulers", "X: " + std::string(4'000, 'x') + "\r\n"), get(std::string(5'000, '/'))}) {
    http_client client(ports.management);
    client.send(request);
    auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 431);
    EXPECT_EQ(answer.body, error_json(3, "request header is larger than the limit of 4000 bytes"));
  }
}

TEST_F(BadInput, BrokenEscapesInThePathAre400) {
  open();
  for (auto path : {"/schedulers/%", "/schedulers/%4", "/schedulers/%zz", "schedulers", "*"}) {
    auto answer = management("GET", path);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_EQ(answer.body, "400 Bad Request") << path;
  }
}

TEST_F(BadInput, WrongJsonOfEveryKindIs400) {
  open();
  for (std::string body :
       {"[", "[]", "null", "1", "\"", "{\"name\":", "{\"name\":\"\xff\"}", "{\"name\":\"\\ud800\"}",
        "{\"name\":1e400}", "{\"spec\":[1]}", "{\"name\":\"a\",\"name\":\"b\"}", "{\"roomsReplicas\":1.5}",
        "{\"labels\":{\"a\":[]}}"}) {
    auto answer = management("POST", "/schedulers", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.body.find("{\"code\":3,\"message\":\""), 0U) << answer.body;
  }
  auto deep = management("POST", "/schedulers", "{\"x\":" + std::string(9'000, '['));
  EXPECT_EQ(deep.status, 400);
  EXPECT_NE(deep.body.find("exceeded maximum nesting depth of 100"), std::string::npos);
}

TEST_F(BadInput, TextThatIsNoUtf8InAPathIsAnsweredAsText) {
  open();
  auto answer = management("GET", "/schedulers/%ff%22");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "{\"code\":5,\"message\":\"scheduler \xEF\xBF\xBD\\\" not found\",\"details\":[]}");
}

TEST_F(BadInput, SlowSenderIsCut) {
  settings.read_timeout = 100ms;
  settings.idle_timeout = 60s;
  open();
  http_client header(ports.rooms);
  header.send("PUT /scheduler/s/rooms");
  EXPECT_TRUE(header.closes_within(30s));
  http_client body(ports.rooms);
  body.send("PUT /scheduler/s/rooms/r/ping HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_TRUE(body.closes_within(30s));
}

TEST_F(BadInput, IdleConnectionIsCut) {
  settings.idle_timeout = 100ms;
  open();
  http_client silent(ports.rooms);
  EXPECT_TRUE(silent.closes_within(30s));
  http_client once(ports.management);
  EXPECT_EQ(once.get("/schedulers").status, 200);
  EXPECT_TRUE(once.closes_within(30s));
}

TEST_F(BadInput, SlowReaderIsCut) {
  settings.write_timeout = 200ms;
  script->list = [](const list_schedulers&) -> result<scheduler_list> {
    scheduler recipe;
    recipe.game = std::string(64 * 1024, 'g');
    return scheduler_list{std::vector<scheduler>(100, recipe)};
  };
  open();
  http_client client(ports.management);
  client.send(get("/schedulers") + get("/schedulers"));
  auto ended = std::chrono::steady_clock::now() + 10s;
  while (client.send_some("x") == 1 && std::chrono::steady_clock::now() < ended)
    std::this_thread::yield();
  EXPECT_LT(std::chrono::steady_clock::now(), ended) << "still connected";
}

TEST_F(BadInput, HalfClosedClientStillGetsItsAnswers) {
  open();
  http_client client(ports.management);
  client.send(get("/schedulers") + get("/schedulers/a"));
  client.finish_sending();
  auto text = client.read_to_end();
  EXPECT_NE(text.find("{\"schedulers\":[]}"), std::string::npos);
  EXPECT_NE(text.find("scheduler a not found"), std::string::npos);
}

TEST_F(BadInput, ClientThatLeavesBeforeItsAnswerHurtsNobody) {
  script->silent = true;
  settings.request_timeout = 100ms;
  open();
  for (int i = 0; i < 20; ++i) {
    http_client client(ports.management);
    client.send(get("/schedulers/a"));
  }
  EXPECT_EQ(management("GET", "/schedulers/a").status, 504);
}

TEST_F(BadInput, PipelinedRequestsAreAnsweredInTheirOrder) {
  settings.management.in_flight = 4;
  open();
  http_client client(ports.management);
  std::string all;
  for (int i = 0; i < 200; ++i)
    all += i % 3 == 0 ? get("/junk") : get("/schedulers/n" + std::to_string(i));
  client.send(all);
  for (int i = 0; i < 200; ++i) {
    auto answer = client.read_answer();
    EXPECT_EQ(answer.body, i % 3 == 0 ? error_json(5, "Not Found")
                                      : error_json(5, "scheduler n" + std::to_string(i) + " not found"));
  }
}

TEST_F(BadInput, RequestsInAnyPiecesAreTheSame) {
  open();
  auto request =
      "POST /schedulers HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{\"name\":5}" + get("/schedulers/a");
  for (std::size_t piece : {1, 2, 3, 7, 40}) {
    http_client client(ports.management);
    for (std::size_t i = 0; i < request.size(); i += piece)
      client.send(std::string_view(request).substr(i, piece));
    EXPECT_EQ(client.read_answer().status, 400) << piece;
    EXPECT_EQ(client.read_answer().body, error_json(5, "scheduler a not found")) << piece;
  }
}

TEST_F(BadInput, ExpectContinueIsInvited) {
  open();
  http_client client(ports.management);
  client.send("POST /schedulers HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 100);
  client.send("{\"name\":5}");
  EXPECT_EQ(client.read_answer().status, 400);
  http_client large(ports.management);
  large.send("POST /schedulers HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(large.read_answer().status, 413);
}

TEST_F(BadInput, OldClientsAndThoseWhoAskAreClosedAfterTheAnswer) {
  open();
  http_client old(ports.management);
  old.send("GET /schedulers HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read_to_end(), "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n"
                               "Connection: close\r\n\r\n{\"schedulers\":[]}");
  http_client kept(ports.management);
  kept.send("GET /schedulers HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.read_answer().headers.at("connection"), "keep-alive");
  EXPECT_EQ(kept.get("/schedulers").status, 200);
  http_client asked(ports.management);
  asked.send(get("/schedulers", "Connection: close\r\n") + get("/schedulers"));
  auto text = asked.read_to_end();
  EXPECT_EQ(text.find("HTTP/1.1 200", 10), std::string::npos) << "a request after the last one was served";
}

TEST_F(BadInput, TooManyWaitingRequestsAre503) {
  settings.max_in_flight = 2;
  settings.request_timeout = 10s;
  script->silent = true;
  open();
  http_client first(ports.management);
  http_client second(ports.management);
  first.send(get("/schedulers/a"));
  second.send(get("/schedulers/b"));
  while (observer->in_flight() < 2)
    std::this_thread::yield();
  auto answer = management("GET", "/schedulers/c");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.at("retry-after"), "1");
  EXPECT_EQ(answer.body, error_json(14, "too many requests are waiting already, the limit is 2"));
  doors.reset();
}

class GracefulStop : public GatewayTest {};

TEST_F(GracefulStop, FinishesWhatIsInFlightAndTakesNothingNew) {
  std::promise<void> release;
  auto released = release.get_future().share();
  std::promise<void> reached;
  script->get = [&, released](const get_scheduler&) -> result<scheduler> {
    reached.set_value();
    released.wait();
    return failure{ec::not_found, "scheduler a not found"};
  };
  settings.request_timeout = 60s;
  open();
  http_client idle(ports.management);
  http_client busy(ports.management);
  busy.send("GET /schedulers/a HTTP/1.1\r\nHost: x\r\n\r\n");
  reached.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { return doors->stop(); });
  EXPECT_TRUE(idle.closes_within(30s));
  EXPECT_THROW(http_client(ports.management), std::runtime_error);
  EXPECT_THROW(http_client(ports.rooms), std::runtime_error);
  release.set_value();
  auto answer = busy.read_answer();
  EXPECT_EQ(answer.status, 404);
  EXPECT_FALSE(answer.keep_alive);
  busy.finish_sending();
  EXPECT_TRUE(busy.closes_within(30s));
  EXPECT_EQ(stopped.get(), 0U);
}

TEST_F(GracefulStop, CutsWhatDoesNotFinishInTime) {
  script->silent = true;
  settings.shutdown_timeout = 100ms;
  settings.request_timeout = 60s;
  open();
  http_client busy(ports.management);
  busy.send("GET /schedulers/a HTTP/1.1\r\nHost: x\r\n\r\n");
  while (observer->in_flight() < 1)
    std::this_thread::yield();
  EXPECT_EQ(doors->stop(), 1U);
  EXPECT_TRUE(busy.closes_within(30s));
}

TEST_F(GracefulStop, PortInUseIsNamed) {
  open();
  auto again = settings;
  again.rooms_port = ports.rooms;
  gateway second(system, again, keep(spawn_fake_directory(system, script)),
                 keep(spawn_fake_journal(system, script)), observer->meter);
  auto opened = second.start();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text,
            "rooms API: cannot bind to 127.0.0.1:" + std::to_string(ports.rooms) + ": Address already in use");
  again.bind_address = "nowhere";
  gateway third(system, again, keep(spawn_fake_directory(system, script)),
                keep(spawn_fake_journal(system, script)), observer->meter);
  EXPECT_EQ(third.start().error().text.find("management API: cannot understand the address of nowhere:0: "), 0U);
}

TEST_F(GracefulStop, ConnectionsThatComeWhileStoppingAreNotLeaked) {
  open();
  std::atomic<bool> over{false};
  std::thread stormer([&] {
    while (!over)
      try {
        http_client client(ports.rooms);
        client.send_some("PUT /x");
      } catch (const std::runtime_error&) {
      }
  });
  auto cut = doors->stop();
  over = true;
  stormer.join();
  EXPECT_EQ(cut, 0U);
}

} // namespace
