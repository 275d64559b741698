#include "test/runtime/process_host_fixture.hpp"

#include "runtime/process/process_table.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <set>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace maestro {

using type = instance_event_type;
using status = instance_status;

TEST_F(ProcessHostTest, RoomIsAddedPendingAndReadyWhileItRuns) {
  start();
  ASSERT_TRUE(run_shell("arena-a", "echo hello; exec sleep 1000"));
  EXPECT_TRUE(becomes_ready("arena-a"));
  auto events = log.of("arena-a");
  EXPECT_EQ(events.front().type, type::added);
  EXPECT_EQ(events.front().what.status, status::pending);
  EXPECT_EQ(events.back().type, type::updated);
  EXPECT_EQ(events.back().what.description, "");
  EXPECT_EQ(events.back().what.host, "127.0.0.1");
  EXPECT_EQ(output_with("arena-a", "hello\n"), "hello\n");
  ASSERT_TRUE(remove("arena-a"));
  EXPECT_TRUE(is_deleted("arena-a"));
  EXPECT_EQ(log.of("arena-a").back().what.description, "killed by signal 15 (SIGTERM)");
  EXPECT_FALSE(find("arena-a"));
}

TEST_F(ProcessHostTest, CreateIsIdempotent) {
  start();
  ASSERT_TRUE(run_shell("arena-a", "echo started; exec sleep 1000"));
  EXPECT_TRUE(becomes_ready("arena-a"));
  ASSERT_TRUE(run_shell("arena-a", "echo started; exec sleep 1000"));
  EXPECT_EQ(list().size(), 1U);
  EXPECT_EQ(output_with("arena-a", "started"), "started\n");
}

TEST_F(ProcessHostTest, ExitsAreToldWithTheirReason) {
  start();
  ASSERT_TRUE(run_shell("arena-zero", "exit 0"));
  ASSERT_TRUE(run_shell("arena-three", "exit 3"));
  ASSERT_TRUE(run_shell("arena-killed", "kill -9 $$"));
  EXPECT_TRUE(exits("arena-zero", status::terminating, "Completed"));
  EXPECT_TRUE(exits("arena-three", status::error, "exit code 3"));
  EXPECT_TRUE(exits("arena-killed", status::error, "killed by signal 9 (SIGKILL)"));
  EXPECT_EQ(list().size(), 3U) << "corpses stay listed";
  ASSERT_TRUE(remove("arena-three"));
  EXPECT_TRUE(is_deleted("arena-three"));
  EXPECT_EQ(log.of("arena-three").back().what.description, "exit code 3");
  EXPECT_EQ(list().size(), 2U);
}

