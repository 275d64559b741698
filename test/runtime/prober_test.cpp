// The prober with real sockets, processes and files: game servers that answer, hang, lie, flood and come back. Who is told is an
// actor of the test in place of a game room. Waiting ends with what is waited for, or fails after ten seconds.
#include "runtime/probing/prober.hpp"
#include "runtime/process/room_command.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/room_questions.hpp"
#include "test/runtime/process_host_fixture.hpp"
#include "test/support/tracer.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>

#include <sys/resource.h>

namespace maestro {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using namespace std::string_literals;

/// A server on a UDP port of its own whose answers are the test's.
class udp_server {
public:
  using reply = std::function<std::vector<std::string>(const std::string& question)>;
  using is_sent = std::function<bool(const udp::endpoint& asker, const std::string& answer)>;
  explicit udp_server(reply answer, is_sent before = {}) : answer_(std::move(answer)), before_(std::move(before)) {
    thread_ = std::thread([this] { serve(); });
  }
  ~udp_server() {
    is_over_ = true;
    udp::socket knock{io_, udp::v4()};
    knock.send_to(asio::buffer("", 0), {asio::ip::address_v4::loopback(), port()});
    thread_.join();
  }
  std::uint16_t port() { return socket_.local_endpoint().port(); }
  std::atomic<int> questions{0};

private:
  void serve() {
    std::array<char, 2048> bytes;
    while (true) {
      udp::endpoint from;
      auto size = socket_.receive_from(asio::buffer(bytes), from);
      if (is_over_)
        return;
      ++questions;
      for (auto& text : answer_({bytes.data(), size}))
        if (!before_ || before_(from, text))
          socket_.send_to(asio::buffer(text), from);
    }
  }
  asio::io_context io_;
  udp::socket socket_{io_, {asio::ip::address_v4::loopback(), 0}};
  reply answer_;
  is_sent before_;
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

std::vector<std::string> quake3_answer(const std::string& question, const std::string& players) {
  auto number = question.substr(question.find(' ') + 1, 8);
  return {"\xff\xff\xff\xffstatusResponse\n\\mapname\\oa_dm1\\challenge\\" + number + "\n" + players};
}

struct told {
  ping_status status = ping_status::unknown;
  std::int64_t matches = 0;
  std::string silence;
  bool could_not_look = false;
  std::string room{};
};

struct Prober : ::testing::Test {
  ~Prober() override {
    end(prober);
    for (auto& [room, game] : games)
      end(game);
  }
  template <class Handle>
  void end(Handle& handle) {
    if (!handle)
      return;
    self->send_exit(handle, caf::exit_reason::user_shutdown);
    self->wait_for(handle);
    handle = nullptr;
  }
  asked_room_actor spawn_game(const std::string& room) {
    return system.spawn([this, room](asked_room_actor::pointer) -> asked_room_actor::behavior_type {
      return {[this, room](const ping_room& ping) {
                add({ping.status, ping.running_matches, {}, false, room});
                return ping_result{true};
              },
              [this, room](const report_silence& seen) {
                add({ping_status::unknown, 0, seen.reason, seen.could_not_look, room});
              }};
    });
  }
  void add(told one) {
    std::lock_guard lock{guard};
    all.push_back(std::move(one));
    changed.notify_all();
  }
  template <class Condition>
  bool hears(Condition condition) {
    std::unique_lock lock{guard};
    return changed.wait_for(lock, 30s, [&] { return std::any_of(all.begin(), all.end(), condition); });
  }
  void forget() {
    std::lock_guard lock{guard};
    all.clear();
  }
  bool was_heard(const std::function<bool(const told&)>& condition) {
    std::lock_guard lock{guard};
    return std::any_of(all.begin(), all.end(), condition);
  }
  void begin(health_recipe how, const char* protocol, std::uint16_t port, bool has_answered = true,
             const std::string& room = "arena-a") {
    how.interval = 100ms;
    how.failures = 3;
    if (!prober)
      prober = spawn_prober(system, {"127.0.0.1", 16, 1}, process::room_questions(config),
                            process::room_players(config));
    auto& game = games[room];
    if (!game)
      game = spawn_game(room);
    self->send(prober, begin_probing{room_id{room},
                                     scheduler_name{"arena"},
                                     std::move(how),
                                     {{"game", protocol, port}},
                                     0,
                                     1,
                                     has_answered,
                                     game});
  }
  void ask(const std::string& probe, const char* protocol, std::uint16_t port,
           const std::string& room = "arena-a") {
    health_recipe how;
    how.probe = probe;
    how.port = "game";
    how.path = "/";
    begin(how, protocol, port, true, room);
  }
  static bool is_ready(const told& one) { return one.status == ping_status::ready; }
  static bool is_occupied(const told& one) { return one.status == ping_status::occupied && one.matches == 1; }
  static auto says(const std::string& text) {
    return [text](const told& one) { return one.silence.find(text) != std::string::npos && !one.could_not_look; };
  }

