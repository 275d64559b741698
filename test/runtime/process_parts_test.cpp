// The parts of the process runtime that are functions of values or of small files.
#include "runtime/process/cgroups.hpp"
#include "runtime/process/container_environment.hpp"
#include "runtime/process/instance_view.hpp"
#include "runtime/process/process_config.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/room_output.hpp"
#include "runtime/process/shim_protocol.hpp"
#include "runtime/process/tree_walk.hpp"
#include "runtime/process/variable_expansion.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

using namespace std::chrono_literals;

std::string state_text(const std::string& room, const std::string& containers) {
  return "maestro-shim 1\nshim 41 977\nroom " + room + "\n" + containers + "end\n";
}

room_identity identity_of(std::vector<std::string> containers) {
  room_identity it;
  it.id = room_id{"arena-a"};
  it.scheduler = scheduler_name{"arena"};
  it.version = "v1.2.3";
  it.ports = {{"game", "udp", 7001}, {"query port", "tcp", 7002}};
  it.programs = containers;
  it.containers = std::move(containers);
  it.memory_limit = "64Mi";
  it.cgroups = {"/sys/fs/cgroup/a b"};
  it.user = 60123;
  it.boot = "0-1-2";
  it.grace_ms = 1500;
  return it;
}

std::string view(const std::string& room, const std::string& containers, bool alive,
                 std::vector<std::string> names = {"game"}) {
  auto state = parse_state(state_text(room, containers));
  EXPECT_TRUE(state) << containers;
  auto seen = view_instance(identity_of(std::move(names)), state, alive);
  return to_string(seen.status) + ": " + seen.description;
}

} // namespace

TEST(ShimStateTest, IsReadAsWritten) {
  auto state = parse_state(state_text("stopping 1 1 0", "container 0 running 50 2 exited 3 0 none 0 400\n"
                                                        "container 1 ended 51 0 signaled 9 1 none 0 0\n"));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->pid, 41);
  EXPECT_EQ(state->start_time, 977U);
  EXPECT_EQ(state->phase, shim_phase::stopping);
  EXPECT_EQ(state->culprit, 1);
  EXPECT_TRUE(state->asked);
  EXPECT_FALSE(state->forced);
  ASSERT_EQ(state->containers.size(), 2U);
  EXPECT_EQ(state->containers[0].restarts, 2U);
  EXPECT_EQ(state->containers[0].backoff_ms, 400);
  EXPECT_EQ(state->containers[1].ending, shim_ending::signaled);
  EXPECT_TRUE(state->containers[1].out_of_memory);
}

TEST(ShimStateTest, SaysWhenAContainerBeganWhereItsShimDoes) {
  auto state = parse_state(state_text("running -1 0 0", "container 0 running 50 0 none 0 0 none 0 0 4711\n"
                                                        "container 1 running 51 0 none 0 0 none 0 0\n"));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->containers[0].start_time, 4711u);
  EXPECT_EQ(state->containers[1].start_time, 0u) << "a shim of a former version";
  EXPECT_FALSE(parse_state(state_text("running -1 0 0", "container 0 running 50 0 none 0 0 none 0 0 soon\n")));
}

TEST(ShimStateTest, AnythingElseIsNone) {
  auto whole = state_text("running -1 0 0", "container 0 running 50 0 none 0 0 none 0 0\n");
  ASSERT_TRUE(parse_state(whole));
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(parse_state(whole.substr(0, cut))) << cut;
  EXPECT_FALSE(parse_state(state_text("running -1 0", "")));
  EXPECT_FALSE(parse_state(state_text("flying -1 0 0", "")));
  EXPECT_FALSE(parse_state(state_text("running x 0 0", "")));
  EXPECT_FALSE(parse_state(state_text("running -1 0 0", "container 1 running 50 0 none 0 0 none 0 0\n")));
  EXPECT_FALSE(parse_state(state_text("running -1 0 0", "surprise\n")));
  EXPECT_FALSE(parse_state("maestro-shim 2\nshim 1 1\nroom running -1 0 0\nend\n"));
}

