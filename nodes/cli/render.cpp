#include "nodes/cli/render.hpp"

#include "messages/text.hpp"
#include "nodes/cli/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace maestro::cli {

namespace {

constexpr std::size_t gap = 3;

bool is_status_heading(const std::string& name) {
  auto heading = upper_case(name);
  return heading == "STATUS" || heading == "STATE" || heading == "INSTANCE";
}

const char* color_of(const std::string& word) {
  static constexpr std::array green{"ready", "finished", "in-sync"};
  static constexpr std::array cyan{"occupied", "active", "allocated", "in_progress"};
  static constexpr std::array yellow{"pending", "unready", "creating", "terminating", "canceled", "evicted"};
  static constexpr std::array red{"error", "on-error", "terminated"};
  auto among = [&](auto& words) { return std::find(words.begin(), words.end(), word) != words.end(); };
  if (among(green))
    return "32";
  if (among(cyan))
    return "36";
  if (among(yellow))
    return "33";
  return among(red) ? "31" : "";
}

} // namespace

std::size_t cell_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

int urgency(const std::string& word) {
  std::string_view color = color_of(word);
  return color == "31" ? 3 : color == "33" ? 2 : color == "36" ? 1 : 0;
}

std::string paint_status(const std::string& word, bool color) {
  const char* code = color ? color_of(word) : "";
  return *code == '\0' ? printable(word) : fmt::format("\x1b[{}m{}\x1b[0m", code, word);
}

void table::add(std::vector<std::string> row) {
  for (auto& cell : row)
    cell = printable(cell);
  rows_.push_back(std::move(row));
}

void table::remove_empty_column(const std::string& heading) {
  auto found = std::find(headings_.begin(), headings_.end(), heading);
  if (found == headings_.end())
    return;
  auto column = static_cast<std::size_t>(found - headings_.begin());
  if (std::none_of(rows_.begin(), rows_.end(), [&](auto& row) { return !row[column].empty(); }))
    remove_column(column);
}

void table::remove_column(std::size_t column) {
  headings_.erase(headings_.begin() + static_cast<std::ptrdiff_t>(column));
  for (auto& row : rows_)
    row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
}

std::vector<std::size_t> table::widths(bool with_headings) const {
  std::vector<std::size_t> all;
  for (std::size_t c = 0; c < headings_.size(); ++c) {
    auto width = with_headings ? cell_width(headings_[c]) : 0;
    for (auto& row : rows_)
      width = std::max(width, cell_width(row[c]));
    all.push_back(width);
  }
  return all;
}

table table::fitted(std::size_t width) const {
  auto narrow = *this;
  for (auto& heading : droppable_) {
    std::size_t needed = 0;
    for (auto cells : narrow.widths(true))
      needed += cells + gap;
    if (width == 0 || needed <= width + gap)
      break;
    auto found = std::find(narrow.headings_.begin(), narrow.headings_.end(), heading);
    if (found != narrow.headings_.end())
      narrow.remove_column(static_cast<std::size_t>(found - narrow.headings_.begin()));
  }
  return narrow;
}

std::vector<std::string> table::lines(bool color, bool with_headings) const {
  auto widths = this->widths(with_headings);
  auto line = [&](const std::vector<std::string>& cells, bool heading) {
    std::string text;
    std::size_t owed = 0;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (!cells[c].empty()) {
        text.append(owed, ' ');
        owed = 0;
        text += !heading && is_status_heading(headings_[c]) ? paint_status(cells[c], color) : cells[c];
      }
      owed += widths[c] - cell_width(cells[c]) + gap;
    }
    return text;
  };
  std::vector<std::string> all;
  if (with_headings)
    all.push_back(line(headings_, true));
  for (auto& row : rows_)
    all.push_back(line(row, false));
  return all;
}

std::string table::text(bool color) const {
  std::string all;
  for (auto& line : lines(color))
    all += line + "\n";
  return all;
}

std::string cut_line(const std::string& line, std::size_t width) {
  std::size_t cells = 0;
  for (std::size_t at = 0; width > 0 && at < line.size();) {
    auto end = at + 1;
    bool is_color = line[at] == '\x1b';
    if (is_color)
      end = line.find('m', at) == std::string::npos ? line.size() : line.find('m', at) + 1;
    else
      while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80)
        ++end;
    if (!is_color && ++cells > width)
      return line.substr(0, at) + (line.find('\x1b') < at ? "\x1b[0m" : "");
    at = end;
  }
  return line;
}

std::string description(const std::vector<std::pair<std::string, std::string>>& facts, bool color) {
  std::size_t width = 0;
  for (auto& [name, value] : facts)
    width = std::max(width, cell_width(name));
  std::string all;
  for (auto& [name, value] : facts) {
    auto shown = is_status_heading(name) ? paint_status(value, color) : printable(value);
    all +=
        fmt::format("{}{} = {}\n", name, std::string(width - cell_width(name), ' '), shown.empty() ? "-" : shown);
  }
  return all;
}

std::string age(duration d) {
  using namespace std::chrono;
  auto s = std::max<long long>(0, duration_cast<seconds>(d).count());
  if (s < 60)
    return fmt::format("{}s", s);
  if (s < 3600)
    return s % 60 == 0 ? fmt::format("{}m", s / 60) : fmt::format("{}m{}s", s / 60, s % 60);
  if (s < 86400)
    return s % 3600 < 60 ? fmt::format("{}h", s / 3600) : fmt::format("{}h{}m", s / 3600, s % 3600 / 60);
  if (s < 10 * 86400 && s % 86400 >= 3600)
    return fmt::format("{}d{}h", s / 86400, s % 86400 / 3600);
  return fmt::format("{}d", s / 86400);
}

std::optional<timestamp> time_of(const std::string& rfc3339) {
  auto at = maestro::parse_rfc3339(rfc3339);
  constexpr std::int64_t most_seconds = 9'000'000'000; // what a timestamp can hold, and a little less
  if (!at || at->seconds > most_seconds || at->seconds < -most_seconds)
    return std::nullopt;
  return timestamp{std::chrono::seconds{at->seconds} + std::chrono::nanoseconds{at->nanos}};
}

std::string age_of(const std::string& rfc3339, timestamp now) {
  auto at = time_of(rfc3339);
  return at ? age(now - *at) : "-";
}

} // namespace maestro::cli
