// Conversations over streams: the plain one, and one that takes three bytes at a time and stalls in between, so
// that nothing relies on how much goes at once. Answers in pieces; who speaks; and what a client that leaves
// costs.
#include "nodes/gateway/http_server.hpp"
#include "test/gateway/gateway_fixture.hpp"

#include <boost/asio/post.hpp>

#include <future>
#include <stdexcept>

namespace {

using namespace maestro;
using namespace std::chrono_literals;

/// Takes little, and nothing at every other call.
class stalling_stream {
public:
  explicit stalling_stream(tcp_socket socket) : inner_(std::move(socket)) {}
  template <class Handler>
  void async_read_some(boost::asio::mutable_buffer into, Handler handler) {
    inner_.async_read_some(boost::asio::buffer(into, 5), std::move(handler));
  }
  std::size_t write_some(boost::asio::const_buffer from, boost::system::error_code& error) {
    is_stalled_ = !is_stalled_;
    if (is_stalled_)
      return inner_.write_some(boost::asio::buffer(from, 3), error);
    error = boost::asio::error::would_block;
    return 0;
  }
  template <class Handler>
  void async_wait_writable(Handler handler) {
    inner_.async_wait_writable(std::move(handler));
  }
  void finish_sending() { inner_.finish_sending(); }
  void close() { inner_.close(); }

private:
  tcp_stream inner_;
  bool is_stalled_ = false;
};

struct stream_facts {
  std::atomic<int> alive{0};
  std::atomic<int> pieces{0};
};

/// `count` pieces of `piece`, then `last`; pauses before each when it `waits`.
class scripted_body final : public body_source {
public:
  struct script {
    int count = 0;
    std::string piece;
    state last = state::end;
    bool waits = false;
    bool is_endless = false; ///< when `count` is reached it waits for ever
  };
  scripted_body(boost::asio::io_context& io, stream_facts& facts, script plan)
      : io_(io), facts_(facts), plan_(std::move(plan)) {
    ++facts_.alive;
  }
  ~scripted_body() override { --facts_.alive; }