TEST(InstanceViewTest, EveryStateHasItsStatusAndReason) {
  EXPECT_EQ(view("starting -1 0 0", "container 0 starting 0 0 none 0 0 none 0 0\n", true), "pending: starting");
  EXPECT_EQ(view("running -1 0 0", "container 0 running 5 0 none 0 0 none 0 0\n", true), "ready: ");
  EXPECT_EQ(view("running -1 0 0", "container 0 waiting 5 0 exited 3 0 none 0 0\n", true),
            "pending: restarting: exit code 3");
  EXPECT_EQ(view("running -1 0 0", "container 0 waiting 5 3 exited 3 0 none 0 2000\n", true),
            "error: CrashLoopBackOff: restart 4 in 2s: exit code 3");
  EXPECT_EQ(view("stopping -1 1 0", "container 0 running 5 0 none 0 0 none 0 0\n", true),
            "terminating: ending on request");
  EXPECT_EQ(view("ended -1 1 1", "container 0 ended 5 0 signaled 9 0 none 0 0\n", false),
            "terminating: ended on request: killed by signal 9 (SIGKILL), after its grace period");
  EXPECT_EQ(view("ended 0 0 0", "container 0 ended 5 0 exited 0 0 none 0 0\n", false), "terminating: Completed");
  EXPECT_EQ(view("ended 0 0 0", "container 0 ended 5 0 signaled 9 1 none 0 0\n", false),
            "error: killed by signal 9 (SIGKILL): out of memory, the room's limit is 64Mi");
  EXPECT_EQ(view("ended 0 0 0", "container 0 ended 5 0 not_started 0 0 exec 2 0\n", false),
            "error: cannot run \"game\": No such file or directory (ENOENT)");
  EXPECT_EQ(view("ended 0 0 0", "container 0 ended 5 0 not_started 0 0 cgroup 13 0\n", false),
            "error: cannot enter the room's cgroup: Permission denied (EACCES)");
  EXPECT_EQ(view("running -1 0 0", "container 0 running 5 0 none 0 0 none 0 0\n", false),
            "error: the room's shim ended unexpectedly and its processes with it");
  EXPECT_EQ(view("stopping 1 0 0",
                 "container 0 running 5 0 none 0 0 none 0 0\ncontainer 1 ended 6 0 exited 7 0 none 0 0\n", true,
                 {"game", "bot"}),
            "error: container \"bot\": exit code 7");
  EXPECT_EQ(
      describe_end(identity_of({"game", "bot"}),
                   parse_state(state_text("ended -1 1 0", "container 0 ended 5 0 exited 0 0 none 0 0\n"
                                                          "container 1 ended 6 0 signaled 15 0 none 0 0\n"))),
      "container \"game\": Completed; container \"bot\": killed by signal 15 (SIGTERM)");
}

TEST(RoomIdentityTest, SurvivesTheDisk) {
  auto it = identity_of({"game", "bot"});
  it.failure = "no\ncommand";
  auto text = format_identity(it);
  auto back = parse_identity(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(format_identity(*back), text);
  EXPECT_EQ(back->ports, it.ports);
  EXPECT_EQ(back->containers, it.containers);
  EXPECT_EQ(back->cgroups, it.cgroups);
  EXPECT_EQ(back->grace_ms, 1500);
  EXPECT_EQ(back->user, 60123U);
  EXPECT_EQ(back->boot, "0-1-2");
  EXPECT_EQ(back->failure, "no command");
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    EXPECT_FALSE(parse_identity(text.substr(0, cut))) << cut;
}

TEST(RoomIdentityTest, NamesThatLeaveTheFolderAreUnsafe) {
  for (auto* name : {"arena-a", "a", "A_1.2"})
    EXPECT_TRUE(is_safe_name(name)) << name;
  for (auto* name : {"", ".", "..", ".hidden", "a/b", "a b", "a\nb", "\xc3\xa4"})
    EXPECT_FALSE(is_safe_name(name)) << name;
  EXPECT_FALSE(is_safe_name(std::string(201, 'a')));
}

TEST(RoomLimitsTest, AreTheSumOfTheContainers) {
  container a, b;
  a.name = "a";
  a.limits = {"64Mi", "500m"};
  a.requests = {"1Mi", "100m"};
  b.name = "b";
  b.limits = {"36Mi", "1"};
  b.requests = {"1Mi", "50m"};
  auto sum = parse_limits({a, b});
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->memory_bytes, 100 << 20);
  EXPECT_EQ(sum->cpu_milli, 1500);
  EXPECT_EQ(sum->cpu_request_milli, 150);
  b.limits = {"", "0"};
  sum = parse_limits({a, b});
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->memory_bytes, 0) << "one unlimited container makes the room unlimited";
  EXPECT_EQ(sum->cpu_milli, 0);
}

