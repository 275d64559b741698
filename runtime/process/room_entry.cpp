#include "runtime/process/room_entry.hpp"

#include "runtime/process/cgroups.hpp"
#include "runtime/process/process_table.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/shim/signals.h"
#include "runtime/process/shim_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

namespace {

constexpr std::size_t longest_environment = 1 << 20;

struct living_room {
  std::string place;
  room_identity identity;
  std::size_t container = 0;
  pid_t shim = 0;
  pid_t server = 0; ///< 0: it does not run at the moment
};

failure not_here(const room_to_enter& wish, const std::string& why, ec code = ec::not_found) {
  return {code, fmt::format("room {} of scheduler {}: {}", wish.room.str(), wish.scheduler.str(), why)};
}

result<living_room> find(const room_to_enter& wish) {
  if (!is_safe_name(wish.room.str()) || !is_safe_name(wish.scheduler.str()))
    return not_here(wish, "no room has such a name");
  living_room found;
  found.place = room_layout(wish.data_dir).room(wish.scheduler, wish.room);
  auto text = look_at_file(found.place + "/instance");
  auto state_text = look_at_file(found.place + "/state");
  if (!text || !state_text)
    return failure{ec::unavailable, fmt::format("{}; only root and the node's own user may enter rooms",
                                                (text ? state_text.error() : text.error()).text)};
  auto identity = *text ? parse_identity(**text) : std::nullopt;
  auto state = *state_text ? parse_state(**state_text) : std::nullopt;
  if (!identity || !state)
    return not_here(wish,
                    fmt::format("it is not below {}, the node's data directory (--data-dir)", wish.data_dir));
  auto shim = open_process({state->pid, state->start_time});
  if (!shim)
    return shim.error();
  auto is_its_own = works_in(state->pid, found.place);
  if (!*shim || !is_its_own || !*is_its_own || state->phase == shim_phase::ended)
    return not_here(wish, "it does not run any more");
  auto& names = identity->containers;
  auto wanted = wish.container.empty() ? names.begin() : std::find(names.begin(), names.end(), wish.container);
  if (wanted == names.end())
    return not_here(wish,
                    fmt::format("it has no container \"{}\", only {}", wish.container, fmt::join(names, ", ")));
  found.container = static_cast<std::size_t>(wanted - names.begin());
  found.shim = state->pid;
  if (found.container < state->containers.size())
    found.server = state->containers[found.container].pid;
  found.identity = std::move(*identity);
  return found;
}

/// What its server was started with; its shim's child, or it is somebody else by now.
std::vector<std::string> environment_of(const living_room& room) {
  std::vector<std::string> all;
  seen_process seen{};
  if (room.server <= 1 || look_at_process(room.server, &seen) != LOOK_FOUND || seen.parent != room.shim)
    return all;
  auto text = read_file(fmt::format("/proc/{}/environ", room.server), longest_environment).value_or("");
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\0', at), text.size());
    all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

} // namespace

result<room_child> enter_room(const room_to_enter& wish) {
  auto room = find(wish);
  if (!room)
    return room.error();
  room_child child;
  child.folder = room->place + "/work";
  child.groups = cgroups::ways_in(room->identity.cgroups);
  child.environment = environment_of(*room);
  if (child.environment.empty())
    return not_here(wish, "its server does not run at the moment");
  return child;
}

result<unique_fd> open_input(const room_to_enter& wish) {
  auto room = find(wish);
  if (!room)
    return room.error();
  auto& container = room->identity.containers[room->container];
  auto path = room->place + "/" + input_name(container);
  unique_fd input{::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
  struct stat info {};
  if (!input && errno == ENOENT)
    return not_here(wish,
                    fmt::format("its recipe gives container \"{}\" no standard input (stdin: true)", container),
                    ec::failed_precondition);
  if (!input && errno == ENXIO)
    return not_here(wish, "nobody reads its standard input at the moment");
  if (!input || ::fstat(input.get(), &info) != 0)
    return could_not("open", path, errno);
  if (!S_ISFIFO(info.st_mode))
    return not_here(wish, fmt::format("{} is no fifo", path));
  return input;
}

result<std::string> log_of(const room_to_enter& wish) {
  auto room = find(wish);
  if (!room)
    return room.error();
  return fmt::format("{}/logs/{}.log", room->place, room->identity.containers[room->container]);
}

} // namespace maestro::process
