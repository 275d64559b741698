#include "runtime/process/process_host.hpp"

#include "messages/log.hpp"
#include "messages/type_ids.hpp"
#include "runtime/probing/prober.hpp"
#include "runtime/process/process_supervisor.hpp"
#include "runtime/process/room_questions.hpp"
#include "runtime/runtimes.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

namespace maestro {

namespace {

enum class timer : std::uint8_t { notices, housekeeping };

constexpr auto housekeeping_interval = std::chrono::seconds{1};

timer_fired fired(timer kind) {
  return {static_cast<std::uint8_t>(kind), 0};
}

struct process_host_state {
  static inline const char* name = "process_host";

  std::unique_ptr<process::process_supervisor> supervisor;
  std::optional<failure> broken;

  process_host_state() {}

  template <class Function>
  auto attempt(Function function) -> decltype(function(*supervisor)) {
    if (broken)
      return *broken;
    try {
      return function(*supervisor);
    } catch (const std::exception& error) {
      return failure{ec::internal, fmt::format("process host: {}", error.what())};
    }
  }

  /// A change for that scheduler, if its owner may still ask for one.
  template <class Function>
  result<done> admitted(const scheduler_name& scheduler, owner_epoch epoch, Function function) {
    return attempt([&](process::process_supervisor& it) -> result<done> {
      auto may = it.admit(scheduler, epoch);
      return may ? function(it) : may;
    });
  }
};

using self_ptr = room_host_actor::stateful_pointer<process_host_state>;
using process::process_supervisor;

caf::result<done> answer(const result<done>& outcome) {
  if (!outcome)
    return to_caf(outcome.error());
  return done{};
}

void start(self_ptr self, process_host_config config, runtime_events_actor events, node_clock clock) {
  auto& state = self->state;
  state.supervisor = std::make_unique<process_supervisor>(
      std::move(config), std::move(clock),
      [self, events](instance_event event) { self->send(events, std::move(event)); });
  auto address = caf::actor_cast<caf::actor_addr>(self);
  auto started = state.attempt([&](process_supervisor& it) {
    return it.start([address] {
      if (auto host = caf::actor_cast<room_host_actor>(address))
        caf::anon_send(host, fired(timer::notices));
    });
  });
  if (started) {
    self->delayed_send(self, housekeeping_interval, fired(timer::housekeeping));
    return;
  }
  state.broken = failure{ec::unavailable, "process host: " + started.error().text};
  state.supervisor.reset();
  log_error("process_host", state.broken->text);
}

room_host_actor::behavior_type process_host(self_ptr self, process_host_config config, runtime_events_actor events,
                                            node_clock clock) {
  start(self, std::move(config), std::move(events), std::move(clock));
  return {
      [self](const create_instance& wish) {
        return answer(self->state.admitted(wish.scheduler, wish.epoch, [&](auto& it) { return it.create(wish); }));
      },
      [self](const delete_instance& wish) {
        return answer(self->state.admitted(wish.scheduler, wish.epoch, [&](auto& it) { return it.remove(wish); }));
      },
      [self](const list_instances& wish) -> caf::result<instance_list> {
        auto listed =
            self->state.attempt([&](process_supervisor& it) -> result<instance_list> { return it.page(wish); });
        if (!listed)
          return to_caf(listed.error());
        return std::move(*listed);
      },
      [self](const prepare_scheduler& wish) {
        return answer(
            self->state.admitted(wish.name, wish.epoch, [&](auto& it) { return it.prepare(wish.name); }));
      },
      [self](const remove_scheduler& wish) {
        return answer(
            self->state.admitted(wish.name, wish.epoch, [&](auto& it) { return it.remove_all(wish.name); }));
      },
      [self](const read_room_logs& wish) -> caf::result<room_logs> {
        auto text = self->state.attempt([&](process_supervisor& it) { return it.logs(wish); });
        if (!text)
          return to_caf(text.error());
        return room_logs{std::move(*text)};
      },
      [self](const read_artifacts& wish) -> caf::result<artifact_piece> {
        auto piece = self->state.attempt([&](process_supervisor& it) { return it.artifacts(wish); });
        if (!piece)
          return to_caf(piece.error());
        return std::move(*piece);
      },
      [self](const timer_fired& timer) {
        auto is_housekeeping = timer.kind == static_cast<std::uint8_t>(maestro::timer::housekeeping);
        auto done_with = self->state.attempt([&](process_supervisor& it) -> result<done> {
          if (is_housekeeping)
            it.housekeeping();
          else
            it.handle_notices();
          return done{};
        });
        if (is_housekeeping && !self->state.broken)
          self->delayed_send(self, housekeeping_interval, fired(maestro::timer::housekeeping));
        static_cast<void>(bool{done_with});
      },
  };
}

} // namespace

room_host_actor spawn_process_host(caf::actor_system& system, process_host_config config,
                                   runtime_events_actor events, node_clock clock) {
  return system.spawn<caf::detached>(process_host, std::move(config), std::move(events), std::move(clock));
}

runtime_actors spawn_runtime(const process_host_config& config, const runtime_surroundings& around) {
  auto placed = at_node(config, around.data_dir, around.rooms_port);
  placed.other_doors = around.other_doors;
  if (placed.rooms_api_url.empty())
    log_warn("process_host", "game servers are not told where the Rooms API is: roomsApi.port is 0 and "
                             "process.roomsApiUrl is empty");
  probing::probe_loop_config questions{placed.probe_address, placed.probes_at_once, around.seed};
  auto prober = spawn_prober(around.system, std::move(questions), process::room_questions(placed),
                             process::room_players(placed));
  return {spawn_process_host(around.system, std::move(placed), around.events, around.clock), prober};
}

std::string limits_statement(const process_host_config& config) {
  auto found = process::cgroups::probe(config, "probe-" + std::to_string(::getpid()));
  found.tidy({});
  return found.statement();
}

} // namespace maestro
