// The node's own door for those who watch it (proto/README.md 8.2): /health, /healthz, /readyz, /metrics, `POST /checkpoint`
// for `maestro backup`, and / says what there is. Ready
// means that the directory has recovered and the journal takes writes; the two are asked ahead of whatever else waits for
// them, also for the metric that says so. Metrics are rendered on a thread of their own, so that the door answers meanwhile.
#pragma once

#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/http_message.hpp"
#include "nodes/gateway/readiness.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <string>

namespace maestro {

class metrics;

class internal_api final : public http_door {
public:
  internal_api(boost::asio::io_context& io, actor_bridge& bridge, scheduler_directory_actor directory,
               journal_actor journal, std::shared_ptr<metrics> meter);

  std::string_view service() const override { return {}; }
  void handle(const http_request& request, http_reply reply) override;

private:
  void show_readiness(const http_reply& reply);
  void show_metrics(const http_reply& reply);
  void make_copy(const http_reply& reply);

  boost::asio::io_context& io_;
  actor_bridge& bridge_;
  journal_actor journal_;
  readiness readiness_;
  std::shared_ptr<metrics> meter_;
  std::shared_ptr<int> scrapes_ = std::make_shared<int>(0); ///< being answered
  boost::asio::thread_pool renderer_{1};
};

} // namespace maestro
