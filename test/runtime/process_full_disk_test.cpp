// What a room's shim does while the disk takes nothing.
#include "test/runtime/process_host_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/mount.h>

namespace maestro {

using status = instance_status;
using namespace std::chrono_literals;

/// A data folder on a small disk of its own.
class FullDiskTest : public ProcessHostTest {
public:
  void SetUp() override {
    if (::mount("tmpfs", data.c_str(), "tmpfs", 0, "size=4m,mode=0755") != 0)
      GTEST_SKIP() << "needs root";
    is_mounted = true;
  }
  void TearDown() override {
    ProcessHostTest::TearDown();
    EXPECT_TRUE(!is_mounted || ::umount2(data.c_str(), MNT_DETACH) == 0);
    std::error_code ignored;
    std::filesystem::remove(data, ignored);
  }
  /// Until not a byte fits any more. What was being replaced meanwhile leaves space behind when it is: whoever waits fills again.
  void fill() const {
    for (std::size_t bytes : {4096, 1}) {
      std::ofstream out{data / "filler", std::ios::binary | std::ios::app};
      while (out << std::string(bytes, 'x') << std::flush) {
      }
    }
  }
  bool appears_on_a_full_disk(const std::string& room, const std::string& name) {
    return eventually([&] {
      fill();
      return std::filesystem::exists(room_dir(room) / "work" / name);
    });
  }
  /// What was replaced just then may have left space for the very state that is to be refused: then another room tries. False: it
  /// was refused to none of them.
  template <class Try>
  bool is_refused_once(Try attempt) {
    for (auto* room : {"arena-a", "arena-b", "arena-c", "arena-d", "arena-e"}) {
      bool is_refused = false;
      attempt(room, is_refused);
      if (is_refused || HasFatalFailure())
        return is_refused;
    }
    return false;
  }
  void make_space() const { std::filesystem::remove(data / "filler"); }
  std::string state_of(const std::string& room) { return slurp(room_dir(room) / "state"); }

  bool is_mounted = false;
};

TEST_F(FullDiskTest, AStateThatCouldNotBeWrittenIsWrittenWhenThereIsSpace) {
  config.restart_backoff_min = 3s;
  start();
  EXPECT_TRUE(is_refused_once([&](const std::string& room, bool& is_refused) {
    auto wish = make_room(room, {make_container({"sh", "-c", "[ -e go ] || exit 3; : > up; exec sleep 60"})});
    wish.restart_policy = "Always";
    ASSERT_TRUE(create(wish));
    ASSERT_TRUE(reaches(room, [](auto& event) {
      return event.what.description == "CrashLoopBackOff: restart 2 in 3s: exit code 3";
    }));
    fill();
    std::ofstream{room_dir(room) / "work" / "go"};
    ASSERT_TRUE(appears_on_a_full_disk(room, "up"));
    is_refused = state_of(room).find(" waiting ") != std::string::npos;
    make_space();
    EXPECT_TRUE(becomes_ready(room));
  }));
}

TEST_F(FullDiskTest, AnExitCodeThatCouldNotBeWrittenIsNotLost) {
  start();
  EXPECT_TRUE(is_refused_once([&](const std::string& room, bool& is_refused) {
    ASSERT_TRUE(run_shell(room, "while ! [ -e go ]; do sleep 0.02; done; : > over; exit 7"));
    ASSERT_TRUE(becomes_ready(room));
    fill();
    std::ofstream{room_dir(room) / "work" / "go"};
    ASSERT_TRUE(appears_on_a_full_disk(room, "over"));
    std::this_thread::sleep_for(300ms); // the shim has tried by then
    is_refused = state_of(room).find("room running") != std::string::npos;
    make_space();
    EXPECT_TRUE(exits(room, status::error, "exit code 7"));
  }));
}

TEST_F(FullDiskTest, WhoIsAskedToEndDoesNotWaitForSpaceForLong) {
  start();
  ASSERT_TRUE(run_shell("arena-a", "exec sleep 1000"));
  ASSERT_TRUE(run_shell("arena-b", "while ! [ -e go ]; do sleep 0.02; done"));
  ASSERT_TRUE(becomes_ready("arena-a"));
  ASSERT_TRUE(becomes_ready("arena-b"));
  fill();
  std::ofstream{room_dir("arena-b") / "work" / "go"}; // this one's shim waits for space already
  ASSERT_TRUE(remove("arena-a", 1ms));
  ASSERT_TRUE(remove("arena-b", 1ms));
  EXPECT_TRUE(is_deleted("arena-a"));
  EXPECT_TRUE(is_deleted("arena-b"));
  EXPECT_FALSE(logged("did not end in time"));
  make_space();
}

} // namespace maestro