TEST(PortVariableTest, IsUpperCaseWithUnderscores) {
  EXPECT_EQ(port_variable("game"), "MAESTRO_PORT_GAME");
  EXPECT_EQ(port_variable("my-port.2"), "MAESTRO_PORT_MY_PORT_2");
}

class OutputTest : public ::testing::Test {
public:
  OutputTest() { std::filesystem::create_directories(folder); }
  ~OutputTest() override { std::filesystem::remove_all(folder); }
  void write(const std::string& name, const std::string& text) { std::ofstream{folder / name} << text; }
  std::string read(const output_wish& wish) {
    auto text = read_output(folder, "game", wish);
    return text ? *text : to_string(text.error().code);
  }
  std::string tail(std::uint64_t bytes) { return read({bytes}); }
  std::string since(int seconds, std::uint64_t bytes = 100) {
    return read({bytes, timestamp{std::chrono::seconds{seconds}}});
  }
  std::string previous(std::uint64_t bytes = 100) { return read({bytes, never, true}); }
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("maestro-output-" + std::to_string(::getpid()));
};

TEST_F(OutputTest, TailBeginsWithAWholeLine) {
  EXPECT_EQ(tail(100), "not_found");
  write("game.log.1", "one\ntwo\n");
  write("game.log", "three\nfour\n");
  EXPECT_EQ(tail(100), "one\ntwo\nthree\nfour\n");
  EXPECT_EQ(tail(19), "one\ntwo\nthree\nfour\n");
  EXPECT_EQ(tail(18), "two\nthree\nfour\n");
  EXPECT_EQ(tail(13), "three\nfour\n");
  EXPECT_EQ(tail(3), "ur\n") << "a line longer than the tail is cut";
}

TEST_F(OutputTest, SinceBeginsAtTheLastMarkBefore) {
  write("game.log.1", "one\ntwo\n");
  write("game.marks.1", "1000 0 0\n1010 4 0\n");
  write("game.log", "three\nfour\n");
  write("game.marks", "1020 0 0\n1090 6 0\n");
  EXPECT_EQ(since(999), "one\ntwo\nthree\nfour\n") << "older than all that is left";
  EXPECT_EQ(since(1010), "two\nthree\nfour\n");
  EXPECT_EQ(since(1089), "three\nfour\n");
  EXPECT_EQ(since(5000), "four\n") << "to the precision of a mark";
  EXPECT_EQ(since(1010, 12), "three\nfour\n");
  write("game.marks", "1020 0 0\n500 6 0\n");
  EXPECT_EQ(since(1015), "four\n") << "the clock was set back: what came later is newer";
  EXPECT_EQ(previous(), "failed_precondition");
}

TEST_F(OutputTest, PreviousIsTheRunBeforeTheLast) {
  write("game.log.1", "first\nsecond\n");
  write("game.marks.1", "1000 0 0\n1010 6 1\n");
  write("game.log", "still second\nthird\n");
  write("game.marks", "1020 0 1\n1030 13 2\n");
  EXPECT_EQ(previous(), "second\nstill second\n");
  EXPECT_EQ(previous(14), "still second\n");
  EXPECT_EQ(read({100, timestamp{std::chrono::seconds{1025}}, true}), "still second\n");
  write("game.marks", "1020 0 1\n1030 13 2\n1040 19 3\n");
  EXPECT_EQ(previous(), "third\n") << "the last one wrote nothing";
}

TEST_F(OutputTest, MarksThatAreNoneAreNotTaken) {
  write("game.log", "one\ntwo\n");
  for (auto* broken :
       {"", "\n", "x", "1000", "1000 4", "1000 99 1\n", "9999999999999999999999 4 1\n", "1000 4 -1\n"}) {
    write("game.marks", broken);
    EXPECT_EQ(since(2000), "one\ntwo\n") << broken;
    EXPECT_EQ(previous(), "failed_precondition") << broken;
  }
}

