// What `make bench-scale` leaves behind: every figure as JSON, and a picture of what a request costs as rooms grow.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace maestro {

/// One row of measurements: the size it was taken at and its figures by name, with the unit in the name.
struct scale_row {
  std::int64_t schedulers = 0;
  std::int64_t rooms = 0; ///< of all schedulers together
  std::map<std::string, double> figures;
};

/// An array of objects; throws std::runtime_error when the file cannot be written.
void write_json(const std::string& path, const std::vector<scale_row>& rows);

/// Processor time of each kind of request over the number of rooms of one scheduler, both axes logarithmic; rows
/// of several schedulers are left out.
void write_svg(const std::string& path, const std::vector<scale_row>& rows);

} // namespace maestro
