#include "runtime/process/process_table.hpp"
#include "test/runtime/process_host_fixture.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace maestro {

using type = instance_event_type;
using status = instance_status;

/// A node in a process of its own that can be killed with -9.
class AdoptionTest : public ProcessHostTest {
public:
  /// Starts it and waits until its rooms are ready.
  void start_victim(const std::vector<std::string>& rooms) {
    int out[2];
    ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
    std::vector<std::string> words{MAESTRO_VICTIM, data.string()};
    words.insert(words.end(), rooms.begin(), rooms.end());
    std::vector<char*> argv;
    for (auto& word : words)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    ASSERT_EQ(::posix_spawn(&victim, MAESTRO_VICTIM, &actions, nullptr, argv.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    std::string answer(200, '\0');
    auto size = ::read(out[0], answer.data(), answer.size());
    answer.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    ::close(out[0]);
    ASSERT_EQ(answer, "ready\n");
  }
  /// What a program of its own says before it ends.
  static std::string output_of(const std::vector<std::string>& words) {
    std::string command;
    for (auto& word : words)
      command += "'" + word + "' ";
    std::string text;
    auto* pipe = ::popen((command + "2>/dev/null").c_str(), "re");
    char chunk[4096];
    for (std::size_t got = 0; pipe != nullptr && (got = ::fread(chunk, 1, sizeof chunk, pipe)) > 0;)
      text.append(chunk, got);
    if (pipe != nullptr)
      ::pclose(pipe);
    return text;
  }
  void kill_victim() {
    ASSERT_EQ(::kill(victim, SIGKILL), 0);
    ASSERT_EQ(::waitpid(victim, nullptr, 0), victim);
  }
  static long pid_in(const std::filesystem::path& room) {
    std::string text;
    eventually([&] {
      text = slurp(room / "logs" / "game.log");
      return text.find('\n') != std::string::npos;
    });
    return std::atol(text.c_str());
  }
  static pid_t shim_in(const std::filesystem::path& room) {
    auto text = slurp(room / "state");
    return std::atoi(text.c_str() + text.find("\nshim ") + 6);
  }
  long pid_of(const std::string& room) { return pid_in(room_dir(room)); }
  pid_t shim_of(const std::string& room) { return shim_in(room_dir(room)); }
  pid_t victim = 0;
};

TEST_F(AdoptionTest, RunningRoomsSurviveTheNodeAndTheirLaterExitIsNotLost) {
  start_victim({"arena-a=echo $$; while ! [ -e go ]; do sleep 0.02; done; echo late; exit 5",
                "arena-b=echo $$; exec sleep 1000"});
  auto a = pid_of("arena-a");
  auto b = pid_of("arena-b");
  kill_victim();
  EXPECT_TRUE(process_lives(a));
  EXPECT_TRUE(process_lives(b));
  start();
  auto all = list();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id.str(), "arena-a");
  EXPECT_EQ(all[0].status, status::ready);
  EXPECT_EQ(all[0].version, "v1.0.0");
  EXPECT_EQ(all[0].ports, (std::vector<host_port>{{"game", "udp", 29102}}));
  EXPECT_TRUE(process_lives(a)) << "the same process";
  EXPECT_TRUE(becomes_ready("arena-a"));
  auto told = log.of("arena-a");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].type, type::added);
  std::ofstream{room_dir("arena-a") / "work" / "go"};
  EXPECT_TRUE(exits("arena-a", status::error, "exit code 5"));
  EXPECT_EQ(logs("arena-a")->text, std::to_string(a) + "\nlate\n");
  auto taken = make_room("arena-c", {make_container({"sleep", "1000"})});
  taken.ports = {{"game", "udp", 29103}};
  auto answer = create(taken);
  ASSERT_FALSE(answer) << "ports of adopted rooms are leased";
  EXPECT_EQ(answer.error().text, "host port 29103/udp (\"game\") is leased to room arena-b");
  ASSERT_TRUE(remove("arena-b"));
  EXPECT_TRUE(is_deleted("arena-b"));
  EXPECT_FALSE(process_lives(b));
}

