#include "runtime/process/room_questions.hpp"

#include "runtime/probing/log_search.hpp"
#include "runtime/process/cgroups.hpp"
#include "runtime/process/container_environment.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/room_command.hpp"
#include "runtime/process/room_layout.hpp"
#include "runtime/process/room_output.hpp"
#include "runtime/process/shim_protocol.hpp"

#include <cstdlib>
#include <utility>

namespace maestro::process {

namespace {

using probing::outcome;
using probing::take_outcome;

constexpr std::uint64_t log_bytes = 256 * 1024; ///< of the newest output that a line is looked for in

result<room_identity> identity_at(const std::string& place) {
  auto text = look_at_file(place + "/instance");
  if (!text)
    return text.error();
  auto identity = *text ? parse_identity(**text) : std::nullopt;
  if (!identity || identity->containers.empty())
    return failure{ec::unavailable, "the room has no identity"};
  return std::move(*identity);
}

void look_into_log(const std::string& place, const begin_probing& room, const take_outcome& take) {
  auto container = room.how.container;
  if (container.empty()) {
    auto identity = identity_at(place);
    if (!identity)
      return take({outcome::kind::could_not_look, {}, identity.error().text});
    container = identity->containers.front();
  }
  auto written = read_output(place + "/logs", container, {log_bytes, never, false, true});
  if (!written && written.error().code != ec::not_found)
    return take({outcome::kind::could_not_look, {}, written.error().text});
  if (written && probing::has_line(*written, room.how.pattern))
    return take({outcome::kind::answered, {}, {}});
  take({outcome::kind::missed, {}, "no line of its log holds the pattern yet"});
}

std::vector<std::string> asking_environment(const process_host_config& config, const std::string& place,
                                            const begin_probing& room) {
  std::vector<std::string> all{
      "HOME=" + place + "/work", "TMPDIR=" + temporary_folder(place + "/work"), "MAESTRO_ROOM_ID=" + room.id.str(),
      "MAESTRO_SCHEDULER_NAME=" + room.scheduler.str(), "MAESTRO_NODE_MARK=" + config.node_mark};
  for (auto& name : config.inherited_environment)
    if (auto* value = std::getenv(name.c_str()))
      all.push_back(name + "=" + value);
  for (auto& port : room.ports)
    all.push_back(port_variable(port.name) + "=" + std::to_string(port.port));
  return all;
}

} // namespace

probing::ask_locally room_questions(const process_host_config& config) {
  return [config, layout = room_layout(config.data_dir), unended = std::make_shared<unended_commands>()](
             boost::asio::io_context& io, const begin_probing& room, duration patience, take_outcome take) {
    auto place = layout.room(room.scheduler, room.id);
    if (!is_safe_name(room.id.str()) || !is_safe_name(room.scheduler.str()))
      return take({outcome::kind::could_not_look, {}, "the room's name cannot be a folder"});
    if (room.how.probe == "log")
      return room.has_answered ? take({outcome::kind::answered, {}, {}}) : look_into_log(place, room, take);
    auto identity = identity_at(place);
    if (!identity)
      return take({outcome::kind::could_not_look, {}, identity.error().text});
    run_in_room(io, unended,
                {place + "/work", room.how.command, asking_environment(config, place, room), config.room_processes,
                 cgroups::ways_in(identity->cgroups)},
                patience, std::move(take));
  };
}

probing::count_players room_players(const process_host_config& config) {
  return [layout = room_layout(config.data_dir)](const begin_probing& room) -> result<std::int64_t> {
    constexpr std::size_t longest_text = 64;
    auto place = layout.room(room.scheduler, room.id) + "/players";
    auto text = look_at_file(place, longest_text);
    if (!text)
      return text.error();
    auto players = *text ? parse_players(**text) : std::nullopt;
    if (!players)
      return failure{ec::unavailable, place + (*text ? " holds no number" : " is not there")};
    return *players;
  };
}

} // namespace maestro::process
