// Machines on a network of their own, for tests that cut it: each is a network namespace of Linux with one address, joined to
// the others by a bridge in another namespace. Whatever is started inside of one sees nothing but its own loopback and the
// others. The namespaces have no names and nothing of them is on the machine's own network: they go with the last process
// and descriptor in them, however the test ends. Needs root, `ip` and `iptables`; for slow wires also TAP devices.
#pragma once

#include "test/support/slow_wire.hpp"

#include <map>
#include <memory>
#include <string>

namespace maestro {

class private_network {
public:
  /// Why none can be made here; empty where it can.
  static std::string objection();

  /// Throws, with the command that failed.
  private_network();
  ~private_network();
  private_network(const private_network&) = delete;
  private_network& operator=(const private_network&) = delete;

  /// A machine of that name; its address.
  std::string add(const std::string& machine);
  const std::string& address(const std::string& machine) const { return machines_.at(machine).address; }

  /// What is done meanwhile by this thread is done in there: sockets that it opens and processes that it starts stay there.
  class inside {
  public:
    explicit inside(int where);
    ~inside();
    inside(const inside&) = delete;
    inside& operator=(const inside&) = delete;

  private:
    int before_ = -1;
  };
  template <class Do>
  auto in(const std::string& machine, Do what) const {
    inside there(machines_.at(machine).space);
    return what();
  }

  /// What one sends does not arrive at the other any more, without a word to either; the other way goes on.
  void lose(const std::string& from, const std::string& to);
  /// Both ways.
  void cut(const std::string& one, const std::string& other);
  /// From now on that machine's wire is such a one, both ways; the first time what is under way is lost. Why there can be no
  /// slow wire here, empty where there can.
  void slow(const std::string& machine, const wire_quality& quality);
  static std::string objection_to_slow_wires();
  /// Frames that slow wires carried and lost.
  std::uint64_t carried() const;
  std::uint64_t lost() const;
  /// Everything arrives again, and at once.
  void heal();

private:
  struct place {
    int space = -1; ///< its namespace
    std::string address;
    std::string number;                   ///< in the names of its devices
    std::unique_ptr<slow_wire> wire = {}; ///< none: it is fast
  };

  void lay_wire(place& to);

  int bridge_ = -1;
  std::map<std::string, place> machines_;
};

} // namespace maestro
