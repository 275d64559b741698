// What surrounds every command: help, typos, versions, colours, completion, questions before matches end.
#include "test/cli/command_fixture.hpp"
#include "test/support/scratch_folder.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>

namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Frame = maestro::test::command_line;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

std::size_t cells(const std::string& text) {
  return maestro::cli::cell_width(text);
}

constexpr const char* two_rooms =
    R"({"rooms":[{"id":"arena-b","status":"ready","instanceStatus":"ready"},)"
    R"({"id":"arena-c","status":"occupied","instanceStatus":"ready","runningMatches":"1"}]})";

} // namespace

TEST_F(Frame, TheBareCommandAndHelpPrintHelpInGroups) {
  auto bare = run({});
  EXPECT_EQ(bare.code, 0);
  EXPECT_EQ(bare.err, "");
  EXPECT_THAT(bare.out, HasSubstr("\nSchedulers and rooms:\n  scheduler, schedulers"));
  EXPECT_THAT(bare.out, HasSubstr("\nServers:\n  status"));
  EXPECT_THAT(bare.out, HasSubstr("\nFor developers:\n  simulate"));
  EXPECT_EQ(run({"help"}).out, bare.out);
  EXPECT_EQ(run({"--help"}).out, bare.out);
  EXPECT_EQ(run({"help", "scheduler", "create"}).out, run({"scheduler", "create", "--help"}).out);
  EXPECT_THAT(run({"help", "scheduler", "create"}).out, HasSubstr("Usage: maestro scheduler create [OPTIONS]"));
}

TEST_F(Frame, HelpFitsEightyColumnsAndSpeaksNoLibrarysWords) {
  for (auto& command : std::vector<std::vector<std::string>>{{},
                                                             {"scheduler"},
                                                             {"scheduler", "create"},
                                                             {"scheduler", "list"},
                                                             {"room", "list"},
                                                             {"room", "logs"},
                                                             {"node"},
                                                             {"operation", "list"}}) {
    auto arguments = command;
    arguments.emplace_back("--help");
    auto help = run(arguments);
    for (auto& line : lines_of(help.out))
      EXPECT_LE(cells(line), 80U) << line;
    EXPECT_THAT(help.out, Not(HasSubstr("TEXT")));
    EXPECT_THAT(help.out, Not(HasSubstr("UINT")));
    EXPECT_THAT(help.out, Not(HasSubstr("FLOAT")));
  }
}

TEST_F(Frame, ATypoIsAnsweredWithWhatWasMeant) {
  EXPECT_THAT(run({"schedular", "list"}).err,
              StartsWith("maestro: unknown command \"schedular\"; did you mean \"scheduler\"?\n"));
  EXPECT_THAT(run({"scheduler", "lst"}).err,
              StartsWith("maestro: unknown command \"lst\"; did you mean \"list\"?\n"));
  EXPECT_THAT(run({"--server", "x", "schedular"}).err, HasSubstr("did you mean \"scheduler\"?"));
  EXPECT_THAT(run({"scheduler", "list", "--outptu", "json"}).err,
              StartsWith("maestro: unknown option --outptu; did you mean \"--output\"?\n"));
  EXPECT_THAT(run({"room", "list", "arena", "--status", "redy"}).err, HasSubstr("did you mean \"ready\"?"));
  EXPECT_THAT(run({"scheduler", "list", "-o", "jsn"}).err, HasSubstr("did you mean \"json\"?"));
  EXPECT_THAT(run({"zzz"}).err, StartsWith("maestro: unknown command \"zzz\"\n"));
  for (auto& wrong : std::vector<std::vector<std::string>>{
           {"schedular"}, {"scheduler", "lst"}, {"room", "list", "arena", "--status", "redy"}})
    EXPECT_EQ(run(wrong).code, 2);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Frame, AGroupWithoutACommandTellsWhichThereAre) {
  auto r = run({"room"});
  EXPECT_EQ(r.code, 2);
  EXPECT_EQ(r.out, "");
  EXPECT_THAT(r.err, HasSubstr("timeline"));
}

