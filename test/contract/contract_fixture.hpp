// What every test of the contract needs: the real binary with simulated rooms, its doors, a recipe, and the answer
// made steady, so that it can be compared whole. The node lives as long as its suite.
#pragma once

#include "test/support/node_process.hpp"
#include "test/support/wire_client.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace maestro {

/// Times and ids, which differ from run to run, are TIME and ID.
std::string steady(const std::string& text);

/// The first group of the pattern's first match, or nothing.
std::string first_match(const std::string& text, const std::string& pattern);

/// The body of an error (proto/README.md 1.2); the message as JSON has it.
std::string error(int code, const std::string& message);

/// The text as JSON has it between quotes.
std::string escaped(const std::string& text);

/// The text with its first `from` replaced; fails the test when there is none.
std::string replaced(std::string text, const std::string& from, const std::string& to);

class contract_fixture : public ::testing::Test {
protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite() { node.reset(); }

  static http_answer ask(const std::string& method, const std::string& target, const std::string& body = {},
                         const http_client::header_list& headers = {}) {
    return fetch(node->management_port(), method, target, body, headers);
  }
  static http_answer ask_rooms(const std::string& method, const std::string& target,
                               const std::string& body = {}) {
    return fetch(node->rooms_port(), method, target, body);
  }
  static http_answer ask_internal(const std::string& target) {
    return fetch(node->internal_port(), "GET", target);
  }
  static void expect(const http_answer& answer, unsigned status, const std::string& body);

  /// A whole recipe with one container and one port; `more` is added behind its last field.
  static std::string recipe(const std::string& name, int replicas, const std::string& more = {});
  static std::string of_game(const std::string& recipe, const std::string& game) {
    return replaced(recipe, R"("game":"g")", R"("game":")" + game + "\"");
  }
  /// What M2 shows of it.
  static std::string shown(const std::string& name, int replicas, const std::string& state);
  static bool in_sync(const std::string& name);
  static std::vector<std::string> rooms(const std::string& name);
  static bool ping(const std::string& name, const std::string& room, const std::string& body);
  /// Creates it and waits until each of its rooms can be pinged ready.
  static std::vector<std::string> with_ready_rooms(const std::string& name, const std::string& game, int count,
                                                   const std::string& more = {});
  static std::vector<std::string> with_ready_rooms(const std::string& name, int count,
                                                   const std::string& more = {}) {
    return with_ready_rooms(name, "g", count, more);
  }
  /// Waits until the operation that the answer names has this status.
  static bool ended(const std::string& name, const http_answer& answer, const std::string& status);

  static std::unique_ptr<node_process> node;
};

} // namespace maestro
