#include "nodes/cli/failure.hpp"
#include "nodes/cli/operation_answers.hpp"
#include "nodes/cli/progress.hpp"
#include "nodes/cli/render.hpp"
#include "nodes/cli/room_answers.hpp"
#include "nodes/cli/room_deaths.hpp"
#include "nodes/cli/scheduler_health.hpp"
#include "nodes/cli/version_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

namespace maestro::cli {

namespace {

std::string major_of(const std::string& version) {
  return version.substr(0, version.find('.'));
}

/// The server counts it no longer, whatever its version.
bool is_leaving(const json& room) {
  auto status = text_of(room, "status");
  return status == "terminating" || status == "error";
}

bool is_version_operation(const json& operation) {
  auto name = text_of(operation, "definitionName");
  return name == "create_new_scheduler_version" || name == "switch_active_version" || name == "create_scheduler";
}

/// How far a rollout is, at one look.
struct rollout_view {
  std::string active;
  std::int64_t wanted = 0;
  bool is_autoscaled = false;
  bool replaces_none = false; ///< says the server
  std::vector<json> rooms;
  std::vector<json> under_way; ///< version operations, active and pending

  /// Rooms of another major version than the active one are replaced, unless a way there and back has made them the same.
  bool is_current(const json& room) const { return is_of_its_major(room) || (replaces_none && !is_leaving(room)); }
  bool is_of_its_major(const json& room) const { return major_of(text_of(room, "version")) == major_of(active); }
  std::int64_t up() const {
    return std::count_if(rooms.begin(), rooms.end(), [&](auto& room) { return is_current(room) && is_up(room); });
  }
  std::int64_t old() const {
    return std::count_if(rooms.begin(), rooms.end(), [&](auto& room) { return !is_current(room); });
  }
  /// With autoscaling the policy says how many there are: one at least must be up, and none must be coming.
  bool is_done() const {
    auto coming = std::any_of(rooms.begin(), rooms.end(), [](auto& room) {
      auto status = text_of(room, "status");
      return status == "pending" || status == "unready";
    });
    auto is_enough = is_autoscaled ? up() > 0 && !coming : up() >= wanted;
    return under_way.empty() && old() == 0 && is_enough;
  }
  std::string text() const;
};

std::string rollout_view::text() const {
  auto text = fmt::format("{}: {}{} up", active, up(), is_autoscaled ? "" : fmt::format("/{}", wanted));
  std::map<std::string, std::size_t> others;
  std::size_t playing = 0;
  for (auto& room : rooms)
    if (!is_current(room)) {
      ++others[text_of(room, "version")];
      playing += holds_players(room) ? 1 : 0;
    }
  for (auto& [version, count] : others)
    text += fmt::format(", {}: {} left", version, count);
  if (playing > 0)
    text += fmt::format(" ({} with players)", playing);
  return text;
}

rollout_view look(const context& ctx, const std::string& name) {
  rollout_view view;
  // What moves on while we look is seen twice rather than not at all: pending before active, and both before what they change.
  for (auto* stage : {"pending", "active"})
    for (auto& operation : items_of(ctx.api.get(stage_path(name, stage)), operation_items))
      if (is_version_operation(operation))
        view.under_way.push_back(operation);
  auto scheduler = object_of(ctx.api.get(schedulers_path({name})), "scheduler");
  view.active = text_of(object_of(scheduler, "spec"), "version");
  view.wanted = number_of(scheduler, "roomsReplicas");
  view.is_autoscaled = truth_of(object_of(scheduler, "autoscaling"), "enabled");
  view.rooms = items_of(ctx.api.get(schedulers_path({name, "rooms"})), room_items);
  auto staying = std::count_if(view.rooms.begin(), view.rooms.end(), [](auto& room) { return !is_leaving(room); });
  if (view.under_way.empty() && view.old() > 0)
    view.replaces_none = replaces_none(ctx, name, view.active, staying);
  return view;
}

/// Tells each new line of the histories of version operations, and fails where one did not go well.
class histories {
public:
  histories(const context& ctx, std::string scheduler) : ctx_(ctx), scheduler_(std::move(scheduler)) {}

  /// What the newest of them does.
  std::string follow(const std::vector<json>& under_way) {
    for (auto& operation : under_way)
      followed_.insert(text_of(operation, "id"));
    std::string last;
    for (auto at = followed_.begin(); at != followed_.end();) {
      auto operation = operation_of(ctx_, scheduler_, *at);
      last = text_of(operation, "definitionName") + ": " + last_event(operation);
      auto status = text_of(operation, "status");
      if (is_final(status) && status != "finished")
        throw failed(operation, status);
      at = is_final(status) ? followed_.erase(at) : std::next(at);
    }
    return last;
  }

private:
  failure failed(const json& operation, const std::string& status) const {
    auto text = fmt::format("{} {} of scheduler {} ended {}:", text_of(operation, "definitionName"),
                            text_of(operation, "id"), scheduler_, status);
    for (auto& event : list_of(operation, "executionHistory"))
      text += "\n  " + text_of(event, "event");
    return {status == "error" ? exit_refused : exit_canceled, text};
  }

  const context& ctx_;
  std::string scheduler_;
  std::set<std::string> followed_;
};

} // namespace

void follow_rollout(const context& ctx, const std::string& scheduler, const wait_options& wait) {
  auto deadline = ctx.term.now() + wait.limit;
  progress line{ctx.term, "rollout of " + scheduler};
  histories operations{ctx, scheduler};
  room_deaths deaths;
  for (std::string text;;) {
    try {
      auto view = look(ctx, scheduler);
      auto doing = operations.follow(view.under_way);
      deaths.look(view.rooms);
      text =
          view.text() + (doing.empty() ? "" : "; " + doing) + (deaths.text().empty() ? "" : "; " + deaths.text());
      if (view.is_done()) {
        if (ctx.plain())
          line.finish(fmt::format("rollout of {} done: {}", scheduler, view.text()));
        return;
      }
      if (deaths.are_hopeless())
        throw failure(exit_refused,
                      fmt::format("rollout of {}: {}; rooms do not come up, so we do not wait on. See: "
                                  "maestro room list {}",
                                  scheduler, deaths.text(), scheduler));
      if (ctx.plain())
        line.show(std::nullopt, text);
    } catch (const unreachable&) {
      if (ctx.plain())
        line.show(std::nullopt, "the node does not answer, waiting for it");
    }
    if (ctx.term.now() >= deadline)
      throw failure(exit_timeout, fmt::format("rollout of {} is not done after {}: {}; it goes on without us",
                                              scheduler, age(wait.limit), text));
    ctx.term.pause(wait.poll);
  }
}

} // namespace maestro::cli
