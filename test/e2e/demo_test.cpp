// `make run` and the README, as a reader would try them: from a copy of what they need, with ports of their own.
#include "test/e2e/live_node.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace maestro::test;
namespace fs = std::filesystem;

namespace {

/// Source tree in small: deploy/ copied, build/ a link to where the binaries are.
class Tree : public ::testing::Test {
protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "maestro-tree-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    fs::create_directories(root_ + "/deploy/examples");
    for (auto* file : {"deploy/demo.sh", "deploy/examples/arena.yaml"})
      fs::copy_file(std::string{MAESTRO_SOURCE_DIR "/"} + file, root_ + "/" + file);
    fs::create_directory_symlink(fs::path{MAESTRO_BINARY}.parent_path(), root_ + "/build");
    ports_ = free_ports(5);
  }

  void TearDown() override {
    for (auto pid : processes_of(root_))
      ::kill(pid, SIGKILL);
    std::error_code ec;
    fs::remove_all(root_, ec);
  }

  program demo(std::vector<std::string> arguments, int seconds_long) const {
    program what;
    what.command = {"/bin/sh", root_ + "/deploy/demo.sh"};
    what.command.insert(what.command.end(), arguments.begin(), arguments.end());
    what.environment = {{"MAESTRO_MANAGEMENT_PORT", std::to_string(ports_[0])},
                        {"MAESTRO_ROOMS_PORT", std::to_string(ports_[1])},
                        {"MAESTRO_INTERNAL_PORT", std::to_string(ports_[2])},
                        {"MAESTRO_MANAGEMENT_GRPC_PORT", std::to_string(ports_[3])},
                        {"MAESTRO_ROOMS_GRPC_PORT", std::to_string(ports_[4])},
                        {"MAESTRO_DEMO_SECONDS", std::to_string(seconds_long)}};
    what.folder = root_;
    return what;
  }

  /// The commands, in a shell, against a node of their own.
  void walk(const std::string& commands) {
    node n;
    fs::permissions(root_, fs::perms{0711}); // the rooms are users of their own, who must reach their program
    n.start();
    std::ofstream{root_ + "/tour.sh"} << "set -eux\n" << commands;
    program tour;
    tour.command = {"/bin/sh", root_ + "/tour.sh"};
    tour.folder = root_;
    auto door = [](int port) { return "http://127.0.0.1:" + std::to_string(port); };
    tour.environment = {{"PATH", root_ + "/build:" + std::getenv("PATH")},
                        {"MAESTRO_SERVER", door(n.management_port())},
                        {"MAESTRO_ROOMS_SERVER", door(n.rooms_port())},
                        {"MAESTRO_INTERNAL_SERVER", door(n.internal_port())}};
    auto done = run(tour, seconds{180});
    EXPECT_EQ(done.code, 0) << done.output << n.log();
  }

  std::string node_log() const { return read_text(root_ + "/data/node.log"); }

  std::string root_;
  std::vector<int> ports_;
};

/// The lines of the document's `sh` blocks that follow the heading.
std::string document_block(const std::string& document, const std::string& heading) {
  std::istringstream in{read_text(MAESTRO_SOURCE_DIR "/" + document)};
  std::string commands;
  bool here = false, inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## "))
      here = line == heading;
    else if (here && line == "```sh")
      inside = true;
    else if (line == "```")
      inside = false;
    else if (here && inside)
      commands += line + "\n";
  }
  return commands;
}

} // namespace

using Demo = Tree;
using Readme = Tree;

