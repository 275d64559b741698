// How a starting node takes over what a former one left: rooms whose shims live are adopted, rooms that ended
// meanwhile are found as corpses with their exit codes, removals that were under way go on, the rest is cleared
// away. First everything is looked at (room_look.hpp); if anything cannot be, nothing is done and the start fails.
//
//   proven shim                             adopted; with `stop`: its end goes on
//   the state's shim works elsewhere        this folder is a copy: a corpse that says so, nothing is ended
//   no shim, with `stop`                    deleted
//   no shim, a state or a recorded failure  corpse; what its shim left in the room's groups is ended
//   no shim, no lock, neither               never started: cleared away, the creator will ask again
//
// In a data directory that is a copy (host_setup.hpp) nothing is ended at all: its groups are another's.
#include "messages/log.hpp"
#include "runtime/process/host_setup.hpp"
#include "runtime/process/process_supervisor.hpp"

#include <fmt/format.h>

#include <csignal>

namespace maestro::process {

namespace {

constexpr const char* runs_elsewhere =
    "its processes belong to another data directory, of which this one is a copy";

} // namespace

result<done> process_supervisor::adopt_all() {
  auto found = look_at_rooms(layout_);
  if (!found)
    return failure{found.error().code, "rooms of a former node are left as they are: " + found.error().text};
  for (auto& each : *found)
    if (auto adopted = adopt(std::move(each)); !adopted)
      return adopted;
  if (!rooms_.empty())
    log_info("process_host",
             fmt::format("{} rooms taken over, {} of them living", rooms_.size(), watched_.size()));
  return done{};
}

result<done> process_supervisor::adopt(seen_room found) {
  if (!found.identity) {
    discard_room(found.scheduler, found.id, "its instance file cannot be read");
    return done{};
  }
  room it;
  it.identity = *found.identity;
  it.what = {found.id, found.scheduler, it.identity.version, instance_status::pending,
             {},       config_.host,    it.identity.ports,   false};
  it.state = found.state;
  if (found.stop) {
    it.deleting = true;
    it.cause = found.stop->cause;
  }
  if (found.shim)
    return adopt_living(std::move(it), std::move(found));
  adopt_dead(std::move(it), found);
  return done{};
}

result<done> process_supervisor::adopt_living(room it, seen_room found) {
  it.shim = found.pid;
  auto added = watch_.add(directory(it), std::move(found.shim));
  if (!added)
    return added.error();
  it.watch = added->who;
  it.sees_changes = added->sees_changes;
  it.alive = true;
  auto& enlisted = enlist(std::move(it));
  if (!enlisted.state) // it wrote none, or somebody replaced it
    watch_.signal(enlisted.watch, SIGUSR1);
  if (enlisted.deleting)
    ask_to_end(enlisted, std::chrono::milliseconds{found.stop->grace_ms});
  refresh(enlisted, instance_event_type::added);
  return done{};
}

void process_supervisor::adopt_dead(room it, const seen_room& found) {
  auto id = it.identity.id;
  auto is_ended = it.state && it.state->phase == shim_phase::ended;
  auto may_end = is_original_ && !found.lives_elsewhere;
  if (!it.state && it.identity.failure.empty() && !found.is_locked) {
    if (may_end)
      drop_groups(it.identity.cgroups);
    discard_room(found.scheduler, id, "it was never started");
    return;
  }
  if (found.lives_elsewhere)
    it.identity.failure = runs_elsewhere;
  else if (!is_ended && it.identity.failure.empty())
    orphans_.record(fmt::format("the shim of room {} was not there any more", id.str()), clock_().now);
  if (!may_end)
    it.identity.cgroups.clear();
  else if (!is_ended)
    end_rest(it);
  drop_groups(it.identity.cgroups);
  auto& enlisted = enlist(std::move(it));
  if (enlisted.deleting)
    retire(id);
  else
    refresh(enlisted, instance_event_type::added);
}

void process_supervisor::end_rest(const room& it) {
  cgroups::kill_members(it.identity.cgroups);
  if (it.state && it.identity.boot == boot_id()) // users and sessions of another boot are others'
    lost_.add(it.identity, it.state, cgroups_.hold_members_of_a_room(it.identity.cgroups));
}

void process_supervisor::discard_room(const scheduler_name& scheduler, const room_id& id, const std::string& why) {
  orphans_.record(fmt::format("clearing away room {}/{}: {}", scheduler.str(), id.str(), why), clock_().now);
  janitor_.discard(layout_.room(scheduler, id));
}

} // namespace maestro::process