TEST_F(ProcessHostTest, DeletingTheUnknownIsNotFound) {
  start();
  auto answer = remove("arena-x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ec::not_found);
  EXPECT_EQ(answer.error().text, "room arena-x has no instance");
}

TEST_F(ProcessHostTest, CommandsThatCannotRunSayWhy) {
  start();
  std::ofstream{data / "plain"} << "no program";
  ASSERT_TRUE(create(make_room("arena-a", {make_container({"/nowhere/game"})})));
  ASSERT_TRUE(create(make_room("arena-b", {make_container({(data / "plain").string()})})));
  ASSERT_TRUE(create(make_room("arena-c", {make_container({"no-such-program"})})));
  ASSERT_TRUE(create(make_room("arena-d", {make_container({})})));
  EXPECT_TRUE(exits("arena-a", status::error, "cannot run \"/nowhere/game\": No such file or directory (ENOENT)"));
  bool has_own_user = ::geteuid() == 0;
  EXPECT_TRUE(reaches("arena-b", [&](const instance_event& e) {
    auto& text = e.what.description;
    return e.what.exited && e.what.status == status::error &&
           text.starts_with("cannot run \"" + (data / "plain").string() +
                            (has_own_user ? "\" as user 60" : "\": ")) &&
           text.ends_with(": Permission denied (EACCES)");
  }));
  EXPECT_TRUE(
      exits("arena-c", status::error, "cannot run \"no-such-program\": No such file or directory (ENOENT)"));
  EXPECT_TRUE(exits("arena-d", status::error,
                    "container \"game\" has no command: the process runtime runs commands, not images"));
  ASSERT_TRUE(remove("arena-d"));
  EXPECT_TRUE(is_deleted("arena-d"));
}

TEST_F(ProcessHostTest, BadRecipesAreRefusedNamingFieldAndValue) {
  start();
  auto refused = [&](create_instance wish) {
    auto answer = create(std::move(wish));
    return answer ? std::string{"accepted"} : answer.error().text;
  };
  auto bad_memory = make_container({"sleep", "1"});
  bad_memory.limits.memory = "12Qx";
  EXPECT_EQ(
      refused(make_room("arena-a", {bad_memory})),
      "room arena-a: container \"game\": limits.memory: \"12Qx\" is not a quantity (such as 100m, 0.5, 128Mi)");
  auto bad_cpu = make_container({"sleep", "1"});
  bad_cpu.requests.cpu = "-1";
  EXPECT_EQ(refused(make_room("arena-a", {bad_cpu})),
            "room arena-a: container \"game\": requests.cpu: \"-1\" is not a quantity (such as 100m, 0.5, 128Mi)");
  auto sctp = make_room("arena-a", {make_container({"sleep", "1"})});
  sctp.ports = {{"game", "sctp", 7001}};
  EXPECT_EQ(refused(sctp), "host port 7001/sctp (\"game\"): protocol \"sctp\" is not supported by the process "
                           "runtime, only tcp and udp are");
  EXPECT_EQ(refused(make_room("../etc", {make_container({"sleep", "1"})})),
            "room ../etc: its name or \"arena\", its scheduler's, cannot be a file name");
  EXPECT_EQ(refused(make_room("arena-a", {make_container({"sleep", "1"}), make_container({"sleep", "1"})})),
            "room arena-a: container name \"game\" is used twice");
  EXPECT_TRUE(list().empty());
  EXPECT_FALSE(std::filesystem::exists(room_dir("arena-a")));
}

TEST_F(ProcessHostTest, InstancesAreBounded) {
  config.max_instances = 1;
  start();
  ASSERT_TRUE(run_shell("arena-a", "exec sleep 1000"));
  auto answer = run_shell("arena-b", "exec sleep 1000");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ec::resource_exhausted);
  EXPECT_EQ(answer.error().text, "room arena-b: the host runs 1 instances, max_instances is 1");
}

TEST_F(ProcessHostTest, PortsAreLeasedUntilTheRoomExits) {
  start();
  auto first = make_room("arena-a", {make_container({"sleep", "1000"})});
  first.ports = {{"game", "udp", 29001}, {"query", "tcp", 29001}};
  auto second =
      make_room("arena-b", {make_container({"sh", "-c", "echo $MAESTRO_PORT_MY_GAME; exec sleep 1000"})});
  second.ports = {{"my-game", "udp", 29001}};
  ASSERT_TRUE(create(first));
  auto answer = create(second);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ec::port_in_use);
  EXPECT_EQ(answer.error().text, "host port 29001/udp (\"my-game\") is leased to room arena-a");
  ASSERT_TRUE(remove("arena-a"));
  EXPECT_TRUE(is_deleted("arena-a"));
  ASSERT_TRUE(create(second));
  EXPECT_EQ(output_with("arena-b", "\n"), "29001\n");
}

TEST_F(ProcessHostTest, CorpseFreesItsPorts) {
  start();
  auto first = make_room("arena-a", {make_container({"true"})});
  first.ports = {{"game", "udp", 29002}};
  auto second = make_room("arena-b", {make_container({"sleep", "1000"})});
  second.ports = first.ports;
  ASSERT_TRUE(create(first));
  EXPECT_TRUE(exits("arena-a", status::terminating, "Completed"));
  EXPECT_TRUE(create(second));
}

