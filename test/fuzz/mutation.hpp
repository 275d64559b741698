// Bytes that are nearly right: a seed text cut, doubled, spliced with another and spoiled at random places. A run is a
// number: the same seed gives the same bytes everywhere.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace maestro::fuzz {

class mutation {
public:
  /// `words` are put in at random places: what the grammar under test knows.
  mutation(std::vector<std::string> seeds, std::vector<std::string> words);

  std::string next();
  /// Below the limit.
  std::size_t number(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

private:
  void change(std::string& text);

  std::vector<std::string> seeds_;
  std::vector<std::string> words_;
  std::mt19937_64 random_;
};

/// How often to try; MAESTRO_FUZZ_ROUNDS multiplies.
std::size_t rounds(std::size_t usual);

} // namespace maestro::fuzz
