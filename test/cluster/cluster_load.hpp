// What goes on in a cluster while something is done to it: at the door of every node a matchmaker allocates rooms, plays a
// moment and gives them back, and an operator reads; on every machine a voice speaks for the game servers that run there,
// through the door of its own node. Keeps what each was answered, and when, for test/support/allocation_history.
#pragma once

#include "test/e2e/live_node.hpp"
#include "test/support/allocation_history.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace maestro::test {

class cluster_load {
public:
  struct ports {
    std::vector<std::string> doors;
    std::function<answer(const std::string& door, const std::string& method, const std::string& target)> manage;
    std::function<answer(const std::string& door, const std::string& method, const std::string& target,
                         const json& body)>
        play;
    /// Rooms that run on the machine of that node.
    std::function<std::set<std::string>(const std::string& door)> running;
  };
  /// On the schedulers s0, s1, …, whose rooms' names begin with theirs.
  cluster_load(ports to, int schedulers);
  ~cluster_load();
  cluster_load(const cluster_load&) = delete;
  cluster_load& operator=(const cluster_load&) = delete;

  /// Every room has a voice that was heard.
  bool all_are_ready(std::size_t rooms);
  /// Matchmakers and operators begin.
  void begin();
  /// All ends but the voices; what is held is kept.
  void stop_asking();
  void stop();

  /// What one door answered to one kind of request.
  struct tally {
    int good = 0;  ///< answered, also that there is no ready room
    int given = 0; ///< with status 200
    int failed = 0;
    double slowest = 0; ///< of any, in seconds
    std::string last_failure;
  };
  tally allocations(const std::string& door) const;
  tally reads(const std::string& door) const;
  tally pings(const std::string& door) const;
  /// From now on.
  void count_anew();

  std::vector<allocation> history() const;
  /// Rooms that were ever heard.
  std::set<std::string> rooms() const;
  /// What cannot have been, and what was given and is free for others or gone now; `shown`: rooms as the API shows them, by id.
  std::string what_went_wrong(const std::map<std::string, json>& shown) const;

private:
  using clock = std::chrono::steady_clock;
  struct voice {
    std::string wanted = "ready";
    std::string heard; ///< acknowledged
    clock::time_point said_at;
  };
  enum class stage { arriving, playing, leaving };
  struct holding {
    std::size_t entry = 0;
    std::string room;
    stage at = stage::arriving;
    clock::time_point since;
  };

  void match(const std::string& door);
  void read(const std::string& door);
  void speak(const std::string& machine);
  void allocate(const std::string& door, const std::string& scheduler, std::vector<holding>& held);
  void go_on(holding& one);
  void say(const std::string& machine, const std::string& room);
  bool is_heard(const std::string& room, const std::string& status) const;
  void note(std::map<std::string, tally>& where, const std::string& door, const answer& told,
            clock::time_point since);

  ports to_;
  int schedulers_ = 0;
  mutable std::mutex mutex_;
  std::vector<allocation> history_;
  std::map<std::string, voice> voices_;
  std::map<std::string, tally> allocations_, reads_, pings_;
  std::atomic<bool> is_over_ = false, is_silent_ = false;
  std::vector<std::thread> clients_, speakers_;
};

} // namespace maestro::test
