// The command line as a process of its own, without a node: what the tests of real processes run.
#include "nodes/cli/command_line.hpp"

int main(int argc, char** argv) {
  return maestro::cli::run_command_line(argc, argv, {});
}