TEST_F(ProcessHostTest, PortOfAForeignProcessIsRefused) {
  start();
  for (int kind : {SOCK_DGRAM, SOCK_STREAM}) {
    process::unique_fd foreign{::socket(AF_INET, kind | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(foreign.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_TRUE(kind == SOCK_DGRAM || ::listen(foreign.get(), 1) == 0);
    socklen_t length = sizeof address;
    ::getsockname(foreign.get(), reinterpret_cast<sockaddr*>(&address), &length);
    std::string protocol = kind == SOCK_DGRAM ? "udp" : "tcp";
    auto number = ntohs(address.sin_port);
    auto wish = make_room("arena-a", {make_container({"sleep", "1000"})});
    wish.ports = {{"game", protocol, number}};
    auto answer = create(wish);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ec::port_in_use);
    EXPECT_EQ(answer.error().text,
              "host port " + std::to_string(number) + "/" + protocol + " (\"game\") is in use by another process");
  }
}

TEST_F(ProcessHostTest, EnvironmentIsExactlyWhatTheRecipeSays) {
  config.secrets_dir = data / "secrets";
  config.inherited_environment = {"PATH"};
  config.node_mark = "mark-1";
  std::filesystem::create_directories(data / "secrets" / "db");
  std::ofstream{data / "secrets" / "db" / "password"} << "s3cret\n";
  start();
  auto c = make_container({"env"});
  c.environment = {{"PLAIN", "x=y z", "metadata.name", {}},
                   {"EMPTY", "", {}, secret_key_ref{"db", "password"}},
                   {"SECRET", {}, "metadata.name", secret_key_ref{"db", "password"}},
                   {"NAME", {}, "metadata.name", {}},
                   {"SPACE", {}, "metadata.namespace", {}},
                   {"HOST", {}, "status.hostIP", {}},
                   {"MAESTRO_ROOM_ID", "mine", {}, {}}};
  auto wish = make_room("arena-a", {c});
  wish.ports = {{"game-1", "udp", 29003}};
  ASSERT_TRUE(create(wish));
  EXPECT_TRUE(exits("arena-a", status::terminating, "Completed"));
  std::istringstream captured{logs("arena-a")->text};
  std::set<std::string> lines_seen;
  for (std::string line; std::getline(captured, line);)
    lines_seen.insert(line);
  std::set<std::string> expected{"PATH=" + std::string{std::getenv("PATH")},
                                 "PLAIN=x=y z",
                                 "EMPTY=",
                                 "SECRET=s3cret",
                                 "NAME=arena-a",
                                 "SPACE=arena",
                                 "HOST=127.0.0.1",
                                 "MAESTRO_SCHEDULER_NAME=arena",
                                 "MAESTRO_ROOM_ID=arena-a",
                                 "MAESTRO_ROOMS_API=http://127.0.0.1:8070",
                                 "MAESTRO_NODE_MARK=mark-1",
                                 "MAESTRO_PORT_GAME_1=29003"};
  auto room = (data / "rooms/arena/arena-a").string();
  expected.insert({"HOME=" + room + "/work", "TMPDIR=" + room + "/work/.tmp"});
  EXPECT_EQ(lines_seen, expected);
}

TEST_F(ProcessHostTest, AbsentSecretsAndUnknownFieldsAreNamed) {
  config.secrets_dir = data / "secrets";
  start();
  auto refused = [&](environment_variable v) {
    auto c = make_container({"env"});
    c.environment = {std::move(v)};
    auto answer = create(make_room("arena-a", {c}));
    return answer ? std::string{"accepted"} : answer.error().text;
  };
  EXPECT_EQ(refused({"TOKEN", {}, {}, secret_key_ref{"db", "password"}}),
            "room arena-a: container \"game\": environment variable \"TOKEN\": secret \"db\" has no readable key "
            "\"password\"");
  EXPECT_EQ(
      refused({"TOKEN", {}, {}, secret_key_ref{"..", "password"}}),
      "room arena-a: container \"game\": environment variable \"TOKEN\": secret \"..\" key \"password\" cannot "
      "be a file name");
  EXPECT_NE(refused({"UID", {}, "metadata.uid", {}}).find("fieldPath \"metadata.uid\" is not known"),
            std::string::npos);
}

TEST_F(ProcessHostTest, WorkingDirectoryIsTheRoomsOwnAndNothingLeaksIn) {
  process::unique_fd leaky{::open("/dev/null", O_RDONLY)}; // without O_CLOEXEC, as libraries do it
  start();
  ASSERT_TRUE(run_shell("arena-a", "pwd; for n in $(seq 0 200); do [ -e /proc/$$/fd/$n ] && echo \"fd $n\"; done; "
                                   "exec grep -E 'SigBlk|SigIgn' /proc/self/status"));
  EXPECT_TRUE(exits("arena-a", status::terminating, "Completed"));
  auto text = logs("arena-a")->text;
  EXPECT_NE(text.find((room_dir("arena-a") / "work").string() + "\n"), std::string::npos) << text;
  for (int fd = 3; fd < 64; ++fd)
    EXPECT_EQ(text.find("fd " + std::to_string(fd) + "\n"), std::string::npos) << text;
  EXPECT_NE(text.find("SigBlk:\t0000000000000000"), std::string::npos) << text;
  auto ignored = std::stoull(text.substr(text.find("SigIgn:") + 8), nullptr, 16);
  EXPECT_EQ(ignored & 0x7fffffff, 0U) << text; // 32 and 33 are glibc's own: posix_spawn leaves them ignored
}

TEST_F(ProcessHostTest, EveryContainerRunsAndTheFirstEndEndsTheRoom) {
  start();
  auto wish = make_room("arena-a",
                        {make_container({"sh", "-c", "echo one; exec sleep 1000"}, "one"),
                         make_container({"sh", "-c", "echo two; read x < /dev/null; sleep 0.2; exit 7"}, "two")});
  ASSERT_TRUE(create(wish));
  EXPECT_TRUE(exits("arena-a", status::error, "container \"two\": exit code 7"));
  EXPECT_EQ(logs("arena-a", 0, "one")->text, "one\n");
  EXPECT_EQ(logs("arena-a", 0, "two")->text, "two\n");
  EXPECT_EQ(logs("arena-a")->text, "one\n");
  auto missing = logs("arena-a", 0, "three");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ec::not_found);
  EXPECT_EQ(missing.error().text, "room arena-a has no logs of a container \"three\"");
}

TEST_F(ProcessHostTest, TreeThatIgnoresTermIsKilledAfterItsGracePeriod) {
  start();
  ASSERT_TRUE(run_shell("arena-a",
                        "trap '' TERM; sleep 1000 & echo pid $!; setsid sh -c 'trap \"\" TERM; echo pid $$; "
                        "sleep 1000 & echo pid $!; echo all; wait' & wait; wait"));
  auto text = output_with("arena-a", "all");
  std::vector<long> pids;
  std::istringstream in{text};
  for (std::string word; in >> word;)
    if (word == "pid") {
      long pid = 0;
      in >> pid;
      pids.push_back(pid);
    }
  ASSERT_EQ(pids.size(), 3U) << text;
  for (auto pid : pids)
    EXPECT_TRUE(process_lives(pid));
  auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(remove("arena-a", 300ms, "scale down"));
  EXPECT_TRUE(is_deleted("arena-a"));
  auto took = std::chrono::steady_clock::now() - before;
  EXPECT_GE(took, 300ms);
  auto events = log.of("arena-a");
  EXPECT_EQ(events[events.size() - 2].what.status, status::terminating);
  EXPECT_EQ(events[events.size() - 2].what.description, "scale down");
  EXPECT_EQ(events.back().what.description, "killed by signal 9 (SIGKILL), after its grace period");
  for (auto pid : pids)
    EXPECT_FALSE(process_lives(pid)) << pid;
}

TEST_F(ProcessHostTest, AStepOfTheWallClockShortensNoGracePeriod) {
  start();
  ASSERT_TRUE(
      run_shell("arena-a", "trap 'sleep 3; echo saved; exit 0' TERM; echo up; while :; do sleep 0.02; done"));
  ASSERT_TRUE(becomes_ready("arena-a"));
  ASSERT_EQ(output_with("arena-a", "up\n"), "up\n");
  ASSERT_TRUE(remove("arena-a", 60s));
  wall_ahead = 300s;
  EXPECT_TRUE(is_deleted("arena-a"));
  wall_ahead = 0s;
  EXPECT_EQ(log.of("arena-a").back().what.description, "Completed");
  EXPECT_FALSE(logged_lines().contain("did not end in time"));
}

TEST_F(ProcessHostTest, GracefulServerMayTakeItsTime) {
  start();
  ASSERT_TRUE(
      run_shell("arena-a", "trap 'sleep 0.3; echo saved; exit 0' TERM; echo up; while :; do sleep 0.02; done"));
  output_with("arena-a", "up");
  ASSERT_TRUE(remove("arena-a", 5s));
  EXPECT_TRUE(is_deleted("arena-a"));
  EXPECT_EQ(log.of("arena-a").back().what.description, "Completed");
  auto kept = logs("arena-a");
  ASSERT_TRUE(kept) << kept.error().text;
  EXPECT_TRUE(kept->text.ends_with("saved\n")) << "logs of deleted rooms are kept for a while: " << kept->text;
}

TEST_F(ProcessHostTest, RestartPolicies) {
  start();
  auto wish = make_room("arena-a", {make_container({"sh", "-c", "echo run; exit 4"})});
  wish.restart_policy = "OnFailure";
  ASSERT_TRUE(create(wish));
  EXPECT_TRUE(reaches("arena-a", [](const instance_event& e) {
    return e.what.status == status::error && !e.what.exited &&
           e.what.description.starts_with("CrashLoopBackOff: restart 3 in 200ms: exit code 4");
  }));
  auto quiet = make_room("arena-b", {make_container({"true"})});
  quiet.restart_policy = "OnFailure";
  ASSERT_TRUE(create(quiet));
  EXPECT_TRUE(exits("arena-b", status::terminating, "Completed"));
  auto always =
      make_room("arena-c", {make_container({"sh", "-c", "echo run; test -e once && exec sleep 1000; >once"})});
  always.restart_policy = "Always";
  ASSERT_TRUE(create(always));
  EXPECT_EQ(output_with("arena-c", "run\nrun\n"), "run\nrun\n");
  EXPECT_TRUE(becomes_ready("arena-c"));
  read_room_logs before{scheduler_name{"arena"}, room_id{"arena-c"}, "", 0, {}, true};
  EXPECT_EQ(life->ask<room_logs>(life->host, before)->text, "run\n");
  before.room = room_id{"arena-b"};
  EXPECT_EQ(life->ask<room_logs>(life->host, before).error().text,
            "room arena-b, container \"game\": it was not restarted, or what it wrote before is gone");
  before.is_previous = false;
  before.room = room_id{"arena-c"};
  before.newest = 1h;
  EXPECT_EQ(life->ask<room_logs>(life->host, before)->text, "run\nrun\n");
  ASSERT_TRUE(remove("arena-a", 1s));
  EXPECT_TRUE(is_deleted("arena-a")) << "also while it waits for its restart";
}

TEST_F(ProcessHostTest, LogsRotateAndTheTailCrossesFiles) {
  config.log_file_bytes = 4096;
  config.log_files = 3;
  start();
  ASSERT_TRUE(run_shell("arena-a", "i=1000; while [ $i -lt 4000 ]; do echo line-$i; i=$((i+1)); done"));
  EXPECT_TRUE(exits("arena-a", status::terminating, "Completed"));
  std::set<std::string> files;
  std::uintmax_t size = 0;
  for (auto& entry : std::filesystem::directory_iterator{room_dir("arena-a") / "logs"}) {
    files.insert(entry.path().filename());
    size += entry.file_size();
    EXPECT_LE(entry.file_size(), 4096U);
  }
  EXPECT_EQ(files, (std::set<std::string>{"game.log", "game.log.1", "game.log.2", "game.marks", "game.marks.1",
                                          "game.marks.2"}));
  EXPECT_GT(size, 2U * 4096);
  auto tail = logs("arena-a", 6000)->text;
  EXPECT_LE(tail.size(), 6000U);
  EXPECT_GT(tail.size(), 5900U);
  std::istringstream in{tail};
  int expected = 4000 - static_cast<int>(tail.size() / 10);
  for (std::string line; std::getline(in, line); ++expected)
    ASSERT_EQ(line, "line-" + std::to_string(expected));
  EXPECT_EQ(expected, 4000);
  auto none = logs("arena-unknown");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().text, "room arena-unknown has no logs");
}

