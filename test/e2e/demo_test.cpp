// `make run` and the README, as a reader would try them: from a copy of what they need, with ports of their own.
#include "test/e2e/tour.hpp"

#include "nodes/cli/render.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace maestro::test;
namespace fs = std::filesystem;

namespace {

class Tree : public tour {
protected:
  void SetUp() override {
    tour::SetUp();
    ports_ = free_ports(5);
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

  std::string node_log() const { return read_text(root_ + "/data/node.log"); }

  std::vector<int> ports_;
};

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

TEST_F(Demo, ANodeThatDiesIsNoticedAndSaidAndItsPidWasShown) {
  auto what = demo({}, 0);
  what.output = root_ + "/demo.out";
  process running{what};
  auto shown = [&](const std::string& text) { return read_text(what.output).find(text) != std::string::npos; };
  ASSERT_TRUE(eventually(seconds{30}, [&] { return shown("→ occupied"); })) << node_log();
  auto text = read_text(what.output);
  auto at = text.find("kill -9 ");
  ASSERT_NE(at, std::string::npos) << text;
  auto cleaning = run(demo({"--clean"}, 0), seconds{30});
  EXPECT_EQ(cleaning.code, 1) << cleaning.output;
  EXPECT_NE(cleaning.output.find("The demo is running"), std::string::npos) << cleaning.output;
  auto servers = game_servers(root_ + "/data");
  ASSERT_EQ(servers.size(), 5u);

  ::kill(std::atoi(text.c_str() + at + 8), SIGKILL);
  EXPECT_EQ(running.wait(seconds{20}).value_or(-1), 1) << read_text(what.output);
  EXPECT_TRUE(shown(", exit code 137)")) << read_text(what.output);
  EXPECT_TRUE(shown("To go on: 'make run'")) << read_text(what.output);
  EXPECT_EQ(game_servers(root_ + "/data"), servers) << "the crash of the node cost matches";
}

TEST_F(Demo, WhatItSaysFitsSixtyColumns) {
  auto said = run(demo({}, 2), seconds{60});
  EXPECT_EQ(said.code, 0) << said.output << node_log();
  std::istringstream lines{said.output};
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(maestro::cli::cell_width(line), line.starts_with("==> ") ? 60U : 80U) << line;
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
