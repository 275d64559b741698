// A random engine of 16 bytes, for actors of which there are many (std::mt19937_64 has 2.5 KB). A counter that goes
// up by an odd step of its own, each value mixed until every bit depends on every bit; engines with different steps
// run through different sequences. Good enough for names, ports and ids; no secret may come from it.
#pragma once

#include <cstdint>

namespace maestro {

class small_random {
public:
  using result_type = std::uint64_t;

  explicit constexpr small_random(std::uint64_t seed, std::uint64_t sequence = 0)
      : count_(mixed(seed)), step_(mixed(sequence + golden) | 1) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~std::uint64_t{0}; }

  constexpr result_type operator()() { return mixed(count_ += step_); }

private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15; ///< 2^64 over the golden ratio, odd

  // Shift and multiply twice: the multiplications carry upwards, the shifts downwards.
  static constexpr std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  std::uint64_t count_;
  std::uint64_t step_;
};

} // namespace maestro
