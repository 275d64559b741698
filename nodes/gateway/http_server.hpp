// Listeners, I/O threads and the connections on them. An io_worker is one thread with one io_context and one
// bridge to the actors; a listener accepts for one door and spreads its connections over workers. A door that is
// full closes the connection that would be missed least. Called by the gateway only.
#pragma once

#include "messages/error.hpp"
#include "nodes/gateway/actor_bridge.hpp"
#include "nodes/gateway/gateway_config.hpp"
#include "nodes/gateway/http_session.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace maestro {

class io_worker {
public:
  io_worker(caf::actor_system& system, const gateway_config& config);
  ~io_worker();

  boost::asio::io_context& io() { return io_; }
  actor_bridge& bridge() { return bridge_; }

  void start(const std::string& thread_name);
  /// An accepted socket on its way to the thread that serves it.
  struct arrival {
    int socket;
    boost::asio::ip::tcp protocol;
    http_door& door;
    const http_service& service;
    session_maker make;
    bool is_crowded; ///< the door has its connections already: somebody idle makes room, or this one is closed
  };
  /// Takes it over; from any thread. All connections of a worker belong to the same door, which is used on this
  /// worker's thread only.
  void serve(const arrival& client);
  /// From any thread: lets connections finish, takes no new ones; true when none is left within the time.
  bool drain(std::chrono::steady_clock::time_point until);
  /// Ends the thread; what is still open is cut.
  void stop();

private:
  void adopt(const arrival& client);
  bool make_room();
  void arm_sweep();
  void count(int change);

  const gateway_config& config_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  actor_bridge bridge_;
  std::unordered_set<http_conversation*> sessions_;
  std::size_t looked_at_ = 0; ///< bucket of sessions_ where the next search for an idle one begins
  std::mutex mutex_;          ///< guards open_
  std::condition_variable none_left_;
  int open_ = 0; ///< connections handed over and not yet ended
  bool draining_ = false;
  std::thread thread_;
};

/// Accepts on one address for one API; `make` says what its connections speak.
class http_listener {
public:
  struct place {
    io_worker* worker;
    http_door* door;
  };
  http_listener(std::string name, io_worker& home, const http_service& service, session_maker make,
                std::vector<place> places);

  /// Before the workers run. The bound port, or a failure that names the door, the address and the port.
  result<std::uint16_t> open(std::uint16_t port);
  /// On the home worker's thread.
  void accept();
  void close();

private:
  void on_accept(boost::system::error_code error, boost::asio::ip::tcp::socket socket);

  std::string name_;
  const http_service& service_;
  session_maker make_;
  std::vector<place> places_;
  std::size_t turn_ = 0;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
};

} // namespace maestro
