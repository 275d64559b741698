// Who is signalled, and who never is. The rooms that leave thousands of orphans run in a PID namespace of their own,
// so that a signal that goes astray ends nothing of this machine.
#include "runtime/process/shim/signals.h"

#include "runtime/process/lost_rooms.hpp"
#include "runtime/process/process_table.hpp"
#include "runtime/process/room_child.hpp"
#include "test/runtime/process_host_fixture.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

namespace maestro {

namespace {

/// What `each_number` tells of a text that is read from a pipe.
std::vector<pid_t> numbers_in(const std::string& text) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  std::thread writer{[&] {
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
  }};
  std::vector<pid_t> seen;
  ::each_number(
      ends[0], [](void* list, pid_t number) { static_cast<std::vector<pid_t>*>(list)->push_back(number); }, &seen);
  writer.join();
  ::close(ends[0]);
  return seen;
}

pid_t start_sleeper() {
  pid_t pid = 0;
  std::string name = "sleep", time = "1000";
  char* argv[] = {name.data(), time.data(), nullptr};
  posix_spawnattr_t own_session;
  ::posix_spawnattr_init(&own_session);
  ::posix_spawnattr_setflags(&own_session, POSIX_SPAWN_SETSID);
  EXPECT_EQ(::posix_spawnp(&pid, "sleep", nullptr, &own_session, argv, environ), 0);
  ::posix_spawnattr_destroy(&own_session);
  return pid;
}

void end_sleeper(pid_t pid) {
  EXPECT_EQ(::signal_child(pid, SIGKILL), 0);
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
}

} // namespace

TEST(SignalsTest, ListOfPidsIsReadInFullAtEveryAlignment) {
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::string text = std::string(shift, ' ');
    std::vector<pid_t> all;
    for (pid_t pid = 14'000; pid < 17'000; ++pid) {
      all.push_back(pid);
      text += std::to_string(pid) + " ";
    }
    EXPECT_EQ(numbers_in(text), all) << "18,000 bytes, shifted by " << shift;
  }
}

TEST(SignalsTest, CutOffNumberIsNone) {
  const std::string text = "15471 15472 15473 ";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(numbers_in(text.substr(0, cut)).size(), cut / 6) << cut;
  EXPECT_EQ(numbers_in("99999999999999999999 15471 "), (std::vector<pid_t>{15471}));
}

TEST(SignalsTest, NobodyIsSignalledByANumberThatMeansManyOrTheFirst) {
  for (pid_t pid : {-1, 0, 1, -2}) {
    errno = 0;
    EXPECT_EQ(::signal_child(pid, 0), -1) << pid;
    EXPECT_EQ(errno, EINVAL);
  }
}

TEST(SignalsTest, OnlyTheProcessThatIsMeantIsSignalled) {
  auto child = start_sleeper();
  seen_process seen{};
  ASSERT_EQ(::look_at_process(child, &seen), LOOK_FOUND);
  EXPECT_EQ(seen.parent, ::getpid());
  EXPECT_EQ(seen.group, child);
  EXPECT_EQ(seen.session, child);
  EXPECT_FALSE(*process::open_process({child, seen.start_time + 1})) << "a later owner of the pid";
  EXPECT_EQ(::signal_child(::getppid(), 0), -1) << "no child of ours";
  EXPECT_EQ(errno, ESRCH);
  EXPECT_TRUE(*process::open_process({child, seen.start_time})) << "it lives";
  end_sleeper(child);
  EXPECT_EQ(::look_at_process(child, &seen), LOOK_ABSENT);
}

