// The node's own door for those who watch it (proto/README.md 8.2): /health, /healthz, /readyz, /metrics. Ready
// means that the directory has recovered and the journal takes writes.
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/http_message.hpp"

#include <memory>
#include <string>

namespace maestro {

class metrics;

class internal_api final : public http_door {
public:
  internal_api(actor_bridge& bridge, scheduler_directory_actor directory, journal_actor journal,
               std::shared_ptr<const metrics> meter);

  std::string_view service() const override { return {}; }
  void handle(const http_request& request, http_reply reply) override;

private:
  void readiness(const http_reply& reply);

  actor_bridge& bridge_;
  scheduler_directory_actor directory_;
  journal_actor journal_;
  std::shared_ptr<const metrics> meter_;
};

} // namespace maestro
