#include "nodes/cluster/peer_tunnel.hpp"

#include "messages/log.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <thread>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace maestro {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using local = asio::local::stream_protocol;
using tls_stream = ssl::stream<tcp::socket>;

namespace {

using namespace std::chrono_literals;

constexpr auto tls_limit = 2s;
constexpr auto tunnel_limit = 3s; ///< with the handshake
constexpr auto accept_again = 100ms;
constexpr std::size_t unproved_limit = 64; ///< connections that have not proved themselves; more are closed
constexpr std::size_t buffer_size = 64 * 1024;

result<done> load(ssl::context& context, const peer_tls_config& config) {
  error_code error;
  auto failed = [&](const char* key, const std::string& file) {
    return failure{ec::invalid_argument, fmt::format("cluster.tls.{}: {}: {}", key, file, error.message())};
  };
  context.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                      ssl::context::no_tlsv1_2);
  if (context.load_verify_file(config.ca_file, error))
    return failed("caFile", config.ca_file);
  if (context.use_certificate_chain_file(config.certificate_file, error))
    return failed("certFile", config.certificate_file);
  if (context.use_private_key_file(config.key_file, ssl::context::pem, error))
    return failed("keyFile", config.key_file);
  if (context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error))
    return failed("caFile", config.ca_file);
  return done{};
}

/// One link: what comes out of one end goes into the other, until either ends.
class joined_ends : public std::enable_shared_from_this<joined_ends> {
public:
  joined_ends(asio::io_context& io, ssl::context& context) : outer(io, context), inner(io), timer_(io) {}

  void join() {
    pump(outer, inner, there_, true);
    pump(inner, outer, here_, false);
  }
  void close() {
    error_code ignored;
    timer_.cancel();
    outer.lowest_layer().close(ignored);
    inner.close(ignored);
  }
  /// It is closed when it is not disarmed in time.
  void arm(std::chrono::milliseconds limit) {
    timer_.expires_after(limit);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error)
        self->close();
    });
  }
  void disarm() { timer_.cancel(); }

  tls_stream outer;
  local::socket inner;

private:
  using buffer = std::array<char, buffer_size>;

  template <class From, class To>
  void pump(From& from, To& to, buffer& room, bool is_inbound) {
    from.async_read_some(asio::buffer(room), [=, this, &from, &to, &room,
                                              self = shared_from_this()](error_code error, std::size_t count) {
      if (error)
        return close();
      asio::async_write(to, asio::buffer(room, count),
                        [=, this, &from, &to, &room](error_code unwritten, std::size_t) {
                          (void)self;
                          if (unwritten)
                            return close();
                          pump(from, to, room, is_inbound);
                        });
    });
  }

  asio::steady_timer timer_;
  buffer there_, here_;
};
using link_ptr = std::shared_ptr<joined_ends>;

} // namespace

struct peer_tunnel::parts {
  asio::io_context io;
  ssl::context context{ssl::context::tls};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::string door;
  std::size_t unproved = 0;
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::thread thread;

  void accept();
  void prove(const link_ptr& link);
  void begin(const link_ptr& link, tcp::resolver::results_type where, std::function<void(result<int>)> then);
};

void peer_tunnel::parts::accept() {
  auto link = std::make_shared<joined_ends>(io, context);
  acceptor.async_accept(link->outer.lowest_layer(), [this, link](error_code error) {
    if (error == asio::error::operation_aborted)
      return;
    if (error) { // out of descriptors: others end some day
      pause.expires_after(accept_again);
      pause.async_wait([this](error_code stopped) {
        if (!stopped)
          accept();
      });
      return;
    }
    if (unproved < unproved_limit)
      prove(link);
    accept();
  });
}

