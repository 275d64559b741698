#include "nodes/simulation/simulate_command.hpp"

#include "messages/log.hpp"
#include "nodes/cli/command_line.hpp"
#include "nodes/simulation/simulation.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace maestro {

namespace {

void print_report(const simulation::simulation_options& options, const simulation::simulation_report& report,
                  double seconds) {
  fmt::print(
      "seed {:<8} {:<9} steps {:>6}  messages {:>8}  crashes {:>3}  syncs {:>6}  events {:>6}  rooms {:>5}  "
      "allocations {:>5}  owners {:>3}  state {:016x}  {:.1f}s\n",
      options.seed, report.violations.empty() ? "ok" : "VIOLATED", report.steps, report.messages, report.crashes,
      report.syncs, report.records, report.rooms_created, report.allocations, report.owners, report.digest,
      seconds);
  std::fflush(stdout);
  for (auto& one : report.violations)
    fmt::print(stderr, "seed {}: {}: {}\n", options.seed, one.invariant, one.text);
}

/// What the nodes say between the steps.
void print_log(const log_record& record) {
  fmt::print("       {:2} {} {}: {}", simulation::node_at_work, to_string(record.level), record.component,
             record.message);
  for (auto& field : record.fields)
    std::visit([&](auto& value) { fmt::print(" {}={}", field.key, value); }, field.value);
  fmt::print("\n");
}

} // namespace

std::vector<cli::breakable_rule> breakable_rules() {
  std::vector<cli::breakable_rule> rules;
  for (auto& one : simulation::rule_words())
    rules.push_back({one.word, one.of_cluster});
  return rules;
}

int simulate_command(const cli::simulate_options& options) {
  simulation::simulation_options run;
  run.nodes = options.nodes;
  if (!options.broken_rule.empty()) {
    auto* rule = simulation::find_rule(options.broken_rule);
    if (rule == nullptr || (rule->of_cluster && run.nodes < 2)) {
      fmt::print(stderr, "maestro simulate: {} is {}\n", options.broken_rule,
                 rule == nullptr ? "no rule of the simulator" : "a rule of a cluster: add --nodes=3");
      return 2;
    }
    run.broken = rule->rule;
  }
  if (options.steps > 0)
    run.steps = options.steps;
  if (options.verbose)
    set_log_sink(print_log, log_level::debug);
  if (options.verbose)
    run.trace = [](const std::string& line) { fmt::print("{}\n", line); };
  int code = 0;
  for (std::uint64_t i = 0; i < options.runs; ++i) {
    run.seed = options.seed + i;
    auto begin = std::chrono::steady_clock::now();
    auto report = simulation::simulate(run);
    print_report(run, report, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    if (!report.violations.empty())
      code = 1;
  }
  return code;
}

} // namespace maestro
