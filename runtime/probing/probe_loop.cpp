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

bool is_local(const std::string& probe) {
  return probe == "exec" || probe == "log";
}

} // namespace

probe_loop::probe_loop(probe_loop_config config, ask_locally ask_room, tell_answer answered, tell_silence silent)
    : config_(std::move(config)), ask_room_(std::move(ask_room)), answered_(std::move(answered)),
      silent_(std::move(silent)), dice_(config_.seed),
      thread_(process::start_quiet_thread("prober", [this] { io_.run(); })) {}

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
  auto one = std::make_shared<entry>(entry{std::move(room), std::move(watch)});
  rooms_.insert_or_assign(key, one);
  auto spread = one->watch.has_answered() ? one->room.how.interval : duration{50ms};
  appoint(one, now() + std::chrono::duration_cast<duration>(spread * draw(0, 1)));
}

void probe_loop::appoint(const entry_ptr& whom, duration due) {
  bool is_first = appointments_.empty() || due < appointments_.top().due;
  appointments_.push({due, whom});
  if (is_first)
    wake_at_next();
}

void probe_loop::wake_at_next() {
  if (appointments_.empty())
    return;
  timer_.expires_at(std::chrono::steady_clock::time_point{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(appointments_.top().due)});
  timer_.async_wait([this](boost::system::error_code ended) {
    if (!ended)
      ask_who_is_due();
  });
}

void probe_loop::ask_who_is_due() {
  for (auto at = now(); !appointments_.empty() && appointments_.top().due <= at; appointments_.pop())
    due_.push_back(appointments_.top().whom);
  while (!due_.empty() && under_way_ < config_.at_once) {
    auto whom = due_.front().lock();
    due_.pop_front();
    if (whom)
      ask(whom);
  }
  wake_at_next();
}

void probe_loop::ask(const entry_ptr& whom) {
  ++under_way_;
  auto asked_at = now();
  auto& room = whom->room;
  auto patience = std::min<duration>(room.how.interval / 2, longest_patience);
  if (room.how.probe == "exec")
    patience = std::clamp<duration>(room.how.interval, shortest_command_patience, longest_command_patience);
  // What comes of it comes later, also where it is known at once: nothing is called from within itself.
  send_question(room, patience, [this, whom = std::weak_ptr(whom), asked_at](outcome what) {
    boost::asio::post(io_, [this, whom, asked_at, what = std::move(what)]() mutable {
      --under_way_;
      if (auto one = whom.lock())
        take(one, asked_at, std::move(what));
      ask_who_is_due();
    });
  });
}

void probe_loop::send_question(const begin_probing& room, duration patience, take_outcome take) {
  auto& how = room.how;
  if (how.probe == "process")
    return take({outcome::kind::answered, {}, {}});
  if (is_local(how.probe))
    return ask_room_(io_, room, patience, std::move(take));
  if (room.port >= room.ports.size())
    return take({outcome::kind::could_not_look, {}, "the room has no such port"});
  auto& port = room.ports[room.port];
  server_address at{config_.address, static_cast<std::uint16_t>(port.port)};
  auto what = conversation_with(room, at, static_cast<std::uint32_t>(dice_()));
  if (port.protocol == "udp")
    return ask_over_udp(io_, at, std::move(what), patience, std::move(take));
  ask_over_tcp(io_, at, std::move(what), patience, std::move(take));
}

void probe_loop::take(const entry_ptr& whom, duration asked_at, outcome what) {
  auto& room = whom->room;
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
