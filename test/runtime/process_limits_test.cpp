#include "runtime/process/cgroups.hpp"
#include "test/runtime/process_host_fixture.hpp"

#include <iostream>

namespace maestro {

using type = instance_event_type;
using status = instance_status;

namespace {

std::size_t count_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"})
    ++count;
  return count;
}

/// Of all threads; zombies included.
std::size_t count_children() {
  std::size_t count = 0;
  for (auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::istringstream in{slurp(task.path() / "children")};
    for (std::string pid; in >> pid;)
      ++count;
  }
  return count;
}

} // namespace

class LimitsTest : public ProcessHostTest {
public:
  process::cgroups probe() {
    auto found = process::cgroups::probe(config, "test");
    found.tidy({});
    return found;
  }
};

TEST_F(LimitsTest, MemoryLimitKillsAndSaysSo) {
  if (!probe().limits_memory())
    GTEST_SKIP() << probe().statement();
  start();
  auto c = make_container({"sh", "-c", "x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo ${#x}"});
  c.limits.memory = "32Mi";
  ASSERT_TRUE(create(make_room("arena-a", {c})));
  EXPECT_TRUE(reaches("arena-a", [](const instance_event& e) {
    return e.what.exited &&
           e.what.description == "killed by signal 9 (SIGKILL): out of memory, the room's limit is 32Mi";
  }));
  auto groups = slurp(room_dir("arena-a") / "instance");
  auto at = groups.find("cgroup ");
  ASSERT_NE(at, std::string::npos);
  auto group = groups.substr(at + 7, groups.find('\n', at) - at - 7);
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(group); })) << group;
  EXPECT_TRUE(logged("memory limits of rooms are enforced"));
}

TEST_F(LimitsTest, CpuLimitSlowsDown) {
  if (!probe().limits_cpu())
    GTEST_SKIP() << probe().statement();
  start();
  auto c = make_container({"sh", "-c", "while :; do :; done"});
  c.limits.cpu = "100m";
  ASSERT_TRUE(create(make_room("arena-a", {c})));
  EXPECT_TRUE(becomes_ready("arena-a"));
  auto state = slurp(room_dir("arena-a") / "state");
  auto at = state.find("container 0 running ");
  ASSERT_NE(at, std::string::npos) << state;
  auto pid = std::to_string(std::atoi(state.c_str() + at + 20));
  auto ticks = [&] {
    std::istringstream in{slurp("/proc/" + pid + "/stat")};
    std::string word;
    for (int i = 0; i < 14; ++i)
      in >> word;
    return std::atol(word.c_str());
  };
  auto before = ticks();
  std::this_thread::sleep_for(1s); // the kernel's scheduler is what is measured
  auto used = ticks() - before;
  EXPECT_LE(used, 30) << "of 100 ticks";
  EXPECT_GE(used, 2);
}

TEST_F(LimitsTest, SwitchedOffLimitsAreStatedPlainly) {
  config.cgroups = false;
  EXPECT_EQ(limits_statement(config), "memory and CPU limits of rooms are not enforced: cgroups are switched off");
  start();
  ASSERT_TRUE(run_shell("arena-a", "exec sleep 1000"));
  EXPECT_TRUE(becomes_ready("arena-a"));
  EXPECT_EQ(slurp(room_dir("arena-a") / "instance").find("cgroup "), std::string::npos);
}

TEST_F(LimitsTest, HundredRoomsComeAndTwoHundredLeaveNothingBehind) {
  config.ended_rooms_kept = 5;
  start();
  list();
  auto descriptors = count_descriptors();
  auto round = [&](const std::string& prefix) {
    auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(run_shell(prefix + std::to_string(i), "exec sleep 1000"));
    auto created = std::chrono::steady_clock::now() - before;
    EXPECT_TRUE(log.wait_for([&](const std::vector<instance_event>& all) {
      int ready = 0;
      for (auto& event : all)
        ready += event.what.status == status::ready && event.what.id.str().starts_with(prefix);
      return ready == 100;
    }));
    auto ready = std::chrono::steady_clock::now() - before;
    std::cout << "100 rooms created in " << created / 1ms << " ms, ready in " << ready / 1ms << " ms\n";
    EXPECT_GE(count_children(), 100U);
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(remove(prefix + std::to_string(i)));
    EXPECT_TRUE(log.wait_for([&](const std::vector<instance_event>& all) {
      int deleted = 0;
      for (auto& event : all)
        deleted += event.type == type::deleted && event.what.id.str().starts_with(prefix);
      return deleted == 100;
    }));
  };
  round("arena-a");
  round("arena-b");
  EXPECT_TRUE(list().empty());
  EXPECT_TRUE(eventually([&] { return count_descriptors() == descriptors; })) << count_descriptors();
  EXPECT_EQ(count_children(), 0U) << "no zombie either";
  EXPECT_TRUE(eventually([&] { return std::filesystem::is_empty(data / "trash"); }));
  EXPECT_TRUE(std::filesystem::is_empty(data / "rooms" / "arena"));
}

} // namespace maestro
