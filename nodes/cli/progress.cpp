#include "nodes/cli/progress.hpp"

#include "nodes/cli/printable.hpp"
#include "nodes/cli/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace maestro::cli {

namespace {

constexpr int bar_cells = 24;

std::string bar(double share) {
  auto full = static_cast<int>(std::clamp(share, 0.0, 1.0) * bar_cells);
  std::string cells;
  for (int i = 0; i < bar_cells; ++i)
    cells += i < full ? "█" : "░";
  return cells;
}

} // namespace

progress::progress(terminal& term, std::string title)
    : term_(term), title_(std::move(title)), started_(term.now()) {}

progress::~progress() {
  clear();
}

void progress::clear() {
  if (drawn_)
    term_.out << "\r\x1b[2K" << std::flush;
  drawn_ = false;
}

void progress::show(std::optional<double> share, const std::string& what) {
  auto text = printable(what);
  if (!term_.live) {
    if (text != last_text_)
      term_.out << title_ << ": " << text << std::endl;
    last_text_ = text;
    return;
  }
  static constexpr const char* spinner[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  auto head =
      share ? fmt::format("{} {:3.0f}%", bar(*share), *share * 100) : spinner[frame_++ % std::size(spinner)];
  clear();
  term_.out << fmt::format("{} {}: {} ({})", head, title_, text, age(term_.now() - started_)) << std::flush;
  drawn_ = true;
}

void progress::finish(const std::string& line) {
  clear();
  term_.out << line << std::endl;
}

} // namespace maestro::cli
