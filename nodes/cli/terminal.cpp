#include "nodes/cli/terminal.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

namespace maestro::cli {

namespace {

std::optional<std::string> from_environment(const std::string& name) {
  if (const char* value = std::getenv(name.c_str()); value != nullptr)
    return std::string{value};
  return std::nullopt;
}

winsize size_of_output() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size : winsize{};
}

} // namespace

terminal process_terminal() {
  auto term = from_environment("TERM").value_or("dumb");
  bool live = ::isatty(STDOUT_FILENO) == 1 && term != "dumb";
  auto no_color = from_environment("NO_COLOR");
  bool color = live && (!no_color || no_color->empty());
  return terminal{.in = std::cin,
                  .out = std::cout,
                  .err = std::cerr,
                  .live = live,
                  .color = color,
                  .now = [] { return timestamp{std::chrono::system_clock::now().time_since_epoch()}; },
                  .environment = from_environment,
                  .pause = [](duration d) { std::this_thread::sleep_for(d); },
                  .height = [] { return std::size_t{size_of_output().ws_row}; },
                  .width = [] { return std::size_t{size_of_output().ws_col}; },
                  .is_interactive = ::isatty(STDIN_FILENO) == 1};
}

} // namespace maestro::cli
