#include "test/cluster/cluster_load.hpp"

#include <algorithm>

namespace maestro::test {

using namespace std::chrono_literals;

namespace {

constexpr auto pace = 20ms;
constexpr auto heartbeat = 500ms;
constexpr auto playing_time = 100ms;

std::string scheduler_of(const std::string& room) {
  return room.substr(0, room.find('-'));
}

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

/// Nothing was done: the pool has said so.
bool is_refusal(const answer& told) {
  return told.status == 500 && told.body.is_object() &&
         told.body.value("message", "").find("no ready rooms") != std::string::npos;
}

} // namespace

cluster_load::cluster_load(ports to, int schedulers) : to_(std::move(to)), schedulers_(schedulers) {
  for (auto& door : to_.doors)
    speakers_.emplace_back([this, door] { speak(door); });
}

cluster_load::~cluster_load() {
  stop();
}

void cluster_load::begin() {
  for (auto& door : to_.doors) {
    clients_.emplace_back([this, door] { match(door); });
    clients_.emplace_back([this, door] { read(door); });
  }
}

void cluster_load::stop_asking() {
  is_over_ = true;
  for (auto& one : clients_)
    one.join();
  clients_.clear();
}

void cluster_load::stop() {
  stop_asking();
  is_silent_ = true;
  for (auto& one : speakers_)
    one.join();
  speakers_.clear();
}

bool cluster_load::all_are_ready(std::size_t rooms) {
  std::scoped_lock lock(mutex_);
  return voices_.size() >= rooms &&
         std::all_of(voices_.begin(), voices_.end(), [](auto& one) { return one.second.heard == "ready"; });
}

void cluster_load::note(std::map<std::string, tally>& where, const std::string& door, const answer& told,
                        clock::time_point since) {
  auto took = seconds_since(since);
  std::scoped_lock lock(mutex_);
  auto& all = where[door];
  bool is_good = told.status == 200 || is_refusal(told);
  ++(is_good ? all.good : all.failed);
  all.given += told.status == 200;
  all.slowest = std::max(all.slowest, took);
  if (!is_good)
    all.last_failure = std::to_string(told.status) + " " + told.body.dump();
}

void cluster_load::allocate(const std::string& door, const std::string& scheduler, std::vector<holding>& held) {
  allocation one;
  one.client = "a matchmaker at " + door;
  one.asked = clock::now();
  auto told = to_.play(door, "POST", "/scheduler/" + scheduler + "/rooms/allocate", json::object());
  one.answered = clock::now();
  note(allocations_, door, told, one.asked);
  if (told.status == 200) {
    one.outcome = allocation_outcome::given;
    one.room = told.body.value("roomId", "");
  } else {
    one.outcome = is_refusal(told) ? allocation_outcome::refused : allocation_outcome::unknown;
  }
  std::scoped_lock lock(mutex_);
  history_.push_back(one);
  if (one.outcome != allocation_outcome::given)
    return;
  held.push_back({history_.size() - 1, one.room, stage::arriving, one.answered});
  voices_[one.room].wanted = "occupied";
}

bool cluster_load::is_heard(const std::string& room, const std::string& status) const {
  std::scoped_lock lock(mutex_);
  return voices_.at(room).heard == status;
}

/// Players arrive, play, and leave; each step when the one before was acknowledged.
void cluster_load::go_on(holding& one) {
  if (one.at == stage::arriving && is_heard(one.room, "occupied")) {
    one.at = stage::playing;
    one.since = clock::now();
  } else if (one.at == stage::playing && clock::now() - one.since > playing_time) {
    one.at = stage::leaving;
    std::scoped_lock lock(mutex_);
    history_[one.entry].return_asked = clock::now();
    voices_[one.room].wanted = "ready";
  }
}

void cluster_load::match(const std::string& door) {
  std::vector<holding> held;
  for (int i = 0; !is_over_; ++i) {
    allocate(door, "s" + std::to_string(i % schedulers_), held);
    for (auto& one : held)
      go_on(one);
    std::erase_if(held, [&](auto& one) {
      if (one.at != stage::leaving || !is_heard(one.room, "ready"))
        return false;
      std::scoped_lock lock(mutex_);
      history_[one.entry].returned = clock::now();
      return true;
    });
    std::this_thread::sleep_for(pace);
  }
}

void cluster_load::read(const std::string& door) {
  for (int i = 0; !is_over_; ++i) {
    auto since = clock::now();
    auto told = to_.manage(door, "GET", "/schedulers/s" + std::to_string(i % schedulers_));
    note(reads_, door, told, since);
    std::this_thread::sleep_for(pace);
  }
}

void cluster_load::say(const std::string& machine, const std::string& room) {
  std::string status;
  {
    std::scoped_lock lock(mutex_);
    auto& mine = voices_[room];
    if (mine.heard == mine.wanted && clock::now() - mine.said_at < heartbeat)
      return;
    mine.said_at = clock::now();
    status = mine.wanted;
  }
  auto since = clock::now();
  auto told = to_.play(machine, "PUT", "/scheduler/" + scheduler_of(room) + "/rooms/" + room + "/ping",
                       {{"status", status}, {"timestamp", "1"}});
  if (told.status == 200 && !told.body.value("success", false))
    told.status = 599; // it was heard, and not believed
  note(pings_, machine, told, since);
  std::scoped_lock lock(mutex_);
  if (told.status == 200)
    voices_[room].heard = status;
}

void cluster_load::speak(const std::string& machine) {
  std::set<std::string> mine;
  for (auto looked_at = clock::time_point(); !is_silent_;) {
    if (clock::now() - looked_at > heartbeat) {
      mine = to_.running(machine);
      looked_at = clock::now();
    }
    for (auto& room : mine)
      if (!is_silent_)
        say(machine, room);
    std::this_thread::sleep_for(pace);
  }
}

cluster_load::tally cluster_load::allocations(const std::string& door) const {
  std::scoped_lock lock(mutex_);
  auto found = allocations_.find(door);
  return found == allocations_.end() ? tally() : found->second;
}

cluster_load::tally cluster_load::reads(const std::string& door) const {
  std::scoped_lock lock(mutex_);
  auto found = reads_.find(door);
  return found == reads_.end() ? tally() : found->second;
}

cluster_load::tally cluster_load::pings(const std::string& door) const {
  std::scoped_lock lock(mutex_);
  auto found = pings_.find(door);
  return found == pings_.end() ? tally() : found->second;
}

void cluster_load::count_anew() {
  std::scoped_lock lock(mutex_);
  allocations_.clear();
  reads_.clear();
  pings_.clear();
}

std::vector<allocation> cluster_load::history() const {
  std::scoped_lock lock(mutex_);
  return history_;
}

std::set<std::string> cluster_load::rooms() const {
  std::scoped_lock lock(mutex_);
  std::set<std::string> all;
  for (auto& [room, one] : voices_)
    if (!one.heard.empty())
      all.insert(room);
  return all;
}

std::string cluster_load::what_went_wrong(const std::map<std::string, json>& shown) const {
  std::string all;
  auto known = history();
  for (auto& one : violations(known, rooms()))
    all += one + "\n";
  for (auto& one : known) {
    auto room = shown.find(one.room);
    bool is_kept = one.outcome == allocation_outcome::given && !one.return_asked;
    if (is_kept && room == shown.end())
      all += "room " + one.room + " was given to " + one.client + ", who has it, and is gone\n";
    else if (is_kept && room->second.value("status", "") == "ready")
      all += "room " + one.room + " was given to " + one.client + " and is free: " + room->second.dump() + "\n";
  }
  return all;
}

} // namespace maestro::test
