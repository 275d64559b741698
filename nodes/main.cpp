// The one binary. Nothing is decided here: the command line (nodes/cli) hands over to the node or the simulator.
#include "nodes/cli/backup_command.hpp"
#include "nodes/cli/command_line.hpp"
#include "nodes/cli/journal_command.hpp"
#include "nodes/cli/room_entry_command.hpp"
#include "nodes/config/config_manual.hpp"
#include "nodes/node_command.hpp"
#include "nodes/simulation/simulate_command.hpp"

int main(int argc, char** argv) {
  maestro::cli::command_hooks hooks{
      maestro::node_command,    maestro::simulate_command,   maestro::config_manual,
      maestro::explained_keys,  maestro::journal_command,    maestro::backup_command,
      maestro::restore_command, maestro::room_entry_command, maestro::breakable_rules};
  return maestro::cli::run_command_line(argc, argv, hooks);
}