TEST_F(ProcessHostTest, RemovedSchedulerTakesItsRoomsAndFoldersAlong) {
  start();
  ASSERT_TRUE(life->ask<done>(life->host, prepare_scheduler{scheduler_name{"arena"}}));
  ASSERT_TRUE(run_shell("arena-a", "exec sleep 1000"));
  EXPECT_TRUE(becomes_ready("arena-a"));
  ASSERT_TRUE(life->ask<done>(life->host, remove_scheduler{scheduler_name{"arena"}}));
  EXPECT_TRUE(is_deleted("arena-a"));
  EXPECT_TRUE(eventually([&] {
    return !std::filesystem::exists(data / "rooms" / "arena") &&
           !std::filesystem::exists(data / "ended" / "arena") && std::filesystem::is_empty(data / "trash");
  }));
  ASSERT_TRUE(life->ask<done>(life->host, remove_scheduler{scheduler_name{"arena"}})) << "may be repeated";
}

TEST_F(ProcessHostTest, EndedRoomsAreKeptUpToTheirBound) {
  config.ended_rooms_kept = 2;
  start();
  for (int i = 0; i < 5; ++i) {
    auto id = "arena-" + std::to_string(i);
    ASSERT_TRUE(run_shell(id, "echo " + id));
    EXPECT_TRUE(exits(id, status::terminating, "Completed"));
    ASSERT_TRUE(remove(id));
    EXPECT_TRUE(is_deleted(id));
    std::this_thread::sleep_for(5ms); // file times are as fine as the kernel's tick
  }
  EXPECT_TRUE(eventually([&] {
    std::set<std::string> kept;
    for (auto& entry : std::filesystem::directory_iterator{data / "ended" / "arena"})
      kept.insert(entry.path().filename());
    return kept == std::set<std::string>{"arena-3", "arena-4"};
  }));
  EXPECT_EQ(logs("arena-4")->text, "arena-4\n");
  auto record = slurp(data / "ended" / "arena" / "arena-4" / "end");
  EXPECT_NE(record.find("cause test\nended Completed\n"), std::string::npos) << record;
}

