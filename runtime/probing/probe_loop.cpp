#include "runtime/probing/probe_loop.hpp"

#include "messages/log.hpp"
#include "runtime/probing/a2s_query.hpp"
#include "runtime/probing/http_query.hpp"
#include "runtime/probing/minecraft_query.hpp"
#include "runtime/probing/quake3_query.hpp"
#include "runtime/probing/raw_query.hpp"
#include "runtime/process/quiet_thread.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace maestro::probing {

namespace {

using namespace std::chrono_literals;

constexpr duration longest_patience = 2s;
constexpr duration shortest_command_patience = 1s;
constexpr duration longest_command_patience = 10s;
constexpr duration pace_of_new_rooms = 500ms; ///< so that they are ready soon
constexpr duration pause_between_complaints = 1min;
constexpr duration pause_between_rounds = 10ms;
constexpr duration patience_with_shared_sockets = 200ms; ///< then a socket of its own
constexpr duration pause_between_connections = 10s;      ///< to a server that is satisfied with taking them

conversation conversation_with(const begin_probing& room, const server_address& at, std::uint32_t number) {
  auto& probe = room.how.probe;
  if (probe == "quake3")
    return {quake3_question(number), [number](auto datagram) { return read_quake3(datagram, number); }, 0};
  if (probe == "a2s")
    return {a2s_question(), read_a2s, 0};
  if (probe == "minecraft")
    return {minecraft_question(at.host, at.port), read_minecraft, longest_minecraft_answer};
  if (probe == "http")
    return {http_question(at.host, at.port, room.how.path), read_http, 4 * longest_status_line};
  raw_query raw{room.how};
  if (probe == "udp")
    return {raw.question, [raw](auto datagram) { return raw.read_datagram(datagram); }, 0};
  if (probe == "tcp" && !(raw.question.empty() && raw.expected.bytes.empty()))
    return {raw.question, [raw](auto heard) { return raw.read_stream(heard); }, raw.size() + most_query_bytes};
  return {};
}

bool has_port(const std::string& probe) {
  return probe != "exec" && probe != "log" && probe != "process";
}

/// None: the room has no such port.
const auto* port_of(const begin_probing& room) {
  return room.port < room.ports.size() ? &room.ports[room.port] : nullptr;
}

duration patience_with(const health_recipe& how) {
  if (how.probe == "exec")
    return std::clamp<duration>(how.interval, shortest_command_patience, longest_command_patience);
  return std::min<duration>(how.interval / 2, longest_patience);
}

} // namespace

probe_loop::probe_loop(probe_loop_config config, ask_locally ask_room, count_players count, tell_answer answered,
                       tell_silence silent)
    : config_(std::move(config)), ask_room_(std::move(ask_room)), count_(std::move(count)),
      answered_(std::move(answered)), silent_(std::move(silent)), dice_(config_.seed), shared_(config_.address),
      listeners_(config_.address), thread_(process::start_quiet_thread("prober", [this] { io_.run(); })) {}

probe_loop::~probe_loop() {
  io_.stop();
  thread_.join();
}

duration probe_loop::now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void probe_loop::begin(begin_probing room) {
  boost::asio::post(io_, [this, room = std::move(room)]() mutable { enter(std::move(room)); });
}

void probe_loop::end(const scheduler_name& scheduler, const room_id& room) {
  boost::asio::post(io_, [this, key = std::pair{scheduler, room}] { rooms_.erase(key); });
}

void probe_loop::enter(begin_probing room) {
  std::pair key{room.scheduler, room.id};
  probe_watch watch{room.how, room.busy_matches, now(), room.has_answered};
  if (auto* port = port_of(room))
    shared_.forget(static_cast<std::uint16_t>(port->port));
  auto one = std::make_shared<entry>(entry{std::move(room), std::move(watch)});
  rooms_.insert_or_assign(key, one);
  auto spread = one->watch.has_answered() ? one->room.how.interval : duration{50ms};
  appoint(one, now() + std::chrono::duration_cast<duration>(spread * draw(0, 1)));
}

void probe_loop::appoint(const entry_ptr& whom, duration due) {
  appointments_.push({due, whom});
  wake_at(due);
}

void probe_loop::wake_at(duration due) {
  due = std::max(due, round_at_ + pause_between_rounds);
  if (wakes_at_ && *wakes_at_ <= due)
    return;
  wakes_at_ = due;
  timer_.expires_at(
      std::chrono::steady_clock::time_point{std::chrono::duration_cast<std::chrono::steady_clock::duration>(due)});
  timer_.async_wait([this](boost::system::error_code ended) {
    if (!ended)
      begin_round();
  });
}

// What has come is read before anything is sent: what a server said before it was asked is no answer.
void probe_loop::begin_round() {
  wakes_at_.reset();
  round_at_ = now();
  shared_.hear(round_at_);
  shared_.send(); // who asked back waits for it, also where nobody is due
  for (; !appointments_.empty() && appointments_.top().due <= round_at_; appointments_.pop())
    due_.push_back(appointments_.top().whom);
  ask_who_is_due();
  if (!appointments_.empty())
    wake_at(appointments_.top().due);
  if (!shared_.is_idle())
    wake_at(round_at_);
}

void probe_loop::ask_who_is_due() {
  while (!due_.empty() && under_way_ < config_.at_once) {
    for (; !due_.empty() && under_way_ < config_.at_once; due_.pop_front())
      if (auto whom = due_.front().lock())
        ask(whom);
    shared_.send();
    listeners_.look(); // has answered when it returns
  }
}

