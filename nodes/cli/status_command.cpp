#include "nodes/cli/client_commands.hpp"
#include "nodes/cli/cluster_status.hpp"
#include "nodes/cli/failure.hpp"
#include "nodes/cli/printable.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/scheduler_health.hpp"

#include <fmt/format.h>

#include <array>
#include <ostream>

namespace maestro::cli {

namespace {

constexpr std::size_t most_shown = 50;

/// `ok`, or what is answered instead.
std::string probe(const std::string& server, const char* path, duration timeout) {
  try {
    auto answer = http_request(parse_server_url(server), "GET", path, "", timeout);
    return answer.status == 200 ? "ok"
                                : printable(fmt::format("{} {}", answer.status, answer.body.substr(0, 200)));
  } catch (const unreachable& e) {
    return e.what();
  }
}

std::int64_t sum_of(const std::vector<json>& infos, const char* field) {
  std::int64_t sum = 0;
  for (auto& info : infos)
    sum += number_of(info, field);
  return sum;
}

/// Empty where it cannot say: the readiness tells why.
json nodes_seen(const context& ctx) {
  try {
    return ctx.api.get("/nodes");
  } catch (const failure&) {
    return json::object();
  }
}

} // namespace

void show_status(const context& ctx, const status_options& options) {
  auto health = probe(options.internal_server, "/healthz", ctx.api.timeout());
  auto readiness = probe(options.internal_server, "/readyz", ctx.api.timeout());
  auto nodes = nodes_seen(ctx);
  auto infos = items_of(ctx.api.get("/schedulers/info?game="), scheduler_items);
  std::vector<std::pair<std::string, std::string>> degraded;
  for (auto& info : infos)
    if (degraded.size() < most_shown)
      if (auto why = health_of(info, ctx.term.now()); !why.empty())
        degraded.emplace_back(text_of(info, "name"), why);
  json sums = json::object();
  for (auto* field : {"roomsReplicas", "roomsReady", "roomsAllocated", "roomsActive", "roomsOccupied",
                      "roomsPending", "roomsUnready", "roomsError", "roomsTerminating"})
    sums[field] = sum_of(infos, field);
  if (ctx.plain()) {
    std::vector<std::pair<std::string, std::string>> facts{
        {"Health", health},
        {"Readiness", readiness},
        {"Schedulers", fmt::format("{}, {} degraded", infos.size(), degraded.size())},
        {"Rooms", counts_text(sums)}};
    for (auto& fact : cluster_facts(nodes))
      facts.push_back(std::move(fact));
    ctx.term.out << description(facts, ctx.term.color);
    table all{{"SCHEDULER", "HEALTH"}};
    for (auto& [name, why] : degraded)
      all.add({name, why});
    if (!degraded.empty())
      ctx.term.out << "\n" << all.text(ctx.term.color);
  } else {
    json list = json::array();
    for (auto& [name, why] : degraded)
      list.push_back({{"name", name}, {"health", why}});
    json all{{"health", health},
             {"readiness", readiness},
             {"schedulers", infos.size()},
             {"rooms", sums},
             {"degraded", list}};
    if (!text_of(nodes, "cluster").empty())
      all["cluster"] = nodes;
    ctx.print(all);
  }
  if (health != "ok" || readiness != "ok")
    throw failure(exit_refused, "the node is not ready");
}

} // namespace maestro::cli