TEST_F(ProcessHostTest, ShimKilledByAnOperatorTakesItsRoomAlong) {
  start();
  ASSERT_TRUE(run_shell("arena-a", "setsid sleep 1000 & echo pid $!; exec sleep 1000"));
  auto text = output_with("arena-a", "pid ");
  long stray = std::stol(text.substr(4));
  auto state = slurp(room_dir("arena-a") / "state");
  auto shim = std::stoi(state.substr(state.find("shim ", 15) + 5));
  ASSERT_EQ(::kill(shim, SIGKILL), 0);
  EXPECT_TRUE(exits("arena-a", status::error, "the room's shim ended unexpectedly and its processes with it"));
  EXPECT_TRUE(eventually([&] { return !process_lives(stray); }));
  EXPECT_TRUE(eventually([&] {
    return slurp(data / "orphans.log").find("the shim of room arena-a ended unexpectedly") != std::string::npos;
  }));
}

TEST_F(ProcessHostTest, SecondHostOnTheSameDirectorySaysWhyItCannot) {
  start();
  list();
  event_log other_log;
  host_life second{config, other_log};
  auto answer = second.ask<instance_list>(second.host, list_instances{});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ec::unavailable);
  EXPECT_NE(answer.error().text.find("is locked: another node uses this data directory"), std::string::npos);
}

