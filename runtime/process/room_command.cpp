#include "runtime/process/room_command.hpp"

#include "runtime/process/files.hpp"
#include "runtime/process/room_child.hpp"
#include "runtime/process/shim/signals.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace maestro::process {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using probing::outcome;

constexpr std::size_t output_max = 4096; ///< more is read and forgotten
constexpr std::uint64_t processor_seconds = 10;
constexpr std::uint64_t file_bytes = 1 << 20;
constexpr std::size_t unended_max = 1000;

// Whoever is killed is usually gone by the first look; the last one is repeated for as long as it takes.
constexpr duration pauses_between_looks[] = {std::chrono::milliseconds{2}, std::chrono::milliseconds{20},
                                             std::chrono::milliseconds{100}, std::chrono::milliseconds{400},
                                             std::chrono::seconds{1}};

class running_command : public std::enable_shared_from_this<running_command> {
public:
  running_command(asio::io_context& io, std::shared_ptr<unended_commands> unended, probing::take_outcome take)
      : output_(io), process_(io), timer_(io), unended_(std::move(unended)), take_(std::move(take)) {}

  // Also where the loop ends while it runs.
  ~running_command() {
    if (!is_reaped())
      leave_room_child(pid_);
  }

  void begin(const room_command& what, duration patience) {
    if (unended_->contains(what.folder))
      return finish({outcome::kind::missed, {}, "its former command was killed and has not ended yet"});
    if (unended_->size() >= unended_max)
      return finish({outcome::kind::could_not_look, {}, "too many killed commands of rooms have not ended yet"});
    folder_ = what.folder;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
      return finish({outcome::kind::could_not_look, {}, error_text(errno)});
    unique_fd listening{ends[0]}, speaking{ends[1]};
    ::fcntl(speaking.get(), F_SETFL, 0);
    room_child plan{what.folder,    what.groups,       what.words, what.environment,
                    what.processes, processor_seconds, file_bytes};
    plan.output = speaking.get();
    pid_ = start_in_room(plan);
    auto handle = pid_ > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0U)) : -1;
    if (handle < 0)
      return finish({outcome::kind::could_not_look, {}, error_text(errno)});
    process_.assign(handle);
    output_.assign(::fcntl(listening.get(), F_DUPFD_CLOEXEC, 3));
    watch(patience);
  }

private:
  void watch(duration patience) {
    timer_.expires_after(patience);
    timer_.async_wait([self = shared_from_this()](error_code ended) {
      if (!ended && !self->has_concluded())
        self->finish({outcome::kind::missed, {}, "its command does not end"});
    });
    process_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](error_code failed) {
      if (!failed)
        self->has_concluded();
    });
    listen();
  }

  void listen() {
    output_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](error_code failed) {
      if (!failed && self->hear())
        self->listen();
    });
  }

  /// One piece; false at the end.
  bool hear() {
    std::array<char, output_max> piece;
    auto size = ::read(output_.native_handle(), piece.data(), piece.size());
    if (size <= 0)
      return size < 0 && (errno == EAGAIN || errno == EINTR);
    said_.append(piece.data(), std::min<std::size_t>(static_cast<std::size_t>(size), output_max - said_.size()));
    return true;
  }

  /// False when its end is not ours to see: a process that traces it sees it first, and may keep it to itself.
  bool has_concluded() {
    ending_ = {};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &ending_, WEXITED | WNOHANG | WNOWAIT) != 0)
      finish({outcome::kind::could_not_look, {}, error_text(errno)});
    else if (ending_.si_pid != 0)
      conclude();
    return take_ == nullptr;
  }

  void conclude() {
    for (int pieces = 0; pieces < 16 && hear(); ++pieces) {
    }
    if (ending_.si_code != CLD_EXITED)
      return finish(
          {outcome::kind::missed, {}, fmt::format("its command was ended by signal {}", ending_.si_status)});
    if (ending_.si_status == cannot_begin)
      return finish({outcome::kind::missed, {}, "its command cannot be run (exit code 127)"});
    if (ending_.si_status != 0)
      return finish({outcome::kind::missed, {}, fmt::format("its command ends with {}", ending_.si_status)});
    finish({outcome::kind::answered, leading_number(said_), {}});
  }

  /// Its group as well: as long as it was not waited for, the number is its own.
  bool is_reaped() {
    if (pid_ <= 0)
      return true;
    ::signal_child(pid_, SIGKILL);
    if (!reap_room_child(pid_))
      return false;
    pid_ = 0;
    return true;
  }

  void finish(outcome what) {
    if (!take_)
      return;
    auto take = std::exchange(take_, nullptr);
    timer_.cancel();
    error_code ignored;
    output_.close(ignored);
    process_.close(ignored);
    if (!is_reaped())
      return look_again(std::move(take), std::move(what));
    take(std::move(what));
  }

  // Who has only just been killed is gone before its room is asked again; what came of it is told then.
  void look_again(probing::take_outcome take, outcome what) {
    auto last = std::size(pauses_between_looks) - 1;
    if (looks_ == last && take) {
      unended_->insert(folder_);
      std::exchange(take, nullptr)(what);
    }
    timer_.expires_after(pauses_between_looks[looks_]);
    looks_ = std::min(looks_ + 1, last);
    timer_.async_wait([self = shared_from_this(), take = std::move(take), what](error_code) mutable {
      if (!self->is_reaped())
        return self->look_again(std::move(take), std::move(what));
      self->unended_->erase(self->folder_);
      if (take)
        take(std::move(what));
    });
  }

  asio::posix::stream_descriptor output_;
  asio::posix::stream_descriptor process_;
  asio::steady_timer timer_;
  std::shared_ptr<unended_commands> unended_;
  probing::take_outcome take_;
  std::string folder_;
  pid_t pid_ = 0;
  std::size_t looks_ = 0; ///< whether it has ended since it was killed
  siginfo_t ending_{};
  std::string said_;
};

} // namespace

std::optional<std::int64_t> leading_number(std::string_view text) {
  auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos)
    return std::nullopt;
  std::int64_t number = 0;
  auto read = std::from_chars(text.data() + begin, text.data() + text.size(), number);
  if (read.ec != std::errc{})
    return std::nullopt;
  return std::clamp<std::int64_t>(number, 0, probing::most_players);
}

void run_in_room(asio::io_context& io, const std::shared_ptr<unended_commands>& unended, const room_command& what,
                 duration patience, probing::take_outcome take) {
  std::make_shared<running_command>(io, unended, std::move(take))->begin(what, patience);
}

} // namespace maestro::process
