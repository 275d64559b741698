#include "nodes/gateway/internal_api.hpp"

#include "actors/metrics.hpp"
#include "messages/json_text.hpp"
#include "nodes/gateway/error_mapping.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace maestro {

namespace {

constexpr std::string_view plain = "text/plain; charset=utf-8";
constexpr std::string_view exposition = "text/plain; version=0.0.4; charset=utf-8";

constexpr std::array<std::string_view, 6> pages{"/", "/health", "/healthz", "/readyz", "/metrics", "/checkpoint"};
constexpr std::string_view overview = "maestro " MAESTRO_VERSION R"(, internal door

GET  /healthz     OK while the process answers (also /health)
GET  /readyz      OK while it can work; else 503 and why
GET  /metrics     for Prometheus
POST /checkpoint  copies the journal on this machine; for `maestro backup`
)";

constexpr int most_scrapes = 8; ///< each holds the text of one metric

/// One family of metrics after the other, each rendered elsewhere and sent in pieces.
class metrics_body final : public body_source {
public:
  metrics_body(boost::asio::io_context& io, boost::asio::thread_pool& renderer,
               std::shared_ptr<const metrics> meter, std::shared_ptr<int> scrapes)
      : io_(io), renderer_(renderer), meter_(std::move(meter)), scrapes_(std::move(scrapes)) {
    ++*scrapes_;
  }
  ~metrics_body() override { --*scrapes_; }

  state next(std::string& out, std::size_t wanted, const http_reply& self) override {
    auto& now = *state_;
    if (now.sent < now.text.size()) {
      out.append(now.text, now.sent, wanted);
      now.sent += std::min(wanted, now.text.size() - now.sent);
      return state::piece;
    }
    if (now.is_over)
      return state::end;
    render(self);
    return state::later;
  }

private:
  struct progress {
    std::string text; ///< of the family at hand
    std::size_t sent = 0;
    std::size_t next_family = 0;
    bool is_over = false;
    bool is_rendering = false;
  };

  // The reply goes along and comes back: it belongs to the door's thread.
  void render(const http_reply& self) {
    if (std::exchange(state_->is_rendering, true))
      return;
    auto job = [&io = io_, meter = meter_, number = state_->next_family++, weak = std::weak_ptr(state_),
                self]() mutable {
      std::string text;
      bool is_over = !meter->render_family(number, text);
      boost::asio::post(io, [weak, self = std::move(self), text = std::move(text), is_over]() mutable {
        if (auto now = weak.lock()) {
          *now = {std::move(text), 0, now->next_family, is_over, false};
          self.resume();
        }
      });
    };
    boost::asio::post(renderer_, std::move(job));
  }

  boost::asio::io_context& io_;
  boost::asio::thread_pool& renderer_;
  std::shared_ptr<const metrics> meter_;
  std::shared_ptr<int> scrapes_;
  std::shared_ptr<progress> state_ = std::make_shared<progress>();
};

} // namespace

internal_api::internal_api(boost::asio::io_context& io, actor_bridge& bridge, scheduler_directory_actor directory,
                           journal_actor journal, std::shared_ptr<metrics> meter)
    : io_(io), bridge_(bridge), journal_(journal), readiness_(bridge, std::move(directory), std::move(journal)),
      meter_(std::move(meter)) {}

void internal_api::handle(const http_request& request, http_reply reply) {
  auto path = request.target.substr(0, request.target.find('?'));
  auto is_page = [&](std::string_view name) { return path == name; };
  if (std::none_of(pages.begin(), pages.end(), is_page))
    return reply.send(404, plain, "404 page not found\n");
  bool is_copy = path == "/checkpoint";
  if (is_copy ? request.method != "POST" : request.method != "GET" && request.method != "HEAD")
    return reply.send(405, plain, "Method Not Allowed\n");
  if (is_copy)
    return make_copy(reply);
  if (path == "/")
    return reply.send(200, plain, overview);
  if (path == "/readyz")
    return show_readiness(reply);
  if (path == "/metrics")
    return show_metrics(reply);
  reply.send(200, plain, "OK");
}

void internal_api::show_metrics(const http_reply& reply) {
  if (*scrapes_ >= most_scrapes)
    return reply.send(503, plain, "too many scrapes at the same time\n");
  readiness_.ask([this, reply](const std::string& trouble) {
    meter_->set_ready(trouble.empty());
    reply.stream(exposition, std::make_unique<metrics_body>(io_, renderer_, meter_, scrapes_));
  });
}

void internal_api::make_copy(const http_reply& reply) {
  bridge_.ask(journal_, make_checkpoint{}, [reply](result<checkpoint_made>&& made) {
    if (!made)
      return reply.send(wire_error_of(made.error().code).http_status, plain, made.error().text + "\n");
    std::string body = "{\"folder\":";
    append_json_string(body, made->folder);
    reply.send_json(body + "}\n");
  });
}

void internal_api::show_readiness(const http_reply& reply) {
  readiness_.ask([reply](const std::string& trouble) {
    trouble.empty() ? reply.send(200, plain, "OK") : reply.send(503, plain, "Service Unavailable: " + trouble);
  });
}

} // namespace maestro