  threaded_config settings;
  caf::actor_system system{settings};
  caf::scoped_actor self{system};
  process_host_config config;
  prober_actor prober;
  std::map<std::string, asked_room_actor> games;
  std::mutex guard;
  std::condition_variable changed;
  std::vector<told> all;
};

TEST_F(Prober, AnswersAreTakenForPings) {
  std::atomic<bool> has_players{false};
  udp_server server([&](auto& question) { return quake3_answer(question, has_players ? "0 9 \"a\"\n" : ""); });
  ask("quake3", "udp", server.port());
  EXPECT_TRUE(hears(is_ready));
  has_players = true;
  EXPECT_TRUE(hears(is_occupied));
}

TEST_F(Prober, AServerThatHangsIsToldAndComesBack) {
  std::atomic<bool> hangs{false};
  udp_server server(
      [&](auto& question) { return hangs ? std::vector<std::string>{} : quake3_answer(question, ""); });
  ask("quake3", "udp", server.port());
  ASSERT_TRUE(hears(is_ready));
  hangs = true;
  EXPECT_TRUE(hears(says("quake3 on port game: no answer, 3 times in a row")));
  hangs = false;
  forget();
  EXPECT_TRUE(hears(is_ready));
}

TEST_F(Prober, AClosedPortIsSilence) {
  std::uint16_t port = 0;
  {
    udp_server gone([](auto&) { return std::vector<std::string>{}; });
    port = gone.port();
  }
  ask("quake3", "udp", port);
  EXPECT_TRUE(hears(says("nobody listens")));
}

TEST_F(Prober, LiesAndFloodsAreNoAnswer) {
  udp_server liar([](auto&) { return std::vector<std::string>(40, std::string(60'000, 'x')); });
  ask("quake3", "udp", liar.port());
  EXPECT_TRUE(hears(says("quake3 on port game: ")));
}

TEST_F(Prober, AChallengeIsRepeatedButNotForEver) {
  std::atomic<bool> is_fair{true};
  udp_server server([&](const std::string& question) {
    if (is_fair && question.ends_with("1234"))
      return std::vector{"\xff\xff\xff\xffI\x11n\0m\0f\0g\0\x01\x02\x05\x10\x01"s};
    return std::vector{"\xff\xff\xff\xff"
                       "A1234"s};
  });
  ask("a2s", "udp", server.port());
  EXPECT_TRUE(hears(is_occupied));
  is_fair = false;
  EXPECT_TRUE(hears(says("it asks back without an end")));
}

// A socket that is shared is asked from again and again, one of its own only once.
TEST_F(Prober, AChallengeIsRepeatedBeforeAnybodyElseIsDue) {
  std::uint16_t challenged = 0; // the last one; nobody was asked in between
  std::map<std::uint16_t, int> repeated;
  std::atomic<bool> is_shared{false};
  udp_server server(
      [&](const std::string& question) {
        return std::vector{question.ends_with("1234") ? "\xff\xff\xff\xffI\x11n\0m\0f\0g\0\x01\x02\x05\x10\x01"s
                                                      : "\xff\xff\xff\xff"
                                                        "A1234"s};
      },
      [&](const udp::endpoint& asker, const std::string& answer) {
        bool is_repeat = answer[4] == 'I';
        if (is_repeat && asker.port() == challenged && ++repeated[challenged] == 2)
          is_shared = true;
        challenged = is_repeat ? 0 : asker.port();
        return true;
      });
  ask("a2s", "udp", server.port());
  for (int answers = 0; answers < 40 && !is_shared; ++answers) {
    ASSERT_TRUE(hears(is_occupied));
    forget();
  }
  EXPECT_TRUE(is_shared);
}

// Somebody else on this machine answers faster, and is not heard.
TEST_F(Prober, OnlyTheAskedAddressIsHeard) {
  asio::io_context io;
  udp::socket stranger{io, {asio::ip::address_v4::loopback(), 0}};
  udp::socket silent{io, {asio::ip::address_v4::loopback(), 0}};
  ask("quake3", "udp", silent.local_endpoint().port());
  std::array<char, 2048> bytes;
  udp::endpoint asker;
  for (int i = 0; i < 3; ++i) {
    auto size = silent.receive_from(asio::buffer(bytes), asker);
    for (auto& answer : quake3_answer({bytes.data(), size}, ""))
      stranger.send_to(asio::buffer(answer), asker);
  }
  EXPECT_TRUE(hears(says("no answer")));
  std::lock_guard lock{guard};
  EXPECT_FALSE(std::any_of(all.begin(), all.end(), is_ready));
}

// The same where many are asked over one socket: a server that has answered is, until it does not.
TEST_F(Prober, NobodyAnswersForAnother) {
  asio::io_context io;
  udp::socket stranger{io, {asio::ip::address_v4::loopback(), 0}};
  std::atomic<bool> is_robbed{false};
  udp_server server(
      [&](const std::string& question) { return quake3_answer(question, is_robbed ? "0 9 \"x\"\n" : ""); },
      [&](const udp::endpoint& asker, const std::string& answer) {
        if (is_robbed)
          stranger.send_to(asio::buffer(answer), asker);
        return !is_robbed;
      });
  ask("quake3", "udp", server.port());
  ASSERT_TRUE(hears(is_ready));
  is_robbed = true;
  EXPECT_TRUE(hears(says("no answer")));
  EXPECT_FALSE(was_heard(is_occupied));
}

TEST_F(Prober, ManyAreAskedOverFewSockets) {
  std::vector<std::unique_ptr<udp_server>> servers;
  for (int i = 0; i < 60; ++i) {
    servers.push_back(std::make_unique<udp_server>([](auto& question) { return quake3_answer(question, ""); }));
    ask("quake3", "udp", servers.back()->port(), "arena-" + std::to_string(i));
  }
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 60; ++i)
      EXPECT_TRUE(
          hears([room = "arena-" + std::to_string(i)](auto& one) { return one.room == room && is_ready(one); }));
    forget();
  }
  EXPECT_FALSE(was_heard([](auto& one) { return !one.silence.empty(); }));
}

TEST_F(Prober, WhoFloodsSilencesNobodyElse) {
  udp_server fair([](auto& question) { return quake3_answer(question, ""); });
  udp_server flood([](auto& question) { return std::vector<std::string>(2000, quake3_answer(question, "")[0]); });
  for (int i = 0; i < 8; ++i)
    ask("quake3", "udp", i == 0 ? fair.port() : flood.port(), i == 0 ? "fair" : "flood-" + std::to_string(i));
  ASSERT_TRUE(hears([](auto& one) { return one.room == "fair" && is_ready(one); }));
  for (int i = 0; i < 20; ++i) {
    forget();
    EXPECT_TRUE(hears([](auto& one) { return one.room == "fair"; }));
    EXPECT_FALSE(was_heard([](auto& one) { return one.room == "fair" && !is_ready(one); }));
  }
}

TEST_F(Prober, LongAnswersAreHeardToo) {
  udp_server server([](auto& question) {
    auto answer = quake3_answer(question, "0 9 \"" + std::string(9000, 'x') + "\"\n");
    return answer;
  });
  ask("quake3", "udp", server.port());
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(hears(is_occupied));
    forget();
  }
  EXPECT_FALSE(was_heard([](auto& one) { return !one.silence.empty(); }));
}

TEST_F(Prober, TcpIsAskedByConnecting) {
  asio::io_context io;
  auto listener = std::make_unique<tcp::acceptor>(io, tcp::endpoint{asio::ip::address_v4::loopback(), 0});
  ask("tcp", "tcp", listener->local_endpoint().port());
  EXPECT_TRUE(hears(is_ready));
  listener.reset();
  EXPECT_TRUE(hears(says("tcp on port game: nobody listens")));
}

// That it took a connection not long ago, and that nobody waits for it to take one, is enough for a while.
TEST_F(Prober, ATcpServerIsLookedUpBetweenConnections) {
  asio::io_context io;
  tcp::acceptor listener{io, {asio::ip::address_v4::loopback(), 0}};
  std::atomic<int> connections{0};
  std::function<void()> accept = [&] {
    listener.async_accept([&](boost::system::error_code failed, tcp::socket) {
      if (failed)
        return;
      ++connections;
      accept();
    });
  };
  accept();
  std::thread server{[&] { io.run(); }};
  ask("tcp", "tcp", listener.local_endpoint().port());
  for (int answers = 0; answers < 20; ++answers) {
    EXPECT_TRUE(hears(is_ready));
    forget();
  }
  EXPECT_LE(connections, 3) << "twenty looks at 100 ms";
  asio::post(io, [&] { listener.close(); });
  EXPECT_TRUE(hears(says("tcp on port game: nobody listens")));
  server.join();
}

// A server that hangs: the kernel takes connections in its place until the queue is full.
TEST_F(Prober, ATcpServerThatTakesNobodyIsConnectedToEachTime) {
  asio::io_context io;
  tcp::acceptor listener{io};
  listener.open(tcp::v4());
  listener.bind({asio::ip::address_v4::loopback(), 0});
  listener.listen(1);
  ask("tcp", "tcp", listener.local_endpoint().port());
  EXPECT_TRUE(hears(is_ready));
  EXPECT_TRUE(hears(says("tcp on port game: no answer, 3 times in a row")));
}

/// One connection after the other, each answered and closed.
class tcp_server {
public:
  explicit tcp_server(std::string answer) : answer_(std::move(answer)), thread_([this] { serve(); }) {}
  ~tcp_server() {
    is_over_ = true;
    boost::system::error_code ignored;
    tcp::socket{io_}.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  std::uint16_t port() { return acceptor_.local_endpoint().port(); }

private:
  void serve() {
    while (!is_over_) {
      boost::system::error_code error;
      auto one = acceptor_.accept(error);
      std::array<char, 2048> bytes;
      one.read_some(asio::buffer(bytes), error);
      asio::write(one, asio::buffer(answer_), error);
    }
  }
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::string answer_;
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

TEST_F(Prober, HttpIsAskedForASuccess) {
  tcp_server server("HTTP/1.1 204 No Content\r\n\r\n");
  ask("http", "tcp", server.port());
  EXPECT_TRUE(hears(is_ready));
}

TEST_F(Prober, HttpRedirectionsAreNotFollowed) {
  tcp_server server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n");
  ask("http", "tcp", server.port());
  EXPECT_TRUE(hears(says("it answers another status than 2xx")));
}

TEST_F(Prober, MinecraftTellsItsPlayers) {
  auto json = R"({"players":{"online":2}})"s;
  tcp_server server(static_cast<char>(json.size() + 2) + "\0"s + static_cast<char>(json.size()) + json);
  ask("minecraft", "tcp", server.port());
  EXPECT_TRUE(hears(is_occupied));
}

TEST_F(Prober, AStreamWithoutAnEndIsCutOff) {
  tcp_server server("\xff\xff\x07"s + std::string(1 << 20, '\0'));
  ask("minecraft", "tcp", server.port());
  EXPECT_TRUE(hears(says("minecraft on port game: ")));
}

TEST_F(Prober, AProcessThatRunsIsReady) {
  health_recipe how;
  how.probe = "process";
  begin(how, "udp", 1);
  EXPECT_TRUE(hears(is_ready));
}

// Out of descriptors: nobody is gone for that, and it is said that nobody could look.
TEST_F(Prober, WhatCannotBeLookedAtIsNotGone) {
  tcp_server server("HTTP/1.1 204 No Content\r\n\r\n");
  ask("http", "tcp", server.port());
  ASSERT_TRUE(hears(is_ready));
  struct rlimit before {};
  ::getrlimit(RLIMIT_NOFILE, &before);
  struct rlimit none = before;
  none.rlim_cur = 3;
  ::setrlimit(RLIMIT_NOFILE, &none);
  forget();
  EXPECT_TRUE(hears([](auto& one) { return one.could_not_look; }));
  ::setrlimit(RLIMIT_NOFILE, &before);
  forget();
  EXPECT_TRUE(hears(is_ready));
  std::lock_guard lock{guard};
  EXPECT_FALSE(
      std::any_of(all.begin(), all.end(), [](auto& one) { return !one.silence.empty() && !one.could_not_look; }));
}

TEST_F(Prober, NobodyIsAskedAnyMoreWhoseGameRoomHasEnded) {
  udp_server server([](auto& question) { return quake3_answer(question, ""); });
  ask("quake3", "udp", server.port());
  ASSERT_TRUE(hears(is_ready));
  end(games["arena-a"]);
  EXPECT_TRUE(eventually([&] {
    auto before = server.questions.load();
    std::this_thread::sleep_for(300ms);
    return server.questions == before;
  }));
}

// -- commands -------------------------------------------------------------------------------------------------

TEST(RoomCommand, ANumberInFrontIsTheNumberOfPlayers) {
  EXPECT_EQ(process::leading_number(" 12\n"), 12);
  EXPECT_EQ(process::leading_number("3 players"), 3);
  EXPECT_EQ(process::leading_number("-3"), 0);
  EXPECT_EQ(process::leading_number("99999999999999999999"), std::nullopt);
  EXPECT_EQ(process::leading_number("ok"), std::nullopt);
  EXPECT_EQ(process::leading_number(""), std::nullopt);
}

struct ProberInRoom : Prober {
  ProberInRoom() {
    auto pattern = (std::filesystem::temp_directory_path() / "maestro-prober-XXXXXX").string();
    config.data_dir = ::mkdtemp(pattern.data());
    place = config.data_dir + "/rooms/arena/arena-a";
    std::filesystem::create_directories(place + "/work");
    std::filesystem::create_directories(place + "/logs");
    process::room_identity identity;
    identity.id = room_id{"arena-a"};
    identity.scheduler = scheduler_name{"arena"};
    identity.containers = identity.programs = {"server"};
    std::ofstream(place + "/instance") << process::format_identity(identity);
  }
  ~ProberInRoom() override {
    end(prober);
    std::filesystem::remove_all(config.data_dir);
  }
  void run(std::vector<std::string> command) {
    health_recipe how;
    how.probe = "exec";
    how.command = std::move(command);
    begin(how, "udp", 4711);
  }
  void run(const char* script) { run(std::vector<std::string>{"sh", "-c", script}); }
  std::string place;
};

TEST_F(ProberInRoom, ACommandSpeaksForTheRoom) {
  std::ofstream(place + "/work/players") << "2\n";
  run("cat players");
  EXPECT_TRUE(hears(is_occupied));
}

TEST_F(ProberInRoom, ACommandKnowsItsRoom) {
  run("test \"$MAESTRO_PORT_GAME/$MAESTRO_ROOM_ID\" = 4711/arena-a && test \"$HOME\" = \"$PWD\"");
  EXPECT_TRUE(hears(is_ready));
}

TEST_F(ProberInRoom, ACommandThatFailsIsSilence) {
  run("echo 5; exit 3");
  EXPECT_TRUE(hears(says("exec: its command ends with 3, 3 times in a row")));
}

TEST_F(ProberInRoom, ACommandThatIsNotThereIsSilence) {
  run(std::vector<std::string>{"/no/such/program"});
  EXPECT_TRUE(hears(says("cannot be run")));
}

TEST_F(ProberInRoom, ACommandThatDoesNotEndIsEndedWithItsChildren) {
  run("sleep 1000 & echo $! > child; sleep 1000");
  EXPECT_TRUE(hears(says("its command does not end")));
  int child = 0;
  ASSERT_TRUE(eventually([&] { // on a busy machine not every run comes so far
    child = std::atoi(slurp(place + "/work/child").c_str());
    return child > 1;
  }));
  end(prober);
  EXPECT_TRUE(eventually([&] {
    return ::kill(child, 0) != 0 ||
           slurp("/proc/" + std::to_string(child) + "/stat").find(") Z") != std::string::npos;
  }));
}

TEST_F(ProberInRoom, ARoomThatKeepsTheEndOfItsCommandToItselfHoldsUpNobody) {
  udp_server fair([](auto& question) { return quake3_answer(question, ""); });
  ask("quake3", "udp", fair.port(), "arena-b");
  tracer jealous{place + "/work/pid", place + "/work/traced"};
  run("echo run >> runs; echo $$ > pid; exec sleep 1000");
  EXPECT_TRUE(hears(says("exec: its former command was killed and has not ended yet, 3 times in a row")));
  EXPECT_EQ(slurp(place + "/work/runs"), "run\n") << "one at a time, also of those that do not end";
  for (int i = 0; i < 5; ++i) {
    forget();
    EXPECT_TRUE(hears([](auto& one) { return one.room == "arena-b" && is_ready(one); }));
  }
  jealous.end();
  EXPECT_TRUE(eventually([&] { return slurp(place + "/work/runs") != "run\n"; }));
}

TEST_F(ProberInRoom, ACommandWhoseEndCannotBeSeenHasNotEnded) {
  tracer jealous{place + "/work/pid", place + "/work/traced"};
  run("echo $$ > pid; while ! [ -e traced ]; do sleep 0.01; done");
  EXPECT_TRUE(hears(says("has not ended yet, 3 times in a row")));
  jealous.end();
  EXPECT_TRUE(hears(is_ready));
}

TEST_F(ProberInRoom, TheEndOfTheProberWaitsForNobody) {
  tracer jealous{place + "/work/pid", place + "/work/traced"};
  run("echo $$ > pid; exec sleep 1000");
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(place + "/work/traced"); }));
  end(prober);
}

TEST_F(ProberInRoom, ACommandThatPrintsWithoutAnEndIsEnded) {
  run("yes");
  EXPECT_TRUE(hears(says("its command does not end")));
}

TEST_F(ProberInRoom, ALineOfTheLogMakesTheRoomReady) {
  std::ofstream(place + "/logs/server.log") << "loading\n";
  health_recipe how;
  how.probe = "log";
  how.container = "server";
  how.pattern = "map * loaded";
  begin(how, "udp", 1, false);
  EXPECT_TRUE(hears(says("no line of its log holds the pattern yet")));
  std::ofstream(place + "/logs/server.log", std::ios::app) << "map oa_dm1 loaded\n";
  EXPECT_TRUE(hears(is_ready));
  std::ofstream(place + "/logs/server.log") << "rotated away\n";
  forget();
  EXPECT_TRUE(hears(is_ready)) << "once is enough";
}

} // namespace
} // namespace maestro
