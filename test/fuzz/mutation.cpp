#include "test/fuzz/mutation.hpp"

#include <algorithm>
#include <cstdlib>

namespace maestro::fuzz {

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t usual) {
  const char* given = std::getenv(name);
  return given == nullptr ? usual : std::strtoull(given, nullptr, 10);
}

} // namespace

mutation::mutation(std::vector<std::string> seeds, std::vector<std::string> words)
    : seeds_(std::move(seeds)), words_(std::move(words)),
      random_(from_environment("MAESTRO_FUZZ_SEED", 20261124)) {}

std::string mutation::next() {
  auto text = seeds_[number(seeds_.size())];
  for (auto changes = 1 + number(6); changes > 0; --changes)
    change(text);
  return text;
}

void mutation::change(std::string& text) {
  constexpr std::size_t longest = 64 * 1024;
  auto at = number(text.size() + 1);
  auto length = number(1 + std::min<std::size_t>(text.size() - at, 40));
  switch (number(7)) {
  case 0: text.insert(at, words_[number(words_.size())]); break;
  case 1: text.insert(at, 1, static_cast<char>(number(256))); break;
  case 2: text.erase(at, length); break;
  case 3: text.insert(at, text.substr(at, length)); break;
  case 4: {
    auto& other = seeds_[number(seeds_.size())];
    text = text.substr(0, at) + other.substr(number(other.size() + 1));
    break;
  }
  case 5:
    if (at < text.size())
      text[at] = static_cast<char>(number(256));
    break;
  default: {
    auto word = words_[number(words_.size())];
    for (auto times = number(200); times > 0 && text.size() < longest; --times)
      text.insert(at, word);
  }
  }
}

std::size_t rounds(std::size_t usual) {
  return usual * from_environment("MAESTRO_FUZZ_ROUNDS", 1);
}

} // namespace maestro::fuzz
