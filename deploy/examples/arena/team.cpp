#include "deploy/examples/arena/team.hpp"

#include "deploy/examples/arena/protocol.hpp"
#include "deploy/examples/arena/udp.hpp"

#include <list>
#include <optional>
#include <poll.h>
#include <vector>

namespace arena {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr auto join_patience = 5000ms;
constexpr auto turn_length = 50ms;

struct bot {
  udp_socket socket;
  std::string name;
  std::int64_t id = 0;
  std::int64_t sequence = 0;
  std::int64_t x = 0, y = 0, score = 0;
};

/// What the team knows of its match; all bots hear the same.
class game {
public:
  game(std::list<bot>& bots, std::chrono::milliseconds silence) : bots_(bots), silence_(silence) {}

  void hear(bot& b, const std::string& datagram) {
    auto w = words_of(datagram);
    if (w.size() < 2)
      return;
    if (server_.empty())
      server_ = w[1];
    else if (server_ != w[1])
      replaced_ = true;
    heard_ = steady::now();
    if (w[0] == "welcome" && w.size() == 5)
      to_number(w[2], b.id);
    else if (w[0] == "full" && match_ == 0)
      refused_ = w.size() > 2 ? w[2] : "full";
    else if ((w[0] == "start" || w[0] == "state") && w.size() > 3)
      to_number(w[2], match_);
    else if (w[0] == "end" && w.size() > 3 && match_ != 0)
      ended_ = w[3];
    if (w[0] == "state")
      read_state(w);
  }

  std::optional<team_result> verdict(steady::time_point began) const {
    auto now = steady::now();
    bool gone = false;
    for (auto& b : bots_)
      gone = gone || b.socket.refused();
    if (ended_ == "time")
      return team_result{team_end::played, match_, "played", scores()};
    if (!ended_.empty())
      return team_result{team_end::cut, match_, "cut short: " + ended_, scores()};
    if (match_ == 0) {
      if (!refused_.empty() || gone || now - began > join_patience)
        return team_result{team_end::not_joined, 0,
                           "not joined: " + (gone               ? "nobody there"
                                             : refused_.empty() ? "no answer"
                                                                : refused_),
                           ""};
      return std::nullopt;
    }
    if (replaced_ || gone || now - heard_ > silence_)
      return team_result{team_end::broken, match_,
                         replaced_ ? "BROKEN: another server answers"
                         : gone    ? "BROKEN: the server is gone"
                                   : "BROKEN: the server fell silent",
                         scores()};
    return std::nullopt;
  }

  void act() {
    for (auto& b : bots_) {
      if (match_ == 0)
        b.socket.send(line("join", b.name));
      else
        b.socket.send(line("input", b.id, ++b.sequence, direction(target_x_ - b.x), direction(target_y_ - b.y)));
    }
  }

private:
  static int direction(std::int64_t distance) { return distance > 12 ? 1 : distance < -12 ? -1 : 0; }

  void read_state(const std::vector<std::string_view>& w) {
    if (w.size() < 7)
      return;
    to_number(w[5], target_x_);
    to_number(w[6], target_y_);
    for (std::size_t i = 7; i + 3 < w.size(); i += 4) {
      std::int64_t id = 0;
      to_number(w[i], id);
      for (auto& b : bots_) {
        if (b.id == id && id != 0) {
          to_number(w[i + 1], b.x);
          to_number(w[i + 2], b.y);
          to_number(w[i + 3], b.score);
        }
      }
    }
  }

  std::string scores() const {
    std::string text;
    for (auto& b : bots_)
      text += (text.empty() ? "  " : " : ") + std::to_string(b.score);
    return text;
  }

  std::list<bot>& bots_;
  std::chrono::milliseconds silence_;
  std::string server_, refused_, ended_;
  std::int64_t match_ = 0, target_x_ = 0, target_y_ = 0;
  bool replaced_ = false;
  steady::time_point heard_ = steady::now();
};

} // namespace

team::team(std::string host, int port, int players, std::string name, std::chrono::milliseconds silence)
    : host_(std::move(host)), port_(port), players_(players), name_(std::move(name)), silence_(silence) {}

team_result team::play(const std::function<bool()>& stop) {
  std::list<bot> bots;
  std::vector<pollfd> polls;
  for (int i = 0; i < players_; ++i) {
    auto& b = bots.emplace_back();
    b.name = name_ + static_cast<char>('a' + i);
    if (!b.socket.connect(host_, port_))
      return {team_end::not_joined, 0, "not joined: no such address " + host_, ""};
    polls.push_back({b.socket.fd(), POLLIN, 0});
  }
  game g{bots, silence_};
  auto began = steady::now();
  auto next_turn = began;
  for (;;) {
    if (stop()) {
      for (auto& b : bots)
        b.socket.send(line("leave", b.id));
      return {team_end::stopped, 0, "stopped", ""};
    }
    if (steady::now() >= next_turn) {
      g.act();
      next_turn = steady::now() + turn_length;
    }
    ::poll(polls.data(), polls.size(), static_cast<int>(turn_length.count()));
    for (auto& b : bots) {
      while (auto datagram = b.socket.receive())
        g.hear(b, *datagram);
    }
    if (auto result = g.verdict(began))
      return *result;
  }
}

} // namespace arena