TEST_F(ProcessHostTest, UnknownUserIsNamed) {
  config.user = "no-such-user-here";
  start();
  auto answer = run_shell("arena-a", "true");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text, "process host: user: \"no-such-user-here\" is not known on this machine");
}

TEST_F(ProcessHostTest, RoomsRunAsTheUnprivilegedUser) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root";
  config.user = "nobody";
  start();
  ASSERT_TRUE(
      run_shell("arena-a", "id -un; echo x > mine && echo wrote; echo y 2>/dev/null > ../state || echo denied"));
  EXPECT_TRUE(exits("arena-a", status::terminating, "Completed"));
  EXPECT_EQ(logs("arena-a")->text, "nobody\nwrote\ndenied\n");
}

/// Each room has a user of its own, which the machine does not need to know.
TEST_F(ProcessHostTest, RoomsOfARootNodeAreNobodyToEachOther) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root";
  start();
  ASSERT_TRUE(run_shell("arena-a", "id -u; echo secret > mine; touch ready; exec sleep 1000"));
  auto first = std::atol(output_with("arena-a", "\n").c_str());
  EXPECT_GE(first, 60000);
  EXPECT_LE(first, 60999);
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(room_dir("arena-a") / "work" / "ready"); }));
  auto pid = slurp(room_dir("arena-a") / "state");
  pid = pid.substr(pid.find("container 0 running ") + 20);
  pid = pid.substr(0, pid.find(' '));
  auto a = room_dir("arena-a").string();
  ASSERT_TRUE(run_shell("arena-b", "id -u; "
                                   "cat " +
                                       a + "/work/mine /proc/" + pid + "/environ " + a + "/logs/game.log " + a +
                                       "/state " + data.string() +
                                       "/node_mark 2>/dev/null && echo read; "
                                       "ls " +
                                       data.string() + " " + a +
                                       " 2>/dev/null && echo listed; "
                                       "kill -9 " +
                                       pid +
                                       " 2>/dev/null && echo killed; "
                                       "flock -n " +
                                       data.string() +
                                       "/rooms/.lock true 2>/dev/null && echo locked; "
                                       "echo end"));
  EXPECT_TRUE(exits("arena-b", status::terminating, "Completed"));
  auto seen = logs("arena-b")->text;
  auto second = std::atol(seen.c_str());
  EXPECT_NE(second, first);
  EXPECT_EQ(seen, std::to_string(second) + "\nend\n");
  EXPECT_TRUE(process_lives(std::atol(pid.c_str())));
  struct stat info {};
  ASSERT_EQ(::stat((a + "/work").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, static_cast<uid_t>(first));
  EXPECT_EQ(info.st_mode & 07777U, 0700U);
  ASSERT_EQ(::stat(data.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0006U, 0U) << "nobody else reads or writes the data folder";
}

TEST_F(ProcessHostTest, RoomsGainNothingAndAreBounded) {
  config.room_processes = 40;
  config.room_file_bytes = 1 << 20;
  start();
  ASSERT_TRUE(run_shell("arena-a", "grep -E 'NoNewPrivs|CapBnd|CapEff' /proc/self/status; ulimit -c; "
                                   "cat /proc/self/oom_score_adj; "
                                   "dd if=/dev/zero of=big bs=65536 count=1000 2>/dev/null || echo bounded; "
                                   "stat -c %s big; echo end"));
  EXPECT_TRUE(exits("arena-a", status::terminating, "Completed"));
  auto seen = logs("arena-a")->text;
  EXPECT_NE(seen.find("NoNewPrivs:\t1\n"), std::string::npos) << seen;
  if (::geteuid() == 0) {
    EXPECT_NE(seen.find("CapEff:\t0000000000000000\n"), std::string::npos) << seen;
    EXPECT_NE(seen.find("CapBnd:\t0000000000000000\n"), std::string::npos) << seen;
  }
  EXPECT_NE(seen.find("\n0\n300\nbounded\n1048576\nend\n"), std::string::npos) << seen;
}

TEST_F(ProcessHostTest, ForksAreBoundedWithAndWithoutGroups) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root";
  config.room_processes = 40;
  for (auto with_groups : {true, false}) {
    config.cgroups = with_groups;
    auto id = std::string{"arena-"} + (with_groups ? "a" : "b");
    start();
    ASSERT_TRUE(run_shell(id, "i=0; while [ $i -lt 100 ]; do sleep 1000 & i=$((i+1)); done; exec sleep 1000"));
    EXPECT_NE(output_with(id, "fork").find("fork"), std::string::npos) << logs(id)->text;
    static_cast<void>(bool{remove(id, 1ms)});
    EXPECT_TRUE(is_deleted(id));
    stop();
    log.clear();
  }
}

