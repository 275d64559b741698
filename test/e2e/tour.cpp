#include "test/e2e/tour.hpp"

#include "test/support/open_program.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace maestro::test {

namespace fs = std::filesystem;

void tour::SetUp() {
  auto pattern = (fs::temp_directory_path() / "maestro-tree-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  root_ = pattern;
  fs::create_directories(root_ + "/deploy/examples");
  for (auto* file : {"deploy/demo.sh", "deploy/examples/arena.yaml"})
    fs::copy_file(std::string{MAESTRO_SOURCE_DIR "/"} + file, root_ + "/" + file);
  fs::create_directory(root_ + "/build");
  for (auto& program : {std::string{MAESTRO_BINARY}, std::string{ARENA_BOT}, open_program(ARENA_SERVER)})
    fs::create_symlink(program, root_ + "/build/" + fs::path{program}.filename().string());
}

void tour::TearDown() {
  for (auto pid : processes_of(root_))
    ::kill(pid, SIGKILL);
  std::error_code ec;
  fs::remove_all(root_, ec);
}

void tour::walk(const std::string& commands) {
  node n;
  fs::permissions(root_, fs::perms{0711}); // the rooms are users of their own, who must reach their program
  n.start();
  std::ofstream{root_ + "/tour.sh"} << "set -eux\n" << commands;
  program shell;
  shell.command = {"/bin/sh", root_ + "/tour.sh"};
  shell.folder = root_;
  auto door = [](int port) { return "http://127.0.0.1:" + std::to_string(port); };
  shell.environment = {{"PATH", root_ + "/build:" + std::getenv("PATH")},
                       {"MAESTRO_SERVER", door(n.management_port())},
                       {"MAESTRO_ROOMS_SERVER", door(n.rooms_port())},
                       {"MAESTRO_INTERNAL_SERVER", door(n.internal_port())}};
  auto done = run(shell, seconds{180});
  EXPECT_EQ(done.code, 0) << done.output << n.log();
}

std::string document_block(const std::string& document, const std::string& heading) {
  std::istringstream in{read_text(MAESTRO_SOURCE_DIR "/" + document)};
  std::string commands;
  bool here = heading.empty(), inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line == "```")
      inside = false;
    else if (inside)
      commands += line + "\n";
    else if (here && line == "```sh")
      inside = true;
    else if (line.starts_with("## ") && !heading.empty())
      here = line == heading;
  }
  return commands;
}

} // namespace maestro::test
