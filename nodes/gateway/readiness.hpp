// Whether the node can work: its directory has recovered and its journal takes writes. What /readyz of the internal
// API and the health service of the gRPC doors answer. Both actors are asked ahead of whatever else waits for them.
#pragma once

#include "nodes/gateway/actor_bridge.hpp"

#include <functional>
#include <string>

namespace maestro {

class readiness {
public:
  readiness(actor_bridge& bridge, scheduler_directory_actor directory, journal_actor journal)
      : bridge_(bridge), directory_(std::move(directory)), journal_(std::move(journal)) {}

  /// `answer` is called once, on the bridge's thread: empty, or why the node cannot work.
  void ask(std::function<void(const std::string& trouble)> answer);

private:
  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
  journal_actor journal_;
};

} // namespace maestro