TEST_F(Frame, VersionIsAFlagAndACommand) {
  EXPECT_EQ(run({"--version"}).out, "maestro " MAESTRO_VERSION "\n");
  EXPECT_EQ(run({"version"}).out, "maestro " MAESTRO_VERSION "\n");
  EXPECT_EQ(run({"--version"}).code, 0);
}

TEST_F(Frame, ColoursAreChosen) {
  server_.on("GET /schedulers/arena/rooms", two_rooms);
  EXPECT_THAT(run({"room", "list", "arena", "--color", "always"}).out, HasSubstr("\x1b[32mready"));
  EXPECT_THAT(run({"--color=always", "room", "list", "arena"}).out, HasSubstr("\x1b[32mready"));
  EXPECT_THAT(run({"room", "list", "arena", "--color", "never"}, "", true).out, Not(HasSubstr("\x1b[32m")));
  EXPECT_THAT(run({"room", "list", "arena"}).out, Not(HasSubstr("\x1b[")));
  EXPECT_EQ(run({"room", "list", "arena", "--color", "pink"}).code, 2);
}

TEST_F(Frame, DurationsAreWrittenWithUnits) {
  server_.on("GET /schedulers/arena/rooms", two_rooms);
  EXPECT_EQ(run({"room", "list", "arena", "--watch", "--for", "500ms", "--interval", "100ms"}).code, 0);
  EXPECT_EQ(run({"room", "list", "arena", "--watch", "--for", "1.5"}).code, 0);
  auto wrong = run({"room", "list", "arena", "--watch", "--for", "soon"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("\"soon\" is no duration; write it like 10s or 1m30s"));
  EXPECT_THAT(run({"room", "list", "arena", "--interval", "1ms"}).err,
              HasSubstr("1ms is not between 10ms and 1h"));
}

TEST_F(Frame, ThatMatchesEndIsAskedBeforeItHappens) {
  server_.on("GET /schedulers/arena/rooms", two_rooms);
  server_.on("DELETE /schedulers/arena", R"({"operationId":"op1"})");
  auto deletions = [&] {
    auto all = server_.requests();
    return std::count_if(all.begin(), all.end(), [](auto& r) { return r.method == "DELETE"; });
  };
  auto nobody = run({"scheduler", "delete", "arena"});
  EXPECT_EQ(nobody.code, 2);
  EXPECT_THAT(nobody.err, HasSubstr("rooms with players will be ended: 1 of scheduler arena; --yes does it"));
  is_interactive_ = true;
  auto no = run({"scheduler", "delete", "arena"}, "n\n");
  EXPECT_EQ(no.code, 1);
  EXPECT_EQ(deletions(), 0);
  EXPECT_THAT(no.err, HasSubstr("Go on? [y/N]"));
  EXPECT_EQ(run({"scheduler", "delete", "arena"}, "y\n").code, 0);
  EXPECT_EQ(deletions(), 1);
  is_interactive_ = false;
  EXPECT_EQ(run({"scheduler", "delete", "arena", "--yes"}).code, 0);
  EXPECT_EQ(deletions(), 2);
  server_.on("DELETE /schedulers/idle", R"({"operationId":"op1"})");
  server_.on("GET /schedulers/idle/rooms", R"({"rooms":[{"id":"a","status":"ready"}]})");
  EXPECT_EQ(run({"scheduler", "delete", "idle"}).code, 0) << "nobody plays: nothing to ask";
}

TEST_F(Frame, WhatIsNoManagementApiIsSaid) {
  server_.on("GET /schedulers?game=", R"({"code":5,"message":"Not Found","details":[]})", 404);
  auto r = run({"scheduler", "list"});
  EXPECT_EQ(r.code, 1);
  EXPECT_THAT(r.err, HasSubstr("no such route; is this a Management API"));
}

TEST_F(Frame, SeveralNamesAreAllDoneAlthoughOneFails) {
  server_.on("GET /schedulers/a", R"({"scheduler":{"name":"a","game":"g"}})");
  server_.on("GET /schedulers/b", R"({"code":5,"message":"scheduler b not found","details":[]})", 404);
  server_.on("GET /schedulers/c", R"({"scheduler":{"name":"c","game":"g"}})");
  auto r = run({"scheduler", "get", "a", "b", "c", "-o", "name"});
  EXPECT_EQ(r.code, 4);
  EXPECT_THAT(r.err, HasSubstr("scheduler b not found"));
  server_.on("GET /schedulers/info?game=g", R"({"schedulers":[]})");
  auto text = run({"scheduler", "get", "a", "b", "c"});
  EXPECT_THAT(text.out, HasSubstr("= a\n"));
  EXPECT_THAT(text.out, HasSubstr("= c\n"));
}

TEST_F(Frame, RecipesComeFromSeveralFilesAndFolders) {
  maestro::scratch_folder scratch;
  auto folder = (scratch.path() / "recipes").string();
  std::filesystem::create_directories(folder);
  std::ofstream{folder + "/b.yaml"} << "name: b\n";
  std::ofstream{folder + "/a.json"} << R"({"name":"a"})";
  std::ofstream{folder + "/notes.txt"} << "no recipe";
  auto one = (scratch.path() / "one.yaml").string();
  std::ofstream{one} << "name: one\n";
  server_.on("POST /schedulers", R"({"scheduler":{"name":"x","roomsReplicas":0}})");
  for (auto* stage : {"pending", "active", "final"})
    server_.on(std::string{"GET /schedulers/x/operations?stage="} + stage, R"({"operations":[]})");
  auto r = run({"scheduler", "create", "-f", folder, "-f", one, "-f", "-"}, "name: piped\n");
  EXPECT_EQ(r.code, 0) << r.err;
  std::vector<std::string> sent;
  for (auto& request : server_.requests())
    if (request.method == "POST")
      sent.push_back(request.body);
  EXPECT_THAT(sent, ElementsAre(R"({"name":"a"})", R"({"name":"b"})", R"({"name":"one"})", R"({"name":"piped"})"));
  auto before = server_.requests().size();
  std::ofstream{folder + "/c.yaml"} << "nam: c\n";
  EXPECT_EQ(run({"scheduler", "create", "-f", folder}).code, 2);
  EXPECT_EQ(server_.requests().size(), before) << "one of them is wrong: none may be sent";
}

TEST_F(Frame, CompletionKnowsCommandsOptionsWordsAndNames) {
  auto complete = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"__complete", "--"});
    return lines_of(run(words).out);
  };
  EXPECT_THAT(complete({"sch"}), ElementsAre("scheduler"));
  EXPECT_THAT(complete({"room", "ti"}), ElementsAre("timeline"));
  EXPECT_THAT(complete({"help", "operation", "ca"}), ElementsAre("cancel"));
  EXPECT_THAT(complete({"room", "list", "arena", "--stat"}), ElementsAre("--status"));
  EXPECT_THAT(complete({"room", "list", "arena", "--status", "un"}), ElementsAre("unready"));
  EXPECT_THAT(complete({"scheduler", "create", "-f", ""}), ElementsAre(":files"));
  EXPECT_THAT(complete({"scheduler", "list", "-o", "y"}), ElementsAre("yaml"));
  server_.on("GET /schedulers", R"({"schedulers":[{"name":"arena"},{"name":"zeta"}]})");
  server_.on("GET /schedulers/arena/rooms", two_rooms);
  EXPECT_THAT(complete({"scheduler", "get", ""}), ElementsAre("arena", "zeta"));
  EXPECT_THAT(complete({"room", "get", "arena", ""}), ElementsAre("arena-b", "arena-c"));
  EXPECT_TRUE(complete({"room", "get", "nope", ""}).empty());
  EXPECT_EQ(run({"completion", "csh"}).code, 2);
}