TEST_F(AdoptionTest, ExitWhileNoNodeRanIsPickedUp) {
  start_victim({"arena-a=echo $$; while ! [ -e go ]; do sleep 0.02; done; exit 9"});
  auto shim = shim_of("arena-a");
  kill_victim();
  std::ofstream{room_dir("arena-a") / "work" / "go"};
  ASSERT_TRUE(eventually([&] { return !process_lives(shim); }));
  start();
  auto found = find("arena-a");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, status::error);
  EXPECT_EQ(found->description, "exit code 9");
  EXPECT_TRUE(found->exited);
  EXPECT_TRUE(exits("arena-a", status::error, "exit code 9"));
  EXPECT_EQ(log.of("arena-a").size(), 1U);
  ASSERT_TRUE(remove("arena-a"));
  EXPECT_TRUE(is_deleted("arena-a"));
}

TEST_F(AdoptionTest, OrderlyEndOfTheNodeEndsNoRoom) {
  start();
  ASSERT_TRUE(run_shell("arena-a", "echo $$; exec sleep 1000"));
  auto pid = pid_of("arena-a");
  stop();
  EXPECT_TRUE(process_lives(pid));
  start();
  EXPECT_EQ(list().size(), 1U);
  EXPECT_TRUE(process_lives(pid));
}

TEST_F(AdoptionTest, RemovalUnderWayGoesOn) {
  start_victim(
      {"arena-a=trap '' TERM; echo $$; while :; do sleep 0.05; done", "arena-b=echo $$; exec sleep 1000"});
  auto a = pid_of("arena-a");
  auto shim_b = shim_of("arena-b");
  kill_victim();
  std::ofstream{room_dir("arena-a") / "stop"} << "200\nscale_down\n"; // written, but the signal was never sent
  std::ofstream{room_dir("arena-b") / "stop"} << "200\nscale_down\n";
  ASSERT_EQ(::kill(shim_b, SIGTERM), 0); // this one ends while there is no node
  ASSERT_TRUE(eventually([&] { return !process_lives(shim_b); }));
  start();
  EXPECT_TRUE(is_deleted("arena-b"));
  EXPECT_TRUE(is_deleted("arena-a"));
  EXPECT_EQ(log.of("arena-a").front().what.status, status::terminating);
  EXPECT_EQ(log.of("arena-a").front().what.description, "scale_down");
  EXPECT_FALSE(process_lives(a));
  EXPECT_TRUE(list().empty());
}

TEST_F(AdoptionTest, ShimsThatDiedWithTheNodeLeaveCorpsesNotProcesses) {
  start_victim({"arena-a=setsid sleep 1000 & echo $$; exec sleep 1000"});
  auto pid = pid_of("arena-a");
  auto shim = shim_of("arena-a");
  kill_victim();
  ASSERT_EQ(::kill(shim, SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return !process_lives(shim); }));
  start();
  auto found = find("arena-a");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, status::error);
  EXPECT_TRUE(found->exited);
  EXPECT_EQ(found->description, "the room's shim ended unexpectedly and its processes with it");
  EXPECT_TRUE(eventually([&] { return !process_lives(pid); }));
  EXPECT_TRUE(eventually([&] {
    return slurp(data / "orphans.log").find("the shim of room arena-a was not there any more") !=
           std::string::npos;
  })) << slurp(data / "orphans.log");
}

