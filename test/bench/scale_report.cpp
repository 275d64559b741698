#include "test/bench/scale_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

namespace maestro {

namespace {

std::ofstream open(const std::string& path) {
  std::ofstream file(path);
  if (!file)
    throw std::runtime_error("cannot write " + path);
  return file;
}

// -- the picture -----------------------------------------------------------------------------------------------

constexpr double width = 760, height = 420, left = 70, right = 170, top = 30, bottom = 50;
constexpr double least_rooms = 1e3, most_rooms = 1e6, least_us = 5, most_us = 200;

double x_of(double rooms) {
  return left + (width - left - right) * std::log(rooms / least_rooms) / std::log(most_rooms / least_rooms);
}
double y_of(double us) {
  auto share = std::log(std::clamp(us, least_us, most_us) / least_us) / std::log(most_us / least_us);
  return height - bottom - (height - top - bottom) * share;
}

struct line {
  const char* figure;
  const char* text;
  const char* color;
};
constexpr line lines[] = {{"unchanged_cpu_us", "ping, unchanged", "#1b7837"},
                          {"changing_cpu_us", "ping, changing", "#2166ac"},
                          {"allocate_cpu_us", "allocate", "#b2182b"},
                          {"base_cpu_us", "fastest reference", "#777777"}};

std::string axis() {
  std::string text;
  for (double rooms : {1e3, 1e4, 1e5, 1e6})
    text += fmt::format("<line x1='{0:.1f}' x2='{0:.1f}' y1='{1}' y2='{2}' stroke='#ddd'/><text x='{0:.1f}' "
                        "y='{3}' text-anchor='middle'>{4}</text>\n",
                        x_of(rooms), top, height - bottom, height - bottom + 18,
                        rooms < 1e6 ? fmt::format("{:.0f} k", rooms / 1e3) : "1 M");
  for (double us : {5.0, 10.0, 20.0, 50.0, 100.0, 200.0})
    text +=
        fmt::format("<line x1='{1}' x2='{2}' y1='{0:.1f}' y2='{0:.1f}' stroke='#ddd'/><text x='{3}' y='{4:.1f}' "
                    "text-anchor='end'>{5:.0f}</text>\n",
                    y_of(us), left, width - right, left - 8, y_of(us) + 4, us);
  return text;
}

std::string curve(const line& what, const std::vector<scale_row>& rows) {
  std::string points, dots;
  double last_x = 0, last_y = 0;
  for (auto& row : rows) {
    auto figure = row.figures.find(what.figure);
    if (row.schedulers != 1 || figure == row.figures.end())
      continue;
    last_x = x_of(static_cast<double>(row.rooms));
    last_y = y_of(figure->second);
    points += fmt::format("{:.1f},{:.1f} ", last_x, last_y);
    dots += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3' fill='{}'/>", last_x, last_y, what.color);
  }
  return fmt::format(
      "<polyline points='{}' fill='none' stroke='{}' stroke-width='2'/>{}<text x='{:.1f}' y='{:.1f}' "
      "fill='{}'>{}</text>\n",
      points, what.color, dots, last_x + 10, last_y + 4, what.color, what.text);
}

} // namespace

void write_json(const std::string& path, const std::vector<scale_row>& rows) {
  auto file = open(path);
  file << "[";
  for (auto& row : rows) {
    file << (&row == &rows.front() ? "\n" : ",\n")
         << fmt::format(R"(  {{"schedulers": {}, "rooms": {})", row.schedulers, row.rooms);
    for (auto& [name, value] : row.figures)
      file << fmt::format(R"(, "{}": {:.3f})", name, value);
    file << "}";
  }
  file << "\n]\n";
}

void write_svg(const std::string& path, const std::vector<scale_row>& rows) {
  auto file = open(path);
  file << fmt::format("<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='{}' font-family='sans-serif' "
                      "font-size='12'>\n<rect width='100%' height='100%' fill='white'/>\n<text x='{}' y='18'>"
                      "microseconds of processor time for a request, by rooms of one scheduler</text>\n",
                      width, height, left)
       << axis();
  for (auto& one : lines)
    file << curve(one, rows);
  file << "</svg>\n";
}

} // namespace maestro
