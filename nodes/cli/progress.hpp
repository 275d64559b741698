// One line that tells how far something is. On a terminal it is redrawn: a bar where the share is known, a spinner
// where it is not. Elsewhere (pipe, file, CI) each new text is a plain line and nothing is ever erased.
#pragma once

#include "nodes/cli/terminal.hpp"

#include <optional>
#include <string>

namespace maestro::cli {

class progress {
public:
  progress(terminal& term, std::string title);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();

  /// `share` from 0 to 1, or none when it is not known.
  void show(std::optional<double> share, const std::string& text);
  /// Replaces the line for good.
  void finish(const std::string& line);

private:
  void clear();

  terminal& term_;
  std::string title_;
  std::string last_text_;
  timestamp started_;
  unsigned frame_ = 0;
  bool drawn_ = false;
};

} // namespace maestro::cli
