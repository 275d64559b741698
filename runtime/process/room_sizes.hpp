// How much each living room keeps in its folder, looked at by a thread of its own, because folders can be large. The
// process supervisor hands in the rooms now and then and is told which keep too much; it decides what follows.
#pragma once

#include "messages/room_types.hpp"
#include "runtime/process/tree_walk.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace maestro::process {

class room_sizes {
public:
  struct place {
    room_id room;
    std::string folder;
  };

  room_sizes() = default;
  ~room_sizes();
  room_sizes(const room_sizes&) = delete;
  room_sizes& operator=(const room_sizes&) = delete;

  void start(tree_size most);
  /// Does nothing while the last ones are still being looked at.
  void look_at(std::vector<place> places);
  /// Rooms that keep more than `most`, since the last call.
  std::vector<std::pair<room_id, tree_size>> take();

private:
  void run();
  bool stopping();

  tree_size most_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::vector<place> waiting_;
  std::vector<std::pair<room_id, tree_size>> too_large_;
  bool busy_ = false;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace maestro::process
