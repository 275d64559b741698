#include "nodes/config/client_address.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace maestro {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::make_address;

std::optional<address> number_of(const std::string& text) {
  boost::system::error_code error;
  auto number = make_address(text, error);
  return error ? std::nullopt : std::optional{number};
}

std::optional<std::string> text_of(const sockaddr* whose) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* number = nullptr;
  if (whose != nullptr && whose->sa_family == AF_INET)
    number = &reinterpret_cast<const sockaddr_in*>(whose)->sin_addr;
  else if (whose != nullptr && whose->sa_family == AF_INET6)
    number = &reinterpret_cast<const sockaddr_in6*>(whose)->sin6_addr;
  if (number == nullptr || ::inet_ntop(whose->sa_family, number, text, sizeof text) == nullptr)
    return std::nullopt;
  return text;
}

bool is_reachable(const std::string& text) {
  auto number = number_of(text);
  if (!number || number->is_loopback() || number->is_unspecified() || number->is_multicast())
    return false;
  return number->is_v4() ? (number->to_v4().to_uint() >> 16) != 0xa9fe : !number->to_v6().is_link_local();
}

/// Where packets to `remote` would leave from; connecting a datagram socket sends none.
std::optional<std::string> source_towards(int family, const char* remote) {
  sockaddr_storage whole{};
  socklen_t size = sizeof(sockaddr_in);
  whole.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET) {
    auto& to = reinterpret_cast<sockaddr_in&>(whole);
    to.sin_port = htons(9);
    ::inet_pton(family, remote, &to.sin_addr);
  } else {
    auto& to = reinterpret_cast<sockaddr_in6&>(whole);
    to.sin6_port = htons(9);
    ::inet_pton(family, remote, &to.sin6_addr);
    size = sizeof(sockaddr_in6);
  }
  int fd = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return std::nullopt;
  auto* generic = reinterpret_cast<sockaddr*>(&whole);
  auto is_known = ::connect(fd, generic, size) == 0 && ::getsockname(fd, generic, &size) == 0;
  ::close(fd);
  auto text = is_known ? text_of(generic) : std::nullopt;
  return text && is_reachable(*text) ? text : std::nullopt;
}

std::vector<std::string> addresses_of_interfaces() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0)
    return {};
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, &::freeifaddrs);
  std::vector<std::string> found;
  for (auto* one = first; one != nullptr; one = one->ifa_next)
    if (auto text = (one->ifa_flags & IFF_UP) != 0 ? text_of(one->ifa_addr) : std::nullopt;
        text && is_reachable(*text) && std::find(found.begin(), found.end(), *text) == found.end())
      found.push_back(*text);
  return found;
}

std::string listed(const std::vector<std::string>& all) {
  return all.empty() ? "no address of its own" : fmt::format("the addresses {}", fmt::join(all, ", "));
}

} // namespace

// Addresses of documentation: they are in no network but behind the default route.
machine_addresses look_at_addresses() {
  auto found = source_towards(AF_INET, "198.51.100.1");
  return {found ? found : source_towards(AF_INET6, "2001:db8::1"), addresses_of_interfaces()};
}

result<client_address> address_for_clients(const std::string& key, const std::string& configured,
                                           const std::string& bind_address,
                                           const std::function<machine_addresses()>& look) {
  auto bound = number_of(bind_address).value_or(address{});
  if (!configured.empty()) {
    auto number = number_of(configured);
    if (number && (number->is_unspecified() || number->is_multicast()))
      return failure{
          ec::invalid_argument,
          fmt::format("{} is `{}` but must be an address that clients can reach; leave it away to have it "
                      "found out",
                      key, configured)};
    bool is_local = configured == "localhost" || (number && number->is_loopback());
    if (is_local && !bound.is_loopback())
      return client_address{
          configured, fmt::format("{} is {}, which only clients on this machine can reach, and the doors listen "
                                  "on {}",
                                  key, configured, bind_address)};
    return client_address{configured, {}};
  }
  if (!bound.is_unspecified())
    return client_address{bound.to_string(), {}};
  auto machine = look();
  if (machine.of_default_route)
    return client_address{*machine.of_default_route, {}};
  if (machine.others.size() == 1)
    return client_address{machine.others.front(), {}};
  return failure{
      ec::invalid_argument,
      fmt::format("{} is not given, and what clients are to be told cannot be found out: the doors listen on "
                  "{}, and this machine has no default route and {}; name the one that clients reach",
                  key, bind_address, listed(machine.others))};
}

} // namespace maestro