/// Rooms with neither a group nor a user of their own: what they leave is known by sessions and environment.
class BareRoomsTest : public AdoptionTest {
public:
  BareRoomsTest() {
    config.cgroups = false;
    config.user = ::geteuid() == 0 ? "root" : "";
  }
  /// Whoever loses its parents comes to init, as after a node that is gone.
  void start_and_lose(const std::string& script) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    start_victim({"--bare", "arena-a=" + script});
    game = pid_of("arena-a");
    kill_victim();
    auto shim = shim_of("arena-a");
    ASSERT_GT(shim, 1);
    ASSERT_EQ(::kill(shim, SIGKILL), 0);
    ASSERT_TRUE(eventually([&] { return !process_lives(shim); }));
  }
  /// As if the container had had another number.
  void give_number(long pid) {
    auto file = room_dir("arena-a") / "state";
    auto text = slurp(file);
    auto before = "container 0 running " + std::to_string(game) + " ";
    auto at = text.find(before);
    ASSERT_NE(at, std::string::npos) << text;
    std::ofstream{file} << text.replace(at, before.size(), "container 0 running " + std::to_string(pid) + " ");
  }
  bool ends(long pid, std::chrono::milliseconds limit = 30s) {
    return eventually([&] { return !process_lives(pid); }, limit);
  }
  long game = 0;
};

TEST_F(BareRoomsTest, WhoGotTheNumberOfALostRoomsContainerIsLeftAlone) {
  start_and_lose("echo $$; exec sleep 1000");
  ASSERT_TRUE(ends(game)) << "it dies with its shim";
  auto* login = ::popen("setsid sh -c 'sleep 1003 & echo $$ $!; exec sleep 1003'; true", "re");
  ASSERT_NE(login, nullptr);
  long leader = 0, member = 0;
  ASSERT_EQ(std::fscanf(login, "%ld %ld", &leader, &member), 2);
  give_number(leader);
  start();
  EXPECT_TRUE(find("arena-a")->exited);
  EXPECT_FALSE(eventually([&] { return !process_lives(leader) || !process_lives(member); }, 4s))
      << "a lost room is looked after for three seconds: " << slurp(data / "orphans.log");
  stop();
  ::prctl(PR_SET_CHILD_SUBREAPER, 0); // the node of this test is above the stranger, as no true one is
  ::kill(static_cast<pid_t>(leader), SIGKILL);
  EXPECT_TRUE(ends(leader));
  start();
  EXPECT_FALSE(ends(member, 4s)) << "a session without its leader is nobody's: " << slurp(data / "orphans.log");
  ::kill(static_cast<pid_t>(member), SIGKILL);
  ::pclose(login);
}

TEST_F(BareRoomsTest, ALostContainerThatOutlivedItsShimIsEndedWithItsSession) {
  // It tells its number when it has cleared the signal of its parent's death: before that its shim takes it along.
  start_and_lose("exec setpriv --pdeathsig clear env -i sh -c 'echo $$; sleep 1000 & sleep 1000'");
  ASSERT_TRUE(process_lives(game));
  long member = 0;
  ASSERT_TRUE(eventually([&] {
    for (auto& it : process::running_processes())
      if (it.session == game && it.parent == game)
        member = it.name.pid;
    return member != 0;
  }));
  start();
  EXPECT_TRUE(ends(game)) << slurp(data / "orphans.log");
  EXPECT_TRUE(ends(member));
}

TEST_F(BareRoomsTest, WhatALostContainerLeftInItsSessionIsEndedByItsMark) {
  start_and_lose("sh -c 'sleep 1000 & sleep 1000' & echo $$; exec sleep 1000");
  ASSERT_TRUE(ends(game));
  std::vector<long> members;
  for (auto& it : process::running_processes())
    if (it.session == game)
      members.push_back(it.name.pid);
  ASSERT_FALSE(members.empty());
  start();
  for (auto pid : members)
    EXPECT_TRUE(ends(pid)) << slurp(data / "orphans.log");
}

