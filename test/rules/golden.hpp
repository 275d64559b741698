// A transcript that stands in a file: the lines with two spaces in front are what the code says, all others what is
// said to it. Compared line by line; with MAESTRO_WRITE_GOLDEN=1 the file is written anew.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

namespace maestro {

/// `say` gets each line that is not an answer and returns the answer's lines.
inline void expect_transcript(const std::string& path, const std::function<std::string(const std::string&)>& say) {
  std::ifstream file(path);
  std::string expected, told;
  for (std::string line; std::getline(file, line);) {
    expected += line + "\n";
    if (!line.starts_with("  "))
      told += line + "\n" + say(line);
  }
  ASSERT_FALSE(told.empty()) << path << " is not there";
  if (std::getenv("MAESTRO_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << told;
    return;
  }
  std::istringstream is(told), should(expected);
  int number = 0;
  for (std::string a, b; ++number, bool(std::getline(is, a)) | bool(std::getline(should, b));) {
    ASSERT_EQ(a, b) << path << ":" << number;
    a.clear();
    b.clear();
  }
}

} // namespace maestro
