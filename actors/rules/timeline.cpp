#include "actors/rules/timeline.hpp"

#include "messages/overloaded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace maestro::rules {

namespace {

std::string ports_text(const std::vector<host_port>& ports) {
  std::string text;
  for (auto& port : ports)
    text += fmt::format("{}{} {}/{}", text.empty() ? "" : ", ", port.name, port.port, port.protocol);
  return text.empty() ? "no ports" : text;
}

std::string with(std::string text, const std::string& more) {
  return more.empty() ? text : text + ", " + more;
}

/// In a cluster: on which machine, and why there.
std::string where(const room_created& created) {
  bool is_chosen =
      created.placed_by != placement_reason::unsaid && created.placed_by != placement_reason::only_machine;
  return is_chosen ? fmt::format("on node {} ({})", created.room.placed_on, to_string(created.placed_by)) : "";
}

} // namespace

void timeline_lines::add(timeline_line line) {
  if (lines_.size() < std::max<std::size_t>(lines_max_, 2)) {
    lines_.push_back(std::move(line));
    return;
  }
  lines_[oldest_] = std::move(line);
  oldest_ = oldest_ + 1 == lines_.size() ? 1 : oldest_ + 1;
  ++left_out_;
}

timeline timeline_lines::finish(timestamp known_since) {
  if (left_out_ > 0)
    std::rotate(std::next(lines_.begin()), lines_.begin() + static_cast<std::ptrdiff_t>(oldest_), lines_.end());
  return {std::move(lines_), known_since, left_out_};
}

void tell(timeline_lines& lines, const room_id& room, const pool_event& event, timestamp at) {
  auto line = [&](const room_id& of, const char* what, auto cause, auto detail) {
    if (of == room)
      lines.add({at, what, cause(), detail()});
  };
  auto word = [](std::string text) { return [text = std::move(text)] { return text; }; };
  std::visit(
      overloaded{
          [&](const room_created& x) {
            line(x.room.id, "room_created", word(x.room.created_by.str()), [&] {
              return with(fmt::format("version {}, {}", x.room.version, ports_text(x.room.ports)), where(x));
            });
          },
          [&](const room_ports_changed& x) {
            line(x.id, "room_ports_changed", word("port_in_use"), [&] { return ports_text(x.ports); });
          },
          [&](const room_instance_changed& x) {
            line(x.id, "room_instance_changed", word("runtime"), [&] {
              auto text = fmt::format("instance {}{}, room {}", to_string(x.instance), x.exited ? " (ended)" : "",
                                      to_string(x.status));
              return with(with(std::move(text), x.description), x.host.empty() ? "" : "on " + x.host);
            });
          },
          [&](const room_pinged& x) {
            line(x.id, "room_pinged", word("ping"), [&] {
              return fmt::format("ping {}, room {}, {} match{}", to_string(x.ping), to_string(x.status),
                                 x.running_matches, x.running_matches == 1 ? "" : "es");
            });
          },
          [&](const room_silenced& x) {
            line(x.id, "room_silent", word("probe"),
                 [&] { return fmt::format("room {}: {}", to_string(x.status), x.reason); });
          },
          [&](const room_allocated& x) {
            line(x.id, "room_allocated", word("allocate_room"), [&] {
              return x.slots == 0 ? std::string{} : fmt::format("{} slot{}", x.slots, x.slots == 1 ? "" : "s");
            });
          },
          [&](const room_removal_started& x) {
            line(x.id, "room_removal_started", word(to_string(x.cause)),
                 [&] { return x.operation.empty() ? std::string{} : "by operation " + x.operation.str(); });
          },
          [&](const room_draining& x) {
            line(x.id, x.cause == removal_cause::none ? "room_kept" : "room_draining", word(to_string(x.cause)),
                 [&] { return x.operation.empty() ? std::string{} : "by operation " + x.operation.str(); });
          },
          [&](const room_removed& x) { line(x.id, "room_removed", word(to_string(x.cause)), word(x.detail)); },
          [&](const room_event_reported& x) {
            line(x.id, "room_event_reported", word(to_string(x.kind)), word(x.word));
          }},
      event);
}

std::string text_of(const operation_step& step) {
  return std::visit(overloaded{
                        [](const rooms_answered& x) { return fmt::format("{} rooms answered", x.total); },
                        [](const rooms_ending&) { return std::string("every room was asked to end"); },
                        [](const place_ending&) { return std::string("no room is left"); },
                        [](const validation_waiting& x) {
                          return fmt::format("attempt {} waits for room {}", x.number, x.room.str());
                        },
                        [](const validation_over& x) { return fmt::format("attempt {} is over", x.number); },
                    },
                    step);
}

void tell(timeline_lines& lines, const operation_id& operation, const scheduler_event& event, timestamp at) {
  auto line = [&](const operation_id& of, const char* what, std::string cause, std::string detail) {
    if (of == operation)
      lines.add({at, what, std::move(cause), std::move(detail)});
  };
  std::visit(
      overloaded{[](const scheduler_created&) {}, [](const scheduler_state_changed&) {},
                 [](const scheduler_downscaled&) {}, [](const scheduler_version_added&) {},
                 [](const active_version_switched&) {}, [](const scheduler_version_dropped&) {},
                 [&](const operation_enqueued& x) {
                   line(x.what.id, "operation_enqueued", definition_name(x.what.definition),
                        x.priority ? "at the head of the queue" : "");
                 },
                 [&](const operation_started& x) { line(x.id, "operation_started", {}, {}); },
                 [&](const operation_progressed& x) { line(x.id, "operation_progressed", {}, x.line.event); },
                 [&](const operation_ended& x) {
                   if (x.id != operation)
                     return;
                   // What its executor said in the end stands in the final record alone.
                   if (x.record)
                     for (auto& said : x.record->what.history)
                       if (said.at == x.record->what.ended_at)
                         line(x.id, "operation_progressed", {}, said.event);
                   line(x.id, "operation_ended", to_string(x.status), {});
                 },
                 [&](const operation_stepped& x) { line(x.id, "operation_stepped", {}, text_of(x.step)); },
                 [](const scheduler_deleted&) {}},
      event);
}

} // namespace maestro::rules
