// The source tree as a reader has it, in small, and a shell that follows a document in it against a node of its own.
#pragma once

#include "test/e2e/live_node.hpp"

#include <gtest/gtest.h>

#include <string>

namespace maestro::test {

/// deploy/ copied, build/ a link to where the binaries are; whatever runs in it ends with it.
class tour : public ::testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;

  /// The commands, in a shell, against a node of their own.
  void walk(const std::string& commands);

  std::string root_;
};

/// The lines of the document's `sh` blocks that follow the heading; all of them when it is empty.
std::string document_block(const std::string& document, const std::string& heading = {});

} // namespace maestro::test
