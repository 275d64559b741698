// One node of Maestro: its journal, its runtime, its actors and its doors, in the order in which they need one
// another. `run_node` is what `maestro node` does: it starts all of it, says so, and ends it on SIGINT or SIGTERM.
// Game servers are not ended: they outlive the node and are adopted by the next one on the same data directory.
#pragma once

#include "messages/error.hpp"
#include "nodes/gateway/gateway.hpp"

#include <memory>

namespace maestro {

struct node_config;

class node {
public:
  /// Starts everything; a failure says what could not start and leaves nothing behind.
  static result<std::unique_ptr<node>> start(node_config config);
  /// Ends everything: doors first (what is in flight is finished), journal last.
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  const gateway_ports& ports() const;

private:
  explicit node(bool is_alone);
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// Blocks until the node is asked to end. Returns the process's exit code: 0 after a clean end, 1 when it could
/// not start.
int run_node(const node_config& config);

} // namespace maestro
