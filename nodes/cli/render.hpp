// Text for people: aligned tables, descriptions, ages. Pure: values in, text out; golden tests hold them.
#pragma once

#include "messages/time.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace maestro::cli {

/// Columns are as wide as their widest cell, three spaces apart, no trailing blanks. Columns named here as status
/// columns are coloured by their word when colours are on.
class table {
public:
  explicit table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

  void add(std::vector<std::string> row);
  void remove_empty_column(const std::string& heading);
  /// The first to go where the terminal is narrow, in this order.
  void may_drop(std::vector<std::string> headings) { droppable_ = std::move(headings); }
  /// Without columns that may go, until it fits that many cells (0: any number), as far as possible.
  table fitted(std::size_t width) const;
  std::string text(bool color) const;
  std::vector<std::string> lines(bool color, bool with_headings = true) const;

private:
  void remove_column(std::size_t column);
  std::vector<std::size_t> widths(bool with_headings) const;

  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::string> droppable_;
};

/// `Name = value` lines with aligned equal signs, as `nomad status` prints them. Status facts are coloured as above.
std::string description(const std::vector<std::pair<std::string, std::string>>& facts, bool color = false);

/// `0s`, `45s`, `3m12s`, `2h5m`, `3d4h`, `45d`; negative is `0s`.
std::string age(duration d);
/// Age of an RFC 3339 time; `-` for the zero time and for what cannot be read.
std::string age_of(const std::string& rfc3339, timestamp now);
/// Nothing for the zero time and for what cannot be read.
std::optional<timestamp> time_of(const std::string& rfc3339);

/// Colours a status word (room, operation or scheduler) when `color`.
std::string paint_status(const std::string& word, bool color);

/// How much a status word asks to be looked at: 3 what is wrong, 2 what changes, 1 what is played on, 0 all else.
int urgency(const std::string& word);

/// At most so many cells of a line that may hold colours (0: all of it).
std::string cut_line(const std::string& line, std::size_t width);
/// Number of terminal cells of UTF-8 text without control sequences.
std::size_t cell_width(const std::string& text);

} // namespace maestro::cli
