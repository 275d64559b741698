#include "nodes/gateway/internal_api.hpp"

#include "actors/metrics.hpp"

namespace maestro {

namespace {

constexpr std::string_view plain = "text/plain; charset=utf-8";
constexpr std::string_view exposition = "text/plain; version=0.0.4; charset=utf-8";

/// One family of metrics after the other, so that health is told in between.
class metrics_body final : public body_source {
public:
  explicit metrics_body(std::shared_ptr<const metrics> meter) : meter_(std::move(meter)) {}

  state next(std::string& out, std::size_t wanted, const http_reply&) override {
    while (out.size() < wanted)
      if (!meter_->render_family(family_++, out))
        return state::end;
    return state::piece;
  }

private:
  std::shared_ptr<const metrics> meter_;
  std::size_t family_ = 0;
};

} // namespace

internal_api::internal_api(actor_bridge& bridge, scheduler_directory_actor directory, journal_actor journal,
                           std::shared_ptr<const metrics> meter)
    : bridge_(bridge), directory_(std::move(directory)), journal_(std::move(journal)), meter_(std::move(meter)) {}

void internal_api::handle(const http_request& request, http_reply reply) {
  auto path = request.target.substr(0, request.target.find('?'));
  bool known = path == "/health" || path == "/healthz" || path == "/readyz" || path == "/metrics";
  if (!known)
    return reply.send(404, plain, "404 page not found\n");
  if (request.method != "GET" && request.method != "HEAD")
    return reply.send(405, plain, "Method Not Allowed\n");
  if (path == "/readyz")
    return readiness(reply);
  if (path == "/metrics")
    return reply.stream(exposition, std::make_unique<metrics_body>(meter_));
  reply.send(200, plain, "OK");
}

void internal_api::readiness(const http_reply& reply) {
  auto refuse = [reply] { reply.send(503, plain, "Service Unavailable"); };
  bridge_.ask(directory_, get_directory_status{}, [this, reply, refuse](result<directory_status>&& directory) {
    if (!directory || directory->recovering)
      return refuse();
    bridge_.ask(journal_, get_journal_status{}, [reply, refuse](result<journal_status>&& journal) {
      if (!journal || journal->read_only)
        return refuse();
      reply.send(200, plain, "OK");
    });
  });
}

} // namespace maestro
