// `maestro simulate --seed=N`: a whole node in one thread under virtual time, with a simulated runtime and a
// faulty disk in memory. Operators, game servers and players act at random, instances die, the node crashes at any
// write; after every step the invariants are checked. The same seed gives the same run, step by step: a failure is
// a number to type again.
#pragma once

#include "nodes/simulation/invariants.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace maestro::simulation {

struct simulation_options {
  std::uint64_t seed = 1;
  std::uint64_t steps = 2000;

  broken_rule broken = broken_rule::none;
  std::function<void(const std::string&)> trace{}; ///< one line for every action; empty: none
  std::uint64_t nodes = 1;                         ///< more than one: a cluster
};

struct simulation_report {
  std::vector<violation> violations;
  std::uint64_t steps = 0; ///< taken before the run ended
  std::uint64_t messages = 0;
  std::uint64_t crashes = 0;
  std::uint64_t syncs = 0;
  std::uint64_t records = 0;
  std::uint64_t allocations = 0;
  std::uint64_t rooms_created = 0;
  std::uint64_t owners = 0; ///< how often a scheduler got one
  std::uint64_t digest = 0; ///< of everything durable: equal for equal seeds
};

/// The node of a cluster whose turn it is, for whoever prints what nodes say.
inline thread_local std::string node_at_work;

/// Stops at the first violation.
simulation_report simulate(const simulation_options& options);

/// A rule that can be broken on purpose, by the word for it.
struct rule_word {
  std::string word;
  broken_rule rule = broken_rule::none;
  bool of_cluster = false; ///< a node that stands alone does not have it
};

/// All there are.
const std::vector<rule_word>& rule_words();
/// Nothing when no rule has that word.
const rule_word* find_rule(const std::string& word);

} // namespace maestro::simulation
