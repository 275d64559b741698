// Bytes between descriptors, as they come: what an operator types to where it belongs, what is answered back. For the commands
// that put an operator into a room.
#pragma once

#include "messages/time.hpp"

#include <functional>
#include <vector>

#include <termios.h>

namespace maestro::cli {

/// As long as it lives, the terminal hands over every key; none where the descriptor is no terminal.
class raw_terminal {
public:
  explicit raw_terminal(int fd);
  ~raw_terminal();
  raw_terminal(const raw_terminal&) = delete;
  raw_terminal& operator=(const raw_terminal&) = delete;

private:
  int fd_;
  bool is_raw_ = false;
  termios before_{};
};

class byte_relay {
public:
  /// Whatever `from` says goes to `to`; at its end `at_end` is called.
  void add(int from, int to, std::function<void()> at_end = {});
  /// The same, and the relay is over when all of these have ended. `for_people`: control characters are shown, not obeyed.
  void add_until_end(int from, int to, bool for_people = false);

  void run();
  /// False when all of it has ended, or one end was gone.
  bool run_for(duration time);
  /// Somebody does not take what he is sent.
  bool is_broken() const { return is_broken_; }

private:
  struct way {
    int from;
    int to;
    bool is_decisive = false;
    bool for_people = false;
    bool is_over = false;
    std::function<void()> at_end{};
  };
  bool goes_on() const;
  void pass(way& one);

  std::vector<way> ways_;
  bool is_broken_ = false;
};

/// What can be read at once; true when there was something.
bool copy_what_is_there(int from, int to, bool for_people);

} // namespace maestro::cli
