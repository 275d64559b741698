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

class running_command : public std::enable_shared_from_this<running_command> {
public:
  running_command(asio::io_context& io, probing::take_outcome take)
      : output_(io), process_(io), timer_(io), take_(std::move(take)) {}

  // Also where the loop ends while it runs.
  ~running_command() { reap(); }

  void begin(const room_command& what, duration patience) {
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
      if (!ended)
        self->finish({outcome::kind::missed, {}, "its command does not end"});
    });
    process_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](error_code failed) {
      if (!failed)
        self->conclude();
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

  void conclude() {
    if (::waitid(P_PID, static_cast<id_t>(pid_), &ending_, WEXITED | WNOHANG | WNOWAIT) != 0)
      return finish({outcome::kind::could_not_look, {}, error_text(errno)});
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
  void reap() {
    if (pid_ <= 0)
      return;
    ::signal_child(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  void finish(outcome what) {
    auto take = std::exchange(take_, nullptr);
    if (!take)
      return;
    reap();
    timer_.cancel();
    error_code ignored;
    output_.close(ignored);
    process_.close(ignored);
    take(std::move(what));
  }

  asio::posix::stream_descriptor output_;
  asio::posix::stream_descriptor process_;
  asio::steady_timer timer_;
  probing::take_outcome take_;
  pid_t pid_ = 0;
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

void run_in_room(asio::io_context& io, const room_command& what, duration patience, probing::take_outcome take) {
  std::make_shared<running_command>(io, std::move(take))->begin(what, patience);
}

} // namespace maestro::process