TEST_F(Frame, NarrowTerminalsGetFewerColumnsAndNoBrokenLines) {
  server_.on("GET /schedulers/arena/rooms", two_rooms);
  width_ = 40;
  for (auto& line : lines_of(run({"room", "list", "arena", "--color", "never"}, "", true).out))
    EXPECT_LE(cells(line), 40U) << line;
  height_ = 20;
  width_ = 24;
  auto watched = run({"room", "list", "arena", "--watch", "--for", "100ms", "--color", "never"}, "", true).out;
  for (auto& line : lines_of(watched))
    EXPECT_LE(cells(line.substr(line.rfind('K') == std::string::npos ? 0 : line.rfind('K') + 1)), 24U) << line;
}

namespace {

/// What a terminal shows of it: the last screen, without colours and control sequences.
std::vector<std::string> last_screen(const std::string& written) {
  auto text =
      std::regex_replace(written.substr(written.rfind("\x1b[?7l")), std::regex("\x1b\\[[?0-9;]*[A-Za-z]"), "");
  return lines_of(text);
}

constexpr const char* full_room =
    R"({"id":"arena-%1","status":"%2","instanceStatus":"ready","version":"v1.0.0","host":"127.0.0.1","runningMatches":"0",)"
    R"("statusSince":"2026-01-01T00:59:50Z","createdAt":"2026-01-01T00:00:00Z",)"
    R"("ports":[{"name":"game","protocol":"UDP","port":20017}]})";

std::string rooms_answer(const std::vector<std::pair<std::string, std::string>>& rooms) {
  std::string list;
  for (auto& [id, status] : rooms) {
    auto room = std::string(full_room);
    room.replace(room.find("%1"), 2, id);
    room.replace(room.find("%2"), 2, status);
    list += (list.empty() ? "" : ",") + room;
  }
  return "{\"rooms\":[" + list + "]}";
}

} // namespace

