#include "runtime/process/port_watch.hpp"

#include "messages/log.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <fstream>

namespace maestro::process {

namespace {

constexpr duration pause_between_looks = std::chrono::seconds{10};
constexpr std::string_view listening = "0A"; // of TCP, in the kernel's list of sockets

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  auto word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

/// `sl local_address rem_address st …`, the address as `0100007F:1F90`.
void add_port(std::string_view line, bool is_tcp, std::set<std::int32_t>& to) {
  take_word(line);
  auto local = take_word(line);
  take_word(line);
  auto state = take_word(line);
  auto colon = local.rfind(':');
  std::int32_t port = 0;
  if (colon == local.npos || (is_tcp && state != listening))
    return;
  auto read = std::from_chars(local.data() + colon + 1, local.data() + local.size(), port, 16);
  if (read.ec == std::errc{})
    to.insert(port);
}

/// False where it cannot be read. A machine without IPv6 has no list of it.
bool add_ports(const std::string& path, bool is_tcp, bool may_be_missing, std::set<std::int32_t>& to) {
  errno = 0;
  std::ifstream list{path};
  if (!list)
    return may_be_missing && errno == ENOENT;
  std::string line;
  std::getline(list, line); // the headings
  while (std::getline(list, line))
    add_port(line, is_tcp, to);
  return list.eof();
}

} // namespace

result<listening_ports> look_at_listeners() {
  listening_ports all;
  if (add_ports("/proc/net/tcp", true, false, all.tcp) && add_ports("/proc/net/tcp6", true, true, all.tcp) &&
      add_ports("/proc/net/udp", false, false, all.udp) && add_ports("/proc/net/udp6", false, true, all.udp))
    return all;
  return failure{ec::unavailable, "the lists of sockets in /proc/net cannot be read"};
}

std::string missed_listeners(const std::vector<host_port>& ports, const listening_ports& there) {
  std::string text;
  for (auto& port : ports) {
    auto& known = port.protocol == "tcp" ? there.tcp : there.udp;
    if (!known.contains(port.port))
      text += fmt::format("{} {} port {} ({})", text.empty() ? "nobody listens on" : ",", port.protocol, port.port,
                          port.name);
  }
  return text;
}

void port_watch::begin(const room_id& id, const std::vector<host_port>& ports, duration now) {
  if (delay_ > duration::zero() && !ports.empty() && !rooms_.contains(id))
    rooms_.emplace(id, watched{ports, now + delay_});
}

std::vector<port_watch::finding> port_watch::take(duration now) {
  std::vector<finding> found;
  if (now < next_look_)
    return found;
  std::vector<std::pair<const room_id*, watched*>> waiting;
  for (auto& [id, one] : rooms_)
    if (!one.is_over && one.due <= now)
      waiting.emplace_back(&id, &one);
  if (waiting.empty())
    return found;
  next_look_ = now + pause_between_looks;
  auto there = look_();
  if (!there) {
    log_warn("process_host", "whether somebody listens on rooms' ports cannot be looked at",
             {{"error", there.error().text}});
    return found;
  }
  for (auto& [id, one] : waiting) {
    auto notice = missed_listeners(one->ports, *there);
    one->is_over = notice.empty();
    if (notice != one->notice)
      found.push_back({*id, notice});
    one->notice = std::move(notice);
  }
  return found;
}

} // namespace maestro::process