  bool is_endless() const override { return plan_.is_endless; }
  state next(std::string& out, std::size_t, const http_reply& self) override {
    if (plan_.is_endless && plan_.count == 0)
      return state::later;
    if (plan_.waits && !std::exchange(has_waited_, true)) {
      boost::asio::post(io_, [self] { self.resume(); });
      return state::later;
    }
    has_waited_ = false;
    if (plan_.count == 0)
      return plan_.last;
    --plan_.count;
    ++facts_.pieces;
    out += plan_.piece;
    return state::piece;
  }

private:
  boost::asio::io_context& io_;
  stream_facts& facts_;
  script plan_;
  bool has_waited_ = false;
};

class scripted_door final : public http_door {
public:
  scripted_door(boost::asio::io_context& io, stream_facts& facts) : io_(io), facts_(facts) {}
  std::string_view service() const override { return "management-api"; }
  void handle(const http_request& request, http_reply to) override {
    to.handled_by("/tested");
    using end = body_source::state;
    if (request.target == "/who")
      return to.send(200, "text/plain", request.context.peer + " " + request.context.who.name);
    if (request.target == "/words")
      return start(to, {3, "word "});
    if (request.target == "/slow-words")
      return start(to, {3, "word ", end::end, true});
    if (request.target == "/nothing")
      return start(to, {0, ""});
    if (request.target == "/broken")
      return start(to, {2, "word ", end::broken});
    if (request.target == "/large")
      return start(to, {20, std::string(50'000, 'x')});
    if (request.target == "/events")
      return start(to, {2, "event ", end::end, false, true});
    if (request.target == "/endless")
      return start(to, {1'000'000'000, std::string(60'000, 'x')});
    to.send(200, "text/plain", request.target);
  }

private:
  void start(const http_reply& to, scripted_body::script plan) {
    to.stream("text/plain", std::make_unique<scripted_body>(io_, facts_, std::move(plan)));
  }

  boost::asio::io_context& io_;
  stream_facts& facts_;
};

/// Lets in who shows `Bearer <name>`.
class bearer_policy final : public access_policy {
public:
  result<principal> admit(const credentials& shown) const override {
    constexpr std::string_view scheme = "Bearer ";
    if (!shown.authorization.starts_with(scheme))
      return failure{ec::unauthenticated, "who speaks? from " + std::string(shown.peer)};
    return principal{std::string(shown.authorization.substr(scheme.size()))};
  }
};

class HttpSession : public ::testing::TestWithParam<session_maker> {
protected:
  ~HttpSession() override {
    if (!listener)
      return;
    std::promise<void> closed;
    boost::asio::post(worker->io(), [&] {
      listener->close();
      closed.set_value();
    });
    closed.get_future().wait();
    worker->drain(std::chrono::steady_clock::now());
    worker->stop();
    EXPECT_EQ(facts.alive, 0) << "a body was left behind";
  }
  void open() {
    worker = std::make_unique<io_worker>(system, config);
    door = std::make_unique<scripted_door>(worker->io(), facts);
    service =
        std::make_unique<http_service>(http_service{config, config.rooms, load, *policy, observed.meter.get()});
    listener = std::make_unique<http_listener>("tested door", *worker, *service, GetParam(),
                                               std::vector<http_listener::place>{{worker.get(), door.get()}});
    auto opened = listener->open(0);
    ASSERT_TRUE(opened) << opened.error().text;
    port = *opened;
    listener->accept();
    worker->start("tested");
  }
  static std::string get(const std::string& path, const std::string& more = {}) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
  }

  fake_config system_config;
  caf::actor_system system{system_config};
  gateway_config config;
  std::shared_ptr<const access_policy> policy = std::make_shared<anyone>();
  observed_metrics observed;
  stream_facts facts;
  door_load load{config.rooms.buffer_bytes};
  std::unique_ptr<io_worker> worker;
  std::unique_ptr<scripted_door> door;
  std::unique_ptr<http_service> service;
  std::unique_ptr<http_listener> listener;
  std::uint16_t port = 0;
};

TEST_P(HttpSession, PiecesAreChunksOfOneAnswer) {
  open();
  http_client client(port);
  client.send(get("/words"));
  auto answer = client.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "word word word ");
  EXPECT_EQ(answer.headers.at("transfer-encoding"), "chunked");
  EXPECT_FALSE(answer.headers.contains("content-length"));
  EXPECT_TRUE(answer.keep_alive);
  EXPECT_EQ(client.get("/slow-words").body, "word word word ");
  EXPECT_EQ(client.get("/nothing").body, "");
  EXPECT_EQ(client.get("/plain").body, "/plain");
  EXPECT_EQ(client.get("/large").body.size(), 1'000'000U);
  const std::vector<std::string> expected(5, "management-api /tested GET 200");
  EXPECT_EQ(observed.finished(), expected);
  EXPECT_NE(observed.meter->render().find("} 1000036\n"), std::string::npos) << "bytes of all bodies";
}

TEST_P(HttpSession, PiecesAndWholeAnswersKeepTheOrderOfTheirRequests) {
  config.rooms.in_flight = 3;
  open();
  http_client client(port);
  client.send(get("/a") + get("/words") + get("/b") + get("/slow-words") + get("/words") + get("/c"));
  for (auto body : {"/a", "word word word ", "/b", "word word word ", "word word word ", "/c"})
    EXPECT_EQ(client.read_answer().body, body);
}

TEST_P(HttpSession, BeforeHttp11TheEndOfTheBodyIsTheEndOfTheConnection) {
  open();
  http_client client(port);
  client.send("GET /words HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.read_to_end(), "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
                                  "word word word ");
}

TEST_P(HttpSession, HeadOfAStreamHasNoBody) {
  open();
  http_client client(port);
  EXPECT_EQ(client.request("HEAD", "/endless").body, "");
  EXPECT_EQ(client.get("/a").body, "/a");
  EXPECT_EQ(facts.pieces, 0);
}

TEST_P(HttpSession, BrokenBodyIsNoWholeAnswer) {
  open();
  http_client client(port);
  client.send(get("/broken"));
  EXPECT_THROW(client.read_answer(), std::runtime_error);
}

TEST_P(HttpSession, ClientThatDoesNotReadHoldsTheProducerBackAndIsCut) {
  config.write_timeout = 300ms;
  open();
  http_client client(port);
  client.send(get("/endless"));
  auto until = std::chrono::steady_clock::now() + 10s;
  while (facts.alive == 0 && facts.pieces == 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  while (facts.alive != 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  EXPECT_EQ(facts.alive, 0);
  EXPECT_LT(facts.pieces, 1'000) << "what the kernel's buffers hold, and one piece";
  while (observed.in_flight() != 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  EXPECT_EQ(observed.in_flight(), 0);
}

TEST_P(HttpSession, ClientThatLeavesEndsTheStream) {
  open();
  {
    http_client client(port);
    client.send(get("/endless"));
    while (facts.pieces == 0)
      std::this_thread::yield();
  }
  auto until = std::chrono::steady_clock::now() + 10s;
  while (facts.alive != 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  EXPECT_EQ(facts.alive, 0);
}

TEST_P(HttpSession, ClientThatLeavesAnIdleStreamIsNoticedThoughNothingIsWritten) {
  config.idle_timeout = config.write_timeout = 60s;
  open();
  for (auto more : {"", "Connection: close\r\n"}) {
    http_client client(port);
    client.send(get("/events", more) + get("/never"));
    auto until = std::chrono::steady_clock::now() + 10s;
    while (facts.pieces < 2 && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    EXPECT_EQ(facts.alive, 1) << "it waits while the client is there";
    client.finish_sending();
    while (facts.alive != 0 && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    EXPECT_EQ(facts.alive, 0);
    facts.pieces = 0;
  }
}

TEST_P(HttpSession, OthersAreServedBetweenTwoPieces) {
  open();
  std::atomic<bool> is_over{false};
  std::thread reader([&] {
    http_client greedy(port);
    greedy.send(get("/endless"));
    try {
      while (!is_over)
        greedy.closes_within(1ms);
    } catch (const std::runtime_error&) {
    }
  });
  while (facts.pieces == 0)
    std::this_thread::yield();
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(fetch(port, "GET", "/a").body, "/a");
  EXPECT_EQ(facts.alive, 1);
  is_over = true;
  reader.join();
}

TEST_P(HttpSession, RequestsCarryWhoSpeaksAndFromWhere) {
  policy = std::make_shared<bearer_policy>();
  open();
  http_client client(port);
  EXPECT_EQ(client.request("GET", "/who", {}, {{"Authorization", "Bearer jo"}}).body, "127.0.0.1 jo");
  auto refused = client.get("/who");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.body, error_json(16, "who speaks? from 127.0.0.1"));
  EXPECT_EQ(client.request("GET", "/who", {}, {{"authorization", "Bearer a b"}}).body, "127.0.0.1 a b");
}

TEST_P(HttpSession, AnyoneNeedsNoName) {
  open();
  EXPECT_EQ(fetch(port, "GET", "/who", {}, {{"Authorization", "whatever"}}).body, "127.0.0.1 ");
}

INSTANTIATE_TEST_SUITE_P(Over, HttpSession,
                         ::testing::Values(make_session<tcp_stream>, make_session<stalling_stream>),
                         [](auto& row) { return row.index == 0 ? "Tcp" : "StallingStream"; });

} // namespace