// The demo's table. Where the terminal is narrow the columns that matter least go, and every cell that stays is whole.
TEST_F(Frame, TheWatchedTableIsRightAtSixtyEightyAndAHundredAndSixtyColumns) {
  server_.on("GET /schedulers/arena/rooms", rooms_answer({{"bcx2k", "occupied"}, {"ftq59", "ready"}}));
  height_ = 24;
  const std::map<std::size_t, std::string> expected{
      {160, "ROOM          STATUS     INSTANCE   MATCHES   VERSION   ADDRESS               SINCE   AGE\n"
            "arena-bcx2k   occupied   ready      0         v1.0.0    127.0.0.1:20017/udp   10s     1h\n"},
      {80, "ROOM          STATUS     MATCHES   VERSION   ADDRESS               SINCE   AGE\n"
           "arena-bcx2k   occupied   0         v1.0.0    127.0.0.1:20017/udp   10s     1h\n"},
      {60, "ROOM          STATUS     ADDRESS               SINCE   AGE\n"
           "arena-bcx2k   occupied   127.0.0.1:20017/udp   10s     1h\n"}};
  for (auto& [width, table] : expected) {
    width_ = width;
    now_ = *maestro::cli::time_of(maestro::test::now_text);
    auto screen = last_screen(run({"room", "list", "arena", "--watch", "--for", "100ms"}, "", true).out);
    ASSERT_GE(screen.size(), 4U);
    EXPECT_EQ(screen[2] + "\n" + screen[3] + "\n", table) << width;
    for (auto& line : screen)
      EXPECT_LE(cells(line), width) << line;
  }
}

TEST_F(Frame, AnAddressIsShownWholeOrNotAtAll) {
  server_.on("GET /schedulers/arena/rooms", rooms_answer({{"bcx2k", "ready"}}));
  server_.on("GET /schedulers/arena/rooms", rooms_answer({{"bcx2k", "occupied"}}));
  height_ = 24;
  width_ = 60;
  auto screen = last_screen(run({"room", "list", "arena", "--watch", "--for", "1s"}, "", true).out);
  EXPECT_THAT(screen.back(), EndsWith("arena-bcx2k  ready → occupied")) << "no half of an address";
}

