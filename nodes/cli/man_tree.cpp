#include "nodes/cli/command_tree.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/man_pages.hpp"
#include "nodes/cli/printable.hpp"

#include <filesystem>
#include <fstream>
#include <ostream>

namespace maestro::cli {

namespace {

int write_pages(const command_tree& tree, const std::string& folder) {
  for (auto& [name, text] : man_pages(tree)) {
    auto file = std::filesystem::path(folder) / name;
    std::error_code problem;
    std::filesystem::create_directories(file.parent_path(), problem);
    if (!(std::ofstream(file) << text).flush())
      throw failure(exit_refused, "cannot write " + file.string());
  }
  return exit_ok;
}

} // namespace

void add_man_command(command_tree& tree) {
  struct options {
    std::vector<std::string> command;
    std::string folder;
  };
  auto o = std::make_shared<options>();
  auto& sub = tree.leaf(tree.root(), "man", "Print the manual page of a command, or write all of them",
                        "maestro man scheduler | man -l -\n"
                        "  maestro man maestro.yaml | man -l -\n"
                        "  maestro man --folder ~/.local/share/man",
                        [o, &tree] {
                          if (!o->folder.empty())
                            return write_pages(tree, o->folder);
                          auto page = man_page_of(tree, o->command);
                          if (page.empty())
                            throw failure(exit_usage, "there is no page of " + o->command.front());
                          tree.term().out << page;
                          return int{exit_ok};
                        });
  sub.group("Other");
  sub.add_option("COMMAND", o->command, "Of which; none: of `maestro` itself")->type_name("WORD");
  tree.text(sub, "--folder", o->folder, "FOLDER", "Write man1/ and man5/ in there");
}

} // namespace maestro::cli