TEST_F(AdoptionTest, RoomsOfUnreadableFoldersAreEndedWithACause) {
  start_victim({"arena-a=echo $$; exec sleep 1000", "arena-b=echo $$; exec sleep 1000"});
  auto a = pid_of("arena-a");
  auto b = pid_of("arena-b");
  kill_victim();
  std::ofstream{room_dir("arena-a") / "instance"} << "maestro-room 1\nid are";
  std::filesystem::remove_all(room_dir("arena-b"));
  start();
  EXPECT_TRUE(list().empty());
  EXPECT_TRUE(eventually([&] { return !process_lives(a) && !process_lives(b); }));
  auto record = slurp(data / "orphans.log");
  EXPECT_NE(record.find("clearing away room arena/arena-a: its instance file cannot be read"), std::string::npos);
  EXPECT_NE(record.find("of room arena/arena-b: it carries our mark but belongs to no living room"),
            std::string::npos)
      << record;
  EXPECT_TRUE(logged("clearing away room arena/arena-a"));
}

TEST_F(AdoptionTest, HalfMadeRoomIsClearedAwayAndCanBeMadeAgain) {
  start_victim({});
  kill_victim();
  std::filesystem::create_directories(room_dir("arena-a") / "work");
  std::ofstream{room_dir("arena-a") / "instance"}
      << "maestro-room 1\nid arena-a\nscheduler arena\nversion v1\ncontainer c\nprogram sh\nmemory_limit \n"
         "grace_ms 1000\nfailure \nend\n";
  std::filesystem::create_directories(room_dir("arena-b"));
  start();
  EXPECT_TRUE(list().empty());
  ASSERT_TRUE(run_shell("arena-a", "exec sleep 1000"));
  EXPECT_TRUE(becomes_ready("arena-a"));
}

TEST_F(AdoptionTest, ShimWhoseStateCannotBeReadIsFoundByItsFolder) {
  start_victim(
      {"arena-a=echo $$; while ! [ -e go ]; do sleep 0.02; done; exit 5", "arena-b=echo $$; exec sleep 1000"});
  auto pid = pid_of("arena-a");
  pid_of("arena-b");
  kill_victim();
  std::ofstream{room_dir("arena-a") / "state"} << "maestro-shim 1\nshim 12";
  std::filesystem::remove(room_dir("arena-b") / "state");
  ASSERT_EQ(::mkfifo((room_dir("arena-b") / "state").c_str(), 0600), 0);
  start();
  EXPECT_EQ(list().size(), 2U);
  EXPECT_TRUE(becomes_ready("arena-a")) << "asked for, it writes its state again";
  EXPECT_TRUE(becomes_ready("arena-b")) << "a pipe in its place holds nobody up";
  EXPECT_TRUE(process_lives(pid));
  std::ofstream{room_dir("arena-a") / "work" / "go"};
  EXPECT_TRUE(exits("arena-a", status::error, "exit code 5"));
}

TEST_F(AdoptionTest, TooFewDescriptorsEndNoRoom) {
  std::vector<std::string> rooms;
  for (int i = 0; i < 30; ++i)
    rooms.push_back("arena-" + std::to_string(100 + i) + "=echo $$; exec sleep 1000");
  start_victim(rooms);
  std::vector<long> games;
  for (auto& each : rooms)
    games.push_back(pid_of(each.substr(0, 9)));
  kill_victim();
  int refused = 0, taken_over = 0;
  for (int limit = 12; limit < 80 && taken_over == 0; limit += 3) {
    auto answer = output_of({"prlimit", "--nofile=" + std::to_string(limit) + ":" + std::to_string(limit),
                             MAESTRO_VICTIM, data.string(), "--list"});
    refused += answer.find("EMFILE") != std::string::npos && answer.find("cannot ") != std::string::npos;
    taken_over += answer == "30\n";
    for (auto pid : games)
      ASSERT_TRUE(process_lives(pid)) << "with " << limit << " descriptors: " << answer;
  }
  EXPECT_GE(refused, 5) << "the text names what could not be looked at";
  EXPECT_EQ(taken_over, 1);
  start();
  for (auto& it : list())
    EXPECT_FALSE(it.exited) << it.id.str();
  EXPECT_EQ(list().size(), 30U);
}