TEST_F(Frame, WhereNotAllRoomsFitTheInterestingOnesAreSeen) {
  std::vector<std::pair<std::string, std::string>> rooms;
  for (int i = 10; i < 60; ++i)
    rooms.emplace_back("r" + std::to_string(i), "ready");
  rooms[20].second = "occupied";
  rooms[30].second = "error";
  rooms[40].second = "pending";
  server_.on("GET /schedulers/arena/rooms", rooms_answer(rooms));
  height_ = 12;
  width_ = 80;
  auto watch = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"room", "list", "arena", "--watch", "--for", "100ms"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return last_screen(run(arguments, "", true).out);
  };
  auto screen = watch({});
  EXPECT_THAT(screen[3], StartsWith("arena-r40   error"));
  EXPECT_THAT(screen[4], StartsWith("arena-r50   pending"));
  EXPECT_THAT(screen[5], StartsWith("arena-r30   occupied"));
  EXPECT_THAT(screen[6], StartsWith("arena-r10   ready"));
  EXPECT_THAT(screen.back(), StartsWith("… and "));
  EXPECT_LE(screen.size(), height_);
  EXPECT_THAT(watch({"--sort-by", ".id"})[3], StartsWith("arena-r10")) << "whoever says an order gets it";
  height_ = 70;
  EXPECT_THAT(watch({})[3], StartsWith("arena-r10")) << "where all are seen nothing moves";
  EXPECT_THAT(watch({"--title", "arena, node 4711"})[0], HasSubstr("arena, node 4711: 50 rooms"));
}

TEST_F(Frame, ManualPagesSayWhatHelpSays) {
  maestro::scratch_folder scratch;
  auto folder = scratch.path() / "man";
  ASSERT_EQ(run({"man", "--folder", folder}).code, 0);
  auto page_of = [&](const std::string& name) {
    std::stringstream text;
    text << std::ifstream(folder / name).rdbuf();
    return text.str();
  };
  std::vector<std::string> commands;
  for (auto& line : lines_of(run({}).out))
    if (std::smatch found; std::regex_match(line, found, std::regex("  ([a-z]+)(, [a-z]+)*  +[A-Z].*")))
      if (found[1] != "help") // prints that of others
        commands.push_back(found[1]);
  ASSERT_GE(commands.size(), 15U);
  for (auto& command : commands) {
    auto page = page_of("man1/maestro-" + command + ".1");
    EXPECT_THAT(page, StartsWith(".TH MAESTRO\\-")) << command;
    EXPECT_THAT(page_of("man1/maestro.1"), HasSubstr("\\fB" + command + "\\fR")) << command;
    for (auto& line : lines_of(run({command, "--help"}).out)) {
      std::smatch found;
      if (!std::regex_search(line, found, std::regex("^ +(-[a-z], )?--([a-z-]+)")))
        continue;
      auto name = std::regex_replace(found[2].str(), std::regex("-"), "\\-");
      EXPECT_THAT(page, HasSubstr("\\fB\\-\\-" + name)) << command;
    }
  }
  EXPECT_THAT(page_of("man1/maestro-scheduler.1"), HasSubstr(".SS maestro scheduler create"));
  EXPECT_THAT(page_of("man5/maestro.yaml.5"), HasSubstr("\\fBapi.port\\fR (default 8080)"));
  EXPECT_EQ(run({"man", "scheduler"}).out, page_of("man1/maestro-scheduler.1"));
  EXPECT_EQ(run({"man", "nothing"}).code, 2);
}

TEST_F(Frame, ManualPagesHoldNoRequestByAccident) {
  static const std::regex request(R"(\.(TH|SH|SS|TP|PP|EX|EE|B|BR|I|br)( .*)?)");
  for (auto* command : {"scheduler", "room", "node", "backup", "maestro.yaml"})
    for (auto& line : lines_of(run({"man", command}).out)) {
      bool is_known = !line.starts_with(".") || std::regex_match(line, request);
      EXPECT_TRUE(is_known) << line;
      EXPECT_FALSE(line.starts_with("'")) << line;
    }
}
