// Players that are counted by what a game server writes: real shims, real output in all the pieces it comes in, log files that
// are rotated away, containers that restart, nodes that come and go, and a prober that tells of it.
#include "messages/actors.hpp"
#include "runtime/process/room_questions.hpp"
#include "runtime/process/shim_protocol.hpp"
#include "test/runtime/process_host_fixture.hpp"

namespace maestro {
namespace {

struct RoomPlayers : ProcessHostTest {
  create_instance make_counted(const std::string& id, const std::string& script) {
    auto wish = make_room(id, {make_container({"sh", "-c", "echo to stay; sleep 60"}, "chat"),
                               make_container({"sh", "-c", script})});
    wish.players = player_lines{"game", {"player * joined"}, {"player * left"}};
    return wish;
  }
  begin_probing asked(const std::string& id) const {
    begin_probing room;
    room.id = room_id{id};
    room.scheduler = scheduler_name{"arena"};
    room.how.probe = "process";
    room.how.joined = {"player * joined"};
    return room;
  }
  result<std::int64_t> players(const std::string& id) const { return process::room_players(config)(asked(id)); }
  testing::AssertionResult has_players(const std::string& id, std::int64_t wanted) const {
    result<std::int64_t> seen = failure{ec::internal, "not asked"};
    bool is_so = eventually([&] {
      seen = players(id);
      return seen && *seen == wanted;
    });
    return (is_so ? testing::AssertionSuccess() : testing::AssertionFailure())
           << (seen ? std::to_string(*seen) : seen.error().text);
  }
  /// A server that writes what it finds in its working folder, so that a test says when.
  static std::string speaker() {
    return "echo up; n=0; while true; do if [ -e say.$n ]; then cat say.$n; n=$((n+1)); else sleep 0.01; fi; done";
  }
  void say(const std::string& id, const std::string& text) {
    auto place = room_dir(id) / "work";
    std::ofstream{place / "new"} << text;
    std::filesystem::rename(place / "new", place / ("say." + std::to_string(said++)));
  }

