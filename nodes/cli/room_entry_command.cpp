#include "nodes/cli/room_entry_command.hpp"

#include "nodes/cli/byte_relay.hpp"
#include "nodes/cli/failure.hpp"
#include "runtime/process/process_table.hpp"
#include "runtime/process/room_entry.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ostream>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace maestro {

namespace {

using cli::byte_relay;
using process::unique_fd;

int refuse_entry(const failure& why, cli::terminal& term) {
  term.err << "maestro: " << why.text << '\n';
  return why.code == ec::not_found ? cli::exit_not_found : cli::exit_refused;
}

/// Both ends of a new terminal, which is the room's process's own: the operator's is out of its reach.
struct terminal_pair {
  unique_fd ours, theirs;

  static result<terminal_pair> make() {
    unique_fd ours{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (!ours || ::grantpt(ours.get()) != 0 || ::unlockpt(ours.get()) != 0)
      return process::could_not("open", "/dev/ptmx", errno);
    auto name = std::string(::ptsname(ours.get()));
    unique_fd theirs{::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (!theirs)
      return process::could_not("open", name, errno);
    struct winsize size {};
    if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
      ::ioctl(theirs.get(), TIOCSWINSZ, &size);
    return terminal_pair{std::move(ours), std::move(theirs)};
  }
};

/// Once it has ended it is not waited for any longer: a process of the room that traces it may keep its end to itself.
result<int> exit_code_of(pid_t child, cli::terminal& term) {
  auto handle = process::open_child(child);
  if (!handle)
    return process::could_not("wait for", "the command", errno);
  pollfd end{handle.get(), POLLIN, 0};
  while (::poll(&end, 1, -1) < 0 && errno == EINTR) {
  }
  int status = 0;
  for (int looks = 0; looks < 50; ++looks) {
    if (::waitpid(child, &status, WNOHANG) == child)
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    term.pause(std::chrono::milliseconds{20});
  }
  return failure{ec::unavailable, "the command has ended, but a process of the room keeps how it did to itself"};
}

result<int> run_on_terminal(process::room_child child, cli::terminal& term) {
  auto pair = terminal_pair::make();
  if (!pair)
    return pair.error();
  child.input = child.output = child.errors = pair->theirs.get();
  child.has_terminal = true;
  auto pid = process::start_in_room(child);
  if (pid < 0)
    return process::could_not("start a process in", child.folder, errno);
  pair->theirs = unique_fd{};
  cli::raw_terminal raw(STDIN_FILENO);
  byte_relay relay;
  relay.add(STDIN_FILENO, pair->ours.get());
  relay.add_until_end(pair->ours.get(), STDOUT_FILENO);
  relay.run();
  return exit_code_of(pid, term);
}

result<int> run_plainly(process::room_child child, cli::terminal& term) {
  int in[2], out[2], err[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
    return process::could_not("make", "a pipe", errno);
  unique_fd their_in{in[0]}, our_in{in[1]}, our_out{out[0]}, their_out{out[1]}, our_err{err[0]}, their_err{err[1]};
  child.input = their_in.get();
  child.output = their_out.get();
  child.errors = their_err.get();
  auto pid = process::start_in_room(child);
  if (pid < 0)
    return process::could_not("start a process in", child.folder, errno);
  their_in = unique_fd{};
  their_out = unique_fd{};
  their_err = unique_fd{};
  byte_relay relay;
  relay.add(STDIN_FILENO, our_in.get(), [&our_in] { our_in = unique_fd{}; });
  relay.add_until_end(our_out.get(), STDOUT_FILENO, ::isatty(STDOUT_FILENO) != 0);
  relay.add_until_end(our_err.get(), STDERR_FILENO, ::isatty(STDERR_FILENO) != 0);
  relay.run();
  return exit_code_of(pid, term);
}

int run_command(const cli::room_entry_options& options, const process::room_to_enter& wish, cli::terminal& term) {
  auto child = process::enter_room(wish);
  if (!child)
    return refuse_entry(child.error(), term);
  child->words = options.words;
  auto code =
      options.has_terminal ? run_on_terminal(std::move(*child), term) : run_plainly(std::move(*child), term);
  return code ? *code : refuse_entry(code.error(), term);
}

/// What is appended to the log from now on, across its rotations.
class log_follower {
public:
  explicit log_follower(std::string path) : path_(std::move(path)) {
    open();
    if (file_)
      ::lseek(file_.get(), 0, SEEK_END);
  }

  void show() {
    cli::copy_what_is_there(file_.get(), STDOUT_FILENO, ::isatty(STDOUT_FILENO) != 0);
    struct stat now {
    }, ours{};
    bool is_rotated =
        ::stat(path_.c_str(), &now) == 0 && (::fstat(file_.get(), &ours) != 0 || now.st_ino != ours.st_ino);
    if (is_rotated)
      open();
  }

private:
  void open() { file_ = unique_fd{::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)}; }

  std::string path_;
  unique_fd file_;
};

/// Nobody holds the other end any more: what is written there would go nowhere.
bool is_left_alone(int pipe) {
  pollfd one{pipe, 0, 0};
  return ::poll(&one, 1, 0) == 1 && (one.revents & (POLLERR | POLLHUP)) != 0;
}

int attach(const process::room_to_enter& wish, duration linger, cli::terminal& term) {
  auto log = process::log_of(wish);
  if (!log)
    return refuse_entry(log.error(), term);
  auto input = process::open_input(wish);
  if (!input)
    return refuse_entry(input.error(), term);
  log_follower output(*log);
  byte_relay relay;
  relay.add(STDIN_FILENO, input->get());
  // Also where nothing is typed the end is noticed: an operator waits for an answer that will not come.
  bool is_alone = false;
  while (!is_alone && relay.run_for(std::chrono::milliseconds{100})) {
    output.show();
    is_alone = is_left_alone(input->get());
  }
  if (is_alone || relay.is_broken()) {
    output.show();
    return refuse_entry({ec::not_found, fmt::format("room {} does not read any more", wish.room.str())}, term);
  }
  // Whoever pipes a command into it wants to see what came of it.
  for (auto until = std::chrono::steady_clock::now() + linger; std::chrono::steady_clock::now() < until;) {
    term.pause(std::chrono::milliseconds{50});
    output.show();
  }
  return cli::exit_ok;
}

} // namespace

int room_entry_command(const cli::room_entry_options& options, cli::terminal& term) {
  std::signal(SIGPIPE, SIG_IGN); // who is in the room may end while something is written to it
  process::room_to_enter wish{options.data_dir, scheduler_name{options.scheduler}, room_id{options.room},
                              options.container};
  if (options.words.empty())
    return attach(wish, options.linger, term);
  return run_command(options, wish, term);
}

} // namespace maestro