/// What a data directory and its copy do to each other.
class CopyTest : public AdoptionTest {
public:
  void copy_data(const std::filesystem::path& to) {
    std::filesystem::copy(data, to, std::filesystem::copy_options::recursive);
  }
  void TearDown() override {
    AdoptionTest::TearDown();
    std::error_code ignored;
    std::filesystem::remove_all(aside, ignored);
  }
  std::filesystem::path aside = data.string() + "-aside";
};

TEST_F(CopyTest, CopyOfARunningNodesFolderEndsNothingOfIt) {
  for (auto with_groups : {true, false}) {
    config.cgroups = with_groups;
    start_victim({"arena-a=echo $$; exec sleep 1000", "arena-b=echo $$; sleep 1000 & exec sleep 1000"});
    auto a = pid_of("arena-a"), b = pid_of("arena-b");
    copy_data(aside);
    {
      auto on_copy = config;
      on_copy.data_dir = aside;
      event_log other;
      host_life second{on_copy, other};
      auto listed = second.ask<instance_list>(second.host, list_instances{});
      ASSERT_TRUE(listed);
      ASSERT_EQ(listed->items.size(), 2U);
      for (auto& it : listed->items) {
        EXPECT_TRUE(it.exited);
        EXPECT_EQ(it.description, "its processes belong to another data directory, of which this one is a copy");
        EXPECT_TRUE(second.ask<done>(second.host, delete_instance{it.id, it.scheduler, "test", 1ms}));
      }
      EXPECT_TRUE(second.ask<done>(second.host, remove_scheduler{scheduler_name{"arena"}}));
      EXPECT_TRUE(logged("is a copy or a restored backup"));
    }
    EXPECT_TRUE(process_lives(a));
    EXPECT_TRUE(process_lives(b));
    EXPECT_NE(slurp(data / "node_mark").substr(0, 16), slurp(aside / "node_mark").substr(0, 16));
    kill_victim();
    start();
    EXPECT_EQ(list().size(), 2U);
    EXPECT_TRUE(becomes_ready("arena-a")) << "the original takes its rooms over";
    ASSERT_TRUE(remove("arena-a", 1ms));
    ASSERT_TRUE(remove("arena-b", 1ms));
    EXPECT_TRUE(is_deleted("arena-a"));
    EXPECT_TRUE(is_deleted("arena-b"));
    stop();
    log.clear();
    std::filesystem::remove_all(aside);
  }
}

TEST_F(CopyTest, RestoredBackupEndsNothingAndSaysWhatItIs) {
  start_victim({"arena-a=echo $$; exec sleep 1000"});
  auto pid = pid_of("arena-a");
  kill_victim();
  std::filesystem::rename(data, aside);
  std::filesystem::copy(aside, data, std::filesystem::copy_options::recursive);
  start();
  EXPECT_EQ(list().size(), 1U);
  EXPECT_TRUE(logged("is a copy or a restored backup"));
  stop();
  logged_lines().clear();
  start();
  EXPECT_FALSE(logged("is a copy")) << "it has a mark of its own now";
  EXPECT_TRUE(process_lives(pid));
  stop();
  std::filesystem::remove_all(data);
  std::filesystem::rename(aside, data);
  log.clear();
  start();
  EXPECT_FALSE(logged("is a copy")) << "moved, not copied";
  EXPECT_TRUE(becomes_ready("arena-a"));
}

TEST_F(CopyTest, ConfiguredMarkIsNotSharedWithACopy) {
  config.node_mark = "prod";
  start();
  stop();
  EXPECT_EQ(slurp(data / "node_mark").substr(0, 5), "prod\n");
  copy_data(aside);
  config.data_dir = aside;
  start();
  stop();
  EXPECT_EQ(slurp(aside / "node_mark").substr(0, 5), "prod.");
  auto drawn = slurp(aside / "node_mark");
  start();
  EXPECT_EQ(slurp(aside / "node_mark"), drawn);
}