TEST(LostRoomsTest, WhatWasStartedInAnotherRoomIsNoStray) {
  process::room_child plan;
  plan.folder = std::filesystem::temp_directory_path();
  plan.words = {"sleep", "1000"};
  plan.environment = {"PATH=/usr/bin:/bin"};
  auto started = process::start_in_room(plan);
  ASSERT_GT(started, 0);
  auto stray = start_sleeper();
  process::lost_rooms lost;
  process::room_identity room;
  room.id = room_id{"arena-a"};
  lost.add(room, std::nullopt, false);
  std::set<pid_t> found;
  ASSERT_TRUE(eventually([&] { return ::getsid(started) == started; }));
  for (auto& it : lost.find("no-such-mark", {}))
    found.insert(it.what.name.pid);
  EXPECT_TRUE(found.contains(stray)) << "it came to us, as far as we know";
  EXPECT_FALSE(found.contains(started));
  EXPECT_FALSE(process::reap_room_child(started)) << "and nobody waits for it";
  EXPECT_EQ(::signal_child(started, SIGKILL), 0);
  EXPECT_TRUE(eventually([&] { return process::reap_room_child(started); }));
  EXPECT_FALSE(process::is_room_child(started));
  end_sleeper(stray);
}

class GroupTest : public ::testing::Test {
public:
  void TearDown() override {
    EXPECT_TRUE(group.empty() || eventually([&] { return ::rmdir(group.c_str()) == 0; })) << group;
    ::rmdir(parent.c_str());
  }
  bool make(const std::string& controller) {
    parent = "/sys/fs/cgroup/" + controller + "/maestro-signals-" + std::to_string(::getpid());
    if (std::filesystem::create_directories(parent + "/room", ignored))
      group = parent + "/room";
    return !group.empty();
  }
  /// A shell that goes on as its own child again and again, so that a list of members is old at once.
  pid_t start_runner() {
    pid_t pid = ::fork();
    if (pid == 0) {
      static_cast<void>(bool{process::write_in_place(group + "/cgroup.procs", "0")});
      ::setsid();
      for (int i = 0; i < 100'000; ++i) // minutes; not for ever where this test fails
        if (::fork() > 0)
          ::_exit(0);
      ::_exit(0);
    }
    return pid;
  }
  void kills_whoever_forks_on() {
    auto first = start_runner();
    EXPECT_EQ(::waitpid(first, nullptr, 0), first) << "only its descendants are left";
    EXPECT_TRUE(eventually([&] { return !slurp(group + "/cgroup.procs").empty(); }));
    auto witness = start_sleeper();
    EXPECT_TRUE(
        eventually([&] { return ::kill_group(group.c_str()) == 0 && slurp(group + "/cgroup.procs").empty(); }));
    EXPECT_TRUE(ProcessHostTest::process_lives(witness));
    end_sleeper(witness);
  }
  std::string parent, group;
  std::error_code ignored;
};

TEST_F(GroupTest, FreezerHoldsWhoeverForksAway) {
  if (!make("freezer"))
    GTEST_SKIP() << "no group of freezer can be made here";
  kills_whoever_forks_on();
}

TEST_F(GroupTest, UnifiedGroupEndsAtOnce) {
  if (!make("unified") && !make(""))
    GTEST_SKIP() << "no group of version 2 can be made here";
  kills_whoever_forks_on();
}

TEST_F(GroupTest, GroupThatIsGoneIsNoTrouble) {
  EXPECT_EQ(::kill_group("/sys/fs/cgroup/maestro-nobody/nothing"), 0);
}

/// A room with thousands of orphans is ended; the node, which is pid 1 of its namespace and leads a group, and a
/// witness are untouched. With the limits of control groups and without.
class OrphansTest : public ProcessHostTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(OrphansTest, ThousandsOfThemEndAlone) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root for a PID namespace";
  std::vector<std::string> words{"unshare",      "--pid",       "--mount-proc", "--fork", "--kill-child",
                                 MAESTRO_VICTIM, data.string(), "--orphans",    "3000",   GetParam()};
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  ASSERT_EQ(::posix_spawnp(&pid, "unshare", nullptr, nullptr, argv.data(), environ), 0);
  int status_code = 0;
  ASSERT_EQ(::waitpid(pid, &status_code, 0), pid);
  EXPECT_EQ(status_code, 0) << slurp(data / "verdict");
  EXPECT_EQ(slurp(data / "verdict"), "untouched\n");
}

INSTANTIATE_TEST_SUITE_P(ByGroupAndByDescent, OrphansTest, ::testing::Values("groups", "no-groups"));

} // namespace maestro