TEST_F(ProcessHostTest, RoomsAsRootMustBeAskedFor) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root";
  config.user_range = "";
  start();
  auto answer = run_shell("arena-a", "true");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text, "process host: process.userRange: \"\" would let rooms run as root; if that is "
                                 "meant, say process.user: root");
  stop();
  config.user = "root";
  start();
  ASSERT_TRUE(run_shell("arena-a", "id -u"));
  EXPECT_TRUE(exits("arena-a", status::terminating, "Completed"));
  EXPECT_EQ(logs("arena-a")->text, "0\n");
}

TEST_F(ProcessHostTest, UsersOfTheRangeAreGivenBackAndRunOut) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root";
  config.user_range = "60990-60991";
  start();
  ASSERT_TRUE(run_shell("arena-a", "exec sleep 1000"));
  ASSERT_TRUE(run_shell("arena-b", "exec sleep 1000"));
  EXPECT_TRUE(becomes_ready("arena-b"));
  stop();
  start(); // adopted rooms keep theirs
  auto refused = run_shell("arena-c", "exec sleep 1000");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "process.userRange: none of the users 60990 to 60991 is free");
  ASSERT_TRUE(remove("arena-a", 1ms));
  EXPECT_TRUE(is_deleted("arena-a"));
  EXPECT_TRUE(run_shell("arena-c", "exec sleep 1000"));
}

