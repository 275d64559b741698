// What is delivered to those who watch a node, deploy/alerts.yaml and deploy/grafana-dashboard.json: every rule is
// tried out by promtool, and no metric is named that the node does not show (test/contract/exposition.cpp, which
// metrics_contract_test holds against the real binary).
#include "test/contract/exposition.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

namespace maestro {
namespace {

const std::string deploy = MAESTRO_DEPLOY;

std::string text_of(const std::string& file) {
  std::ifstream in(deploy + "/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> shown_names() {
  std::set<std::string> names;
  for (auto& row : metric_rows()) {
    names.insert(row.name);
    if (row.type == "histogram")
      for (auto* part : {"_bucket", "_sum", "_count"})
        names.insert(row.name + part);
  }
  return names;
}

std::set<std::string> named_in(const std::string& text) {
  static const std::regex name(R"(\b(maestro|http|process)_\w+)");
  std::set<std::string> found;
  for (std::sregex_iterator i(text.begin(), text.end(), name), end; i != end; ++i)
    found.insert(i->str());
  found.erase("maestro_component"); // a label
  return found;
}

TEST(Watching, NoMetricIsNamedThatIsNotThere) {
  auto shown = shown_names();
  for (auto* file : {"alerts.yaml", "alerts_test.yaml", "grafana-dashboard.json"}) {
    auto named = named_in(text_of(file));
    EXPECT_GT(named.size(), 10U) << file;
    for (auto& name : named)
      EXPECT_TRUE(shown.contains(name)) << file << " names " << name;
  }
}

TEST(Watching, EveryMetricOfARowIsOnTheDashboardOrInAnAlert) {
  auto text = text_of("alerts.yaml") + text_of("grafana-dashboard.json");
  // Sizes of answers and what an operator looks up only when asked to are left to him.
  const std::set<std::string> left_out{"http_response_size_bytes",
                                       "process_start_time_seconds",
                                       "process_virtual_memory_bytes",
                                       "maestro_worker_max_matches",
                                       "maestro_worker_ready_target",
                                       "maestro_worker_fixed_buffer",
                                       "maestro_worker_operation_rollback_latency"};
  for (auto& row : metric_rows())
    EXPECT_NE(text.find(row.name) != std::string::npos, left_out.contains(row.name)) << row.name;
}

TEST(Watching, EveryRuleIsTriedOut) {
  auto tool = std::string(MAESTRO_PROMTOOL);
  ASSERT_TRUE(std::filesystem::exists(tool)) << "the build could not download Debian's package prometheus";
  auto run = [&](const std::string& words) {
    return std::system(("cd '" + deploy + "' && '" + tool + "' " + words).c_str());
  };
  EXPECT_EQ(run("check rules alerts.yaml"), 0);
  EXPECT_EQ(run("test rules alerts_test.yaml"), 0);
  auto rules = text_of("alerts.yaml");
  auto tried = text_of("alerts_test.yaml");
  static const std::regex rule(R"(- alert: (\w+))");
  for (std::sregex_iterator i(rules.begin(), rules.end(), rule), end; i != end; ++i)
    EXPECT_NE(tried.find("  - name: " + (*i)[1].str() + "\n"), std::string::npos) << (*i)[1];
}

} // namespace
} // namespace maestro
