#include "deploy/examples/arena/rooms_api.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <netdb.h>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

namespace arena {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t states_kept = 64;
constexpr std::size_t apis_max = 16;
constexpr auto home_pause = 30s;
constexpr std::size_t reply_limit = 1 << 20;

class connection {
public:
  connection(const api_address& api, steady::time_point deadline) : deadline_(deadline) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (::getaddrinfo(api.host.c_str(), api.port.c_str(), &hints, &found) != 0)
      return;
    for (auto* a = found; a != nullptr && !ok_; a = a->ai_next)
      open(*a);
    ::freeaddrinfo(found);
  }
  ~connection() { close(); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  bool ok() const { return ok_; }

  bool write(std::string_view text) {
    while (!text.empty()) {
      auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent > 0)
        text.remove_prefix(static_cast<std::size_t>(sent));
      else if (sent < 0 && errno != EAGAIN && errno != EINTR)
        return false;
      else if (!wait(POLLOUT))
        return false;
    }
    return true;
  }

  /// Everything until the other side closes.
  bool read_all(std::string& text) {
    char buffer[4096];
    while (text.size() < reply_limit) {
      auto got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got == 0)
        return true;
      if (got > 0)
        text.append(buffer, static_cast<std::size_t>(got));
      else if (errno != EAGAIN && errno != EINTR)
        return false;
      else if (!wait(POLLIN))
        return false;
    }
    return false;
  }

private:
  void open(const addrinfo& a) {
    close();
    fd_ = ::socket(a.ai_family, a.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a.ai_protocol);
    if (fd_ < 0)
      return;
    int error = 0;
    socklen_t size = sizeof error;
    ok_ = ::connect(fd_, a.ai_addr, a.ai_addrlen) == 0 ||
          (errno == EINPROGRESS && wait(POLLOUT) && ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
           error == 0);
  }
  void close() {
    if (fd_ >= 0)
      ::close(fd_);
    fd_ = -1;
  }
  bool wait(short events) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - steady::now()).count();
    pollfd p{fd_, events, 0};
    return left > 0 && ::poll(&p, 1, static_cast<int>(left)) == 1;
  }

  steady::time_point deadline_;
  int fd_ = -1;
  bool ok_ = false;
};

} // namespace

std::optional<api_address> parse_api_address(const std::string& text) {
  auto rest = text.starts_with("http://") ? text.substr(7) : text;
  rest.erase(std::min(rest.find('/'), rest.size()));
  auto colon = rest.rfind(':');
  if (colon == 0 || colon == std::string::npos || colon + 1 == rest.size())
    return std::nullopt;
  return api_address{rest.substr(0, colon), rest.substr(colon + 1)};
}

std::vector<api_address> parse_api_addresses(const std::string& list) {
  std::vector<api_address> all;
  std::istringstream words(list);
  for (std::string one; all.size() < apis_max && std::getline(words, one, ',');)
    if (auto address = parse_api_address(one))
      all.push_back(*address);
  return all;
}

std::optional<http_reply> http_call(const api_address& api, const std::string& method, const std::string& path,
                                    const std::string& body, std::chrono::milliseconds limit) {
  connection c{api, steady::now() + limit};
  auto request =
      method + " " + path + " HTTP/1.1\r\nHost: " + api.host + ":" + api.port +
      "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  std::string reply;
  if (!c.ok() || !c.write(request) || !c.read_all(reply))
    return std::nullopt;
  auto end_of_head = reply.find("\r\n\r\n");
  if (!reply.starts_with("HTTP/1.") || reply.size() < 12 || end_of_head == std::string::npos)
    return std::nullopt;
  return http_reply{std::atoi(reply.c_str() + 9), reply.substr(end_of_head + 4)};
}

pinger::pinger(std::vector<api_address> apis, std::string path, std::chrono::milliseconds interval)
    : apis_(std::move(apis)), path_(std::move(path)), interval_(interval), thread_([this] { run(); }) {}

pinger::~pinger() {
  finish(0ms);
}

void pinger::tell(room_state state) {
  std::lock_guard lock{mutex_};
  if (!to_tell_.empty() && to_tell_.back() == state)
    return;
  if (told_ && to_tell_.size() == 1)
    to_tell_.clear();
  told_ = to_tell_.empty() ? false : told_;
  to_tell_.push_back(std::move(state));
  if (to_tell_.size() > states_kept)
    to_tell_.erase(to_tell_.begin() + 1);
  changed_.notify_one();
}

void pinger::finish(std::chrono::milliseconds grace) {
  {
    std::lock_guard lock{mutex_};
    stop_ = true;
    give_up_ = steady::now() + grace;
    changed_.notify_one();
  }
  if (thread_.joinable())
    thread_.join();
}

// To the one that answered last, now and then to the first again; where that does not answer to the others, each once.
bool pinger::send_somewhere(const std::string& body) {
  if (steady::now() >= home_again_)
    api_ = 0;
  for (std::size_t tried = 0; tried < apis_.size(); ++tried) {
    auto reply = http_call(apis_[api_], "PUT", path_, body, 2000ms);
    if (reply && reply->status < 500)
      return true;
    if (api_ == 0)
      home_again_ = steady::now() + home_pause;
    api_ = (api_ + 1) % apis_.size();
  }
  return false;
}

bool pinger::send(const room_state& state) {
  auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  auto body = R"({"status":")" + state.status + R"(","timestamp":)" + std::to_string(now.count()) +
              R"(,"runningMatches":)" + std::to_string(state.matches) + "}";
  bool answered = send_somewhere(body);
  if (answered == away_)
    std::printf("rooms api %s\n", answered ? "answers again" : "does not answer; the game goes on");
  away_ = !answered;
  return answered;
}

void pinger::run() {
  std::unique_lock lock{mutex_};
  auto next = steady::now();
  for (;;) {
    auto work = [&] { return stop_ || (!to_tell_.empty() && !told_ && !away_); };
    if (!work())
      changed_.wait_until(lock, next, work);
    bool pending = !to_tell_.empty() && !told_;
    if (stop_ && (!pending || steady::now() >= give_up_))
      return;
    if (to_tell_.empty() || (!pending && steady::now() < next))
      continue;
    auto state = to_tell_.front();
    lock.unlock();
    bool answered = send(state);
    lock.lock();
    next = steady::now() + (answered ? interval_ : std::min<std::chrono::milliseconds>(interval_, 1000ms));
    if (stop_ && !answered)
      return;
    if (!answered || to_tell_.empty() || to_tell_.front() != state)
      continue;
    told_ = true;
    if (to_tell_.size() > 1) {
      to_tell_.pop_front();
      told_ = false;
    }
  }
}

} // namespace arena