TEST_F(ProcessHostTest, RoomThatFillsTheDiskIsEndedAndSaysWhy) {
  config.room_folder_bytes = 4 << 20;
  config.room_folder_files = 1000;
  config.room_folder_interval = 100ms;
  start();
  ASSERT_TRUE(run_shell("arena-a", "dd if=/dev/zero of=big bs=65536 count=200 2>/dev/null; exec sleep 1000"));
  ASSERT_TRUE(run_shell("arena-b", "i=0; while [ $i -lt 1100 ]; do : > f$i; i=$((i+1)); done; exec sleep 1000"));
  ASSERT_TRUE(run_shell("arena-c", "dd if=/dev/zero of=small bs=65536 count=20 2>/dev/null; exec sleep 1000"));
  EXPECT_TRUE(
      exits("arena-a", status::error, "its folder holds more than 4194304 bytes (process.roomFolderBytes)"));
  EXPECT_TRUE(exits("arena-b", status::error, "its folder holds more than 1000 files (process.roomFolderFiles)"));
  EXPECT_EQ(find("arena-c")->status, status::ready);
}

/// Without control groups: by the room's user, or by its sessions and by whom the node inherits.
TEST_F(ProcessHostTest, DaemonsOfALostRoomAreEndedAndForeignProcessesAreNot) {
  config.cgroups = false;
  for (auto* user : {"", "root"}) {
    if (::geteuid() != 0)
      GTEST_SKIP() << "needs root";
    config.user = user;
    auto id = std::string{"arena-"} + (*user == 0 ? "a" : "b");
    start();
    ASSERT_TRUE(run_shell(
        id,
        "env -i setsid sleep 1001 & setsid sleep 1001 & (sleep 1001 &) ; sleep 0.2; echo $$; exec sleep 1001"));
    auto game = std::atol(output_with(id, "\n").c_str());
    auto theirs = [&] {
      std::vector<pid_t> all;
      for (auto& it : process::running_processes())
        if (!it.is_zombie &&
            slurp("/proc/" + std::to_string(it.name.pid) + "/cmdline") == std::string{"sleep\0001001\0", 11})
          all.push_back(it.name.pid);
      return all;
    };
    ASSERT_TRUE(eventually([&] { return theirs().size() == 4; })) << theirs().size();
    auto copied = slurp("/proc/" + std::to_string(game) + "/environ");
    std::string words = "env -i";
    for (std::size_t at = 0; at < copied.size(); at = copied.find('\0', at) + 1)
      words += " '" + std::string{copied.c_str() + at} + "'";
    auto* foreign = ::popen((words + " sh -c 'echo $$; exec sleep 1002'").c_str(), "re");
    ASSERT_NE(foreign, nullptr);
    char line[32] = {};
    ASSERT_NE(std::fgets(line, sizeof line, foreign), nullptr);
    auto state = slurp(room_dir(id) / "state");
    ASSERT_EQ(::kill(std::atoi(state.c_str() + state.find("\nshim ") + 6), SIGKILL), 0);
    EXPECT_TRUE(reaches(id, [](const instance_event& e) { return e.what.exited; }));
    EXPECT_TRUE(eventually([&] { return theirs().empty(); }))
        << theirs().size() << " left, user \"" << user << '"';
    ASSERT_TRUE(remove(id));
    EXPECT_TRUE(is_deleted(id));
    EXPECT_TRUE(process_lives(std::atol(line))) << "it only carries the environment";
    ::kill(std::atoi(line), SIGKILL);
    ::pclose(foreign);
    stop();
  }
}

} // namespace maestro
