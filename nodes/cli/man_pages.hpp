// Manual pages for `man`, made of the same tree of commands as --help and of the same table as the configuration: one page
// for `maestro`, one for each of its commands with those below it, and maestro.yaml(5). `maestro man` prints or writes them.
#pragma once

#include "nodes/cli/command_tree.hpp"

#include <map>
#include <string>
#include <vector>

namespace maestro::cli {

/// `man1/maestro-room.1` to its text in troff's man macros.
std::map<std::string, std::string> man_pages(const command_tree& tree);

/// The page of one command: `{"scheduler", "create"}` is that of `scheduler`; none: of `maestro`. Empty when there is none.
std::string man_page_of(const command_tree& tree, const std::vector<std::string>& command);

} // namespace maestro::cli