void peer_tunnel::parts::prove(const link_ptr& link) {
  ++unproved;
  link->arm(tls_limit);
  error_code ignored;
  auto from = link->outer.lowest_layer().remote_endpoint(ignored);
  link->outer.lowest_layer().set_option(tcp::no_delay(true), ignored);
  link->outer.async_handshake(ssl::stream_base::server, [this, link, from](error_code error) {
    --unproved;
    link->disarm();
    if (error) {
      log_warn("peer_tunnel", "a connection did not prove that it belongs to the cluster",
               {{"address", fmt::format("{}:{}", from.address().to_string(), from.port())},
                {"error", error.message()}});
      return link->close();
    }
    error_code refused;
    link->inner.connect(local::endpoint(door), refused);
    if (refused)
      return link->close();
    link->join();
  });
}

// The other end of the pair is handed out when the neighbour has proved itself.
void peer_tunnel::parts::begin(const link_ptr& link, tcp::resolver::results_type where,
                               std::function<void(result<int>)> then) {
  link->arm(tunnel_limit);
  auto failed = [link, then](const error_code& error) {
    link->close();
    auto text = error == asio::error::operation_aborted ? std::string("no answer in time") : error.message();
    then(failure{error == asio::error::connection_refused ? ec::not_found : ec::unavailable, text});
  };
  asio::async_connect(link->outer.lowest_layer(), where, [=](error_code error, const tcp::endpoint&) {
    if (error)
      return failed(error);
    error_code ignored;
    link->outer.lowest_layer().set_option(tcp::no_delay(true), ignored);
    link->outer.async_handshake(ssl::stream_base::client, [=](error_code unproved_error) {
      link->disarm();
      if (unproved_error)
        return failed(unproved_error);
      int ends[2];
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return failed(error_code(errno, boost::system::system_category()));
      error_code unassigned;
      if (link->inner.assign(local(), ends[0], unassigned)) {
        ::close(ends[0]);
        ::close(ends[1]);
        return failed(unassigned);
      }
      link->join();
      then(ends[1]);
    });
  });
}

result<done> check(const peer_tls_config& config) {
  ssl::context context{ssl::context::tls};
  return load(context, config);
}

peer_tunnel::peer_tunnel() : parts_(std::make_unique<parts>()) {}

result<std::unique_ptr<peer_tunnel>> peer_tunnel::open(const peer_tls_config& config, const std::string& host,
                                                       std::uint16_t port, const std::string& door) {
  std::unique_ptr<peer_tunnel> tunnel(new peer_tunnel);
  auto& all = *tunnel->parts_;
  all.door = door;
  if (auto loaded = load(all.context, config); !loaded)
    return loaded.error();
  error_code error;
  auto failed = [&] {
    return failure{ec::unavailable,
                   fmt::format("cluster.listen: cannot listen on {}:{}: {}", host, port, error.message())};
  };
  auto found = tcp::resolver(all.io).resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error)
    return failed();
  auto endpoint = found.begin()->endpoint();
  if (all.acceptor.open(endpoint.protocol(), error))
    return failed();
  all.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (all.acceptor.bind(endpoint, error))
    return failed();
  if (all.acceptor.listen(asio::socket_base::max_listen_connections, error))
    return failed();
  all.accept();
  all.thread = std::thread([&io = all.io] { io.run(); });
  return tunnel;
}

peer_tunnel::~peer_tunnel() {
  parts_->io.stop();
  if (parts_->thread.joinable())
    parts_->thread.join();
}

std::uint16_t peer_tunnel::port() const {
  error_code ignored;
  return parts_->acceptor.local_endpoint(ignored).port();
}

result<int> peer_tunnel::connect(const std::string& host, std::uint16_t port) {
  auto& all = *parts_;
  error_code error;
  asio::io_context resolving;
  auto where = tcp::resolver(resolving).resolve(host, std::to_string(port), error);
  if (error)
    return failure{ec::unavailable, error.message()};
  auto told = std::make_shared<std::promise<result<int>>>();
  auto outcome = told->get_future();
  asio::post(all.io, [&all, where, told] {
    auto link = std::make_shared<joined_ends>(all.io, all.context);
    all.begin(link, where, [told](result<int> fd) { told->set_value(std::move(fd)); });
  });
  return outcome.get();
}

} // namespace maestro