TEST_F(AdoptionTest, ShimsHaveSessionsOfTheirOwn) {
  start_victim({"arena-a=echo $$; exec sleep 1000"});
  auto shim = shim_of("arena-a");
  auto game = static_cast<pid_t>(pid_of("arena-a"));
  EXPECT_EQ(::getsid(shim), shim) << "Ctrl-C in the node's terminal does not reach it";
  EXPECT_EQ(::getsid(game), game);
  kill_victim();
  start();
}

/// Killed at any instant: whatever runs is known to the next node, whatever is known and not exited runs, and
/// after deleting everything nothing is left.
TEST_F(AdoptionTest, NodeKilledInTheMiddleOfEverythingLosesNoRoom) {
  for (int round = 0; round < 12; ++round) {
    start_victim({"--storm"});
    std::this_thread::sleep_for(std::chrono::milliseconds{(round * 37) % 200}); // a random instant is the point
    kill_victim();
    start();
    auto known = list();
    std::map<std::string, bool> lives;
    for (auto& it : known)
      lives[it.id.str()] = !it.exited;
    auto mark = slurp(data / "node_mark").substr(0, 16);
    ASSERT_TRUE(eventually([&] {
      auto marked = process::find_marked(mark);
      return std::all_of(marked.begin(), marked.end(),
                         [&](const process::marked_process& p) { return lives.contains(p.room); });
    })) << "a process without a room";
    for (auto& it : known)
      static_cast<void>(bool{remove(it.id.str(), 1s)});
    ASSERT_TRUE(eventually([&] { return list().empty(); }));
    EXPECT_TRUE(process::find_marked(mark).empty());
    auto folder = data / "rooms" / "arena";
    EXPECT_TRUE(!std::filesystem::exists(folder) || std::filesystem::is_empty(folder));
    stop();
  }
}

TEST_F(AdoptionTest, ARoomOfAnotherNodeThatHasALostRoomsUserIsLeftAlone) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root for users of rooms";
  config.user_range = "61990-61990";
  config.user_locks.clear(); // as where it cannot be made: the other node gets the very same user
  config.data_dir = data / "lost";
  start();
  ASSERT_TRUE(run_shell("arena-a", "echo $$; exec sleep 1000"));
  auto lost = data / "lost" / "rooms" / "arena" / "arena-a";
  ASSERT_GT(pid_in(lost), 1);
  ASSERT_GT(shim_in(lost), 1);
  ASSERT_EQ(::kill(shim_in(lost), SIGKILL), 0);
  auto is_free = [] {
    auto busy = process::users_of_processes();
    return busy && !busy->contains(61990);
  };
  ASSERT_TRUE(eventually(is_free));
  start_victim({"--users", "61990-61990", "arena-b=echo $$; exec sleep 1000"});
  auto others = pid_of("arena-b");
  EXPECT_FALSE(eventually([&] { return !process_lives(others); }, 4s))
      << "a lost room is looked after for three seconds: " << slurp(data / "lost" / "orphans.log");
  kill_victim();
  auto shim = shim_of("arena-b");
  ASSERT_GT(shim, 1);
  ::kill(shim, SIGTERM);
  EXPECT_TRUE(eventually([&] { return !process_lives(others); }));
}

TEST_F(AdoptionTest, ForeignNodesRoomsAreLeftAlone) {
  start_victim({"arena-a=echo $$; exec sleep 1000"});
  auto pid = pid_of("arena-a");
  auto own = config;
  own.data_dir = data / "elsewhere";
  {
    event_log other;
    host_life second{own, other};
    auto listed = second.ask<instance_list>(second.host, list_instances{});
    ASSERT_TRUE(listed);
    EXPECT_TRUE(listed->items.empty());
  }
  EXPECT_TRUE(process_lives(pid));
  kill_victim();
  start();
  EXPECT_EQ(list().size(), 1U);
}

} // namespace maestro
