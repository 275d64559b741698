// Maestro for game servers in C++20: one file, POSIX sockets, nothing else. Copy it.
//
//   auto room = maestro_sdk::room::from_environment(); // empty where no Maestro started the server
//   room->ready();                                     // when players may come
//   room->occupied();                                  // a match has begun; or room->matches(2)
//   room->ready();                                     // it is over
//   room->terminating();                               // on SIGTERM, while the last match ends
//
// A thread of its own repeats the state once a second, because Maestro takes a server that is silent for dead; a change is told
// at once, and in order. Nothing here waits for Maestro or throws: while it is away the game goes on, and hears of nothing.
// All of it may be called from any thread.
//
// In a cluster Maestro names the Rooms APIs of other machines, too (MAESTRO_ROOMS_APIS): where the room's own does not answer the
// next one is told, and the own one is tried again every half minute.
#pragma once

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace maestro_sdk {

struct settings {
  std::string api; ///< http://host:port of the Rooms API; several, the room's own first, with commas between them
  std::string scheduler; ///< whose room this is
  std::string room;
  std::chrono::milliseconds interval{1000}; ///< between two pings; Maestro waits minutes before it gives a room up
  std::chrono::milliseconds patience{2000}; ///< for one answer
  std::chrono::milliseconds home_again{30000}; ///< so long after it was silent the room's own API is tried again
};

class room {
public:
  /// MAESTRO_ROOMS_APIS or MAESTRO_ROOMS_API, MAESTRO_SCHEDULER_NAME and MAESTRO_ROOM_ID; null where one of them is missing.
  static std::unique_ptr<room> from_environment() {
    auto value = [](const char* name) {
      auto* text = std::getenv(name);
      return std::string(text == nullptr ? "" : text);
    };
    settings all;
    all.api = value("MAESTRO_ROOMS_APIS");
    if (all.api.empty())
      all.api = value("MAESTRO_ROOMS_API");
    all.scheduler = value("MAESTRO_SCHEDULER_NAME");
    all.room = value("MAESTRO_ROOM_ID");
    if (all.api.empty() || all.scheduler.empty() || all.room.empty())
      return nullptr;
    return std::make_unique<room>(std::move(all));
  }
  /// The host port of that name, MAESTRO_PORT_<NAME>; 0 where there is none.
  static std::uint16_t port(std::string name) {
    for (auto& c : name)
      c = c >= 'a' && c <= 'z'                               ? static_cast<char>(c - 0x20)
          : (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c
                                                             : '_';
    auto* text = std::getenv(("MAESTRO_PORT_" + name).c_str());
    return text == nullptr ? std::uint16_t{0} : static_cast<std::uint16_t>(std::atoi(text));
  }

  explicit room(settings all)
      : settings_(std::move(all)), apis_(split(settings_.api)), thread_([this] { run(); }) {}
  /// Gives the last state a moment to arrive.
  ~room() {
    {
      std::lock_guard lock(mutex_);
      is_over_ = true;
      over_by_ = clock::now() + settings_.patience;
    }
    changed_.notify_one();
    thread_.join();
  }
  room(const room&) = delete;
  room& operator=(const room&) = delete;

  void ready() { tell("ready", 0); }
  /// Full: nobody else is sent here.
  void occupied(std::int64_t running_matches = 1) { tell("occupied", running_matches); }
  /// For a room of several matches (matchAllocation.maxMatches): so many are running, 0: none.
  void matches(std::int64_t running) { tell(running > 0 ? "occupied" : "ready", running); }
  void terminating() { tell("terminating", 0); }

  /// Goes with every ping from now on, and from there to matchmakers. An empty value takes it away.
  void metadata(const std::string& key, const std::string& value) {
    std::lock_guard lock(mutex_);
    if (value.empty())
      metadata_.erase(key);
    else
      metadata_[key] = value;
  }

  /// Whether Maestro has answered the newest ping.
  bool is_heard() const {
    std::lock_guard lock(mutex_);
    return is_heard_;
  }
  /// Until every state was told, or so long; true when it was.
  bool flush(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return told_.wait_for(lock, limit, [this] { return states_.size() <= 1 && is_told_; });
  }

private:
  using clock = std::chrono::steady_clock;
  struct state {
    std::string status;
    std::int64_t matches = 0;
    bool operator==(const state&) const = default;
  };
  static constexpr std::size_t states_kept = 64;
  static constexpr std::size_t apis_max = 16;

  void tell(const char* status, std::int64_t matches) {
    std::lock_guard lock(mutex_);
    state next{status, matches};
    if (!states_.empty() && states_.back() == next)
      return;
    if (is_told_)
      states_.clear(); // what is repeated by now
    is_told_ = false;
    states_.push_back(std::move(next));
    if (states_.size() > states_kept)
      states_.erase(states_.begin() + 1);
    changed_.notify_one();
  }

  void run() {
    std::unique_lock lock(mutex_);
    auto next = clock::now();
    for (;;) {
      changed_.wait_until(lock, next, [&] { return is_over_ || (is_heard_ && !states_.empty() && !is_told_); });
      bool has_news = !states_.empty() && !is_told_;
      if (is_over_ && (!has_news || clock::now() >= over_by_))
        return;
      if (states_.empty() || (!has_news && clock::now() < next)) {
        next = std::max(next, clock::now() + settings_.interval);
        continue;
      }
      auto first = states_.front();
      auto body = body_of(first);
      lock.unlock();
      bool is_heard = send(body);
      lock.lock();
      next = clock::now() + settings_.interval;
      is_heard_ = is_heard;
      if (!is_heard && is_over_)
        return;
      if (is_heard && !states_.empty() && states_.front() == first) {
        is_told_ = states_.size() == 1;
        if (!is_told_)
          states_.pop_front();
        told_.notify_all();
      }
    }
  }

  static std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
      char hex[8];
      if (c == '"' || c == '\\')
        (out += '\\') += c;
      else if (static_cast<unsigned char>(c) < 0x20)
        out.append(hex, static_cast<std::size_t>(std::snprintf(hex, sizeof hex, "\\u%04x", c)));
      else
        out += c;
    }
    return out += '"';
  }

  std::string body_of(const state& what) const {
    auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
    std::string metadata;
    for (auto& [key, value] : metadata_)
      metadata += (metadata.empty() ? "" : ",") + quoted(key) + ":" + quoted(value);
    return "{\"status\":" + quoted(what.status) + ",\"timestamp\":" + std::to_string(now.count()) +
           ",\"runningMatches\":" + std::to_string(what.matches) + ",\"metadata\":{" + metadata + "}}";
  }

  // -- HTTP ---

  static std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> all;
    while (!list.empty() && all.size() < apis_max) {
      auto one = list.substr(0, list.find(','));
      list.remove_prefix(std::min(list.size(), one.size() + 1));
      if (!one.empty())
        all.emplace_back(one);
    }
    return all;
  }

  /// To the one that answered last, now and then to the room's own again; where that does not answer to the others, each once.
  bool send(const std::string& body) {
    if (clock::now() >= home_at_)
      api_ = 0;
    for (std::size_t tried = 0; tried < apis_.size(); ++tried) {
      if (is_answer(apis_[api_], body))
        return is_accepted_;
      if (api_ == 0)
        home_at_ = clock::now() + settings_.home_again;
      api_ = (api_ + 1) % apis_.size();
    }
    return false;
  }

  /// Of a node that cannot do anything now (5xx) another one may know more; every other answer is one.
  bool is_answer(const std::string& api, const std::string& body) {
    auto answer = put(api, body);
    is_accepted_ = answer.starts_with("HTTP/1.1 200");
    return answer.starts_with("HTTP/1.1 ") && !answer.starts_with("HTTP/1.1 5");
  }

  /// One request, one connection, one deadline: a ping is so small that a connection need not be kept.
  std::string put(std::string_view api, const std::string& body) const {
    if (api.starts_with("http://"))
      api.remove_prefix(7);
    std::string authority(api.substr(0, api.find('/')));
    auto colon = authority.rfind(':');
    if (colon == std::string::npos)
      return {};
    auto host = authority.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
      host = host.substr(1, host.size() - 2);
    auto request = "PUT /scheduler/" + settings_.scheduler + "/rooms/" + settings_.room +
                   "/ping HTTP/1.1\r\nHost: " + authority +
                   "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + body;
    return exchange(host, authority.substr(colon + 1), request, clock::now() + settings_.patience);
  }

  static bool wait_for(int fd, short events, clock::time_point deadline) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
    pollfd one{fd, events, 0};
    return left > 0 && ::poll(&one, 1, static_cast<int>(left)) == 1;
  }

  static int connect_to(const addrinfo& where, clock::time_point deadline) {
    int fd = ::socket(where.ai_family, where.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, where.ai_protocol);
    int error = 0;
    socklen_t size = sizeof error;
    if (fd < 0 || ::connect(fd, where.ai_addr, where.ai_addrlen) == 0)
      return fd;
    if (errno == EINPROGRESS && wait_for(fd, POLLOUT, deadline) &&
        ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
      return fd;
    ::close(fd);
    return -1;
  }

  /// What was answered, as far as it came.
  static std::string exchange(const std::string& host, const std::string& port, std::string_view request,
                              clock::time_point deadline) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
      return {};
    int fd = -1;
    for (auto* one = found; one != nullptr && fd < 0; one = one->ai_next)
      fd = connect_to(*one, deadline);
    ::freeaddrinfo(found);
    std::string answer;
    while (fd >= 0 && !request.empty()) {
      auto sent = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
      if (sent > 0)
        request.remove_prefix(static_cast<std::size_t>(sent));
      else if ((errno != EAGAIN && errno != EINTR) || !wait_for(fd, POLLOUT, deadline))
        break;
    }
    constexpr std::size_t enough = 16;
    char piece[512];
    while (fd >= 0 && request.empty() && answer.size() < enough && wait_for(fd, POLLIN, deadline)) {
      auto got = ::recv(fd, piece, sizeof piece, 0);
      if (got <= 0)
        break;
      answer.append(piece, static_cast<std::size_t>(got));
    }
    if (fd >= 0)
      ::close(fd);
    return answer;
  }

  settings settings_;
  std::vector<std::string> apis_;
  std::size_t api_ = 0;         ///< that is told; of the thread, as the next two
  clock::time_point home_at_{}; ///< when the first is tried again
  bool is_accepted_ = false;
  mutable std::mutex mutex_;
  std::condition_variable changed_, told_;
  std::deque<state> states_; ///< the front is being told; the last one is repeated
  std::map<std::string, std::string> metadata_;
  bool is_told_ = false; ///< all of them are
  bool is_heard_ = true;
  bool is_over_ = false;
  clock::time_point over_by_{};
  std::thread thread_; // last: it uses all of the above
};

} // namespace maestro_sdk
