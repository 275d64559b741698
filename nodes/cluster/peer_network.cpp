#include "nodes/cluster/peer_network.hpp"

#include "messages/text.hpp"
#include "messages/type_ids.hpp"
#include "nodes/cluster/peer_tunnel.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/doorman_impl.hpp>
#include <caf/io/network/scribe_impl.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <memory>
#include <set>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace maestro {

namespace {

using namespace std::chrono_literals;

constexpr auto connect_limit = 1s;
constexpr auto handshake_limit = 2s;
constexpr const char* socket_file = "peers.sock";
constexpr unsigned unheard_limit_ms = 2000; ///< what was sent and not acknowledged for so long breaks the link

class socket_handle {
public:
  explicit socket_handle(int fd) : fd_(fd) {}
  ~socket_handle() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  socket_handle(const socket_handle&) = delete;
  socket_handle& operator=(const socket_handle&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

private:
  int fd_;
};

std::string error_text(int error) {
  return std::system_category().message(error);
}

/// 0, or what went wrong.
int finish_connecting(int fd) {
  pollfd waiting{fd, POLLOUT, 0};
  auto limit = static_cast<int>(std::chrono::milliseconds(connect_limit).count());
  if (::poll(&waiting, 1, limit) != 1)
    return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/// A connected, non-blocking socket.
result<int> connect_to(const peer_address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (int problem = ::getaddrinfo(address.host.c_str(), fmt::format("{}", address.port).c_str(), &hints, &found))
    return failure{ec::unavailable, ::gai_strerror(problem)};
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  std::string why = "no address";
  auto code = ec::unavailable;
  for (auto* one = all.get(); one != nullptr; one = one->ai_next) {
    socket_handle socket(::socket(one->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) {
      why = error_text(errno);
      continue;
    }
    int error = ::connect(socket.get(), one->ai_addr, one->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS)
      error = finish_connecting(socket.get());
    if (error == 0) {
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard_limit_ms, sizeof unheard_limit_ms);
      return socket.release();
    }
    why = error_text(error);
    code = error == ECONNREFUSED ? ec::not_found : ec::unavailable;
  }
  return failure{code, why};
}

/// Ends of a tunnel are sockets of the machine's own family, whose ports CAF would ask for, and end the process when there
/// are none.
constexpr std::uint16_t no_port = 0;

class tunnel_scribe final : public caf::io::network::scribe_impl {
public:
  using scribe_impl::scribe_impl;
  std::string addr() const override { return "tunnel"; }
  std::uint16_t port() const override { return no_port; }
};

class tunnel_doorman final : public caf::io::network::doorman_impl {
public:
  using doorman_impl::doorman_impl;
  std::string addr() const override { return "tunnel"; }
  std::uint16_t port() const override { return no_port; }
  bool new_connection() override {
    if (detached())
      return false;
    auto& multiplexer = acceptor_.backend();
    auto scribe = caf::make_counted<tunnel_scribe>(multiplexer, acceptor_.accepted_socket());
    auto handle = scribe->hdl();
    parent()->add_scribe(std::move(scribe));
    return doorman::new_connection(&multiplexer, handle);
  }
};

caf::io::network::default_multiplexer& multiplexer_of(caf::actor_system& system) {
  return dynamic_cast<caf::io::network::default_multiplexer&>(system.middleman().backend());
}

struct connector_state {
  static inline const char* name = "peer_connector";
  connector_state() {}
  peer_tunnel* tunnel = nullptr; ///< none: without TLS
};
using self_ptr = peer_connector_actor::stateful_pointer<connector_state>;

caf::result<peer_link> connect(self_ptr self, const connect_peer& wish) {
  auto address = parse_peer_address(wish.address);
  if (!address)
    return to_caf(address.error());
  auto* tunnel = self->state.tunnel;
  auto fd = tunnel == nullptr ? connect_to(*address) : tunnel->connect(address->host, address->port);
  if (!fd)
    return to_caf({fd.error().code, fmt::format("{}: {}", wish.address, fd.error().text)});
  auto& network = self->system().middleman();
  auto broker = network.named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  auto answer = self->make_response_promise<peer_link>();
  auto port = tunnel == nullptr ? address->port : no_port;
  caf::io::scribe_ptr scribe;
  if (tunnel == nullptr)
    scribe = network.backend().new_scribe(*fd);
  else
    scribe = caf::make_counted<tunnel_scribe>(multiplexer_of(self->system()), *fd);
  self->request(broker, handshake_limit, caf::connect_atom::value, std::move(scribe), port)
      .then(
          [answer](caf::node_id&, caf::strong_actor_ptr& door, std::set<std::string>&) mutable {
            if (door)
              answer.deliver(peer_link{caf::actor_cast<peer_door_actor>(door)});
            else
              answer.deliver(to_caf({ec::unavailable, "nothing is published there"}));
          },
          [answer, text = wish.address](const caf::error& why) mutable {
            answer.deliver(to_caf({ec::unavailable, fmt::format("{}: {}", text, from_caf(why).text)}));
          });
  return answer;
}

peer_connector_actor::behavior_type peer_connector(self_ptr self, peer_tunnel* tunnel) {
  self->state.tunnel = tunnel;
  return {[self](const connect_peer& wish) { return connect(self, wish); }};
}

} // namespace

result<peer_address> parse_peer_address(const std::string& text) {
  auto colon = text.rfind(':');
  auto port = colon == text.npos ? std::nullopt : parse_integer(text.substr(colon + 1));
  bool is_one = port && *port >= 0 && *port <= UINT16_MAX && colon > 0;
  if (!is_one)
    return failure{ec::invalid_argument, fmt::format("{} is not host:port", text)};
  auto host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return peer_address{host, static_cast<std::uint16_t>(*port)};
}

bool is_loopback(const peer_address& address) {
  return address.host == "localhost" || address.host == "::1" || address.host.starts_with("127.");
}

result<std::uint16_t> publish_peer_door(caf::actor_system& system, const peer_door_actor& door,
                                        const peer_address& where) {
  auto port = system.middleman().publish(door, where.port, where.host.c_str(), true);
  if (!port)
    return failure{ec::unavailable, fmt::format("cluster.listen: cannot listen on {}:{}: {}", where.host,
                                                where.port, caf::to_string(port.error()))};
  return *port;
}

// A path of at most 107 bytes is all that a socket's address holds; the folder's may be longer.
result<std::string> publish_peer_door(caf::actor_system& system, const peer_door_actor& door,
                                      const std::string& folder) {
  auto failed = [&](int error) {
    return failure{ec::unavailable, fmt::format("{}/{}: {}", folder, socket_file, error_text(error))};
  };
  int place = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); // for as long as the process lives
  if (place < 0)
    return failed(errno);
  auto path = fmt::format("/proc/self/fd/{}/{}", place, socket_file);
  ::unlink(path.c_str());
  socket_handle listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (listener.get() < 0 || ::bind(listener.get(), raw, sizeof address) != 0 ||
      ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(listener.get(), SOMAXCONN) != 0)
    return failed(errno);
  auto& network = system.middleman();
  auto broker = network.named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  caf::io::doorman_ptr doorman = caf::make_counted<tunnel_doorman>(multiplexer_of(system), listener.release());
  caf::anon_send(broker, caf::publish_atom::value, std::move(doorman), no_port,
                 caf::actor_cast<caf::strong_actor_ptr>(door), std::set<std::string>());
  return path;
}

peer_connector_actor spawn_peer_connector(caf::actor_system& system, peer_tunnel* tunnel) {
  return system.spawn<caf::detached>(peer_connector, tunnel);
}

} // namespace maestro
