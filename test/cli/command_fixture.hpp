// Runs a command line in this process, against a scripted server, with streams and a clock of the test's own that only waiting
// moves. Fixture of the tests of commands.
#pragma once

#include "nodes/cli/command_line.hpp"
#include "nodes/cli/render.hpp"
#include "test/cli/fake_server.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace maestro::test {

struct outcome {
  int code = 0;
  std::string out, err;
};

inline constexpr const char* now_text = "2026-01-01T01:00:00Z";

class command_line : public ::testing::Test {
protected:
  outcome run(std::vector<std::string> arguments, const std::string& input = "", bool live = false) {
    std::istringstream in{input};
    std::ostringstream out, err;
    cli::terminal term{.in = in,
                       .out = out,
                       .err = err,
                       .live = live,
                       .color = live,
                       .now = [this] { return now_; },
                       .environment = [this](const std::string& name) -> std::optional<std::string> {
                         if (name == "MAESTRO_SERVER")
                           return server_.url();
                         if (auto found = environment_.find(name); found != environment_.end())
                           return found->second;
                         return std::nullopt;
                       },
                       .pause = [this](duration d) { now_ += d; },
                       .height = [this] { return height_; },
                       .width = [this] { return width_; },
                       .is_interactive = is_interactive_};
    cli::command_hooks hooks;
    hooks.node = [this](const cli::node_options& o) {
      node_ = o;
      return 7;
    };
    hooks.sample_config = [] { return std::string("dataDir: \"./data\"\n"); };
    hooks.config_keys = [] {
      return std::vector<explained_key>{{"api.port", "Management API.", "a port", "0.1", "8080"}};
    };
    hooks.simulate = [this](const cli::simulate_options& o) {
      simulate_ = o;
      return 8;
    };
    hooks.breakable_rules = [] { return std::vector<cli::breakable_rule>{{"skip-sync"}, {"no-fence", true}}; };
    auto code = cli::run_command_line(arguments, hooks, term);
    return {code, out.str(), err.str()};
  }

  void operation(const std::string& id, const std::string& status, const std::string& name = "create_scheduler",
                 const std::string& input = "{}") {
    server_.on("GET /schedulers/arena/operations/" + id,
               R"({"operation":{"id":")" + id + R"(","status":")" + status + R"(","definitionName":")" + name +
                   R"(","schedulerName":"arena","createdAt":"2026-01-01T00:59:00Z","input":)" + input +
                   R"(,"executionHistory":[{"createdAt":"2026-01-01T00:59:00Z","event":"Created"},)"
                   R"({"createdAt":"2026-01-01T00:59:01.500Z","event":"Starting operation"}]}})");
  }

  fake_server server_;
  timestamp now_ = *cli::time_of(now_text);
  std::size_t height_ = 0, width_ = 0;
  bool is_interactive_ = false;
  std::map<std::string, std::string> environment_;
  cli::node_options node_;
  cli::simulate_options simulate_;
};

} // namespace maestro::test