TEST_F(OutputTest, BytesThatAreNoTextAreReplaced) {
  write("game.log", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8e\xae \xff\xc3 \xed\xa0\x80.");
  auto replacement = std::string{"\xEF\xBF\xBD"};
  EXPECT_EQ(tail(100), "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8e\xae " + replacement + replacement + " " +
                           replacement + replacement + replacement + ".");
}

TEST(FilesTest, APipeInThePlaceOfALogHoldsNobodyUp) {
  auto pipe = std::filesystem::temp_directory_path() / ("maestro-pipe-" + std::to_string(::getpid()));
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(append_line(pipe, "a line")) << "and nobody reads it";
  std::filesystem::remove(pipe);
}

class TreeTest : public ::testing::Test {
public:
  TreeTest() {
    std::filesystem::create_directories(top / "inside");
    std::filesystem::create_directories(outside);
    std::ofstream{outside / "precious"} << "x";
    fd = unique_fd{::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  }
  ~TreeTest() override {
    std::filesystem::remove_all(top);
    std::filesystem::remove_all(outside);
  }
  bool remove(const std::string& name) {
    return remove_tree(fd, name, [] { return false; });
  }
  std::filesystem::path top =
      std::filesystem::temp_directory_path() / ("maestro-tree-" + std::to_string(::getpid()));
  std::filesystem::path outside = top.string() + "-outside";
  unique_fd fd;
};

TEST_F(TreeTest, NoLinkIsFollowedHoweverFastItIsPutThere) {
  std::atomic<bool> done{false};
  auto swapped = top / "inside" / "swapped";
  std::thread room{[&] {
    std::error_code ignored;
    while (!done) {
      std::filesystem::create_directory(swapped, ignored);
      std::filesystem::rename(swapped, top / "inside" / "away", ignored);
      std::filesystem::create_symlink(outside, swapped, ignored);
      std::filesystem::remove(swapped, ignored);
    }
  }};
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(remove("inside"));
    std::error_code ignored;
    std::filesystem::create_directory(top / "inside", ignored);
  }
  done = true;
  room.join();
  EXPECT_TRUE(std::filesystem::exists(outside / "precious"));
  EXPECT_TRUE(remove("inside"));
  EXPECT_FALSE(std::filesystem::exists(top / "inside"));
}

TEST_F(TreeTest, DeepFoldersGoInRounds) {
  auto at = unique_fd{::openat(fd.get(), "inside", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), "below", 0700), 0);
    at = unique_fd{::openat(at.get(), "below", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  }
  EXPECT_GT(measure_tree(top, {1 << 30, 1000}, [] { return false; }).files, 1000U) << "too deep is too much";
  for (int round = 0; round < 200 && !std::filesystem::is_empty(top); ++round)
    for (auto& entry : std::filesystem::directory_iterator{top})
      EXPECT_TRUE(remove(entry.path().filename()));
  EXPECT_TRUE(std::filesystem::is_empty(top));
}

TEST_F(TreeTest, SizesAreTheDisksAndLinksCountOnlyThemselves) {
  std::ofstream{top / "inside" / "data"} << std::string(100'000, 'x');
  std::filesystem::create_symlink(outside, top / "inside" / "link");
  auto size = measure_tree(top, {1 << 30, 1000}, [] { return false; });
  EXPECT_GE(size.bytes, 100'000U);
  EXPECT_LT(size.bytes, 200'000U);
  EXPECT_EQ(size.files, 3U);
}

TEST(VariableExpansion, ReplacesWhatAVariableIsCalled) {
  auto expand = [](std::string_view text) {
    auto expanded = expand_variables(text, [](std::string_view name) -> std::optional<std::string> {
      if (name == "PORT")
        return "7777";
      if (name == "NESTED")
        return "$(PORT)";
      return std::nullopt;
    });
    return expanded ? *expanded : "refused: " + expanded.error().text;
  };
  EXPECT_EQ(expand("--port=$(PORT)/$(PORT)"), "--port=7777/7777");
  EXPECT_EQ(expand("$(NESTED)"), "$(PORT)") << "values are not looked at again";
  EXPECT_EQ(expand("$$(PORT) $$(GONE)"), "$(PORT) $(GONE)");
  EXPECT_EQ(expand("$$$(PORT)"), "$$(PORT)");
  for (auto* text :
       {"", "$", "$$", "$PORT", "${PORT}", "$(cat file)", "$((1+1))", "$(", "$(PORT", "$()", "a$", "$(1)"})
    EXPECT_EQ(expand(text), text);
  EXPECT_EQ(expand("x $(GONE)"), "refused: $(GONE) names no variable; write $$(GONE) for the text itself");
}

TEST(ContainerStart, ExpandsCommandAndValuesInOrder) {
  process_host_config config;
  config.inherited_environment = {};
  create_instance room;
  room.id = room_id{"arena-a"};
  room.scheduler = scheduler_name{"arena"};
  room.ports = {{"game", "udp", 4711}};
  container c;
  c.name = "server";
  c.environment = {{"FIRST", "$(MAESTRO_PORT_GAME)", {}, {}}, {"SECOND", "<$(FIRST)>", {}, {}}};
  c.command = {"run", "$(SECOND)", "$(HOME)/$(MAESTRO_ROOM_ID)"};
  auto start = start_of_container(config, room, c, "/rooms/work");
  ASSERT_TRUE(start) << start.error().text;
  EXPECT_EQ(start->command, (std::vector<std::string>{"run", "<4711>", "/rooms/work/arena-a"}));
  EXPECT_EQ(start->environment[0], "HOME=/rooms/work");
  EXPECT_EQ(start->environment[1], "TMPDIR=/rooms/work/.tmp");
  EXPECT_EQ(start->environment[3], "SECOND=<4711>");
  std::swap(c.environment[0], c.environment[1]);
  EXPECT_EQ(
      start_of_container(config, room, c, "/rooms/work").error().text,
      "container \"server\": environment variable \"SECOND\": $(FIRST) names no variable; write $$(FIRST) for the "
      "text itself");
  c.environment = {{"MAESTRO_PORT_GAME", "1", {}, {}}};
  c.command = {"run", "$(MAESTRO_PORT_GAME)"};
  EXPECT_EQ(start_of_container(config, room, c, "/rooms/work")->command[1], "4711") << "Maestro's own win";
  c.command = {"run", "$(GONE)"};
  EXPECT_EQ(start_of_container(config, room, c, "/rooms/work").error().text,
            "container \"server\": command[1]: $(GONE) names no variable; write $$(GONE) for the text itself");
}

TEST(ProcessConfigTest, BadValuesAreNamedWithTheirLimit) {
  auto refusal = [](auto change) {
    process_host_config config;
    change(config);
    auto valid = validate(config);
    return valid ? std::string{"valid"} : valid.error().text;
  };
  EXPECT_EQ(refusal([](auto&) {}), "valid");
  EXPECT_EQ(refusal([](auto& c) { c.data_dir = ""; }), "data_dir: \"\" must name a directory");
  EXPECT_EQ(refusal([](auto& c) { c.node_mark = "a/b"; }),
            "node_mark: \"a/b\" may hold letters, digits, `-`, `_` and `.` only");
  for (auto* range : {"60000", "60000-", "-5", "60999-60000", "0-10", "60000-70000", "a-b", "60000-60001x"})
    EXPECT_EQ(refusal([&](auto& c) { c.user_range = range; }),
              std::string{"user_range: \""} + range + "\" must be `first-last`, between 1000 and 65533");
  EXPECT_EQ(refusal([](auto& c) { c.probe_address = "localhost"; }),
            "probe_address: \"localhost\" must be a numeric address, as 127.0.0.1 or ::1");
  EXPECT_EQ(refusal([](auto& c) { c.log_files = 0; }), "log_files: 0 must be between 1 and 100");
  EXPECT_EQ(refusal([](auto& c) { c.restart_backoff_min = 1h; }),
            "restart_backoff_min: 3600000 ms must be positive and at most restart_backoff_max");
}

} // namespace maestro::process
