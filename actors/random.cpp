#include "actors/random.hpp"

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <array>
#include <functional>
#include <random>

namespace maestro {

namespace {

// FNV-1a: std::hash may differ between runs of different builds, a simulated seed must not.
std::uint32_t digest(const std::string& text) {
  std::uint32_t hash = 2166136261u;
  for (unsigned char c : text)
    hash = (hash ^ c) * 16777619u;
  return hash;
}

} // namespace

small_random random_for(std::uint64_t seed, const std::string& name, timestamp at) {
  auto nanos = static_cast<std::uint64_t>(at.time_since_epoch().count());
  std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32), digest(name),
                         static_cast<std::uint32_t>(nanos), static_cast<std::uint32_t>(nanos >> 32)};
  std::array<std::uint32_t, 4> words{};
  sequence.generate(words.begin(), words.end());
  return small_random(std::uint64_t{words[0]} << 32 | words[1], std::uint64_t{words[2]} << 32 | words[3]);
}

operation_id draw_operation_id(small_random& random) {
  boost::uuids::basic_random_generator<small_random> generator(random);
  return operation_id{boost::uuids::to_string(generator())};
}

} // namespace maestro
