#include "runtime/process/ended_rooms.hpp"

#include "runtime/process/files.hpp"

#include <fmt/format.h>

#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maestro::process {

void keep_ended_room(const room_layout& layout, janitor& trash, const room_identity& room, const room_end& end,
                     const std::vector<std::string>& artifacts) {
  auto place = layout.room(room.scheduler, room.id);
  auto keep = layout.ended_room(room.scheduler, room.id);
  auto record = fmt::format("at {}\ncause {}\nended {}\n", to_rfc3339(end.at), end.cause, end.how);
  bool is_to_gather = !artifacts.empty() &&
                      write_file(place + "/artifact_patterns", fmt::format("{}\n", fmt::join(artifacts, "\n")));
  if (!is_to_gather)
    trash.discard(place + "/work");
  trash.discard(keep);
  auto ready = write_file(place + "/end", record) &&
               write_file(place + "/first_container", room.containers.empty() ? "" : room.containers.front()) &&
               make_directories(layout.ended() + "/" + room.scheduler.str());
  for (auto* part : {"/instance", "/state", "/stop", "/lock"})
    ::unlink((place + part).c_str());
  for (auto& container : room.containers)
    ::unlink((place + "/" + input_name(container)).c_str());
  if (ready && std::rename(place.c_str(), keep.c_str()) == 0)
    ::utimensat(AT_FDCWD, keep.c_str(), nullptr, 0); // its age counts from now
  else
    trash.discard(place);
  trash.trim(room.scheduler.str());
}

std::string first_container_of_ended(const room_layout& layout, const scheduler_name& scheduler,
                                     const room_id& id) {
  return read_file(layout.ended_room(scheduler, id) + "/first_container", 256).value_or("");
}

} // namespace maestro::process