void probe_loop::ask(const entry_ptr& whom) {
  ++under_way_;
  auto asked_at = now();
  if (!ask_over_shared_socket(whom, asked_at) && !look_for_listener(whom, asked_at))
    ask_alone(whom, asked_at);
}

bool probe_loop::ask_over_shared_socket(const entry_ptr& whom, duration asked_at) {
  auto* port = port_of(whom->room);
  if (!whom->watch.is_answering() || port == nullptr || port->protocol != "udp" || !has_port(whom->room.how.probe))
    return false;
  auto until = asked_at + std::min<duration>(whom->room.how.interval / 4, patience_with_shared_sockets);
  server_address at{config_.address, static_cast<std::uint16_t>(port->port)};
  return shared_.ask(at.port, conversation_with(whom->room, at, static_cast<std::uint32_t>(dice_())), until,
                     [this, whom = std::weak_ptr(whom), asked_at](outcome what) {
                       auto one = whom.lock();
                       if (one && what.what != outcome::kind::answered)
                         return ask_alone(one, asked_at);
                       --under_way_;
                       if (one)
                         this->take(one, asked_at, std::move(what));
                     });
}

// That it takes connections is all that is asked of it, and it took one not long ago: then it is enough to see that it still
// would, and that nobody waits for it to do so.
bool probe_loop::look_for_listener(const entry_ptr& whom, duration asked_at) {
  auto* port = port_of(whom->room);
  if (whom->room.how.probe != "tcp" || !whom->watch.is_answering() || port == nullptr || port->protocol != "tcp" ||
      asked_at - whom->asked_alone_at >= pause_between_connections)
    return false;
  server_address at{config_.address, static_cast<std::uint16_t>(port->port)};
  if (conversation_with(whom->room, at, 0).read)
    return false;
  listeners_.ask(at.port, [this, whom = std::weak_ptr(whom), asked_at](bool listens) {
    auto one = whom.lock();
    if (one && !listens)
      return ask_alone(one, asked_at);
    --under_way_;
    if (one)
      this->take(one, asked_at, {outcome::kind::answered, {}, {}});
  });
  return true;
}

void probe_loop::ask_alone(const entry_ptr& whom, duration asked_at) {
  whom->asked_alone_at = asked_at;
  // What comes of it comes later, also where it is known at once: nothing is called from within itself.
  send_question(whom->room, [this, whom = std::weak_ptr(whom), asked_at](outcome what) {
    boost::asio::post(io_, [this, whom, asked_at, what = std::move(what)]() mutable {
      --under_way_;
      if (auto one = whom.lock())
        take(one, asked_at, std::move(what));
      ask_who_is_due();
    });
  });
}

void probe_loop::send_question(const begin_probing& room, take_outcome take) {
  auto& how = room.how;
  if (how.probe == "process")
    return take({outcome::kind::answered, {}, {}});
  if (!has_port(how.probe))
    return ask_room_(io_, room, patience_with(how), std::move(take));
  auto* port = port_of(room);
  if (port == nullptr)
    return take({outcome::kind::could_not_look, {}, "the room has no such port"});
  server_address at{config_.address, static_cast<std::uint16_t>(port->port)};
  auto what = conversation_with(room, at, static_cast<std::uint32_t>(dice_()));
  if (port->protocol == "udp")
    return ask_over_udp(io_, at, std::move(what), patience_with(how), std::move(take));
  ask_over_tcp(io_, at, std::move(what), patience_with(how), std::move(take));
}

void probe_loop::take(const entry_ptr& whom, duration asked_at, outcome what) {
  auto& room = whom->room;
  if (what.what == outcome::kind::answered && output_counts_players(room.how))
    add_players(room, what);
  room.has_answered |= what.what == outcome::kind::answered;
  switch (what.what) {
  case outcome::kind::answered: answered_(room, whom->watch.answered(what.players)); break;
  case outcome::kind::missed:
    if (auto silence = whom->watch.missed(what.problem, now()))
      silent_(room, std::move(*silence));
    break;
  case outcome::kind::could_not_look:
    silent_(room, probe_watch::could_not_look(what.problem));
    say_that_we_cannot(what.problem);
    break;
  }
  // Never later than it should be: what hangs is to be found in time.
  auto pace = std::chrono::duration_cast<duration>(pace_of(*whom) * draw(0.9, 1));
  appoint(whom, std::max(asked_at + pace, now()));
}

void probe_loop::add_players(const begin_probing& room, outcome& to) const {
  auto players = count_(room);
  if (players)
    to.players = *players;
  else
    to = {outcome::kind::could_not_look, {}, "its players: " + players.error().text};
}

duration probe_loop::pace_of(const entry& whom) const {
  bool is_new = !whom.watch.has_answered() && whom.room.how.probe != "exec";
  return is_new ? std::min<duration>(whom.room.how.interval, pace_of_new_rooms) : whom.room.how.interval;
}

void probe_loop::say_that_we_cannot(const std::string& problem) {
  if (said_at_ != duration{} && now() - said_at_ < pause_between_complaints)
    return;
  said_at_ = now();
  log_warn("prober", "game servers cannot be asked how they are; none is given up for that", {{"error", problem}});
}

} // namespace maestro::probing