  int said = 0;
};

TEST_F(RoomPlayers, LinesAreCountedHoweverTheyCome) {
  start();
  ASSERT_TRUE(create(make_counted("arena-a", speaker())));
  EXPECT_TRUE(has_players("arena-a", 0)) << "and there are none before anybody has come";
  say("arena-a", "[12:00:01] player Ann joined the game\nplayer Bob joined\nnobody joined\n");
  EXPECT_TRUE(has_players("arena-a", 2));
  say("arena-a", "player C");
  say("arena-a", "arl joi");
  EXPECT_TRUE(has_players("arena-a", 2)) << "the line is not over";
  say("arena-a", "ned\nplayer Bob left, player Bob joined\n");
  EXPECT_TRUE(has_players("arena-a", 2)) << "a line that holds both is a player less";
  say("arena-a", "player Ann left\nplayer Carl left\nplayer Ann left\nplayer Dan joined\n");
  EXPECT_TRUE(has_players("arena-a", 1)) << "there are never less than none";
  auto far = std::string(1100, 'x');
  say("arena-a", far + "player Eve joined\n" + std::string(900, 'x') + "player Eve joined" + far + "\n");
  EXPECT_TRUE(has_players("arena-a", 2)) << "a line counts as far as its first 1,024 bytes";
}

TEST_F(RoomPlayers, WhatPlayersWriteThemselvesCountsNot) {
  start();
  auto wish = make_counted("arena-a", speaker());
  wish.players = player_lines{"game", {"^[??:??] Server: + [+ joined", "^came: *!"}, {"^[??:??] Server: + left"}};
  ASSERT_TRUE(create(wish));
  say("arena-a", "[12:00] Server: Ann [127.0.0.1] joined the game\ncame: the player Bob!\n");
  EXPECT_TRUE(has_players("arena-a", 2));
  say("arena-a", "[12:01] Chat: Ann: [12:01] Server: Ann [1] joined\n[12:01] Server: Chat: Ann left\n"
                 "[12:01] Server: <Ann> Eve left\n came: Eve!\n[1:01] Server: Ann left\n[12:01] Server: Ann\n"
                 "came: nobody\n[12:02] Server: Cid [9] joined\n");
  EXPECT_TRUE(has_players("arena-a", 3)) << "one of these is the server's";
  say("arena-a", "[12:03] Server: Ann left (quit)\n");
  EXPECT_TRUE(has_players("arena-a", 2));
}

TEST_F(RoomPlayers, NothingIsMissedWhileTheNodeIsDownAndLogsAreRotated) {
  config.log_file_bytes = 4096;
  config.log_files = 2;
  start();
  ASSERT_TRUE(create(make_counted("arena-a", speaker())));
  say("arena-a", "player Ann joined\nplayer Bob joined\n");
  ASSERT_TRUE(has_players("arena-a", 2));
  stop();
  std::string much;
  while (much.size() < 100'000)
    much += "and the match goes on and on\n";
  say("arena-a", "player Carl joined\n" + much + "player Ann left\nplayer Bob left\nplayer Dan joined\n" + much);
  start();
  EXPECT_TRUE(has_players("arena-a", 2));
  auto text =
      slurp(room_dir("arena-a") / "logs" / "game.log") + slurp(room_dir("arena-a") / "logs" / "game.log.1");
  EXPECT_EQ(text.find("Carl"), std::string::npos) << "that line is gone by now, or this test tests nothing";
}

TEST_F(RoomPlayers, AContainerThatRestartsBeginsWithNone) {
  start();
  auto wish = make_counted("arena-a", "if [ -e again ]; then echo again; sleep 60; fi; touch again; "
                                      "echo player Ann joined; while [ ! -e end ]; do sleep 0.01; done");
  wish.restart_policy = "Always";
  ASSERT_TRUE(create(wish));
  ASSERT_TRUE(has_players("arena-a", 1));
  std::ofstream{room_dir("arena-a") / "work" / "end"};
  EXPECT_TRUE(has_players("arena-a", 0));
}

TEST_F(RoomPlayers, WhatCannotBeReadIsNoNumber) {
  start();
  ASSERT_TRUE(run_shell("arena-a", "echo player Ann joined; sleep 60"));
  ASSERT_TRUE(becomes_ready("arena-a"));
  auto none = players("arena-a");
  ASSERT_FALSE(none) << "its recipe does not count";
  EXPECT_NE(none.error().text.find("players is not there"), std::string::npos) << none.error().text;
  EXPECT_EQ(process::parse_players("0000000002 0000000002\n"), 2);
  for (auto* text : {"", "\n", "2\n", "0000000001 0000000002\n", "0000000002 0000000002", "two two\n"})
    EXPECT_FALSE(process::parse_players(text)) << text;
}

TEST_F(RoomPlayers, APatternWithoutAnEndIsRefused) {
  start();
  auto wish = make_counted("arena-a", "sleep 60");
  wish.players->left.push_back(std::string("a\0b", 3));
  auto refused = create(wish);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("a line that tells of its players holds a NUL byte"), std::string::npos)
      << refused.error().text;
}

TEST_F(RoomPlayers, TheProberTellsOfThem) {
  start();
  ASSERT_TRUE(create(make_counted("arena-a", speaker())));
  ASSERT_TRUE(has_players("arena-a", 0));
  std::mutex guard;
  std::vector<ping_room> pings;
  std::vector<report_silence> silences;
  probing::probe_loop loop{{},
                           {},
                           process::room_players(config),
                           [&](const begin_probing&, ping_room what) {
                             std::lock_guard lock{guard};
                             pings.push_back(std::move(what));
                           },
                           [&](const begin_probing&, report_silence what) {
                             std::lock_guard lock{guard};
                             silences.push_back(std::move(what));
                           }};
  auto is_told = [&](ping_status wanted) {
    return eventually([&] {
      std::lock_guard lock{guard};
      return !pings.empty() && pings.back().status == wanted;
    });
  };
  auto room = asked("arena-a");
  room.how.interval = 50ms;
  room.busy_matches = 1;
  loop.begin(room);
  EXPECT_TRUE(is_told(ping_status::ready));
  say("arena-a", "player Ann joined\n");
  EXPECT_TRUE(is_told(ping_status::occupied));
  say("arena-a", "player Ann left\n");
  EXPECT_TRUE(is_told(ping_status::ready));

  std::filesystem::remove(room_dir("arena-a") / "players");
  EXPECT_TRUE(eventually([&] {
    std::lock_guard lock{guard};
    return !silences.empty() && silences.back().could_not_look;
  })) << "a number that cannot be read is no end of anything";
}

} // namespace
} // namespace maestro
