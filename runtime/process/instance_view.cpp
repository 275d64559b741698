#include "runtime/process/instance_view.hpp"

#include "runtime/process/files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace maestro::process {

namespace {

const char* const shim_lost = "the room's shim ended unexpectedly and its processes with it";

// A program that the operator can run may lie in a folder that a room's own user may not enter.
std::string not_started_text(const room_identity& room, const std::string& program, const container_state& c) {
  auto why = error_text(c.error);
  auto whom = c.error == EACCES && room.user != 0 ? fmt::format(" as user {}", room.user) : "";
  switch (c.stage) {
  case shim_stage::exec: return fmt::format("cannot run \"{}\"{}: {}", program, whom, why);
  case shim_stage::cgroup: return fmt::format("cannot enter the room's cgroup: {}", why);
  case shim_stage::user: return fmt::format("cannot become the user of game servers: {}", why);
  case shim_stage::bounds: return fmt::format("cannot bound the room's processes and files: {}", why);
  case shim_stage::directory: return fmt::format("cannot enter the room's working directory: {}", why);
  case shim_stage::none:
  case shim_stage::fork: break;
  }
  return fmt::format("cannot start a process: {}", why);
}

std::string signal_text(const room_identity& room, const container_state& c) {
  auto* name = ::sigabbrev_np(c.code);
  auto text = name == nullptr ? fmt::format("killed by signal {}", c.code)
                              : fmt::format("killed by signal {} (SIG{})", c.code, name);
  if (c.out_of_memory)
    text += fmt::format(": out of memory, the room's limit is {}", room.memory_limit);
  return text;
}

std::string ending_text(const room_identity& room, std::size_t index, const container_state& c) {
  std::string text;
  switch (c.ending) {
  case shim_ending::none: text = "not run"; break;
  case shim_ending::exited: text = c.code == 0 ? "Completed" : fmt::format("exit code {}", c.code); break;
  case shim_ending::signaled: text = signal_text(room, c); break;
  case shim_ending::not_started:
    text = not_started_text(room, index < room.programs.size() ? room.programs[index] : "", c);
    break;
  }
  if (room.containers.size() < 2 || index >= room.containers.size())
    return text;
  return fmt::format("container \"{}\": {}", room.containers[index], text);
}

bool succeeded(const container_state& c) {
  return c.ending == shim_ending::exited && c.code == 0;
}

std::string seconds_text(std::int64_t milliseconds) {
  return milliseconds % 1000 == 0 ? fmt::format("{}s", milliseconds / 1000) : fmt::format("{}ms", milliseconds);
}

std::optional<instance_view> view_restart(const room_identity& room, const shim_state& state) {
  for (std::size_t i = 0; i < state.containers.size(); ++i) {
    auto& c = state.containers[i];
    if (c.phase != shim_phase::waiting)
      continue;
    auto why = ending_text(room, i, c);
    if (c.backoff_ms == 0)
      return instance_view{instance_status::pending, "restarting: " + why};
    return instance_view{instance_status::error, fmt::format("CrashLoopBackOff: restart {} in {}: {}",
                                                             c.restarts + 1, seconds_text(c.backoff_ms), why)};
  }
  return std::nullopt;
}

} // namespace

instance_view view_instance(const room_identity& room, const std::optional<shim_state>& state, bool shim_alive) {
  if (!room.failure.empty())
    return {instance_status::error, room.failure};
  if (!state)
    return shim_alive ? instance_view{instance_status::pending, "starting"}
                      : instance_view{instance_status::error, shim_lost};
  auto culprit = static_cast<std::size_t>(state->culprit);
  if (state->culprit >= 0 && culprit < state->containers.size()) {
    auto& c = state->containers[culprit];
    auto status = succeeded(c) ? instance_status::terminating : instance_status::error;
    return {status, ending_text(room, culprit, c)};
  }
  if (!shim_alive && state->phase != shim_phase::ended)
    return {instance_status::error, shim_lost};
  if (state->phase == shim_phase::ended)
    return {instance_status::terminating, "ended on request: " + describe_end(room, state)};
  if (state->phase == shim_phase::stopping)
    return {instance_status::terminating, "ending on request"};
  if (auto restart = view_restart(room, *state))
    return *restart;
  for (auto& c : state->containers)
    if (c.phase == shim_phase::starting)
      return {instance_status::pending, "starting"};
  return {instance_status::ready, {}};
}

std::string describe_end(const room_identity& room, const std::optional<shim_state>& state) {
  if (!room.failure.empty())
    return room.failure;
  if (!state || state->phase != shim_phase::ended)
    return shim_lost;
  std::string text;
  for (std::size_t i = 0; i < state->containers.size(); ++i)
    text += (text.empty() ? "" : "; ") + ending_text(room, i, state->containers[i]);
  if (state->forced)
    text += ", after its grace period";
  return text;
}

} // namespace maestro::process
