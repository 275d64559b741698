// Whether somebody listens on the ports that rooms have leased. A server that did not understand which port it was to take looks
// fine and is found by nobody; some time after its start the machine is asked, and again from time to time while somebody is
// missed. It is a notice, no more: nothing ends for it. Where the machine cannot be looked at nothing is said.
#pragma once

#include "messages/error.hpp"
#include "messages/ids.hpp"
#include "messages/room_types.hpp"
#include "messages/time.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace maestro::process {

struct listening_ports {
  std::set<std::int32_t> tcp;
  std::set<std::int32_t> udp;
};
/// Of this process's network, whoever it is that listens.
result<listening_ports> look_at_listeners();

/// `nobody listens on udp port 40012 (game)`; empty where none is missed.
std::string missed_listeners(const std::vector<host_port>& ports, const listening_ports& there);

class port_watch {
public:
  using look = std::function<result<listening_ports>()>;

  /// `delay` is the time that a server is given; zero: nobody is watched.
  explicit port_watch(duration delay, look ask = look_at_listeners) : delay_(delay), look_(std::move(ask)) {}

  /// The room's server runs. One that is watched already goes on.
  void begin(const room_id& id, const std::vector<host_port>& ports, duration now);
  /// It does not run any more.
  void end(const room_id& id) { rooms_.erase(id); }

  struct finding {
    room_id id;
    std::string notice; ///< empty: everybody is there now
  };
  /// What has changed of those whose time has come; one look at the machine for all of them.
  std::vector<finding> take(duration now);

private:
  struct watched {
    std::vector<host_port> ports;
    duration due{};
    std::string notice{};
    bool is_over = false;
  };

  duration delay_;
  look look_;
  duration next_look_{};
  std::map<room_id, watched> rooms_;
};

} // namespace maestro::process
