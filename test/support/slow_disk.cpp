#include "test/support/slow_disk.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace maestro {

namespace {

/// Of Linux 5.19: a call that was handed over is not taken back for a signal, and Go sends many.
constexpr unsigned wait_killable = 1U << 5U;
constexpr int look_interval_ms = 100;

/// The descriptor of the listener; -1 with errno. From now on and for all that it starts, this process's syncs wait for it.
int install_filter() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsync, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fdatasync, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
  };
  sock_fprog all{sizeof program / sizeof *program, program};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  auto flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  auto made = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | wait_killable, &all);
  if (made < 0 && errno == EINVAL)
    made = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &all);
  return static_cast<int>(made);
}

/// One descriptor as a message.
struct parcel {
  char word = 0;
  iovec part{&word, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr head{};

  parcel() {
    head.msg_iov = &part;
    head.msg_iovlen = 1;
    head.msg_control = control;
    head.msg_controllen = sizeof control;
  }
};

bool send_descriptor(int way, int descriptor) {
  parcel one;
  auto* control = CMSG_FIRSTHDR(&one.head);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
  return ::sendmsg(way, &one.head, 0) == 1;
}

int receive_descriptor(int way) {
  parcel one;
  int descriptor = -1;
  if (::recvmsg(way, &one.head, MSG_CMSG_CLOEXEC) != 1)
    return -1;
  if (auto* control = CMSG_FIRSTHDR(&one.head); control != nullptr && control->cmsg_type == SCM_RIGHTS)
    std::memcpy(&descriptor, CMSG_DATA(control), sizeof descriptor);
  return descriptor;
}

} // namespace

std::string slow_disk::objection() {
  auto child = ::fork();
  if (child == 0)
    std::_Exit(install_filter() < 0 ? errno : 0);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return "";
  return std::string("seccomp cannot hand a child's calls to its parent here: ") +
         std::strerror(WIFEXITED(status) ? WEXITSTATUS(status) : EPERM);
}

slow_disk::slow_disk() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error(std::string("no pair of sockets: ") + std::strerror(errno));
  child_end_ = ends[0];
  our_end_ = ends[1];
  timeval patience{10, 0};
  ::setsockopt(our_end_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

slow_disk::~slow_disk() {
  end_serving();
  ::close(child_end_);
  ::close(our_end_);
}

bool slow_disk::enter() const {
  int listener = install_filter();
  return listener >= 0 && send_descriptor(child_end_, listener); // closed at exec: nobody else answers
}

void slow_disk::serve() {
  end_serving();
  int listener = receive_descriptor(our_end_);
  if (listener < 0)
    throw std::runtime_error("a child did not hand out its syncs: " + objection());
  is_over_ = false;
  server_ = std::thread([this, listener] { answer(listener); });
}

void slow_disk::end_serving() {
  {
    std::scoped_lock lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  if (server_.joinable())
    server_.join();
}

void slow_disk::set(std::chrono::milliseconds delay) {
  {
    std::scoped_lock lock(mutex_);
    delay_ = delay;
  }
  changed_.notify_all();
}

std::uint64_t slow_disk::synced() const {
  std::scoped_lock lock(mutex_);
  return synced_;
}

// What is set anew meanwhile counts from when the call came.
void slow_disk::hold_back() {
  auto since = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!is_over_ && std::chrono::steady_clock::now() < since + delay_)
    changed_.wait_until(lock, since + delay_);
  ++synced_;
}

void slow_disk::answer(int listener) {
  auto is_over = [this] {
    std::scoped_lock lock(mutex_);
    return is_over_;
  };
  while (!is_over()) {
    pollfd one{listener, POLLIN, 0};
    if (::poll(&one, 1, look_interval_ms) <= 0)
      continue;
    if ((one.revents & POLLIN) == 0)
      break; // its last thread has ended
    seccomp_notif asked{};
    if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
      continue; // killed meanwhile
    hold_back();
    seccomp_notif_resp told{};
    told.id = asked.id;
    told.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &told);
  }
  ::close(listener);
}

} // namespace maestro
