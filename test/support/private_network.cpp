#include "test/support/private_network.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace maestro {

namespace {

const std::string this_place = "/proc/thread-self/ns/net";

int open_place(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

/// A new namespace; -1 where this process may not make one.
int make_place() {
  int place = -1;
  std::thread([&place] {
    if (::unshare(CLONE_NEWNET) == 0)
      place = open_place(this_place);
  }).join();
  return place;
}

std::string path_of(int place) {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(place);
}

bool succeeds(const std::string& command) {
  return std::system(("PATH=\"$PATH:/usr/sbin:/sbin\"; " + command + " > /dev/null 2>&1").c_str()) == 0;
}

void run(const std::string& command) {
  if (!succeeds(command))
    throw std::runtime_error("it failed: " + command);
}

} // namespace

private_network::inside::inside(int where) : before_(open_place(this_place)) {
  if (before_ < 0 || ::setns(where, CLONE_NEWNET) != 0)
    throw std::runtime_error(std::string("cannot go to a network namespace: ") + std::strerror(errno));
}

private_network::inside::~inside() {
  if (::setns(before_, CLONE_NEWNET) != 0)
    std::abort(); // whatever came after would be done in the wrong place
  ::close(before_);
}

std::string private_network::objection() {
  int place = make_place();
  if (place < 0)
    return "network namespaces cannot be made here: it takes root";
  std::string why;
  {
    inside there(place);
    if (!succeeds("ip link add br0 type bridge && ip link add v0 type veth peer name v1"))
      why = "`ip` (Debian's iproute2) cannot make a bridge or a pair of devices here";
    else if (!succeeds("iptables -w -A INPUT -s 10.77.0.1 -j DROP"))
      why = "`iptables` cannot drop anything here";
  }
  ::close(place);
  return why;
}

private_network::private_network() : bridge_(make_place()) {
  if (bridge_ < 0)
    throw std::runtime_error("no network namespace");
  inside there(bridge_);
  run("ip link add br0 type bridge && ip link set br0 up");
}

private_network::~private_network() {
  for (auto& [name, one] : machines_)
    ::close(one.space);
  ::close(bridge_);
}

std::string private_network::add(const std::string& name) {
  auto number = std::to_string(machines_.size() + 1);
  auto& one = machines_[name] = place{make_place(), "10.77.0." + number, number};
  if (one.space < 0)
    throw std::runtime_error("no network namespace");
  {
    inside there(bridge_);
    run("ip link add v" + number + " type veth peer name eth0 netns " + path_of(one.space));
    run("ip link set v" + number + " master br0 up");
  }
  inside there(one.space);
  run("ip link set lo up && ip link set eth0 up && ip address add " + one.address + "/24 dev eth0");
  return one.address;
}

void private_network::lose(const std::string& from, const std::string& to) {
  in(to, [&] { run("iptables -w -A INPUT -s " + address(from) + " -j DROP"); });
}

void private_network::cut(const std::string& one, const std::string& other) {
  lose(one, other);
  lose(other, one);
}

std::string private_network::objection_to_slow_wires() {
  int place = make_place();
  if (place < 0)
    return "network namespaces cannot be made here: it takes root";
  std::string why;
  try {
    inside there(place);
    ::close(slow_wire::open_end("t0"));
  } catch (const std::runtime_error& e) {
    why = e.what();
  }
  ::close(place);
  return why;
}

//   machine's eth0 ── v1 ── (bridge b1) ── t1 ── the slow wire ── u1 ── (br0)
void private_network::lay_wire(place& to) {
  inside there(bridge_);
  auto& n = to.number;
  int near = slow_wire::open_end("t" + n), far = slow_wire::open_end("u" + n);
  to.wire = std::make_unique<slow_wire>(near, far);
  run("ip link add b" + n + " type bridge && ip link set b" + n + " up && ip link set t" + n + " master b" + n +
      " up && ip link set u" + n + " master br0 up && ip link set v" + n + " master b" + n);
}

void private_network::slow(const std::string& machine, const wire_quality& quality) {
  auto& one = machines_.at(machine);
  if (!one.wire)
    lay_wire(one);
  one.wire->set(quality);
}

std::uint64_t private_network::carried() const {
  std::uint64_t all = 0;
  for (auto& [name, one] : machines_)
    all += one.wire ? one.wire->carried() : 0;
  return all;
}

std::uint64_t private_network::lost() const {
  std::uint64_t all = 0;
  for (auto& [name, one] : machines_)
    all += one.wire ? one.wire->lost() : 0;
  return all;
}

void private_network::heal() {
  for (auto& [name, one] : machines_) {
    in(name, [] { run("iptables -w -F INPUT"); });
    if (one.wire)
      one.wire->set({});
  }
}

} // namespace maestro
