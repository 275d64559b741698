// The one thread that asks all rooms of a runtime how they are. It never waits for a room: whoever is due is asked, so many at
// once and no more; who is due beyond that waits in order. A room is never asked twice at a time. It works in rounds: all who
// have become due meanwhile at once, at most a hundred times a second, so that ten thousand rooms do not wake it ten thousand
// times. Used by runtime/probing/prober; what a runtime alone can do (run a command in a room, read its log) it brings along.
#pragma once

#include "messages/actors.hpp"
#include "messages/error.hpp"
#include "runtime/probing/listener_table.hpp"
#include "runtime/probing/probe_watch.hpp"
#include "runtime/probing/question.hpp"
#include "runtime/probing/shared_sockets.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <thread>
#include <utility>

namespace maestro::probing {

struct probe_loop_config {
  std::string address = "127.0.0.1"; ///< where rooms' ports are asked, as a number
  std::size_t at_once = 256;         ///< questions under way
  std::uint64_t seed = 0;
};

/// What the runtime does for the probes `exec` and `log`, on the loop's thread and without waiting.
using ask_locally = std::function<void(boost::asio::io_context& io, const begin_probing& room, duration patience,
                                       take_outcome take)>;

/// How many players the room's output tells of, where the recipe says how it does; a failure: could not look. Likewise.
using count_players = std::function<result<std::int64_t>(const begin_probing& room)>;

class probe_loop {
public:
  /// Called on the loop's thread with what a room is to be told.
  using tell_answer = std::function<void(const begin_probing& room, ping_room what)>;
  using tell_silence = std::function<void(const begin_probing& room, report_silence what)>;

  probe_loop(probe_loop_config config, ask_locally ask_room, count_players count, tell_answer answered,
             tell_silence silent);
  /// Questions under way are forgotten.
  ~probe_loop();
  probe_loop(const probe_loop&) = delete;
  probe_loop& operator=(const probe_loop&) = delete;

  // From any thread.
  /// Replaces what was known of that room.
  void begin(begin_probing room);
  void end(const scheduler_name& scheduler, const room_id& room);

private:
  struct entry {
    begin_probing room;
    probe_watch watch;
    duration asked_alone_at{}; ///< over a socket of its own
  };
  using entry_ptr = std::shared_ptr<entry>;
  struct appointment {
    duration due{};
    std::weak_ptr<entry> whom;
    friend bool operator>(const appointment& a, const appointment& b) { return a.due > b.due; }
  };

  static duration now();
  double draw(double from, double to) { return std::uniform_real_distribution<double>(from, to)(dice_); }
  void enter(begin_probing room);
  void appoint(const entry_ptr& whom, duration due);
  void wake_at(duration due);
  void begin_round();
  void ask_who_is_due();
  void ask(const entry_ptr& whom);
  bool ask_over_shared_socket(const entry_ptr& whom, duration asked_at);
  bool look_for_listener(const entry_ptr& whom, duration asked_at);
  void ask_alone(const entry_ptr& whom, duration asked_at);
  void send_question(const begin_probing& room, take_outcome take);
  void take(const entry_ptr& whom, duration asked_at, outcome what);
  void add_players(const begin_probing& room, outcome& to) const;
  void say_that_we_cannot(const std::string& problem);
  duration pace_of(const entry& whom) const;

  probe_loop_config config_;
  ask_locally ask_room_;
  count_players count_;
  tell_answer answered_;
  tell_silence silent_;
  std::mt19937_64 dice_;
  std::map<std::pair<scheduler_name, room_id>, entry_ptr> rooms_;
  std::priority_queue<appointment, std::vector<appointment>, std::greater<>> appointments_;
  std::deque<std::weak_ptr<entry>> due_;
  std::size_t under_way_ = 0;
  shared_sockets shared_;
  listener_table listeners_;
  duration round_at_{};                ///< when the last one began
  std::optional<duration> wakes_at_{}; ///< that the timer is set
  duration said_at_{};                 ///< that we cannot ask
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  boost::asio::steady_timer timer_{io_};
  std::thread thread_; // last: it uses all of the above
};

} // namespace maestro::probing
