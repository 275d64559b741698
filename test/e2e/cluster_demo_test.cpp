// `make cluster`, as its script runs it: etcd, three nodes with TLS between them, the arena game over all of them.
#include "test/e2e/live_node.hpp"
#include "test/support/etcd_process.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace maestro::test {

namespace {

namespace fs = std::filesystem;

/// The first of forty ports that nobody listens on; below the range that the system hands out.
int first_of_forty() {
  return 18'000 + static_cast<int>(::getpid() % 200) * 40;
}

TEST(ClusterDemo, ShowsThreeNodesThatAnswerForAllAndEndsEverything) {
  auto etcd = etcd_to_test(MAESTRO_ETCD);
  if (!fs::exists(etcd))
    FAIL() << etcd << " is missing: Debian's package etcd-server could not be unpacked at build time";
  auto pattern = (fs::temp_directory_path() / "maestro-cluster-demo-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  fs::permissions(pattern, fs::perms(0711));
  program demo{{std::string(MAESTRO_SOURCE_DIR) + "/deploy/cluster.sh"},
               {{"MAESTRO_BUILD", fs::path(MAESTRO_BINARY).parent_path().string()},
                {"MAESTRO_ETCD", etcd},
                {"MAESTRO_CLUSTER_DATA", pattern + "/data"},
                {"MAESTRO_FIRST_PORT", std::to_string(first_of_forty())},
                {"MAESTRO_DEMO_SECONDS", "2"}},
               {},
               {}};
  auto ended = run(demo, seconds{180});
  EXPECT_EQ(ended.code, 0) << ended.output;
  for (std::string node : {"n1", "n2", "n3"})
    for (std::string scheduler : {"arena-red", "arena-green", "arena-blue"})
      EXPECT_NE(ended.output.find("  " + node + "  " + scheduler), std::string::npos) << ended.output;
  EXPECT_TRUE(eventually(seconds{20}, [&] { return processes_of(pattern).empty(); })) << "something goes on";
  std::error_code ignored;
  fs::remove_all(pattern, ignored);
}

} // namespace

} // namespace maestro::test