TEST_F(Demo, ShowsRoomsBeingPlayedRunsASecondTimeAndCleansUp) {
  auto first = run(demo({}, 20), seconds{90});
  EXPECT_EQ(first.code, 0) << first.output << node_log();
  EXPECT_NE(first.output.find("→ ready"), std::string::npos) << first.output;
  EXPECT_NE(first.output.find("pending"), std::string::npos) << first.output;
  EXPECT_NE(first.output.find("→ occupied"), std::string::npos) << first.output;
  EXPECT_NE(first.output.find("occupied → ready"), std::string::npos) << first.output;
  EXPECT_NE(first.output.find("The game servers play on"), std::string::npos) << first.output;
  auto servers = game_servers(root_ + "/data");
  EXPECT_EQ(servers.size(), 5u);

  auto again = demo({}, 0);
  again.output = root_ + "/second.out";
  process second{again};
  EXPECT_TRUE(eventually(seconds{30}, [&] {
    return read_text(again.output).find("→ occupied") != std::string::npos;
  })) << node_log();
  EXPECT_EQ(game_servers(root_ + "/data"), servers) << "the second run must find the first one's rooms";
  second.signal(SIGINT);
  EXPECT_EQ(second.wait(seconds{30}).value_or(-1), 0);
  EXPECT_EQ(game_servers(root_ + "/data"), servers);

  auto cleaned = run(demo({"--clean"}, 0), seconds{90});
  EXPECT_EQ(cleaned.code, 0) << cleaned.output << node_log();
  EXPECT_TRUE(game_servers(root_ + "/data").empty());
  EXPECT_FALSE(fs::exists(root_ + "/data"));
  EXPECT_TRUE(processes_of(root_).empty());
}

TEST_F(Demo, APortInUseIsSaidAndNothingIsStarted) {
  node other;
  other.start();
  ports_[0] = other.management_port();
  auto refused = run(demo({}, 5), seconds{30});
  EXPECT_EQ(refused.code, 1) << refused.output;
  EXPECT_NE(refused.output.find("already answers on http://127.0.0.1:" + std::to_string(ports_[0])),
            std::string::npos)
      << refused.output;
  EXPECT_TRUE(processes_of(root_).empty());
}

TEST_F(Readme, TheCommandLineTourWorksAsPrinted) {
  auto commands = document_block("README.md", "## The command line");
  ASSERT_NE(commands.find("maestro scheduler create"), std::string::npos);
  walk(commands);
}

TEST_F(Readme, TheOperatorsGuideWorksAsPrinted) {
  auto commands = document_block("deploy/README.md", "## Changing a scheduler");
  ASSERT_NE(commands.find("maestro scheduler rollback"), std::string::npos);
  auto recipe = read_text(root_ + "/deploy/examples/arena.yaml");
  auto path = std::string{"${RECIPE_DIR}/../../build"};
  recipe.replace(recipe.find(path), path.size(), root_ + "/build");
  std::ofstream{root_ + "/arena.yaml"} << recipe;
  walk(commands);
}

TEST(ReadmeText, EveryMakeTargetItNamesExists) {
  auto readme = read_text(MAESTRO_SOURCE_DIR "/README.md");
  auto makefile = "\n" + read_text(MAESTRO_SOURCE_DIR "/Makefile");
  std::size_t named = 0;
  for (auto at = readme.find("make "); at != std::string::npos; at = readme.find("make ", at + 1)) {
    bool command = at == 0 || readme[at - 1] == '`' || readme[at - 1] == '\n';
    auto end = readme.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at + 5);
    auto target = readme.substr(at + 5, end - at - 5);
    if (!command || target.empty())
      continue;
    ++named;
    EXPECT_NE(makefile.find("\n" + target + ":"), std::string::npos) << "make " << target;
  }
  EXPECT_GE(named, 4u);
}

TEST(ReadmeText, EveryFileItNamesExists) {
  std::istringstream in{read_text(MAESTRO_SOURCE_DIR "/README.md")};
  std::size_t named = 0;
  for (std::string word; std::getline(in, word, '`');) {
    bool path = word.find('/') != std::string::npos && word.find_first_of(" \n<>*$:{}") == std::string::npos &&
                !word.starts_with("/") && !word.starts_with("./") && !word.starts_with("build") &&
                !word.starts_with("data");
    if (!path)
      continue;
    ++named;
    EXPECT_TRUE(fs::exists(std::string{MAESTRO_SOURCE_DIR "/"} + word)) << word;
  }
  EXPECT_GE(named, 5u);
}
