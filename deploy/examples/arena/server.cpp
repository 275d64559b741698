#include "deploy/examples/arena/server.hpp"

#include "deploy/examples/arena/protocol.hpp"

#include <algorithm>
#include <cstdio>
#include <poll.h>
#include <utility>

namespace arena {

using namespace std::chrono_literals;

namespace {
constexpr auto lobby_patience = 2000ms;
constexpr auto match_patience = 3000ms;
constexpr auto results_shown = 400ms;
constexpr int datagrams_a_turn = 256;
} // namespace

server::server(server_config config, observer tell) : config_(std::move(config)), tell_(std::move(tell)) {}

bool server::open() {
  next_tick_ = steady::now();
  if (!socket_.bind(config_.bind_host, config_.port))
    return false;
  tell_("ready", 0);
  return true;
}

void server::close() {
  if (closing_)
    return;
  closing_ = true;
  close_by_ = steady::now() + std::chrono::milliseconds{config_.drain_ms};
  tell_("terminating", phase_ == phase::playing ? 1 : 0);
}

bool server::turn() {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next_tick_ - steady::now()).count();
  pollfd p{socket_.fd(), POLLIN, 0};
  ::poll(&p, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, tick_ms)));
  endpoint from;
  for (int i = 0; i < datagrams_a_turn; ++i) {
    auto datagram = socket_.receive(&from);
    if (!datagram)
      break;
    hear(*datagram, from);
  }
  auto now = steady::now();
  if (now >= next_tick_) {
    tick(now);
    next_tick_ += std::chrono::milliseconds{tick_ms};
    if (next_tick_ < now - 1s)
      next_tick_ = now; // the machine slept; do not play the lost time in a burst
  }
  return !(closing_ && phase_ == phase::lobby);
}

int server::seat_of(const endpoint& from) const {
  auto found = std::find_if(seats_.begin(), seats_.end(), [&](auto& s) { return s.second.from == from; });
  return found == seats_.end() ? 0 : found->first;
}

void server::hear(const std::string& datagram, const endpoint& from) {
  auto w = words_of(datagram);
  if (w.size() == 2 && w[0] == "join")
    join(w, from);
  else if (w.size() == 5 && w[0] == "input")
    steer(w, from);
  else if (w.size() == 2 && w[0] == "leave") {
    auto id = seat_of(from);
    seats_.erase(id);
    if (match_)
      match_->remove(id);
  }
}

void server::join(const words& w, const endpoint& from) {
  auto refuse = [&](const char* reason) { socket_.send_to(from, line("full", config_.server_number, reason)); };
  auto id = seat_of(from);
  if (id == 0) {
    if (closing_)
      return refuse("closing");
    if (phase_ != phase::lobby)
      return refuse(phase_ == phase::playing ? "playing" : "ending");
    if (seats_.size() >= players_limit)
      return refuse("full");
    id = next_seat_++;
    seats_[id] = seat{from, std::string{w[1].substr(0, name_limit)}, steady::now()};
  }
  seats_[id].heard = steady::now();
  socket_.send_to(from, line("welcome", config_.server_number, id, seats_.size(), config_.players_needed));
  if (phase_ == phase::lobby && std::cmp_greater_equal(seats_.size(), config_.players_needed))
    begin();
  else if (phase_ == phase::playing)
    socket_.send_to(from, line("start", config_.server_number, match_->number(), seats_.size(), config_.match_ms));
}

void server::steer(const words& w, const endpoint& from) {
  auto id = seat_of(from);
  std::int64_t sequence = 0, dx = 0, dy = 0;
  if (id == 0 || !to_number(w[2], sequence) || !to_number(w[3], dx) || !to_number(w[4], dy))
    return;
  seats_[id].heard = steady::now();
  if (match_)
    match_->steer(id, sequence, static_cast<int>(std::clamp<std::int64_t>(dx, -1, 1)),
                  static_cast<int>(std::clamp<std::int64_t>(dy, -1, 1)));
}

void server::begin() {
  match_.emplace(++matches_, config_.match_ms);
  phase_ = phase::playing;
  for (auto& [id, s] : seats_) {
    match_->add(id, s.name);
    socket_.send_to(s.from, line("start", config_.server_number, matches_, seats_.size(), config_.match_ms));
  }
  std::printf("match %lld begins with %zu players\n", static_cast<long long>(matches_), seats_.size());
  tell_(closing_ ? "terminating" : "occupied", 1);
}

void server::end(const std::string& reason) {
  result_ = line("end", config_.server_number, match_->number(), reason);
  std::string scores;
  for (auto& [id, p] : match_->players()) {
    result_ += " " + line(id, p.score);
    scores += " " + p.name + "=" + std::to_string(p.score);
  }
  std::printf("match %lld ends (%s)%s\n", static_cast<long long>(match_->number()), reason.c_str(),
              scores.c_str());
  phase_ = phase::ending;
  ending_until_ = steady::now() + results_shown;
}

void server::to_lobby() {
  phase_ = phase::lobby;
  match_.reset();
  seats_.clear();
  tell_(closing_ ? "terminating" : "ready", 0);
}

void server::drop_silent(steady::time_point now, std::chrono::milliseconds limit) {
  std::erase_if(seats_, [&](auto& entry) {
    bool silent = now - entry.second.heard > limit;
    if (silent && match_)
      match_->remove(entry.first);
    return silent;
  });
}

void server::send_state() {
  auto text = line("state", config_.server_number, match_->number(), match_->ticks(), match_->left_ms(),
                   match_->target_x(), match_->target_y());
  for (auto& [id, p] : match_->players())
    text += " " + line(id, p.x, p.y, p.score);
  for (auto& [id, s] : seats_)
    socket_.send_to(s.from, text);
}

void server::tick(steady::time_point now) {
  switch (phase_) {
  case phase::lobby: drop_silent(now, lobby_patience); break;
  case phase::playing:
    drop_silent(now, match_patience);
    match_->tick();
    send_state();
    if (match_->over())
      end(match_->players().empty() ? "abandoned" : "time");
    else if (closing_ && now >= close_by_)
      end("shutdown");
    break;
  case phase::ending:
    for (auto& [id, s] : seats_)
      socket_.send_to(s.from, result_);
    if (now >= ending_until_)
      to_lobby();
    break;
  }
}

} // namespace arena
