// What a process host says of the folder that it is given.
#include "runtime/process/host_setup.hpp"
#include "test/runtime/process_host_fixture.hpp"

#include <filesystem>

#include <unistd.h>

namespace maestro {

TEST_F(ProcessHostTest, AFolderThatIsClosedToRoomsUsersIsNamed) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root";
  auto closed = data / "closed";
  config.data_dir = closed / "state";
  std::filesystem::create_directories(config.data_dir);
  for (auto open : {false, true}) {
    logged_lines().clear();
    std::filesystem::permissions(closed, std::filesystem::perms(open ? 0711 : 0700));
    EXPECT_EQ(process::closed_folder_above(config.data_dir), open ? "" : closed.string());
    start();
    EXPECT_TRUE(list().empty()) << "by then it has started, and has said what it has to say";
    EXPECT_NE(logged("below a folder that the rooms' users cannot pass"), open);
    stop();
  }
}

} // namespace maestro
